"""Every tenant table, also those that no other test has rows for, hides and keeps other tenants' rows."""

import asyncpg
import pytest
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from kernel.tables import TableClass
from migrations.schema import METADATA, History
from tenants.door import set_tenant
from tenants.model import TenantId
from tests.databases import Databases
from tests.isolation.conftest import administrator_engine, driver_of

_TABLES = [
    table for table in METADATA[History.SHARD].sorted_tables if table.info["class"] is TableClass.TENANT
]
_DIALECT = postgresql.dialect()
_VALUES = {
    "BIGINT": "1",
    "INTEGER": "1",
    "SMALLINT": "1",
    "JSONB": "'{}'",
    "BOOLEAN": "true",
    "TEXT[]": "'{}'",
    "BIGINT[]": "'{}'",
    "INTEGER[]": "'{}'",
    "SMALLINT[]": "'{}'",
    "REAL[]": "'{}'",
    "DOUBLE PRECISION[]": "'{}'",
    "BYTEA": "'\\x00'",
    "FLOAT": "1",
    "DOUBLE PRECISION": "1",
}
_VALUES |= {
    "TEXT": "'x'",
    'TEXT COLLATE "C"': "'x'",
    "DATE": "'2026-01-01'",
    "TIMESTAMP WITH TIME ZONE": "'2026-01-01Z'",
}


async def test_every_table_hides_other_tenants_rows(arena: Databases) -> None:
    async with administrator_engine(arena, arena.shard) as engine, engine.connect() as connection:
        driver = await driver_of(connection)
        await _fill_every_table(driver)
        await driver.execute(f"{set_tenant(TenantId(1))}; set local session authorization fediflow_app")
        tables = [table.fullname for table in _TABLES]
        histories = [table.fullname for table in _TABLES if table.info["append_only"]]
        assert histories
        for table in tables:
            seen = await driver.fetch(f"select tenant_id from {table}")
            assert [row["tenant_id"] for row in seen] == [1], table
            for sql in (f"update {table} set tenant_id = tenant_id", f"delete from {table}"):
                if table in histories:
                    await _refused(driver, sql)
                else:
                    assert await driver.execute(sql) in ("UPDATE 1", "DELETE 1"), table
        await driver.execute("set local app.tenant_id = ''")
        for table in tables:
            assert await driver.fetch(f"select tenant_id from {table}") == [], table
        await driver.execute("reset session authorization")
        for table in tables:
            left = await driver.fetch(f"select tenant_id from {table}")
            assert {row["tenant_id"] for row in left} == ({1, 2} if table in histories else {2}), table
        await connection.rollback()


async def _refused(driver: "asyncpg.Connection[asyncpg.Record]", sql: str) -> None:
    """What happened stays as it was written."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with driver.transaction():
            await driver.execute(sql)


async def _fill_every_table(administrator: "asyncpg.Connection[asyncpg.Record]") -> None:
    """One row of each of two tenants, past checks and foreign keys, which are not what is tested here."""
    await administrator.execute("set local session_replication_role = replica")
    checks = await administrator.fetch(
        "select conname, conrelid::regclass::text as name from pg_constraint "
        "where contype = 'c' and connamespace = 'fediflow'::regnamespace and conislocal"
    )
    for check in checks:
        await administrator.execute(f'alter table {check["name"]} drop constraint "{check["conname"]}"')
    for table in _TABLES:
        for tenant in (1, 2):
            await administrator.execute(_row(table, tenant))


def _row(table: Table, tenant: int) -> str:
    values = {
        column.name: _VALUES[column.type.compile(_DIALECT)] for column in table.c if _needs_value(column)
    }
    values |= {"tenant_id": str(tenant)}
    return f"insert into {table.fullname} ({', '.join(values)}) values ({', '.join(values.values())})"


def _needs_value(column: Column[object]) -> bool:
    return not (column.nullable or column.server_default or column.computed)
