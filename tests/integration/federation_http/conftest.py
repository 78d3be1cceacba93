"""A world of its own: these tests add courses and people, and other tests count those of the shared one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import Databases, made_databases
from tests.integration.inbox.remote_server import RemoteServer, remote_server
from tests.servers import RunningPostgres
from tests.world import World, made_world


@pytest.fixture(scope="package")
async def databases(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """A migrated directory and two shards for these tests alone."""
    async with made_databases(postgres, run_dir, f"{worker_id}_social") as made:
        yield made


@pytest.fixture(scope="package")
async def world(databases: Databases) -> AsyncIterator[World]:
    """Three institutions behind one gateway."""
    async with made_world(databases) as made:
        yield made


@pytest.fixture
async def remote() -> AsyncIterator[RemoteServer]:
    """Another server of the social web."""
    async with remote_server() as server:
        yield server
