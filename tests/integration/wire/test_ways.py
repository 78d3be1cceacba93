"""Ways to a server: sockets, TCP, TLS, SCRAM; what is wrong with one is said in one sentence."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
import uvloop

from fediflow.local.postgres import PostgresServer
from fediflow.local.sockets import free_port
from fediflow.local.spawn import account_for
from kernel.database.addresses import NO_TLS, Address, Tls, TlsMode, parse_login
from kernel.database.engines import Timeouts
from kernel.database.provision import provision_database, provision_roles
from kernel.database.roles import DatabaseRole
from kernel.database.wire.client import WireClient
from kernel.errors import Unavailable
from tests.conftest import postgres_major
from tests.integration.kernel.authorities import Authority
from tests.integration.wire.conftest import PATIENT
from tests.integration.wire.peeking import connections_of, until
from tests.servers import postgres_binaries, server_folder

PASSWORD = "of-the-ways"
ENCRYPTION = "select coalesce(max(version), 'none') from pg_catalog.pg_stat_ssl where pid = pg_backend_pid()"


@dataclass(frozen=True, slots=True)
class Protected:
    """A PostgreSQL with a certificate for `localhost`."""

    trusted: Authority
    stranger: Authority
    port: int
    socket: Address

    async def ask(
        self, host: str | Address, tls: Tls, password: str = PASSWORD, sql: str = ENCRYPTION
    ) -> str:
        """The answer to one statement over a connection of its own."""
        address = host if isinstance(host, Address) else Address(host, self.port, self.socket.database)
        client = await WireClient.open(address, DatabaseRole.APP, password, tls=tls, timeouts=PATIENT)
        try:
            (text,) = await client.fetch(1, [(sql, [])])
            assert text is not None
            return text.decode()
        finally:
            await client.close()


@pytest.fixture(scope="module")
async def protected() -> AsyncIterator[Protected]:
    with server_folder() as folder:
        trusted, stranger = Authority(folder, "trusted"), Authority(folder, "stranger")
        certificate, key = trusted.server("localhost")
        account = account_for(folder / "postgres")
        if account is not None:
            for file in (certificate, key):
                os.chown(file, account.uid, account.gid)
        settings = {"ssl": "on", "ssl_cert_file": str(certificate), "ssl_key_file": str(key)}
        port = free_port()
        server = PostgresServer(folder / "postgres", postgres_binaries(postgres_major()), port, settings)
        await server.start()
        try:
            administrator = parse_login(server.admin_url)
            await provision_roles(administrator, dict.fromkeys(DatabaseRole, PASSWORD))
            address = await provision_database(administrator, "ways")
            yield Protected(trusted, stranger, port, address)
        finally:
            await server.stop()


async def test_a_certificate_for_this_host_by_the_trusted_authority_is_accepted(protected: Protected) -> None:
    tls = Tls(TlsMode.VERIFY_FULL, protected.trusted.certificate)
    assert await protected.ask("localhost", tls) == "TLSv1.3"


async def test_a_large_answer_comes_whole_through_tls(protected: Protected) -> None:
    tls = Tls(TlsMode.VERIFY_FULL, protected.trusted.certificate)
    assert await protected.ask("localhost", tls, sql="select repeat('x', 3000000)") == "x" * 3_000_000


async def test_the_loop_that_serves_speaks_it_too(protected: Protected) -> None:
    """The tests run on asyncio's own loop, `fediflow serve` on uvloop."""
    tls = Tls(TlsMode.VERIFY_FULL, protected.trusted.certificate)

    async def asked() -> list[str]:
        large = "select repeat('x', 3000000)"
        return [await protected.ask(host, tls, sql=large) for host in ("localhost", protected.socket)]

    assert await asyncio.to_thread(uvloop.run, asked()) == ["x" * 3_000_000] * 2


async def test_a_certificate_for_another_host_is_refused(protected: Protected) -> None:
    tls = Tls(TlsMode.VERIFY_FULL, protected.trusted.certificate)
    with pytest.raises(Unavailable, match=r"its certificate is not accepted: .*127\.0\.0\.1"):
        await protected.ask("127.0.0.1", tls)


async def test_a_certificate_of_another_authority_is_refused(protected: Protected) -> None:
    with pytest.raises(Unavailable, match="its certificate is not accepted"):
        await protected.ask("localhost", Tls(TlsMode.VERIFY_FULL, protected.stranger.certificate))


async def test_require_encrypts_and_believes_whoever_answers(protected: Protected) -> None:
    assert await protected.ask("127.0.0.1", Tls(TlsMode.REQUIRE)) == "TLSv1.3"


async def test_a_unix_socket_is_not_encrypted(protected: Protected) -> None:
    assert await protected.ask(protected.socket, Tls(TlsMode.REQUIRE)) == "none"
    assert await protected.ask("127.0.0.1", NO_TLS) == "none"


async def test_a_cancel_goes_the_encrypted_way_too(protected: Protected) -> None:
    address = Address("localhost", protected.port, protected.socket.database)
    tls = Tls(TlsMode.VERIFY_FULL, protected.trusted.certificate)
    client = await WireClient.open(address, DatabaseRole.APP, PASSWORD, tls=tls, size=1, timeouts=PATIENT)
    try:
        await client.fetch(1, [("select 'warm'", [])])
        (connection,) = connections_of(client)
        task = asyncio.create_task(client.fetch(1, [("select pg_sleep(600)::text", [])]))
        await until(lambda: connection.head is not None and "sleep" in str(connection.head.kind))
        exchange = connection.in_flight[0]
        task.cancel()
        await until(lambda: not connection.in_flight)
        assert isinstance(exchange.error, asyncpg.QueryCanceledError)
        assert await client.fetch(1, [("select 'well'", [])]) == [b"well"]
    finally:
        await client.close()


async def test_a_wrong_password_is_told_without_it(protected: Protected) -> None:
    with pytest.raises(Unavailable, match="password authentication failed for user") as caught:
        await protected.ask(protected.socket, NO_TLS, "wrong-secret")
    assert "wrong-secret" not in repr(caught.value.__dict__) + str(caught.value)


async def test_a_password_that_cannot_be_one_of_ours_is_refused(protected: Protected) -> None:
    with pytest.raises(Unavailable, match="printable ASCII"):
        await protected.ask(protected.socket, NO_TLS, "pässword")


async def test_an_unknown_database_is_named(protected: Protected) -> None:
    with pytest.raises(Unavailable, match='database "nowhere" does not exist'):
        await protected.ask(protected.socket.beside("nowhere"), NO_TLS)


async def test_a_server_that_refuses_tls_is_refused() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"N")
        await reader.read()  # nothing is said in the clear
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable, match="rejected SSL upgrade"):
            await _asked(Address("127.0.0.1", port, "x"), Tls(TlsMode.REQUIRE))


@pytest.mark.parametrize("wanted", [3, 5, 7])  # in clear text, as MD5, by Kerberos
async def test_a_server_that_wants_the_password_in_another_way_gets_nothing(wanted: int) -> None:
    heard = asyncio.get_running_loop().create_future()

    async def want(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big") - 4)
        writer.write(b"R\0\0\0\x0c\0\0\0" + bytes((wanted,)) + b"salt")
        heard.set_result(await reader.read())
        writer.close()

    server = await asyncio.start_server(want, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable, match="another way to sign in than SCRAM-SHA-256"):
            await _asked(Address("127.0.0.1", port, "x"), NO_TLS)
        assert await heard == b""


async def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with asyncio.timeout(60):
            with pytest.raises(Unavailable, match=r"no answer in time|no connection was free"):
                await _asked(
                    Address("127.0.0.1", silent.getsockname()[1], "x"),
                    NO_TLS,
                    Timeouts(connect=0.3, pool=0.9),
                )


async def test_nobody_there_is_told() -> None:
    with socket.socket() as taken:  # and nobody listens, so nobody else will
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="cannot be reached"):
            await _asked(Address("127.0.0.1", taken.getsockname()[1], "x"), NO_TLS)


async def _asked(address: Address, tls: Tls, timeouts: Timeouts = PATIENT) -> None:
    client = await WireClient.open(address, DatabaseRole.APP, "x", tls=tls, timeouts=timeouts)
    try:
        await client.fetch(1, [("select 'x'", [])])
    finally:
        await client.close()
