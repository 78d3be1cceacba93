"""Fixtures of the outbox tests."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Databases
from tests.integration.outbox.shards import Shard, copied_shard


@pytest.fixture
async def shard(databases: Databases) -> AsyncIterator[Shard]:
    """An empty shard of this test's own."""
    async with copied_shard(databases) as made:
        yield made
