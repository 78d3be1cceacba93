"""Every test here runs against every engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import made_databases
from tests.indices import own_indices
from tests.integration.search.conformance.shelves import Shelf
from tests.integration.search.engines import NAMES, Opened, opened_opensearch, opened_postgres
from tests.servers import RunningPostgres


@pytest.fixture
async def shelf(opened: Opened) -> AsyncIterator[Shelf]:
    """An institution of this test alone."""
    made = Shelf(opened.engine, await opened.institution())
    yield made
    await _emptied(made)


@pytest.fixture
async def other_shelf(opened: Opened) -> AsyncIterator[Shelf]:
    """Another one on the same shard."""
    made = Shelf(opened.engine, await opened.institution())
    yield made
    await _emptied(made)


@pytest.fixture(params=NAMES)
async def lone(
    request: pytest.FixtureRequest, postgres: RunningPostgres, run_dir: Path, worker_id: str
) -> AsyncIterator[Opened]:
    """An engine of this test alone: a new index takes the place of all that is in it."""
    async with made_databases(postgres, run_dir, worker_id) as databases:
        if request.param == "postgresql":
            async with opened_postgres(databases) as made:
                yield made
            return
        url = request.getfixturevalue("opensearch_url")
        with own_indices(url) as prefix:
            async with opened_opensearch(url, prefix, databases) as made:
                yield made


@pytest.fixture
async def lone_shelf(lone: Opened) -> Shelf:
    """An institution in an engine that this test has alone."""
    return Shelf(lone.engine, await lone.institution())


async def _emptied(shelf: Shelf) -> None:
    await shelf.engine.forget(shelf.collection)
    await shelf.engine.forget(shelf.publishing)
    await shelf.engine.refresh()
