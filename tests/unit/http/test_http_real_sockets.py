"""Over real sockets of this machine: certificates, plain http to loopback, and the system's resolver."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kernel.http import (
    CertificateRefused,
    HttpClient,
    HttpLimits,
    HttpPoster,
    HttpRules,
    HttpTimeout,
    HttpUnavailable,
    IPAddress,
    NameResolver,
    UrlRefused,
)

HERE = HttpRules(allow_loopback_http=True)


async def here(host: str, port: int) -> Sequence[IPAddress]:
    return (ip_address("127.0.0.1"),)


@asynccontextmanager
async def serving(
    context: ssl.SSLContext | None = None, *, greeting: bytes = b""
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on loopback that answers every request; its port and the requests it read."""
    requests: list[bytes] = []
    conversations: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.add(asyncio.current_task())
        writer.write(greeting)
        try:
            while True:
                requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], requests
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*(one for one in conversations if one is not None))


class Authority:
    """A certificate authority of its own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self._certificate = self._sign(self._name, self._key.public_key(), [_basic(ca=True)])

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(
            cadata=self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        )

    def server(self, host: str, folder: Path, *, age: timedelta = timedelta()) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = self._sign(subject, key.public_key(), [_basic(ca=False), (names, False)], age)
        pem = folder / "server.pem"
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        extensions: list[tuple[x509.ExtensionType, bool]],
        age: timedelta = timedelta(),
    ) -> x509.Certificate:
        now = datetime.now(UTC) - age
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256())


def _basic(*, ca: bool) -> tuple[x509.ExtensionType, bool]:
    return x509.BasicConstraints(ca=ca, path_length=None), True


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


async def test_the_right_host_of_a_trusted_authority_is_spoken_to(
    authority: Authority, tmp_path: Path
) -> None:
    async with (
        serving(authority.server("uni.example", tmp_path)) as (port, requests),
        HttpClient(rules=HERE, ssl_context=authority.trusted(), resolver=here) as client,
    ):
        for _ in range(2):
            assert (await client.get(f"https://uni.example:{port}/")).body == b"hello"
    assert len(requests) == 2


async def test_the_wrong_host_is_refused_before_a_request_is_sent(
    authority: Authority, tmp_path: Path
) -> None:
    async with (
        serving(authority.server("uni.example", tmp_path)) as (port, requests),
        HttpClient(rules=HERE, ssl_context=authority.trusted(), resolver=here) as client,
    ):
        with pytest.raises(
            CertificateRefused, match=r"^other\.example: its certificate is not valid: Hostname"
        ):
            await client.get(f"https://other.example:{port}/")
    assert requests == []


async def test_an_unknown_authority_is_refused(authority: Authority, tmp_path: Path) -> None:
    async with (
        serving(authority.server("uni.example", tmp_path)) as (port, requests),
        HttpClient(rules=HERE, resolver=here) as client,
    ):
        with pytest.raises(CertificateRefused, match="certificate"):
            await client.get(f"https://uni.example:{port}/")
    assert requests == []


async def test_an_expired_certificate_is_refused(authority: Authority, tmp_path: Path) -> None:
    async with (
        serving(authority.server("uni.example", tmp_path, age=timedelta(days=2))) as (port, requests),
        HttpClient(rules=HERE, ssl_context=authority.trusted(), resolver=here) as client,
    ):
        with pytest.raises(CertificateRefused, match="expired"):
            await client.get(f"https://uni.example:{port}/")
    assert requests == []


@pytest.mark.parametrize("limits", [HttpLimits(connect_deadline=0.1), HttpLimits(deadline=0.1)], ids=str)
async def test_a_handshake_that_never_ends_is_left_at_the_deadline(limits: HttpLimits) -> None:
    async with (
        serving() as (port, requests),
        HttpClient(rules=HERE, limits=limits, resolver=here) as client,
    ):
        with pytest.raises(HttpTimeout):
            await client.get(f"https://uni.example:{port}/")
    assert requests == []


async def test_a_server_without_tls_is_unavailable_by_https() -> None:
    async with (
        serving(greeting=b"220 mail.example ESMTP\r\n") as (port, requests),
        HttpClient(rules=HERE, resolver=here) as client,
    ):
        with pytest.raises(HttpUnavailable, match="no connection"):
            await client.get(f"https://uni.example:{port}/")
    assert requests == []


async def test_loopback_setting_lets_the_demo_speak_http_to_names_of_this_machine() -> None:
    async with (
        serving() as (port, requests),
        HttpClient(rules=HERE) as client,
    ):
        response = await client.get(f"http://north.localhost:{port}/actor")
    assert response.body == b"hello"
    assert f"Host: north.localhost:{port}\r\n".encode() in requests[0]


async def test_without_the_setting_this_machine_is_not_reached() -> None:
    async with (
        serving() as (port, requests),
        HttpClient(rules=HttpRules(ports=frozenset({port}))) as client,
    ):
        for url in (
            f"https://localhost:{port}/",
            f"https://127.0.0.1:{port}/",
            f"http://localhost:{port}/",
        ):
            with pytest.raises(UrlRefused):
                await client.get(url)
    assert requests == []


async def test_a_closed_port_is_unavailable() -> None:
    async with serving() as (port, _):
        pass
    async with HttpClient(rules=HERE) as client:
        with pytest.raises(HttpUnavailable):
            await client.get(f"http://localhost:{port}/")


async def test_localhost_names_are_this_machine_without_asking_anybody() -> None:
    for name in ("localhost", "north.localhost"):
        assert [str(address) for address in await NameResolver()(name, 443)] == ["127.0.0.1", "::1"]


async def test_posts_go_to_the_right_host_of_a_trusted_authority_alone(
    authority: Authority, tmp_path: Path
) -> None:
    async with (
        serving(authority.server("uni.example", tmp_path)) as (port, requests),
        HttpPoster(rules=HERE, ssl_context=authority.trusted(), resolver=here) as client,
    ):
        assert (await client.post(f"https://uni.example:{port}/", b"{}", headers={})).status == 200
        with pytest.raises(CertificateRefused, match="Hostname"):
            await client.post(f"https://other.example:{port}/", b"{}", headers={})
    assert len(requests) == 1


async def test_posts_trust_no_expired_certificate_and_no_unknown_authority(
    authority: Authority, tmp_path: Path
) -> None:
    async with serving(authority.server("uni.example", tmp_path, age=timedelta(days=2))) as (port, requests):
        async with HttpPoster(rules=HERE, ssl_context=authority.trusted(), resolver=here) as client:
            with pytest.raises(CertificateRefused, match="expired"):
                await client.post(f"https://uni.example:{port}/", b"{}", headers={})
        async with HttpPoster(rules=HERE, resolver=here) as client:
            with pytest.raises(CertificateRefused, match="certificate"):
                await client.post(f"https://uni.example:{port}/", b"{}", headers={})
    assert requests == []
