"""The world that the gateway's tests look at."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Databases
from tests.world import World, made_world


@pytest.fixture(scope="session")
async def world(databases: Databases) -> AsyncIterator[World]:
    """Three institutions on two shards behind one gateway. Tests that change it make what they change themselves."""
    async with made_world(databases) as made:
        yield made
