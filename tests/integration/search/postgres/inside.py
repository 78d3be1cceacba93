"""Looks into the tables of an institution's index, as one of the product's roles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from kernel.database.roles import DatabaseRole
from tenants.door import set_tenant
from tenants.model import Tenant
from tests.integration.search.engines import Opened


@asynccontextmanager
async def inside(
    opened: Opened, tenant: Tenant, role: DatabaseRole = DatabaseRole.APP
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A transaction under row-level security."""
    address = opened.databases.shards[tenant.shard]
    async with opened.databases.driver(address, role) as connection, connection.transaction():
        await connection.execute(set_tenant(tenant.id))
        yield connection


async def follow_indexes(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Plans of this transaction follow indexes: so few rows are read and sorted sooner, as far as statistics know."""
    for way in ("seqscan", "bitmapscan", "sort"):
        await connection.execute(f"set local enable_{way} = off")
