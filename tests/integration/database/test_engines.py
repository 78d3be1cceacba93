"""Engines never wait for ever, carry fixed settings, and get over a server that hung up."""

import asyncio
import socket
from time import monotonic

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.addresses import Address
from kernel.database.engines import Timeouts, create_engine
from kernel.database.roles import DatabaseRole
from tenants.tables import tenant_domains
from tests.databases import Databases

_SHORT = Timeouts(connect=0.3, pool=0.3, statement=0.3, lock=0.3)


async def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        engine = create_engine(Address("127.0.0.1", port, "x"), DatabaseRole.APP, "x", timeouts=_SHORT)
        begun = monotonic()
        with pytest.raises(TimeoutError):
            await engine.connect()
        assert monotonic() - begun < 30  # the driver alone would wait for a minute
        await engine.dispose()


async def test_a_long_statement_is_given_up(databases: Databases) -> None:
    engine = _engine(databases, statement=2)  # what a connection begins with must be done within it
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="statement timeout"):
            await connection.execute(text("select pg_sleep(30)"))
    await engine.dispose()


async def test_a_lock_is_not_waited_for_long(databases: Databases) -> None:
    engine = _engine(databases)
    async with databases.driver(databases.shard, DatabaseRole.OWNER) as owner, owner.transaction():
        await owner.execute("lock table fediflow.users")
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError, match="lock timeout"):
                await connection.execute(text("select * from fediflow.users"))
    await engine.dispose()


async def test_a_used_up_pool_is_not_waited_for_long(databases: Databases) -> None:
    engine = _engine(databases)
    async with engine.connect():
        with pytest.raises(PoolTimeout):
            await engine.connect()
    await engine.dispose()


async def test_a_connection_that_the_server_closed_is_replaced(databases: Databases) -> None:
    engine = _engine(databases)
    async with engine.connect() as connection:
        first = (await connection.execute(text("select pg_backend_pid()"))).scalar_one()
        driver = (await connection.get_raw_connection()).driver_connection
    closed = asyncio.Event()
    driver.add_termination_listener(lambda _: closed.set())
    async with databases.driver(databases.shard, None) as administrator:
        await administrator.execute("select pg_terminate_backend($1)", first)
    await asyncio.wait_for(closed.wait(), 60)
    async with engine.connect() as connection:
        assert (await connection.execute(text("select pg_backend_pid()"))).scalar_one() != first
    await engine.dispose()


async def test_what_comes_back_after_the_end_is_closed(databases: Databases) -> None:
    engine = _engine(databases)
    async with engine.connect() as connection:
        await connection.execute(text("select 1"))
        driver = (await connection.get_raw_connection()).driver_connection
        await engine.dispose()
        assert not driver.is_closed()
    assert driver.is_closed()


async def test_settings_are_fixed(databases: Databases) -> None:
    engine = databases.engine(databases.shard)
    async with engine.connect() as connection:
        for name, value in {
            "search_path": "pg_catalog, pg_temp",
            "plan_cache_mode": "force_generic_plan",
            "TimeZone": "UTC",
            "jit": "off",
            "application_name": "fediflow",
        }.items():
            assert (await connection.execute(text(f"show {name}"))).scalar() == value
    await engine.dispose()


async def test_an_error_does_not_repeat_values(databases: Databases) -> None:
    row = {"domain": "planted.example.org", "tenant_id": 424242}
    async with databases.connect(databases.directory, DatabaseRole.WORKER) as connection:
        with pytest.raises(IntegrityError) as failed:
            await connection.execute(insert(tenant_domains).values(row))
    assert "planted" not in str(failed.value)
    assert "424242" not in str(failed.value)


async def test_a_wrong_password_is_refused(databases: Databases) -> None:
    engine = create_engine(databases.shard, DatabaseRole.APP, "wrong")
    with pytest.raises(Exception, match="password authentication failed"):
        await engine.connect()
    await engine.dispose()


def _engine(databases: Databases, *, statement: float = 60) -> AsyncEngine:
    timeouts = Timeouts(connect=60, pool=0.3, statement=statement, lock=0.3)
    password = databases.passwords[DatabaseRole.APP]
    return create_engine(databases.shard, DatabaseRole.APP, password, pool_size=1, timeouts=timeouts)
