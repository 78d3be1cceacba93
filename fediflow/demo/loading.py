"""Writes many rows of one tenant in its own transaction: COPY into staging tables, then INSERT .. SELECT under its policies.

`COPY FROM` into a table with row-level security is refused; a staging table has none. Staging tables end with the
transaction, and the connection ends after it, so nothing of a tenant stays behind on a pooled one.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine

from fediflow.demo.rows import TableRows
from kernel.tables import SHARD
from tenants.door import set_tenant
from tenants.model import TenantId
from tenants.tables import org_units

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


async def load_tenant(engine: AsyncEngine, tenant_id: TenantId, parts: Iterable[TableRows]) -> bool:
    """Writes everything or nothing; False where the tenant's rows are there already. `engine` is a worker's."""
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        await connection.run_sync(lambda one: one.detach())
        async with connection.begin():
            # One at a time: whoever waited finds the rows of the other.
            await connection.execute(text(f"select pg_catalog.pg_advisory_xact_lock({int(tenant_id)})"))
            await connection.execute(text(set_tenant(tenant_id)))
            if (await connection.execute(org_units.select().limit(1))).first() is not None:
                return False
            await _write(driver, tenant_id, _in_order(parts))
        return True


async def analyze(engine: AsyncEngine, tables: Iterable[Table]) -> None:
    """Tells the planner how full the tables are. `engine` is the owner's."""
    async with engine.begin() as connection:
        await connection.execute(text(f"analyze {', '.join(str(table) for table in tables)}"))


def _in_order(parts: Iterable[TableRows]) -> list[TableRows]:
    """Tables before those that refer to them."""
    order = {table.name: place for place, table in enumerate(SHARD.sorted_tables)}
    return sorted(parts, key=lambda part: order[part.table.name])


async def _write(driver: Any, tenant_id: TenantId, parts: Sequence[TableRows]) -> None:
    await driver.execute("; ".join(_staging(part) for part in parts))
    for part in parts:
        await driver.copy_records_to_table(
            _name(part), schema_name="pg_temp", columns=part.columns, records=part.rows
        )
        await driver.execute(_insert(part, tenant_id))


def _name(part: TableRows) -> str:
    return f"staging_{part.table.name}"


def _staging(part: TableRows) -> str:
    columns = ", ".join(f"{name} {_staged_type(part.table, name)}" for name in part.columns)
    return f"create temporary table {_name(part)} ({columns}) on commit drop"


def _staged_type(table: Table, column: str) -> str:
    """JSON is staged as text, whatever the driver has been told to make of JSON."""
    type_ = table.c[column].type
    return "text" if isinstance(type_, JSONB) else type_.compile(_DIALECT)


def _insert(part: TableRows, tenant_id: TenantId) -> str:
    """Identifiers from the table objects and one integer formatted by code: nothing of the rows is in the text."""
    values = ", ".join(
        f"{name}::jsonb" if isinstance(part.table.c[name].type, JSONB) else name for name in part.columns
    )
    names = ", ".join(part.columns)
    return (
        f"insert into {part.table} (tenant_id, {names}) "
        f"select {int(tenant_id)}, {values} from pg_temp.{_name(part)}"
    )
