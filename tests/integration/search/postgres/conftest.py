"""What the tests of the engine in PostgreSQL share."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Databases
from tests.integration.search.engines import Opened, opened_postgres


@pytest.fixture
async def engine(databases: Databases) -> AsyncIterator[Opened]:
    """The engine in PostgreSQL."""
    async with opened_postgres(databases) as opened:
        yield opened
