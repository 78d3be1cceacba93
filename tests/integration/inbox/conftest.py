"""Fixtures of the inbox's tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fediflow.processes.inbox_worker import opened_inbox_worker
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.telemetry import Metrics
from tenants.directory import Directory
from tests.fediverse import PUBLIC_URL
from tests.integration.inbox.remote_server import RemoteServer, remote_server
from tests.world import World, settings_for


@pytest.fixture
async def remote() -> AsyncIterator[RemoteServer]:
    """Another server of the social web."""
    async with remote_server() as server:
        yield server


@pytest.fixture(scope="module")
async def worker(world: World) -> AsyncIterator[None]:
    """A worker that works on the inbox while the module's tests run."""
    async with inbox_worker(world):
        yield


@asynccontextmanager
async def inbox_worker(world: World) -> AsyncIterator[None]:
    """A worker that works on the inbox while the block lasts."""
    settings = settings_for(world.databases, public_url=PUBLIC_URL)
    stop = asyncio.Event()
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=8) as stack,
        stack.door() as door,
        opened_inbox_worker(stack, door, Directory(stack.directory), settings, Metrics()) as inbox,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(inbox.run(stop))
        try:
            yield
        finally:
            stop.set()
