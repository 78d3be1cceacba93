"""A gateway served over TCP, and a worker's outbox beside it, on the databases of the session's world."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import select

from api.app import Gateway, create_app
from fediflow.local.sockets import listen
from fediflow.processes.http_server import http_server
from fediflow.processes.opened import opened_gateway
from kernel.cache import Cache
from kernel.database.roles import DatabaseRole
from kernel.outbox.announcer import announcer
from kernel.outbox.tables import outbox
from kernel.outbox.waiting import wait
from kernel.outbox.worker import run_outbox
from kernel.settings.secret import Secret
from kernel.telemetry import Metrics
from tests.databases import Databases
from tests.integration.live.clients import PATIENCE
from tests.integration.outbox import shards
from tests.servers import RunningRedis
from tests.world import World, settings_for

_LONG_PATIENCE = 300.0
_PATIENT = (
    "api.live.graphql_transport_ws.INIT_SECONDS",
    "api.live.hub.LOOK_SECONDS",
    "api.live.hub.STUCK_SECONDS",
    "api.live.single_stream.RESERVED_SECONDS",
    "fediflow.processes.http_server.WS_PING_SECONDS",
    "fediflow.processes.patience.BODY_SECONDS",
    "fediflow.processes.patience.HEAD_SECONDS",
    "fediflow.processes.patience.READING_SECONDS",
)


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway that clients reach at a port."""

    gateway: Gateway
    port: int
    world: World

    def token(self, role: str, at: str = "alpha") -> str:
        """A personal token of one of the people of an institution."""
        return self.world[at].tokens[role]

    async def heard(self, subscriptions: int) -> None:
        """Returns once so many subscriptions hear what comes."""
        await until(lambda: listeners(self.gateway) >= subscriptions)

    async def numbered(self) -> None:
        """Returns once all that was told has its number: a subscription hears what gets one after it began."""
        await numbered(self.world.databases)


def listeners(gateway: Gateway) -> int:
    """How many subscriptions hear what comes."""
    feeds = gateway.hub._feeds.values()
    return sum(len(group.members) for feed in feeds for group in feed.router.groups())


async def until(condition: Callable[[], bool]) -> None:
    """Polls until it holds."""
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline, "it did not come true in time"
        await wait(_NEVER, 0.01)


@asynccontextmanager
async def served(world: World, **settings: Any) -> AsyncIterator[Served]:
    """One more gateway over the world."""
    async with opened_gateway(settings_for(world.databases, **settings), Metrics()) as gateway:
        app = create_app(gateway)
        server = http_server(app, quick=app.quick)
        with listen("127.0.0.1", 0, "a test's gateway") as bound:
            running = asyncio.create_task(server.serve(sockets=[bound]))
            try:
                yield Served(gateway, bound.getsockname()[1], world)
            finally:
                await gateway.hub.drain()
                server.should_exit = True
                await running


@asynccontextmanager
async def working(world: World, redis_url: str | None) -> AsyncIterator[None]:
    """What a worker does for the outboxes of both shards."""
    databases = world.databases
    engines = {
        name: databases.engine(address, DatabaseRole.WORKER) for name, address in databases.shards.items()
    }
    cache, stop = Cache.connect(redis_url), asyncio.Event()
    running = asyncio.create_task(run_outbox(engines, [announcer(cache)], stop))
    try:
        await numbered(databases)
        yield
    finally:
        stop.set()
        await running
        await cache.aclose()
        for engine in engines.values():
            await engine.dispose()


async def numbered(databases: Databases) -> None:
    """Returns once all that was told on any shard has its number."""
    waiting = select(outbox.c.sequence).where(outbox.c.position.is_(None)).limit(1)

    async def is_done() -> bool:
        return (await connection.execute(waiting)).first() is None

    for address in databases.shards.values():
        async with databases.connect(address, DatabaseRole.WORKER) as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await shards.until(is_done, within=_LONG_PATIENCE)


@pytest.fixture(scope="package", autouse=True)
def patience() -> Iterator[None]:
    """A busy machine takes longer than the product waits. Tests of its patience set it themselves."""
    with pytest.MonkeyPatch.context() as patched:
        for name in _PATIENT:
            patched.setattr(name, _LONG_PATIENCE)
        yield


@pytest.fixture(scope="package")
async def worker(world: World, redis_server: RunningRedis) -> AsyncIterator[None]:
    async with working(world, redis_server.url):
        yield


@pytest.fixture(scope="package")
async def live(world: World, redis_server: RunningRedis, worker: None) -> AsyncIterator[Served]:
    """A gateway with Redis, and a worker."""
    async with served(world, redis_url=Secret(redis_server.url)) as made:
        yield made


_NEVER = asyncio.Event()
