"""Fixtures of the sign-in tests: a tenant of its own for each test, on real databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fediflow.local.redis import RedisServer
from kernel.cache import Cache
from tests import servers
from tests.databases import Databases
from tests.integration.signin.world import World, made_world
from tests.servers import RunningRedis

PATIENT = 60.0  # seconds; the machine may be busy, and a cache that does not answer in time is done without


@pytest.fixture
async def world(databases: Databases) -> AsyncIterator[World]:
    """A tenant without anybody in it."""
    async with made_world(databases) as made:
        yield made


@pytest.fixture
async def redis(redis_server: RunningRedis) -> AsyncIterator[Cache]:
    """The run's Redis."""
    cache = Cache.connect(redis_server.url, timeout=PATIENT)
    yield cache
    await cache.aclose()


@pytest.fixture
async def private_redis() -> AsyncIterator[RedisServer]:
    """A Redis for a test that kills it."""
    with servers.server_folder() as folder:
        server = RedisServer(Path(folder) / "redis", servers.redis_binary())
        await server.start()
        yield server
        await server.stop()
