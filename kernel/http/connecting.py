"""Connections to checked addresses only: a name is resolved once, judged, and what was judged is connected to."""

import asyncio
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Protocol

import httpcore

from kernel.http.addresses import IPAddress
from kernel.http.errors import AddressRefused, HttpUnavailable
from kernel.http.resolving import Resolver
from kernel.http.rules import HttpLimits, HttpRules
from kernel.http.streams import BudgetedStream
from kernel.http.urls import Target


class Connector(Protocol):
    """Opens TCP connections to addresses; it never sees a name."""

    async def connect(self, address: IPAddress, port: int, *, timeout: float) -> httpcore.AsyncNetworkStream:
        """A connected stream that tells its peer as `server_addr`; `ConnectError` or `ConnectTimeout` if not."""
        ...


class TcpConnector:
    """The connector of the machine's network."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect(self, address: IPAddress, port: int, *, timeout: float) -> httpcore.AsyncNetworkStream:
        return await self._backend.connect_tcp(str(address), port, timeout=timeout)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """What httpcore connects through, for one target."""

    def __init__(
        self,
        target: Target,
        *,
        rules: HttpRules,
        limits: HttpLimits,
        resolver: Resolver,
        connector: Connector,
    ) -> None:
        self._target = target
        self._rules = rules
        self._limits = limits
        self._resolver = resolver
        self._connector = connector

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to the first address of the target that answers, within the connect deadline for all of them."""
        try:
            async with asyncio.timeout(self._limits.connect_deadline):
                addresses = await checked_addresses(self._target, self._rules, self._resolver)
                stream = await self._first_answer(addresses)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        return BudgetedStream(stream, host=self._target.host, header_bytes=self._limits.header_bytes)

    async def _first_answer(self, addresses: Sequence[IPAddress]) -> httpcore.AsyncNetworkStream:
        tried = addresses[:_MAX_TRIES]
        share = self._limits.connect_deadline / len(tried)
        for address in tried[:-1]:
            try:
                return await self._connect(address, share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connect(tried[-1], share)

    async def _connect(self, address: IPAddress, timeout: float) -> httpcore.AsyncNetworkStream:
        stream = await self._connector.connect(address, self._target.port, timeout=timeout)
        if _peer(stream) != address:
            await stream.aclose()
            raise AddressRefused(
                self._target.host, "the connection leads to another address than the one checked"
            )
        return stream


_MAX_TRIES = 4


async def checked_addresses(target: Target, rules: HttpRules, resolver: Resolver) -> Sequence[IPAddress]:
    """All addresses of the target. One bad address condemns the name: it is not ours to guess which is meant."""
    addresses = await _addresses(target, resolver)
    for address in addresses:
        rule = rules.against(address, scheme=target.scheme, port=target.port)
        if rule is not None:
            raise AddressRefused(target.host, rule)
    if not addresses:
        raise HttpUnavailable(target.host, "the name has no address")
    return addresses


async def _addresses(target: Target, resolver: Resolver) -> Sequence[IPAddress]:
    try:
        return (ip_address(target.host),)
    except ValueError:
        pass
    try:
        return await resolver(target.host, target.port)
    except TimeoutError:
        raise
    except OSError as error:
        raise HttpUnavailable(target.host, "the name has no address") from error


def _peer(stream: httpcore.AsyncNetworkStream) -> IPAddress | None:
    """The address at the other end, as the socket tells it."""
    name = stream.get_extra_info("server_addr")
    try:
        return ip_address(name[0]) if isinstance(name, tuple) else None
    except ValueError:
        return None
