"""A world of its own for deliveries: what other tests send must not go out here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import Databases, made_databases
from tests.integration.delivery.office import Office, opened_office
from tests.servers import RunningPostgres
from tests.world import World, made_world


@pytest.fixture(scope="module")
async def databases(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """A directory and two shards that nobody else uses."""
    async with made_databases(postgres, run_dir, f"{worker_id}_delivery") as made:
        yield made


@pytest.fixture(scope="module")
async def world(databases: Databases) -> AsyncIterator[World]:
    """Three institutions."""
    async with made_world(databases) as made:
        yield made


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    """Somebody who publishes, and a worker that delivers."""
    async with opened_office(world) as opened:
        yield opened
