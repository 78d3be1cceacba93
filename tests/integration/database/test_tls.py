"""Connections over TLS: to a server with a certificate of an authority that we know, and of one that we do not."""

import datetime
import ipaddress
import os
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from fediflow.local.postgres import PostgresServer
from fediflow.local.sockets import free_port
from fediflow.local.spawn import account_for
from kernel.database.addresses import NO_TLS, Address, Login, Tls, TlsMode, parse_login
from kernel.database.engines import create_engine
from kernel.database.provision import connect_as, provision_database, provision_roles
from kernel.database.roles import DatabaseRole, random_passwords
from tests import servers
from tests.conftest import postgres_major

_TLS_ONLY = """
    hostssl all all 127.0.0.1/32 scram-sha-256
    local all all scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Secured:
    """A server that takes only TLS over TCP; its certificate, for 127.0.0.1, is its own authority."""

    login: Login
    certificate: Path

    def as_host(self, host: str) -> Login:
        """The same server under another name."""
        address = Address(host, self.login.address.port, self.login.address.database)
        return Login(address, self.login.user, self.login.password)


@pytest.fixture(scope="module")
async def secured() -> AsyncIterator[Secured]:
    with servers.server_folder() as folder:
        certificate = _certificate(folder)
        (folder / "hba").write_text(_TLS_ONLY)
        settings = {
            "ssl": "on",
            "ssl_cert_file": str(certificate),
            "ssl_key_file": str(folder / "key"),
            "hba_file": str(folder / "hba"),
        }
        binaries = servers.postgres_binaries(postgres_major())
        server = PostgresServer(folder / "postgres", binaries, free_port(), settings)
        await server.start()
        try:
            inside = parse_login(server.admin_url)
            address = Address("127.0.0.1", inside.address.port, "postgres")
            yield Secured(Login(address, inside.user, inside.password), certificate)
        finally:
            await server.stop()


async def test_a_known_authority_is_trusted(secured: Secured) -> None:
    tls = Tls(TlsMode.VERIFY_FULL, secured.certificate)
    connection = await connect_as(secured.login, tls=tls)
    query = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
    assert await connection.fetchval(query) is True
    await connection.close()


async def test_engines_connect_over_tls(secured: Secured) -> None:
    passwords = random_passwords()
    tls = Tls(TlsMode.VERIFY_FULL, secured.certificate)
    await provision_roles(secured.login, passwords, tls=tls)
    address = await provision_database(secured.login, "x", tls=tls)
    engine = create_engine(address, DatabaseRole.APP, passwords[DatabaseRole.APP], tls=tls)
    async with engine.connect() as connection:
        assert (await connection.execute(text("select current_user"))).scalar() == "fediflow_app"
    await engine.dispose()


async def test_an_unknown_authority_is_refused_unless_only_encryption_is_asked(secured: Secured) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await connect_as(secured.login, tls=Tls(TlsMode.VERIFY_FULL))
    connection = await connect_as(secured.login, tls=Tls(TlsMode.REQUIRE))
    assert await connection.fetchval("select 1") == 1
    await connection.close()


async def test_a_certificate_of_another_host_is_refused(secured: Secured) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await connect_as(secured.as_host("localhost"), tls=Tls(TlsMode.VERIFY_FULL, secured.certificate))


async def test_a_server_that_wants_tls_refuses_a_plain_connection(secured: Secured) -> None:
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="no encryption"):
        await connect_as(secured.login, tls=NO_TLS)


def _certificate(folder: Path) -> Path:
    """A certificate and its key, which only the server's user may read."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = folder / "key"
    private.touch(0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    account = account_for(folder / "postgres")
    if account is not None:
        os.chown(private, account.uid, account.gid)
    return folder / "certificate"
