"""Many small POSTs to many servers: the way for what is delivered.

Held to the same `HttpRules` and `HttpLimits` as `HttpClient`, for a fraction of what that costs. A POST may be sent twice:
where a server ended the connection that had waited for it, it goes down another one. Whoever uses this sends what is the
same when it comes again. How many are on their way at one time is the caller's business.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from ipaddress import ip_address
from types import TracebackType
from typing import Self

import httpcore

from kernel.http.addresses import IPAddress
from kernel.http.connecting import checked_addresses
from kernel.http.errors import (
    AddressRefused,
    CertificateRefused,
    HttpTimeout,
    HttpUnavailable,
)
from kernel.http.messages import HttpStatus, check_header
from kernel.http.resolving import NameResolver, Resolver
from kernel.http.rules import HttpLimits, HttpRules
from kernel.http.urls import Target, parse_url
from kernel.http.wire import AnswerLimits, HungUp, WireConnection

_TRIES = 4
_KNOWN_URLS = 20_000
_Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class _Place:
    """A URL that is posted to again and again: whose connections serve it, and how every request to it begins."""

    target: Target
    origin: _Origin
    head: str


class HttpPoster:
    """Posts to other servers. One per process, used as an async context manager; an answer of any status is an answer,
    whatever its body: that is thrown away."""

    def __init__(
        self,
        *,
        rules: HttpRules | None = None,
        limits: HttpLimits | None = None,
        user_agent: str = "FediFlow",
        ssl_context: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        self._rules = rules or HttpRules()
        self._limits = limits or HttpLimits()
        check_header("user-agent", user_agent)
        self._user_agent = user_agent
        self._ssl_context = ssl_context or httpcore.default_ssl_context()
        self._names = NameResolver()
        self._resolver = resolver or self._names
        self._idle: OrderedDict[_Origin, list[tuple[float, WireConnection]]] = OrderedDict()
        self._idle_count = 0
        self._is_closed = False
        self._answers = AnswerLimits(self._limits.header_bytes, self._limits.max_bytes)
        self._place = lru_cache(maxsize=_KNOWN_URLS)(self._placed)

    def target(self, url: str) -> Target:
        """Where a URL leads, or `UrlRefused`."""
        return self._place(url).target

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], deadline: float | None = None
    ) -> HttpStatus:
        """What was answered, never followed anywhere; raises `HttpError` where nothing was. `headers` have lower-case names."""
        place = self._place(url)
        seconds = self._limits.deadline if deadline is None else deadline
        request = _request(place, headers, body)
        try:
            return await self._send(place, request, asyncio.get_running_loop().time() + seconds)
        except TimeoutError as error:
            raise HttpTimeout(place.target.host, f"no answer within {seconds:g} s") from error

    async def aclose(self) -> None:
        """Closes every idle connection; the others close when their answer is there."""
        self._is_closed = True
        for waiting in self._idle.values():
            for _, connection in waiting:
                connection.close()
        self._idle.clear()
        await self._names.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _placed(self, url: str) -> _Place:
        target = parse_url(url, self._rules)
        head = (
            f"POST {target.path} HTTP/1.1\r\nhost: {target.authority}\r\nuser-agent: {self._user_agent}\r\n"
            "accept: */*\r\naccept-encoding: identity\r\n"
        )
        return _Place(target, (target.scheme, target.host, target.port), head)

    async def _send(self, place: _Place, request: bytes, until: float) -> HttpStatus:
        """`TimeoutError` where the loop's clock is at `until` before there is an answer."""
        kept = self._take(place.origin)
        if kept is not None:
            try:
                return await self._exchange(kept, place, request, until)
            except HungUp:
                pass
        async with asyncio.timeout_at(until):
            connection = await self._connected(place.target)
        return await self._exchange(connection, place, request, until)

    async def _exchange(
        self, connection: WireConnection, place: _Place, request: bytes, until: float
    ) -> HttpStatus:
        response = await connection.exchange(request, until)
        self._give_back(place.origin, connection)
        return response

    def _take(self, origin: _Origin) -> WireConnection | None:
        """An idle connection to that server, the latest used first."""
        waiting = self._idle.get(origin)
        oldest = asyncio.get_running_loop().time() - self._limits.idle_seconds
        while waiting:
            since, connection = waiting.pop()
            self._idle_count -= 1
            if connection.is_idle and since >= oldest:
                return connection
            connection.close()
        self._idle.pop(origin, None)
        return None

    def _give_back(self, origin: _Origin, connection: WireConnection) -> None:
        if not connection.is_idle:
            return
        if self._is_closed:
            connection.close()
            return
        now = asyncio.get_running_loop().time()
        self._idle.setdefault(origin, []).append((now, connection))
        self._idle.move_to_end(origin)
        self._idle_count += 1
        self._forget(now - self._limits.idle_seconds)

    def _forget(self, oldest: float) -> None:
        """Closes connections of servers that nothing came back from since then, and of others while there are too many."""
        while self._idle:
            origin, waiting = next(iter(self._idle.items()))
            if self._idle_count <= self._limits.requests and waiting and waiting[-1][0] >= oldest:
                return
            del self._idle[origin]
            self._idle_count -= len(waiting)
            for _, one in waiting:
                one.close()

    async def _connected(self, target: Target) -> WireConnection:
        try:
            async with asyncio.timeout(self._limits.connect_deadline):
                addresses = (await checked_addresses(target, self._rules, self._resolver))[:_TRIES]
        except TimeoutError as error:
            raise HttpTimeout(target.host, "the name was not resolved within the connect deadline") from error
        return await self._first_answer(target, addresses)

    async def _first_answer(self, target: Target, addresses: Sequence[IPAddress]) -> WireConnection:
        share = self._limits.connect_deadline / len(addresses)
        for address in addresses[:-1]:
            try:
                return await self._connect(target, address, share)
            except (HttpUnavailable, HttpTimeout):
                continue
        return await self._connect(target, addresses[-1], share)

    async def _connect(self, target: Target, address: IPAddress, seconds: float) -> WireConnection:
        is_tls = target.scheme == "https"
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds * 2 if is_tls else seconds):
                transport, connection = await loop.create_connection(
                    partial(WireConnection, target.host, self._answers),
                    str(address),
                    target.port,
                    ssl=self._ssl_context if is_tls else None,
                    server_hostname=target.host if is_tls else None,
                )
        except TimeoutError as error:
            raise HttpTimeout(target.host, "no connection within the connect deadline") from error
        except ssl.SSLCertVerificationError as error:
            rule = f"its certificate is not valid: {error.verify_message}"
            raise CertificateRefused(target.host, rule) from error
        except OSError as error:
            raise HttpUnavailable(target.host, "no connection could be made") from error
        if _peer(transport) != address:
            connection.close()
            raise AddressRefused(target.host, "the connection leads to another address than the one checked")
        return connection


def _request(place: _Place, headers: Mapping[str, str], body: bytes) -> bytes:
    for name, value in headers.items():
        check_header(name, value)
    told = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    return f"{place.head}{told}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body


def _peer(transport: asyncio.BaseTransport) -> IPAddress | None:
    name = transport.get_extra_info("peername")
    try:
        return ip_address(name[0]) if isinstance(name, tuple) else None
    except ValueError:
        return None
