"""Two institutions of their own for each test, and the worker's way to the first one's shard."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.roles import DatabaseRole
from tests.databases import Databases
from tests.integration.signin.world import World, made_world


@pytest.fixture
async def world(databases: Databases) -> AsyncIterator[World]:
    """An institution without a data key."""
    async with made_world(databases) as made:
        yield made


@pytest.fixture
async def other_world(databases: Databases) -> AsyncIterator[World]:
    """Its neighbour."""
    async with made_world(databases) as made:
        yield made


@pytest.fixture
async def shard(databases: Databases, world: World) -> AsyncIterator[AsyncEngine]:
    """The shard as the worker and the operator's commands reach it."""
    engine = databases.engine(databases.shards[world.tenant.shard], DatabaseRole.WORKER)
    yield engine
    await engine.dispose()
