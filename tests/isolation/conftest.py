"""Isolation is tested on every PostgreSQL that we support and that is here."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from kernel.database.addresses import Address, Login
from kernel.database.provision import connect_as
from tests import servers
from tests.databases import Databases, holding_roles, made_databases
from tests.isolation.world import World


@pytest.fixture(scope="session", params=[18, 15], ids=["postgres18", "postgres15"])
async def arena(request: pytest.FixtureRequest, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """A directory and two shards that no other test writes to, on each server."""
    server = servers.shared_postgres(request.param, run_dir)
    async with made_databases(server, run_dir, worker_id) as made:
        yield made


@pytest.fixture(autouse=True)
def roles(run_dir: Path) -> Iterator[None]:
    """Nobody makes roles anew while a test changes one and takes that back."""
    with holding_roles(run_dir, alone=False):
        yield


@pytest.fixture(scope="module")
async def world(arena: Databases) -> AsyncIterator[World]:
    """Three tenants' rows on a shard, which the administrator can lay out anew; other modules find none of them."""
    async with arena.driver(arena.shard, None) as administrator:
        yield World(administrator)
        await World(administrator).clear()


@asynccontextmanager
async def administrator_engine(arena: Databases, address: Address) -> AsyncIterator[AsyncEngine]:
    """The administrator's connections, for tests that change the catalogue and roll back."""
    login = Login(address, arena.administrator.user, arena.administrator.password)

    async def connect(*_: object, **__: object) -> "asyncpg.Connection[Any]":
        return await connect_as(login)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        yield engine
    finally:
        await engine.dispose()


async def driver_of(connection: AsyncConnection) -> "asyncpg.Connection[Any]":
    """The driver's connection inside SQLAlchemy's transaction, which is begun."""
    await connection.execute(text("select 1"))
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, asyncpg.Connection)
    return driver


async def run_script(connection: AsyncConnection, sql: str) -> None:
    """Runs several statements in the connection's transaction."""
    await (await driver_of(connection)).execute(sql)
