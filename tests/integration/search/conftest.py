"""The search engines, each as a gateway and a worker have it, and worlds that a module has for itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import Databases, made_databases
from tests.indices import own_indices
from tests.integration.search.engines import NAMES, Opened, opened_opensearch, opened_postgres
from tests.servers import RunningPostgres
from tests.world import World, made_world


@pytest.fixture(scope="session", params=NAMES)
async def opened(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[Opened]:
    """Every engine in turn, on the databases of the world."""
    if request.param == "postgresql":
        async with opened_postgres(databases) as made:
            yield made
        return
    url = request.getfixturevalue("opensearch_url")
    with own_indices(url) as prefix:
        async with opened_opensearch(url, prefix, databases) as made:
            yield made


@pytest.fixture(scope="module")
async def own_databases(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """Databases in whose outbox nobody else writes."""
    async with made_databases(postgres, run_dir, worker_id) as made:
        yield made


@pytest.fixture(scope="module")
async def own_world(own_databases: Databases) -> AsyncIterator[World]:
    """Three institutions of this module's own."""
    async with made_world(own_databases) as made:
        yield made
