"""The world behind gateways of other settings, and behind real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

from api.app import GatewayApp, create_app
from fediflow.processes.http_server import http_server
from fediflow.processes.opened import opened_gateway
from kernel.settings import Environment
from kernel.telemetry import Metrics
from tests.databases import Databases
from tests.world import World, settings_for

PUBLIC_URL = "https://api.example.edu"
# Of a production gateway: where its proxy is.
PROXY = "10.1.2.3"
BY_HTTPS = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7"}
_DEADLINE = 60.0


@asynccontextmanager
async def gateway_of(world: World, databases: Databases, **settings: Any) -> AsyncIterator[World]:
    """The same institutions behind another gateway."""
    async with opened_gateway(settings_for(databases, **settings), Metrics()) as gateway:
        yield replace(world, app=create_app(gateway))


@asynccontextmanager
async def production_of(
    world: World, databases: Databases, proxies: str = "10.0.0.0/8"
) -> AsyncIterator[World]:
    """A gateway of production, behind proxies that end TLS."""
    async with gateway_of(
        world,
        databases,
        environment=Environment.PRODUCTION,
        public_url=PUBLIC_URL,
        trusted_proxies=(ip_network(proxies),),
    ) as made:
        yield made


@dataclass(slots=True)
class Connection:
    """A socket to a gateway, and what came back."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        """Writes each piece by itself."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers by small names, and as much body as it announces."""
        async with asyncio.timeout(_DEADLINE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *lines = head.rstrip("\r\n").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
            }
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(line.split(" ")[1]), headers, body

    async def rest(self) -> bytes:
        """What comes until the gateway hangs up, politely or not."""
        async with asyncio.timeout(_DEADLINE):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway that listens."""

    port: int

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        """A connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Connection(reader, writer)
        finally:
            writer.close()


@asynccontextmanager
async def served(world: World) -> AsyncIterator[Served]:
    """The world's gateway as a server of this process, with the server's own connections."""
    assert isinstance(world.app, GatewayApp)
    server = http_server(world.app, quick=world.app.quick)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield Served(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await running
