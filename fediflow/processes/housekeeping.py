"""What a worker throws away now and then: old idempotency keys of every tenant, old revocations."""

import asyncio

import structlog
from sqlalchemy import select

from fediflow.processes.reaching import UNREACHABLE, why_unreachable
from fediflow.processes.stack import Stack
from kernel.clock import Clock, system_clock
from kernel.errors import Unavailable
from tenants.housekeeping import forget_old_keys
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
        except (*UNREACHABLE, Unavailable) as error:
            _log.warning("housekeeping waits", reason=why_unreachable(error))
        await asyncio.sleep(EVERY_SECONDS)


async def tidy_up(stack: Stack, revocations: Revocations, *, clock: Clock = system_clock) -> int:
    """Once through every tenant of the shards that are served; how many keys were forgotten."""
    query = select(tenants.c.id, shards.c.name).join(shards, shards.c.id == tenants.c.shard_id)
    async with stack.directory.connect() as connection:
        placed = (await connection.execute(query)).all()
    forgotten = 0
    for tenant_id, shard in placed:
        engine = stack.served.get(shard)
        if engine is not None:
            forgotten += await forget_old_keys(engine, TenantId(tenant_id), clock())
    await revocations.sweep()
    return forgotten
