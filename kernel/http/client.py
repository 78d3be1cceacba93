"""The one HTTP client: every request that FediFlow makes to another server goes through it.

Addresses of identity providers, pictures and other universities are chosen by people we do not know, so each request is
held to `HttpRules` (where it may go) and `HttpLimits` (how long and how much). It follows redirects within one server
only, keeps no cookies, knows no proxies, and unpacks nothing.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpcore

from kernel.http.connecting import Connector, GuardedBackend, TcpConnector
from kernel.http.connections import IdleConnections
from kernel.http.errors import HttpTimeout, HttpUnavailable, RedirectRefused, UrlRefused
from kernel.http.exchange import exchange
from kernel.http.flights import Abandoned, SingleFlight, Slots
from kernel.http.messages import HttpRequest, HttpResponse, request_headers
from kernel.http.resolving import NameResolver, Resolver
from kernel.http.rules import HttpLimits, HttpRules
from kernel.http.urls import Target, parse_url


class HttpClient:
    """Asks other servers. One per process, used as an async context manager; an answer of any status is an answer."""

    def __init__(
        self,
        *,
        rules: HttpRules | None = None,
        limits: HttpLimits | None = None,
        user_agent: str = "FediFlow",
        ssl_context: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
        connector: Connector | None = None,
    ) -> None:
        self._rules = rules or HttpRules()
        self._limits = limits or HttpLimits()
        self._user_agent = user_agent
        self._ssl_context = ssl_context or httpcore.default_ssl_context()
        self._names = NameResolver()
        self._resolver = resolver or self._names
        self._connector = connector or TcpConnector()
        self._idle = IdleConnections(keep=self._limits.requests)
        self._slots = Slots(total=self._limits.requests, per_host=self._limits.requests_per_host)
        self._flights: SingleFlight[HttpResponse] = SingleFlight()

    async def get(
        self,
        url: str,
        *,
        accept: str = "*/*",
        max_bytes: int | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """The answer to a GET. Equal ones that are asked for while one is under way share its answer and its end."""
        request = self._request("GET", url, b"", {**(headers or {}), "accept": accept}, max_bytes, deadline)
        try:
            return await self._flights.run(request, lambda: self._send(request))
        except Abandoned as error:
            raise HttpUnavailable(request.target.host, "the client was closed") from error

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        accept: str = "*/*",
        max_bytes: int | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """The answer to a POST, which is sent once and never redirected."""
        given = {**(headers or {}), "accept": accept, "content-type": content_type}
        return await self._send(self._request("POST", url, body, given, max_bytes, deadline))

    async def aclose(self) -> None:
        """End the GETs under way and close all connections."""
        await self._flights.aclose()
        await self._idle.aclose()
        await self._names.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _request(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        max_bytes: int | None,
        deadline: float | None,
    ) -> HttpRequest:
        return HttpRequest(
            method=method,
            target=parse_url(url, self._rules),
            headers=request_headers({"user-agent": self._user_agent}, headers),
            body=body,
            max_bytes=self._limits.max_bytes if max_bytes is None else max_bytes,
            deadline=self._limits.deadline if deadline is None else deadline,
        )

    async def _send(self, request: HttpRequest) -> HttpResponse:
        try:
            async with asyncio.timeout(request.deadline):
                return await self._follow(request)
        except TimeoutError as error:
            rule = f"no complete answer within {request.deadline:g} s"
            raise HttpTimeout(request.target.host, rule) from error

    async def _follow(self, request: HttpRequest) -> HttpResponse:
        for _ in range(self._limits.redirects + 1):
            async with self._slots.hold(request.target.host):
                response = await self._exchange(request)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None:
                return response
            request = self._redirected(request, location)
        raise RedirectRefused(request.target.host, f"more than {self._limits.redirects} redirects")

    async def _exchange(self, request: HttpRequest) -> HttpResponse:
        kept = await self._idle.take(request.target.origin)
        if kept is not None:
            try:
                return await self._use(kept, request)
            except HttpUnavailable:
                # The server may have ended the idle connection just now; only a GET does no harm twice.
                if request.method != "GET":
                    raise
        return await self._use(self._connection(request.target), request)

    async def _use(self, connection: httpcore.AsyncHTTPConnection, request: HttpRequest) -> HttpResponse:
        try:
            return await exchange(connection, request, self._limits)
        finally:
            await self._idle.give_back(request.target.origin, connection)

    def _connection(self, target: Target) -> httpcore.AsyncHTTPConnection:
        return httpcore.AsyncHTTPConnection(
            httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port),
            ssl_context=self._ssl_context,
            keepalive_expiry=self._limits.idle_seconds,
            network_backend=GuardedBackend(
                target,
                rules=self._rules,
                limits=self._limits,
                resolver=self._resolver,
                connector=self._connector,
            ),
        )

    def _redirected(self, request: HttpRequest, location: str) -> HttpRequest:
        host = request.target.host
        if request.method != "GET":
            raise RedirectRefused(host, f"a {request.method} is not redirected")
        try:
            target = parse_url(urljoin(request.target.url, location), self._rules)
        except (UrlRefused, ValueError) as error:
            raise RedirectRefused(host, "redirected to what is not a URL to ask") from error
        if target.origin != request.target.origin:
            raise RedirectRefused(host, "redirected to another server")
        return replace(request, target=target)


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
