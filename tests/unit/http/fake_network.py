"""A network that exists only in memory: names, addresses and servers that the client under test is put on top of."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore

from kernel.http import HttpClient, HttpLimits, HttpRules, IPAddress

PUBLIC = ip_address("93.184.216.34")
OTHER_PUBLIC = ip_address("2606:2800:220:1:248:1893:25c8:1946")

Server = Callable[[bytes], "Sequence[bytes]"]
"""Gives the chunks that answer one request; after the last one the server says nothing more."""


class FakeStream(httpcore.AsyncNetworkStream):
    """A connection to a server: every write is a request, answered chunk by chunk, then silence (or the end)."""

    def __init__(self, peer: IPAddress | None, server: Server, *, hang_up: bool) -> None:
        self.peer = peer
        self.closed = asyncio.Event()
        self.silent = asyncio.Event()
        self.tls_names: list[str | None] = []
        self.received = b""
        self.given = 0
        self.server = server
        self._hang_up = hang_up
        self._chunks: list[bytes] = []

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.received += buffer
        if b"\r\n\r\n" in buffer:
            self._chunks.extend(self.server(buffer))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._chunks:
            if self._hang_up:
                return b""
            self.silent.set()
            await asyncio.Event().wait()
        chunk = self._chunks.pop(0)
        if len(chunk) > max_bytes:
            self._chunks.insert(0, chunk[max_bytes:])
        self.given += len(chunk[:max_bytes])
        return chunk[:max_bytes]

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        self.tls_names.append(server_hostname)
        return self

    async def aclose(self) -> None:
        self.closed.set()

    def get_extra_info(self, info: str) -> Any:
        if info == "server_addr" and self.peer is not None:
            return (str(self.peer), 443)
        return self._hang_up and not self._chunks if info == "is_readable" else None


class FakeNetwork:
    """Resolver and connector in one. `connected` tells every address that a connection was asked for."""

    def __init__(self, server: Server | None = None, *, hang_up: bool = False) -> None:
        self.server: Server = server or (lambda request: [answer(b"hello")])
        self.hang_up = hang_up
        self.names: dict[str, list[Sequence[IPAddress]]] = {}
        self.resolved: list[str] = []
        self.connected: list[IPAddress] = []
        self.streams: list[FakeStream] = []
        self.reached = asyncio.Event()
        self.dead: set[IPAddress] = set()
        self.leads_to: IPAddress | str | None = "the address asked for"
        self.before_connecting: Callable[[], Awaitable[object]] | None = None

    def client(self, *, rules: HttpRules | None = None, limits: HttpLimits | None = None) -> HttpClient:
        """A client that knows no other network."""
        return HttpClient(
            rules=rules, limits=limits, ssl_context=_NO_TRUST, resolver=self.resolver, connector=self
        )

    def name(self, host: str, *answers: Sequence[str]) -> None:
        """What a name resolves to: the first time, the second time, …; the last answer stays."""
        self.names[host] = [tuple(ip_address(text) for text in addresses) for addresses in answers]

    async def resolver(self, host: str, port: int) -> Sequence[IPAddress]:
        self.resolved.append(host)
        answers = self.names.get(host, [(PUBLIC,)])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def connect(self, address: IPAddress, port: int, *, timeout: float) -> httpcore.AsyncNetworkStream:
        self.connected.append(address)
        if self.before_connecting is not None:
            await self.before_connecting()
        if address in self.dead:
            raise httpcore.ConnectError
        peer = address if isinstance(self.leads_to, str) else self.leads_to
        self.streams.append(FakeStream(peer, self.server, hang_up=self.hang_up))
        self.reached.set()
        return self.streams[-1]


# TLS does not happen in memory; made once, since reading the trusted authorities takes long.
_NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def answer(body: bytes = b"", *, status: int = 200, headers: dict[str, str] | None = None) -> bytes:
    """A complete answer with its length."""
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    return head(status, lines) + body


def head(status: int = 200, headers: dict[str, str] | None = None) -> bytes:
    """Status line and headers alone."""
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return "\r\n".join([*lines, "", ""]).encode()


def redirect(location: str, status: int = 302) -> bytes:
    """An answer that points somewhere else."""
    return answer(status=status, headers={"Location": location})
