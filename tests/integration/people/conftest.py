"""Fixtures of the tests of people: a tenant of its own for each test, on real databases."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Databases
from tests.integration.signin.world import World, made_world


@pytest.fixture
async def world(databases: Databases) -> AsyncIterator[World]:
    """A tenant without anybody in it."""
    async with made_world(databases) as made:
        yield made
