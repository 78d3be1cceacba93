"""The outbox of the world's first shard at work, as a worker runs it, until a test has what it waits for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.timelines.consumer import timelines
from kernel.database.roles import DatabaseRole
from kernel.outbox.tables import outbox, outbox_consumers
from kernel.outbox.worker import run_outbox
from tests.integration.outbox.shards import until
from tests.world import World

_PATIENCE = 300.0  # all that other tests told before comes first


@dataclass(frozen=True, slots=True)
class Keeper:
    """Timelines are kept while it lasts."""

    engine: AsyncEngine

    async def caught_up(self) -> None:
        """Returns when all that was told before is in the timelines."""
        async with self.engine.connect() as connection:
            last = (await connection.execute(select(func.max(outbox.c.sequence)))).scalar_one()
        await until(lambda: self._is_past(last), within=_PATIENCE)

    async def _is_past(self, sequence: int) -> bool:
        waiting = (
            select(outbox.c.sequence)
            .join(outbox_consumers, outbox_consumers.c.name == "timelines")
            .where(
                outbox.c.sequence <= sequence,
                func.coalesce(outbox.c.position, sequence + 2**40) > outbox_consumers.c.position,
            )
            .limit(1)
        )
        known = select(outbox_consumers.c.name).where(outbox_consumers.c.name == "timelines")
        async with self.engine.connect() as connection:
            is_known = (await connection.execute(known)).first() is not None
            return is_known and (await connection.execute(waiting)).first() is None


@asynccontextmanager
async def keeping(world: World) -> AsyncIterator[Keeper]:
    """Relay and consumer of the shard of alpha and gamma."""
    databases = world.databases
    engine = databases.engine(databases.shards["one"], DatabaseRole.WORKER, pool_size=6)
    stop = asyncio.Event()
    running = asyncio.create_task(run_outbox({"one": engine}, [timelines()], stop))
    try:
        yield Keeper(engine)
    finally:
        stop.set()
        await running
        await engine.dispose()
