"""Fixtures of the tests of posts."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.posts.keeping import Keeper, keeping
from tests.world import World


@pytest.fixture(scope="module")
async def keeper(world: World) -> AsyncIterator[Keeper]:
    """Timelines that are kept."""
    async with keeping(world) as made:
        yield made
