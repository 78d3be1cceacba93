"""Redis with a password, and through TLS."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fediflow.local.redis import RedisServer
from kernel.cache import Cache
from tests.integration.signin.conftest import PATIENT


@dataclass(frozen=True, slots=True)
class TlsRedis:
    """A Redis behind TLS, and the certificate it shows."""

    port: int
    certificate: Path


@pytest.fixture
async def tls_redis(private_redis: RedisServer, tmp_path: Path) -> AsyncIterator[TlsRedis]:
    """TLS ends in front of the server, so that no server with TLS built in is needed."""
    certificate, key = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(str(private_redis.socket_path))
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    server = await asyncio.start_server(forward, "127.0.0.1", 0, ssl=context)
    async with server:
        yield TlsRedis(server.sockets[0].getsockname()[1], certificate)


@pytest.mark.parametrize(
    ("password", "trusts", "answers"),
    [("right", True, True), ("wrong", True, False), ("right", False, False)],
)
async def test_tls_takes_a_trusted_certificate_and_the_password(
    private_redis: RedisServer, tls_redis: TlsRedis, password: str, trusts: bool, answers: bool
) -> None:
    given = private_redis.password if password == "right" else "wrong"
    url = f"rediss://:{given}@127.0.0.1:{tls_redis.port}/0"
    cache = Cache.connect(url, ca_file=str(tls_redis.certificate) if trusts else None, timeout=PATIENT)
    assert await cache.ping() is answers
    await cache.aclose()


async def test_a_redis_that_is_gone_and_back_is_found_again(private_redis: RedisServer) -> None:
    cache = Cache.connect(private_redis.url, timeout=PATIENT)
    assert await cache.ping()
    await private_redis.kill()
    assert not await cache.ping()
    await private_redis.start()
    async with asyncio.timeout(60):
        while not await cache.ping():  # noqa: ASYNC110 - another server's state
            await asyncio.sleep(0.05)
    await cache.aclose()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "redis.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate_file, key_file
