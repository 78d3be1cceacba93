"""Fixtures of the tests of moderation."""

import pytest

from tests.integration.graphql.social import Social, made_social
from tests.world import World


@pytest.fixture(scope="module")
async def social(world: World, request: pytest.FixtureRequest) -> Social:
    """An institution on the social web, of the test file's own."""
    return await made_social(world, request.node.path.stem.removeprefix("test_").replace("_", "-"))


@pytest.fixture(scope="module")
async def other(world: World, request: pytest.FixtureRequest) -> Social:
    """Another one on the same shard."""
    return await made_social(world, request.node.path.stem.removeprefix("test_").replace("_", "-") + "-other")
