"""Fixtures of the import tests."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from academic.oneroster.importing import IMPORT_TIMEOUTS
from kernel.database.engines import Timeouts, create_engine
from kernel.database.roles import DatabaseRole
from tests.databases import Databases
from tests.integration.oneroster.world import Place, new_place

# Who enrols during an import queues for the pool behind those who wait for the import.
_PATIENT = Timeouts(connect=60.0, pool=120.0, statement=120.0, lock=120.0)


@pytest.fixture
async def engines(databases: Databases) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    """The worker's and the application's way into one shard."""
    worker = create_engine(
        databases.shard,
        DatabaseRole.WORKER,
        databases.passwords[DatabaseRole.WORKER],
        timeouts=IMPORT_TIMEOUTS,
    )
    app = create_engine(
        databases.shard, DatabaseRole.APP, databases.passwords[DatabaseRole.APP], timeouts=_PATIENT
    )
    yield worker, app
    await worker.dispose()
    await app.dispose()


@pytest.fixture
def place(engines: tuple[AsyncEngine, AsyncEngine]) -> Place:
    """A tenant to import into."""
    return new_place(*engines)


@pytest.fixture
def other_place(engines: tuple[AsyncEngine, AsyncEngine]) -> Place:
    """Another tenant of the shard."""
    return new_place(*engines)
