"""The mail server as settings name it: encrypted and signed in, or not spoken to at all."""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, update

from federation.tables.notifications import due_emails
from fediflow.processes.notifying import notifying
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from kernel.mail.letters import Letter
from kernel.mail.sending import MailServerAway, connected
from kernel.mail.servers import SmtpServer, addressed, mailbox, smtp_server, tls_of
from kernel.settings.secret import Secret
from tenants.directory import Directory
from tenants.door import Door
from tests.fediverse import person
from tests.integration.kernel.authorities import Authority
from tests.integration.notifications.post_office import HOST, PASSWORD, USER, post_office
from tests.integration.notifications.told import letters_of, reachable, tell, wants
from tests.integration.outbox.shards import until
from tests.integration.posts.acting import likes, posts
from tests.world import World, settings_for

_LETTER = Letter(
    "one@alpha.test",
    mailbox("no-reply@alpha.test"),
    addressed("ana@mail.example", "Ana"),
    "Hello",
    "Text",
    "<p>Text</p>",
    "en",
    datetime(2026, 1, 1, tzinfo=UTC),
)


def _server_tls(authority: Authority, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server(*names))
    return context


async def test_letters_go_encrypted_to_whom_the_certificate_names_with_user_and_password(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path, "mail")
    async with post_office(tls=_server_tls(authority, HOST)) as office:
        server = smtp_server(f"smtp://{USER}:{PASSWORD.replace('@', '%40')}@{HOST}:{office.port}")
        assert not server.may_be_plain
        async with connected(server, tls_of(authority.certificate)) as connection:
            await connection.send(_LETTER)
            await connection.send(_LETTER)
        assert len(office.to("ana@mail.example")) == 2
        with pytest.raises(MailServerAway, match="user and password"):
            async with connected(replace(server, password="wrong"), tls_of(authority.certificate)):
                pass
        with pytest.raises(MailServerAway):  # nobody vouches for it
            async with connected(server, tls_of(None)):
                pass
        assert len(office.to("ana@mail.example")) == 2


async def test_a_certificate_for_another_name_is_none(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "mail")
    async with post_office(tls=_server_tls(authority, "other.example")) as office:
        server = SmtpServer(HOST, office.port, False, USER, PASSWORD)
        with pytest.raises(MailServerAway):
            async with connected(server, tls_of(authority.certificate)):
                pass


async def test_a_server_that_offers_no_encryption_is_told_nothing_where_it_is_needed() -> None:
    async with post_office() as office:
        with pytest.raises(MailServerAway):
            async with connected(SmtpServer(HOST, office.port, False, USER, PASSWORD), tls_of(None)):
                pass
        assert office.taken == []


async def test_a_worker_sends_what_its_settings_name_and_nothing_without_them(world: World) -> None:
    ana = await person(world, "ana")
    address = await reachable(ana)
    await wants(ana, "like", email="at_once")
    await likes(await person(world, "fan"), await posts(ana))
    await tell(world, sends_mail=True)
    (letter,) = await letters_of(world, ana.user_id)
    engine = world.databases.engine(world.databases.shards["one"], DatabaseRole.WORKER, pool_size=6)
    directory_engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    door = Door({"one": engine}, new_id=IdFactory(FixedLease(1001), wall_clock_ms))
    directory = Directory(directory_engine)
    over = asyncio.Event()
    try:
        async with engine.begin() as connection:
            due = update(due_emails).where(due_emails.c.id == letter["id"]).values(due_at=func.now())
            await connection.execute(due)
        await notifying(door, directory, settings_for(world.databases)).work({"one": engine}, over)
        async with post_office() as office:
            url = Secret(f"smtp://{HOST}:{office.port}")
            settings = settings_for(world.databases, smtp_url=url, mail_from="no-reply@alpha.test")
            working = asyncio.create_task(notifying(door, directory, settings).work({"one": engine}, over))

            async def is_sent() -> bool:
                return bool((await letters_of(world, ana.user_id))[0]["state"] == "sent")

            await until(is_sent, within=60.0)
            over.set()
            await working
            assert len(office.to(address)) == 1
    finally:
        over.set()
        await engine.dispose()
        await directory_engine.dispose()
