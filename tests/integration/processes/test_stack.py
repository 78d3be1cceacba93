"""Which shards a process serves: those it knows, each for itself, looked at again and again."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from fediflow.processes.demonstrating import make_demo
from fediflow.processes.machine import Machine
from fediflow.processes.stack import Stack, open_stack
from kernel.database.addresses import Address
from kernel.database.guard import RoleTooPowerful
from kernel.database.roles import DatabaseRole
from kernel.errors import Unavailable
from kernel.settings import Secret, Settings
from kernel.telemetry import configure_logging
from migrations.fleet import register_shard
from migrations.versions import UnknownVersion
from tenants.model import Tenant, TenantId
from tenants.registry import Registry
from tests.databases import Databases, made_databases
from tests.servers import RunningPostgres


@pytest.fixture(scope="module")
async def databases(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """Databases of their own: a gateway of other tests looks at its shards too, and would serve one no more."""
    async with made_databases(postgres, run_dir, f"{worker_id}_stack") as made:
        yield made


@asynccontextmanager
async def stack_of(databases: Databases, role: DatabaseRole = DatabaseRole.APP) -> AsyncIterator[Stack]:
    password = Secret(databases.passwords[role])
    settings = Settings(directory_url=databases.directory, app_password=password, owner_password=password)
    async with open_stack(settings, role, pool_size=2) as stack:
        yield stack


@asynccontextmanager
async def changed(databases: Databases, address: Address, change: str, back: str) -> AsyncIterator[None]:
    """A database that is otherwise, inside."""
    async with databases.driver(address, None) as driver:
        await driver.execute(change)
        try:
            yield
        finally:
            await driver.execute(back)


async def test_a_shard_of_an_unknown_version_is_not_served_and_the_others_are(databases: Databases) -> None:
    tenant = Tenant(TenantId(1), "x", {}, "two", "eu", "UTC", ("en",), (), is_suspended=False)
    async with databases.driver(databases.shards["two"], None) as driver:
        version = await driver.fetchval("select version_num from fediflow.alembic_version")
    mend = f"update fediflow.alembic_version set version_num = '{version}'"
    spoil = "update fediflow.alembic_version set version_num = '9999'"
    async with changed(databases, databases.shards["two"], spoil, mend), stack_of(databases) as stack:
        assert "one" in stack.served
        assert "two" not in stack.served
        assert "has version 9999, this program serves" in stack.refused["two"]
        with pytest.raises(Unavailable, match="has version 9999"):
            stack.engine_of(tenant)
        stack.changed.clear()
        async with databases.driver(databases.shards["two"], None) as driver:
            await driver.execute(mend)
        await stack.look()
        assert stack.changed.is_set()
        assert "two" not in stack.refused
        assert stack.engine_of(tenant) is stack.served["two"]
        async with databases.driver(databases.shards["two"], None) as driver:
            await driver.execute(spoil)
        await stack.look()
        assert "two" not in stack.served  # also one that was served before


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a process logs, masked as the product masks it."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logging(as_json=True, mask=Registry().mask, stream=stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(False)


async def test_the_log_says_why_a_shard_is_not_served(databases: Databases, log: io.StringIO) -> None:
    async with databases.driver(databases.shards["two"], None) as driver:
        version = await driver.fetchval("select version_num from fediflow.alembic_version")
    set_to = "update fediflow.alembic_version set version_num = '{}'"
    async with (
        changed(databases, databases.shards["two"], set_to.format("9999"), set_to.format(version)),
        stack_of(databases),
    ):
        (line,) = [line for line in log.getvalue().splitlines() if "shard not served" in line]
    assert "has version 9999" in json.loads(line)["why"]


async def test_the_demo_is_not_made_where_a_shard_cannot_be_served(
    databases: Databases, tmp_path: Path
) -> None:
    async with databases.driver(databases.shards["two"], None) as driver:
        version = await driver.fetchval("select version_num from fediflow.alembic_version")
    set_to = "update fediflow.alembic_version set version_num = '{}'"
    worker, owner = (Secret(databases.passwords[role]) for role in (DatabaseRole.WORKER, DatabaseRole.OWNER))
    settings = Settings(directory_url=databases.directory, worker_password=worker, owner_password=owner)
    async with changed(databases, databases.shards["two"], set_to.format("9999"), set_to.format(version)):
        with pytest.raises(Unavailable, match="has version 9999"):
            await make_demo(Machine(tmp_path, claim=False), settings, print)


async def test_a_shard_that_is_away_is_not_served_until_it_is_back(databases: Databases) -> None:
    gone = databases.directory.beside("no_such_database")
    async with databases.connect(databases.directory, DatabaseRole.WORKER) as directory:
        await register_shard(directory, name="gone", address=gone)
        await directory.commit()
    try:
        async with stack_of(databases) as stack:
            assert "gone" not in stack.served
            assert 'database "no_such_database" does not exist' in stack.refused["gone"]
            async with databases.driver(databases.directory, None) as driver:
                await driver.execute("delete from fediflow.shards where name = 'gone'")
            await stack.look()
            assert "gone" not in stack.refused
    finally:
        async with databases.driver(databases.directory, None) as driver:
            await driver.execute("delete from fediflow.shards where name = 'gone'")


async def test_a_directory_of_an_unknown_version_stops_the_start(databases: Databases) -> None:
    async with databases.driver(databases.directory, None) as driver:
        version = await driver.fetchval("select version_num from fediflow.alembic_version")
    set_to = "update fediflow.alembic_version set version_num = '{}'"
    async with changed(databases, databases.directory, set_to.format("9999"), set_to.format(version)):
        with pytest.raises(UnknownVersion, match="has version 9999"):
            async with stack_of(databases):
                pass


async def test_a_role_that_may_do_too_much_stops_the_start(databases: Databases) -> None:
    with pytest.raises(RoleTooPowerful, match="it owns tables"):
        async with stack_of(databases, DatabaseRole.OWNER):
            pass
