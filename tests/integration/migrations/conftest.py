"""Databases that a test may break."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import Databases, made_databases
from tests.servers import RunningPostgres


@pytest.fixture
async def own_databases(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """A directory and two shards that nobody else uses."""
    async with made_databases(postgres, run_dir, worker_id) as made:
        yield made
