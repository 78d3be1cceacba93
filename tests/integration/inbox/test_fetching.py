"""Fetching from other servers: what was asked for or nothing, once, and not from who does not answer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from federation.protocol.reading import RemoteActor
from federation.remote import documents
from federation.remote.away import MOST_SLOW, HostsAway
from federation.remote.failures import FetchFailure, NotFetched
from federation.remote.fetcher import Fetcher
from federation.remote.nodeinfo import software_of
from federation.remote.own import NothingOfOurs
from federation.remote.storing import store_actor
from federation.tables.actors import actors
from federation.tables.hosts import remote_keys
from kernel.database.roles import DatabaseRole
from kernel.http import HttpClient, HttpRules
from tests.fediverse import told
from tests.integration.inbox.remote_server import RemoteServer, rsa_key
from tests.world import World


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The fetcher's."""
    return Clock()


@pytest.fixture
async def fetcher(world: World, clock: Clock) -> AsyncIterator[Fetcher]:
    """A fetcher as a process has it."""
    engine = world.databases.engine(world.databases.directory, DatabaseRole.APP)
    rules = HttpRules(allow_loopback_http=True)
    async with HttpClient(rules=rules) as http:
        made = Fetcher(http, rules, engine, NothingOfOurs(), clock=clock)
        yield made
        await made.aclose()
    await engine.dispose()


async def failure(coroutine) -> FetchFailure:  # type: ignore[no-untyped-def]
    """Why it could not be had."""
    with pytest.raises(NotFetched) as raised:
        await coroutine
    return raised.value.why


async def test_many_who_want_one_key_wait_for_one_fetch(remote: RemoteServer, fetcher: Fetcher) -> None:
    ann = remote.actor("ann")
    found = await asyncio.gather(*(fetcher.key(ann.key_id) for _ in range(20)))
    assert {one.owner for one in found} == {ann.address}
    assert len(remote.asked) == 1


async def test_known_key_is_read_from_the_directory_by_other_processes(
    world: World, remote: RemoteServer, fetcher: Fetcher
) -> None:
    ann = remote.actor("ann")
    await fetcher.actor(ann.address)
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    async with HttpClient(rules=HttpRules(allow_loopback_http=True)) as http:
        other = Fetcher(http, HttpRules(allow_loopback_http=True), engine, NothingOfOurs())
        assert (await other.key(ann.key_id)).key.to_pem() == ann.key.public.to_pem()
        assert (await other.key(ann.proof_key_id)).owner == ann.address
        assert await other.keys.knows_actor("https://elsewhere.example/key", ann.address)
    await engine.dispose()
    assert len(remote.asked) == 1


async def test_failures_are_remembered_longer_each_time(
    world: World, remote: RemoteServer, fetcher: Fetcher, clock: Clock
) -> None:
    key_id = f"{remote.base}/users/nobody#main-key"
    spans = []
    for _ in range(3):
        fetcher.keys._failed.clear()  # as in another process
        assert await failure(fetcher.key(key_id)) is FetchFailure.GONE
        async with world.databases.connect(world.databases.directory) as connection:
            query = select(remote_keys).where(remote_keys.c.key_address == key_id)
            row = (await connection.execute(query)).mappings().one()
        assert row["public_key"] is None
        spans.append(row["failed_until"] - row["fetched_at"])
        fetcher.keys._failed.clear()
        assert await failure(fetcher.key(key_id)) is FetchFailure.NO_KEY
        clock.now = row["failed_until"] + timedelta(seconds=1)
    assert spans == [timedelta(seconds=60), timedelta(seconds=120), timedelta(seconds=240)]
    assert len(remote.asked) == 3


async def test_key_that_its_owner_no_longer_names_ends_after_a_week(
    remote: RemoteServer, fetcher: Fetcher, clock: Clock
) -> None:
    ann = remote.actor("ann")
    assert (await fetcher.key(ann.key_id)).owner == ann.address
    new = {"id": f"{ann.address}#new", "owner": ann.address, "publicKeyPem": rsa_key(1).public.to_pem()}
    remote.serve(ann.address, ann.document(publicKey=new))
    for days, is_known in ((6, True), (8, False)):
        clock.now += timedelta(days=days)
        fetcher.keys._known.clear()  # as in another process
        if is_known:
            assert (await fetcher.key(ann.key_id)).owner == ann.address
        else:
            assert await failure(fetcher.key(ann.key_id)) is FetchFailure.NO_KEY
    assert len(remote.asked) == 2


async def test_key_of_who_is_gone_still_verifies_its_last_words(
    remote: RemoteServer, fetcher: Fetcher, clock: Clock
) -> None:
    ann = remote.actor("ann")
    await fetcher.key(ann.key_id)
    remote.serve(ann.address, None, 410)
    clock.now += timedelta(days=30)
    fetcher.keys._known.clear()
    assert (await fetcher.key(ann.key_id)).owner == ann.address


async def test_document_of_another_id_is_not_taken(remote: RemoteServer, fetcher: Fetcher) -> None:
    ann = remote.actor("ann")
    remote.serve(f"{remote.base}/stolen", {**ann.document(), "id": "https://far.example/users/ann"})
    assert await failure(fetcher.actor(f"{remote.base}/stolen")) is FetchFailure.WRONG_ID


async def test_page_of_an_actor_leads_to_the_actor(remote: RemoteServer, fetcher: Fetcher) -> None:
    ann = remote.actor("ann")
    remote.serve(f"{remote.base}/@ann", ann.document())
    assert (await fetcher.actor(f"{remote.base}/@ann")).id == ann.address
    assert [path for _, path, _ in remote.asked] == ["/@ann", "/users/ann"]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("application/json", FetchFailure.WRONG_TYPE),
        ("text/html", FetchFailure.WRONG_TYPE),
        ("application/ld+json", FetchFailure.WRONG_TYPE),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', None),
        ("application/activity+json; charset=utf-8", None),
    ],
)
async def test_file_that_somebody_uploaded_is_no_document(
    remote: RemoteServer, fetcher: Fetcher, kind: str, why: FetchFailure | None
) -> None:
    ann = remote.actor("ann")
    remote.content_type = kind
    if why is None:
        assert (await fetcher.actor(ann.address)).id == ann.address
    else:
        assert await failure(fetcher.actor(ann.address)) is why


async def test_huge_actor_is_not_read(remote: RemoteServer, fetcher: Fetcher) -> None:
    ann = remote.actor("ann", summary="x" * 300_000)
    assert await failure(fetcher.actor(ann.address)) is FetchFailure.TOO_LARGE


async def test_server_that_hangs_is_left_alone_after_some_documents(
    remote: RemoteServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stop_the_clock_of_pauses(fetcher)
    monkeypatch.setattr(documents, "SECONDS", 0.2)
    remote.hangs = True
    for number in range(MOST_SLOW + 2):
        assert await failure(fetcher.actor(f"{remote.base}/users/{number}")) is FetchFailure.AWAY
    assert fetcher.documents.fetches == MOST_SLOW


async def test_document_that_hangs_keeps_nobody_from_others_of_its_server(
    remote: RemoteServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stop_the_clock_of_pauses(fetcher)
    ann = remote.actor("ann")
    fetches = []
    for number in range(MOST_SLOW + 2):
        before = fetcher.documents.fetches
        with monkeypatch.context() as impatient:
            impatient.setattr(documents, "SECONDS", 0.2)
            remote.hangs = True
            hanging = f"{remote.base}/users/slow{number % 2}"
            assert await failure(fetcher.actor(hanging)) is FetchFailure.AWAY
        fetches.append(fetcher.documents.fetches - before)
        remote.hangs = False
        assert (await fetcher.actor(ann.address)).id == ann.address
    assert fetches == [1, 1, 0, 0, 0]  # each once, and then left alone for a while


def _stop_the_clock_of_pauses(fetcher: Fetcher) -> None:
    """What is left alone for a while is left alone as long as the test takes."""
    fetcher.documents._away = HostsAway(now=lambda: 0.0)


async def test_handle_is_found_by_webfinger(remote: RemoteServer, fetcher: Fetcher) -> None:
    ann = remote.actor("ann")
    host = remote.base.removeprefix("http://")
    target = f"/.well-known/webfinger?resource=acct:ann@{host}"
    links = [{"rel": "self", "type": "application/activity+json", "href": ann.address}]
    remote.serve(remote.base + target, {"subject": f"acct:ann@{host}", "links": links})
    assert await fetcher.webfinger(f"@ann@{host}") == ann.address
    assert await failure(fetcher.webfinger(f"nobody@{host}")) is FetchFailure.GONE
    assert await failure(fetcher.webfinger("ann")) is FetchFailure.REFUSED


async def test_software_of_a_server_is_read(remote: RemoteServer, fetcher: Fetcher) -> None:
    host = remote.base.removeprefix("http://")
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.1"
    links = {"links": [{"rel": rel, "href": f"{remote.base}/nodeinfo/2.1"}]}
    remote.serve(f"{remote.base}/.well-known/nodeinfo", links)
    document = {
        "version": "2.1",
        "software": {"name": "Mastodon", "version": "4.4.0"},
        "protocols": ["activitypub"],
    }
    remote.serve(f"{remote.base}/nodeinfo/2.1", document)
    found = await software_of(fetcher.documents, host)
    assert (found.name, found.version) == ("mastodon", "4.4.0")


async def test_handle_belongs_to_who_has_it_now(world: World, remote: RemoteServer, fetcher: Fetcher) -> None:
    first = remote.actor("ann")
    second = remote.actor("ann2", key=rsa_key(1), preferredUsername="ann")
    stored = {}
    for one in (first, second, first):
        found = await fetcher.actor(one.address)
        async with world.door.write(world.as_system("alpha")) as tx:
            stored[one.address] = await store_actor(tx, found, tx.now)
    async with world.door.write(world.as_system("alpha")) as tx:
        query = select(actors.c.id, actors.c.username_key).where(actors.c.id.in_(stored.values()))
        keys = {row.id: row.username_key for row in await tx.connection.execute(query)}
    assert keys[stored[first.address]] == "ann"
    assert keys[stored[second.address]] == f"ann~{stored[second.address]}"


async def test_only_what_others_find_of_an_actor_is_told_when_it_is_stored_anew(
    world: World, remote: RemoteServer, fetcher: Fetcher
) -> None:
    ann = remote.actor("ann")
    found = await fetcher.actor(ann.address)

    async def stored(actor: RemoteActor) -> int:
        async with world.door.write(world.as_system("alpha")) as tx:
            return await store_actor(tx, actor, tx.now)

    actor_id = await stored(found)
    await stored(replace(found, name={"en": "Ann of Nordhafen"}))
    assert await told(world, actor_id) == []
    wanted = not found.discoverable
    await stored(replace(found, discoverable=wanted))
    async with world.door.write(world.as_system("alpha")) as tx:
        row = actors.c
        of_ann = update(actors).where(row.tenant_id == tx.tenant_id, row.id == actor_id)
        await tx.connection.execute(of_ann.values(status="gone"))
    await stored(replace(found, discoverable=wanted))
    assert await told(world, actor_id) == [
        ("actor.changed", {"changed": ["is_discoverable"]}),
        ("actor.changed", {"changed": ["status"]}),
    ]
