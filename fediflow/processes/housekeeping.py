"""What a worker throws away now and then: old revocations and failed keys, and of every tenant what its shard may forget."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.delivery.letters import tidy_queue
from federation.hosts.pruning import prune
from federation.identities.housekeeping import forget_old_proofs
from federation.notifications.forgetting import forget_notifications
from federation.remote.forgetting import forget_failed_keys
from federation.signin.housekeeping import forget_old_sign_ins
from fediflow.processes.reaching import why_unreachable
from fediflow.processes.stack import Stack
from kernel.clock import Clock, system_clock
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.housekeeping import forget_old_rows
from tenants.model import TenantId
from tenants.signin.revocations import Revocations
from tenants.tables import shards, tenants

EVERY_SECONDS = 3600.0

_log = structlog.get_logger(__name__)


async def keep_house(stack: Stack, revocations: Revocations, *, clock: Clock = system_clock) -> None:
    """Tidies up once an hour until cancelled; what cannot be reached is tidied the next time."""
    while True:
        try:
            await tidy_up(stack, revocations, clock=clock)
        except (*DATABASE_TROUBLE, Unavailable) as error:
            _log.warning("housekeeping waits", why=why_unreachable(error))
        await asyncio.sleep(EVERY_SECONDS)


async def tidy_up(stack: Stack, revocations: Revocations, *, clock: Clock = system_clock) -> int:
    """Once through the directory and every tenant of the shards that are served; how many rows of tenants went.

    A tenant that cannot be tidied up is logged and waits for the next time; a shard that hangs delays no other.
    """
    await revocations.sweep()
    await forget_failed_keys(stack.directory, clock())
    query = select(tenants.c.id, shards.c.name).join(shards, shards.c.id == tenants.c.shard_id)
    async with stack.directory.connect() as connection:
        placed = (await connection.execute(query)).all()
    retention = timedelta(days=stack.settings.federation_retention_days)
    by_shard = [
        (name, engine, [tenant_id for tenant_id, shard in placed if shard == name])
        for name, engine in stack.served.items()
    ]
    gone = await asyncio.gather(*(_tidy_shard(*one, clock, retention) for one in by_shard))
    return sum(gone)


async def _tidy_shard(
    name: str, engine: AsyncEngine, tenant_ids: Sequence[int], clock: Clock, retention: timedelta
) -> int:
    forgotten = await _tidy_deliveries(name, engine, clock)
    for tenant_id in tenant_ids:
        try:
            forgotten += await forget_old_rows(engine, TenantId(tenant_id), clock())
            forgotten += await forget_notifications(engine, TenantId(tenant_id), clock())
            forgotten += await forget_old_proofs(engine, TenantId(tenant_id), clock())
            forgotten += await forget_old_sign_ins(engine, TenantId(tenant_id), clock())
            pruned = await prune(engine, TenantId(tenant_id), clock(), retention=retention)
            forgotten += pruned.posts + pruned.actors
        except DATABASE_TROUBLE as error:
            _log.warning(
                "a tenant is not tidied up", shard=name, tenant_id=tenant_id, why=why_unreachable(error)
            )
    return forgotten


async def _tidy_deliveries(name: str, engine: AsyncEngine, clock: Clock) -> int:
    try:
        return await tidy_queue(engine, clock())
    except DATABASE_TROUBLE as error:
        _log.warning("deliveries are not tidied up", shard=name, why=why_unreachable(error))
        return 0
