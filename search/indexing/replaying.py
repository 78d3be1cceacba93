"""Events of the outbox once more, for an index that did not hear of them."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.due import TenantOf
from kernel.outbox.event import Event
from search.engine import Engine
from search.indexing.indexer import Indexer
from search.indexing.queue import clock, events_between, run

_BATCH = 500


class Replayer:
    """Replays into the index of its indexer; doing it twice changes nothing more."""

    def __init__(self, indexer: Indexer, engine: Engine, tenant_of: TenantOf) -> None:
        self._indexer = indexer
        self._engine = engine
        self._tenant_of = tenant_of

    async def replay(self, shard: AsyncEngine, after: int) -> int:
        """All events of a shard from a position on, into the index that answers; notes that it has heard of them."""
        upto = await clock(shard)
        await self.handle(shard, after, upto)
        await self._engine.refresh()
        await run(shard, "heard", after)
        return upto - after

    async def handle(self, shard: AsyncEngine, after: int, upto: int) -> None:
        """The events between two positions; raises `EventsGone` where they are not kept any more."""
        while after < upto:
            events = await events_between(shard, after, upto, _BATCH)
            for tenant_id, those in groupby(sorted(events, key=_tenant), key=_tenant):
                await self._handle(tenant_id, list(those))
            after = events[-1].position

    async def _handle(self, tenant_id: int, events: Sequence[Event]) -> None:
        tenant = await self._tenant_of(tenant_id)
        if tenant is not None:
            await self._indexer.handle(tenant, events)


def _tenant(event: Event) -> int:
    return event.tenant_id
