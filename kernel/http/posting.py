"""Many small POSTs to many servers: the way for what is delivered.

Held to the same `HttpRules` and `HttpLimits` as `HttpClient`, for a fraction of what that costs. A POST may be sent twice:
where a server ended the connection that had waited for it, it goes down another one. Whoever uses this sends what is the
same when it comes again. How many are on their way at one time is the caller's business.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Mapping, Sequence
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
from kernel.http.messages import HttpResponse, request_headers
from kernel.http.resolving import Resolver, system_resolver
from kernel.http.rules import HttpLimits, HttpRules
from kernel.http.urls import Target, parse_url
from kernel.http.wire import AnswerLimits, HungUp, WireConnection

_TRIES = 4
_KNOWN_URLS = 20_000


class HttpPoster:
    """Posts to other servers. One per process, used as an async context manager; an answer of any status is an answer."""

    def __init__(
        self,
        *,
        rules: HttpRules | None = None,
        limits: HttpLimits | None = None,
        user_agent: str = "FediFlow",
        ssl_context: ssl.SSLContext | None = None,
        resolver: Resolver = system_resolver,
    ) -> None:
        self._rules = rules or HttpRules()
        self._limits = limits or HttpLimits()
        self._fixed = {"user-agent": user_agent, "accept": "*/*"}
        self._ssl_context = ssl_context or httpcore.default_ssl_context()
        self._resolver = resolver
        self._idle: OrderedDict[tuple[str, str, int], list[tuple[float, WireConnection]]] = OrderedDict()
        self._idle_count = 0
        self._is_closed = False
        self.target = lru_cache(maxsize=_KNOWN_URLS)(partial(parse_url, rules=self._rules))

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], deadline: float | None = None
    ) -> HttpResponse:
        """The answer, never followed anywhere; raises `HttpError` where there is none."""
        target: Target = self.target(url)
        seconds = self._limits.deadline if deadline is None else deadline
        request = _request(target, request_headers(self._fixed, headers), body)
        try:
            async with asyncio.timeout(seconds):
                return await self._send(target, request)
        except TimeoutError as error:
            raise HttpTimeout(target.host, f"no complete answer within {seconds:g} s") from error

    async def aclose(self) -> None:
        """Closes every idle connection; the others close when their answer is there."""
        self._is_closed = True
        for waiting in self._idle.values():
            for _, connection in waiting:
                connection.close()
        self._idle.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _send(self, target: Target, request: bytes) -> HttpResponse:
        kept = self._take(target)
        if kept is not None:
            try:
                return await self._exchange(kept, target, request)
            except HungUp:
                pass
        return await self._exchange(await self._connected(target), target, request)

    async def _exchange(self, connection: WireConnection, target: Target, request: bytes) -> HttpResponse:
        limits = AnswerLimits(self._limits.header_bytes, self._limits.max_bytes)
        response = await connection.exchange(request, target, limits)
        self._give_back(target, connection)
        return response

    def _take(self, target: Target) -> WireConnection | None:
        """An idle connection to that server, the latest used first."""
        waiting = self._idle.get(_origin(target))
        oldest = asyncio.get_running_loop().time() - self._limits.idle_seconds
        while waiting:
            since, connection = waiting.pop()
            self._idle_count -= 1
            if connection.is_idle and since >= oldest:
                return connection
            connection.close()
        self._idle.pop(_origin(target), None)
        return None

    def _give_back(self, target: Target, connection: WireConnection) -> None:
        if not connection.is_idle:
            return
        if self._is_closed:
            connection.close()
            return
        origin = _origin(target)
        self._idle.setdefault(origin, []).append((asyncio.get_running_loop().time(), connection))
        self._idle.move_to_end(origin)
        self._idle_count += 1
        if self._idle_count > self._limits.requests:
            _, forgotten = self._idle.popitem(last=False)
            self._idle_count -= len(forgotten)
            for _, one in forgotten:
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
                    partial(WireConnection, target.host),
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


def _origin(target: Target) -> tuple[str, str, int]:
    return target.scheme, target.host, target.port


def _request(target: Target, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    lines = [f"POST {target.path} HTTP/1.1", f"host: {target.authority}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += ["accept-encoding: identity", f"content-length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def _peer(transport: asyncio.BaseTransport) -> IPAddress | None:
    name = transport.get_extra_info("peername")
    try:
        return ip_address(name[0]) if isinstance(name, tuple) else None
    except ValueError:
        return None
