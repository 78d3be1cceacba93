"""Connections to PostgreSQL and Redis are encrypted, checked and authenticated as the settings say."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from fediflow.local.postgres import PostgresServer
from fediflow.local.sockets import free_port
from fediflow.local.spawn import account_for
from fediflow.processes.reaching import reached
from fediflow.processes.services import open_cache
from kernel.cache import Cache
from kernel.database.addresses import Address, Login, parse_login
from kernel.database.engines import Timeouts, create_engine
from kernel.database.provision import provision_database, provision_roles
from kernel.database.roles import DatabaseRole
from kernel.errors import Unavailable
from kernel.settings import Settings, load_settings
from tests.conftest import postgres_major
from tests.integration.cli.commands import Commands, settings_for
from tests.integration.kernel.authorities import Authority
from tests.servers import postgres_binaries, server_folder, unavailable

PASSWORDS = dict.fromkeys(DatabaseRole, "tls-test")


@dataclass(frozen=True, slots=True)
class Protected:
    """A PostgreSQL that has a certificate for `localhost` and for no address."""

    trusted: Authority
    stranger: Authority
    administrator: Login
    port: int

    def settings(self, mode: str, authority: Authority | None = None, host: str = "localhost") -> Settings:
        environ = settings_for(Address("", 0, ""), PASSWORDS) | {
            "FEDIFLOW_DIRECTORY_URL": f"postgresql://{host}:{self.port}/fediflow_directory",
            "FEDIFLOW_DATABASE_TLS": mode,
        }
        if authority is not None:
            environ["FEDIFLOW_DATABASE_TLS_ROOT_CERT"] = str(authority.certificate)
        return load_settings(environ)


@pytest.fixture(scope="module")
async def protected() -> AsyncIterator[Protected]:
    with server_folder() as folder:
        trusted, stranger = Authority(folder, "trusted"), Authority(folder, "stranger")
        certificate, key = trusted.server("localhost")
        _give_to_server(folder, certificate, key)
        port = free_port()
        server = PostgresServer(
            folder / "postgres",
            postgres_binaries(postgres_major()),
            port,
            {"ssl": "on", "ssl_cert_file": str(certificate), "ssl_key_file": str(key)},
        )
        await server.start()
        try:
            administrator = parse_login(server.admin_url)
            await provision_roles(administrator, PASSWORDS)
            await provision_database(administrator, "fediflow_directory")
            yield Protected(trusted, stranger, administrator, port)
        finally:
            await server.stop()


async def encryption(settings: Settings) -> str | None:
    """The TLS version of a connection as the application, None without."""
    role, address = DatabaseRole.APP, settings.directory_url
    password, patient = settings.password(role), Timeouts(connect=60.0)
    engine = create_engine(address, role, password, tls=settings.tls, pool_size=0, timeouts=patient)
    try:
        async with reached(engine, "the directory", address) as connection:
            query = text("select version from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()")
            version: str | None = (await connection.execute(query)).scalar_one()
            return version
    finally:
        await engine.dispose()


async def test_the_right_authority_and_host_are_accepted(protected: Protected) -> None:
    assert await encryption(protected.settings("verify-full", protected.trusted)) == "TLSv1.3"


async def test_a_certificate_of_another_authority_is_refused(protected: Protected) -> None:
    for authority in (protected.stranger, None):  # None: those the system trusts
        with pytest.raises(Unavailable, match=r"its certificate is not accepted: .*certificate"):
            await encryption(protected.settings("verify-full", authority))


async def test_a_certificate_of_another_host_is_refused(protected: Protected) -> None:
    with pytest.raises(Unavailable, match=r"its certificate is not accepted: .*127\.0\.0\.1"):
        await encryption(protected.settings("verify-full", protected.trusted, host="127.0.0.1"))


async def test_require_encrypts_and_believes_whoever_answers(protected: Protected) -> None:
    assert await encryption(protected.settings("require", host="127.0.0.1")) == "TLSv1.3"


async def test_disable_does_not_encrypt(protected: Protected) -> None:
    assert await encryption(protected.settings("disable")) is None


async def test_a_server_without_tls_is_refused_where_it_is_required(postgres_plain: int) -> None:
    environ = {
        "FEDIFLOW_DIRECTORY_URL": f"postgresql://127.0.0.1:{postgres_plain}/postgres",
        "FEDIFLOW_APP_PASSWORD": "x",
    }
    with pytest.raises(Unavailable, match="rejected SSL upgrade"):
        await encryption(load_settings(environ | {"FEDIFLOW_DATABASE_TLS": "require"}))


async def test_a_wrong_password_is_told_without_it(protected: Protected) -> None:
    environ = settings_for(Address("", 0, ""), dict.fromkeys(DatabaseRole, "wrong-secret")) | {
        "FEDIFLOW_DIRECTORY_URL": f"postgresql://localhost:{protected.port}/fediflow_directory"
    }
    with pytest.raises(Unavailable, match="password authentication failed for user") as caught:
        await encryption(load_settings(environ))
    assert "wrong-secret" not in caught.value.message


def test_an_installation_is_made_and_examined_over_tls(protected: Protected) -> None:
    environ = settings_for(Address("", 0, ""), PASSWORDS) | {
        "FEDIFLOW_DIRECTORY_URL": f"postgresql://localhost:{protected.port}/fediflow_directory",
        "FEDIFLOW_DATABASE_TLS": "verify-full",
        "FEDIFLOW_DATABASE_TLS_ROOT_CERT": str(protected.trusted.certificate),
    }
    login = protected.administrator
    admin = f"postgresql://{login.user}:{login.password}@localhost:{protected.port}/postgres"
    fediflow = Commands(environ)
    fediflow.ok("migrate", ADMIN_URL=admin)
    added = fediflow.ok("shard", "add", "one", ADMIN_URL=admin)
    assert (added["host"], added["port"]) == ("localhost", protected.port)
    found = {(c["where"], c["what"]): c["found"] for c in fediflow("doctor", "--json").json}
    assert found["directory", "TLS"] == found["shard one", "TLS"] == "TLSv1.3"


@pytest.fixture
async def postgres_plain() -> AsyncIterator[int]:
    """The port of a PostgreSQL that has no certificate."""
    with server_folder() as folder:
        port = free_port()
        server = PostgresServer(folder / "postgres", postgres_binaries(postgres_major()), port)
        await server.start()
        yield port
        await server.stop()


# ---- Redis ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProtectedRedis:
    """A Redis that wants TLS and a password."""

    trusted: Authority
    stranger: Authority
    port: int
    password: str

    def url(self, password: str, host: str = "localhost") -> str:
        return f"rediss://:{password}@{host}:{self.port}/0"


@pytest.fixture(scope="module")
def redis_tls() -> Iterator[ProtectedRedis]:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        unavailable("REDIS", "neither redis-server nor valkey-server is on PATH")
    with server_folder() as folder:
        trusted, stranger = Authority(folder, "trusted"), Authority(folder, "stranger")
        certificate, key = trusted.server("localhost")
        made = ProtectedRedis(trusted, stranger, free_port(), "redis-secret")
        arguments = {
            "port": "0",
            "tls-port": str(made.port),
            "bind": "127.0.0.1",
            "tls-cert-file": str(certificate),
            "tls-key-file": str(key),
            "tls-ca-cert-file": str(trusted.certificate),
            "tls-auth-clients": "no",
            "requirepass": made.password,
            "save": "",
            "dir": str(folder),
        }
        words = [word for name, value in arguments.items() for word in (f"--{name}", value)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([program, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _until_listening(process, made.port, folder / "log")
            yield made
        finally:
            process.terminate()
            process.wait()


async def test_redis_is_reached_over_tls_with_its_password(
    redis_tls: ProtectedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A quarter of a second is all a command gets, which a handshake can exceed on a busy machine.
    monkeypatch.setattr(Cache, "connect", partial(Cache.connect, timeout=60.0))
    assert await answers(redis_tls.url(redis_tls.password), redis_tls.trusted)


async def test_redis_with_a_wrong_password_authority_or_host_counts_as_away(
    redis_tls: ProtectedRedis,
) -> None:
    assert not await answers(redis_tls.url("wrong"), redis_tls.trusted)
    assert not await answers(redis_tls.url(redis_tls.password), redis_tls.stranger)
    assert not await answers(redis_tls.url(redis_tls.password), None)
    assert not await answers(redis_tls.url(redis_tls.password, "127.0.0.1"), redis_tls.trusted)
    assert not await answers(redis_tls.url(redis_tls.password).replace("rediss:", "redis:"), None)


async def answers(url: str, authority: Authority | None) -> bool:
    environ = {"FEDIFLOW_REDIS_URL": url}
    if authority is not None:
        environ["FEDIFLOW_REDIS_TLS_ROOT_CERT"] = str(authority.certificate)
    cache = open_cache(load_settings(environ))
    try:
        return await cache.ping()
    finally:
        await cache.aclose()


def _until_listening(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)  # the pace of polling
    if "tls" in log.read_text().lower():
        unavailable("REDIS_TLS", "this Redis was built without TLS")
    pytest.fail(log.read_text())


def _give_to_server(folder: Path, *files: Path) -> None:
    """PostgreSQL wants to own its key; as root it runs as somebody else."""
    account = account_for(folder / "postgres")
    for file in files:
        if account is not None:
            os.chown(file, account.uid, account.gid)
