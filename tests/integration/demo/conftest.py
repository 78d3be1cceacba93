"""The demo on a directory and two shards of its own, made once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.demo.world import TODAY, World, made_world
from tests.servers import RunningPostgres


@pytest.fixture(scope="session")
async def demo(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[World]:
    """The three universities as of TODAY; tests leave them as they are."""
    async with made_world(postgres, run_dir, f"{worker_id}_demo") as world:
        await world.create(today=TODAY)
        yield world


@pytest.fixture
async def empty(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[World]:
    """A directory and two shards with nothing in them."""
    async with made_world(postgres, run_dir, f"{worker_id}_empty") as world:
        yield world
