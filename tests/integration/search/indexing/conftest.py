"""Fixtures of the tests of indexing."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Databases
from tests.integration.search.indexing.libraries import Library, opened_library
from tests.world import World


@pytest.fixture
async def library(own_databases: Databases, own_world: World) -> AsyncIterator[Library]:
    """Whose index has everything that there is."""
    async with opened_library(own_databases, own_world) as made:
        await made.number("one")
        await made.number("two")
        await made.rebuilding().run()
        for shard in made.shards:
            await made.catch_up(shard)
        yield made
