"""What leaves after a while: remote posts and actors that nobody here follows, answered, liked or is linked with.

In batches, each a short transaction of its institution. What a moderator decided about an actor stays. A dry run reads the
same rows and changes nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.named_sql import named_statements
from kernel.ids import first_id_of
from tenants.door import driver_of, set_tenant
from tenants.model import TenantId

BATCH = 500
_SQL = named_statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many went, or would go."""

    posts: int = 0
    actors: int = 0


async def prune(
    engine: AsyncEngine, tenant_id: TenantId, now: datetime, *, retention: timedelta, dry_run: bool = False
) -> Pruned:
    """Once through an institution's remote posts and actors; raises what databases raise, what went stays gone."""
    before = now - retention
    posts = await _prune_posts(engine, tenant_id, before, dry_run=dry_run)
    actors = await _prune_actors(engine, tenant_id, before, posts if dry_run else [], dry_run=dry_run)
    return Pruned(len(posts), actors)


async def _prune_posts(
    engine: AsyncEngine, tenant_id: TenantId, before: datetime, *, dry_run: bool
) -> list[int]:
    gone: list[int] = []
    after, last = 0, first_id_of(before)
    while True:
        async with _inside(engine, tenant_id) as driver:
            found = [row["id"] for row in await driver.fetch(_SQL["posts"], tenant_id, after, last, BATCH)]
            if found and not dry_run:
                ids = [str(one) for one in found]
                await driver.execute(_SQL["loosen"], tenant_id, ids)
                await driver.execute(_SQL["drop_posts"], tenant_id, ids)
        if not found:
            return gone
        gone += found
        after = found[-1]


async def _prune_actors(
    engine: AsyncEngine, tenant_id: TenantId, before: datetime, without: list[int], *, dry_run: bool
) -> int:
    """`without`: posts that a real run would have removed before."""
    gone, after = 0, 0
    gone_posts = [str(one) for one in without]
    while True:
        async with _inside(engine, tenant_id) as driver:
            rows = await driver.fetch(_SQL["actors"], tenant_id, after, before, BATCH, gone_posts)
            found = [row["id"] for row in rows]
            if found and not dry_run:
                await driver.execute(_SQL["drop_actors"], tenant_id, [str(one) for one in found])
        if not found:
            return gone
        gone += len(found)
        after = found[-1]


@asynccontextmanager
async def _inside(engine: AsyncEngine, tenant_id: TenantId) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A transaction in which the institution's rows are there."""
    async with engine.connect() as connection, connection.begin():
        await connection.execute(text(set_tenant(tenant_id)))
        yield driver_of(connection)
