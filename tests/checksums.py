"""What a tenant has, in a form that two moments can be compared in."""

from sqlalchemy import Text, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from kernel.database.roles import DatabaseRole
from kernel.tables import SHARD, TableClass
from tests.databases import Databases


async def checksums(databases: Databases, *tenant_ids: int) -> dict[str, str]:
    """A checksum of every row of these tenants, per shard and table."""
    found = {}
    for shard, address in databases.shards.items():
        async with databases.connect(address, DatabaseRole.WORKER) as connection:
            for tenant_id in tenant_ids:
                await connection.exec_driver_sql(f"set local app.tenant_id = '{int(tenant_id)}'")
                for table in SHARD.sorted_tables:
                    if table.info["class"] is TableClass.TENANT:
                        # in an order of its own: the planner's may change while nothing else does
                        row = cast(table.table_valued(), Text)
                        digest = func.md5(func.string_agg(row, aggregate_order_by("|", row)))
                        rows = select(digest).where(table.c.tenant_id == tenant_id)
                        found[f"{shard}.{tenant_id}.{table.name}"] = str(
                            (await connection.execute(rows)).scalar()
                        )
    return found
