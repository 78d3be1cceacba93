"""An index that is kept as a worker keeps it, until a test has what it waits for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.due import TenantOf
from fediflow.processes.looking import look_for_due
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from kernel.outbox.tables import outbox, outbox_consumers
from kernel.outbox.worker import run_outbox
from search.engine import Engine
from search.indexing.claiming import Claims
from search.indexing.consumer import search_consumer
from search.indexing.fanouts import Fanouts
from search.indexing.indexer import Indexer
from search.indexing.queue import CONSUMER
from tenants.directory import Directory
from tenants.door import Door
from tests.integration.outbox.shards import until
from tests.world import World


@dataclass(slots=True)
class Keeper:
    """The documents follow the rows while it works."""

    shard: AsyncEngine
    indexer: Indexer
    engine: Engine
    tenant_of: TenantOf
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    def work(self) -> None:
        """Begins."""
        self._stop.clear()
        consumer = search_consumer(
            self.indexer, self.engine, Claims("postgresql", lambda: {"one": self.shard}), self.tenant_of
        )
        fanouts = Fanouts(self.indexer, self.engine, self.tenant_of)
        shards = {"one": self.shard}
        self._running = [
            asyncio.create_task(run_outbox(shards, [consumer], self._stop)),
            asyncio.create_task(look_for_due("fan-outs", fanouts.work_due, shards, self._stop)),
        ]

    async def rest(self) -> None:
        """Ends what it does."""
        self._stop.set()
        await asyncio.gather(*self._running)

    @asynccontextmanager
    async def standing_still(self) -> AsyncIterator[None]:
        """The index hears of nothing meanwhile."""
        await self.rest()
        try:
            yield
        finally:
            self.work()

    async def caught_up(self) -> None:
        """Returns when all that was told before is in the index, and what depends on it too."""
        async with self.shard.connect() as connection:
            last = (await connection.execute(select(func.max(outbox.c.sequence)))).scalar_one()
        await until(lambda: self._is_past(last), within=240.0)

    async def _is_past(self, sequence: int) -> bool:
        waiting = (
            select(outbox.c.sequence)
            .join(outbox_consumers, outbox_consumers.c.name == CONSUMER)
            .where(
                outbox.c.sequence <= sequence,
                func.coalesce(outbox.c.position, sequence + 2**40) > outbox_consumers.c.position,
            )
            .limit(1)
        )
        known = select(outbox_consumers.c.name).where(outbox_consumers.c.name == CONSUMER)
        async with self.shard.connect() as connection:
            if (await connection.execute(known)).first() is None:
                return False
            if (await connection.execute(waiting)).first() is not None:
                return False
            due = await connection.execute(text("select 1 from fediflow.search_fanouts limit 1"))
            return due.first() is None


@asynccontextmanager
async def keeping(world: World, engine: Engine) -> AsyncIterator[Keeper]:
    """Relay, consumer and fan-outs of the world's first shard."""
    databases = world.databases
    shard = databases.engine(databases.shards["one"], DatabaseRole.WORKER, pool_size=12)
    directory_engine = databases.engine(databases.directory, DatabaseRole.WORKER)
    directory = Directory(directory_engine)
    door = Door({"one": shard}, new_id=IdFactory(FixedLease(1003), wall_clock_ms))
    keeper = Keeper(shard, Indexer(door, engine, directory), engine, directory.by_id)
    keeper.work()
    try:
        yield keeper
    finally:
        await keeper.rest()
        await directory_engine.dispose()
        await shard.dispose()
