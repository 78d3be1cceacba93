"""Fixtures of the response cache's tests: two gateways, a worker and a Redis of their own."""

from collections.abc import AsyncIterator

import pytest

from fediflow.local.redis import RedisServer
from tests import servers
from tests.integration.response_cache.stage import Gate, Proxy, Worker, made_offering, opened_gate
from tests.world import World


@pytest.fixture
async def own_redis() -> AsyncIterator[RedisServer]:
    """A Redis that a test may empty, and kill."""
    with servers.server_folder() as folder:
        server = RedisServer(folder / "redis", servers.redis_binary())
        await server.start()
        yield server
        await server.stop()


@pytest.fixture
async def proxy(own_redis: RedisServer) -> AsyncIterator[Proxy]:
    """The writer's way to Redis."""
    proxy = Proxy(own_redis)
    async with proxy.listening():
        yield proxy


@pytest.fixture
async def reader(world: World, own_redis: RedisServer) -> AsyncIterator[Gate]:
    """A gateway with a good way to Redis."""
    async with opened_gate(world, own_redis.url) as gate:
        yield gate


@pytest.fixture
async def writer(world: World, proxy: Proxy) -> AsyncIterator[Gate]:
    """A gateway that reaches Redis through the proxy."""
    async with opened_gate(world, proxy.url) as gate:
        yield gate


@pytest.fixture
async def worker(world: World, own_redis: RedisServer) -> AsyncIterator[Worker]:
    """A worker that keeps the leases."""
    worker = Worker(world, own_redis.url)
    await worker.start()
    yield worker
    await worker.stop()


@pytest.fixture
async def course(world: World) -> str:
    """A public course that a test may change."""
    return (await made_offering(world, "alpha"))[0]


@pytest.fixture
async def offering(world: World) -> str:
    """A public offering that a test may change, with two seats."""
    return (await made_offering(world, "alpha"))[1]
