"""Writes many rows of one tenant in its own transaction, staged first and then inserted under its policies.

The connection ends after it, so nothing of a tenant stays behind on a pooled one.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Column, Table, Text, cast, insert, literal_column, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from fediflow.demo.rows import TableRows
from kernel.database.staging import stage, staging_table
from kernel.tables import SHARD
from tenants.door import set_tenant
from tenants.model import TenantId
from tenants.tables import org_units


async def load_tenant(engine: AsyncEngine, tenant_id: TenantId, parts: Iterable[TableRows]) -> bool:
    """Writes everything or nothing; False where the tenant's rows are there already. `engine` is a worker's."""
    async with engine.connect() as connection:
        await connection.run_sync(lambda one: one.detach())
        async with connection.begin():
            # One at a time: whoever waited finds the rows of the other.
            await connection.execute(text(f"select pg_catalog.pg_advisory_xact_lock({int(tenant_id)})"))
            await connection.execute(text(set_tenant(tenant_id)))
            if (await connection.execute(org_units.select().limit(1))).first() is not None:
                return False
            await _write(connection, tenant_id, _in_order(parts))
        return True


async def analyze(engine: AsyncEngine, tables: Iterable[Table]) -> None:
    """Tells the planner how full the tables are. `engine` is the owner's."""
    async with engine.begin() as connection:
        await connection.execute(text(f"analyze {', '.join(str(table) for table in tables)}"))


def _in_order(parts: Iterable[TableRows]) -> list[TableRows]:
    """Tables before those that refer to them."""
    order = {table.name: place for place, table in enumerate(SHARD.sorted_tables)}
    return sorted(parts, key=lambda part: order[part.table.name])


async def _write(connection: AsyncConnection, tenant_id: TenantId, parts: Sequence[TableRows]) -> None:
    for part in parts:
        staged = _staged(part)
        await stage(connection, staged, part.columns, part.rows)
        given = [
            cast(column, JSONB) if isinstance(part.table.c[column.name].type, JSONB) else column
            for column in staged.c
        ]
        rows = select(literal_column(str(int(tenant_id)), BigInteger), *given)
        await connection.execute(insert(part.table).from_select(["tenant_id", *part.columns], rows))


def _staged(part: TableRows) -> Table:
    """JSON is staged as text, whatever the driver has been told to make of JSON."""
    types = {name: part.table.c[name].type for name in part.columns}
    return staging_table(
        f"staging_{part.table.name}",
        *(Column(name, Text() if isinstance(type_, JSONB) else type_) for name, type_ in types.items()),
    )
