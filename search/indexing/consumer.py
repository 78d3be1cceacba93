"""The consumer `search`: what the outbox tells becomes documents; its position says how far the index is.

A batch is brought down to the rows that it touches, each read once as it is now, whatever happened to it in between. The
position goes on only when the engine has all of it and finds it. An engine that is away is waited for as any consumer's
trouble is: nothing is skipped, and no other consumer waits.

Where much happens a batch is begun a moment after the one before, so that it has more: what happened twice is read once,
and the engine makes findable what it took less often. Who is far behind takes batches that are as large as may be.
"""

import asyncio
import time
from collections.abc import Collection, Sequence
from itertools import groupby

from federation.due import TenantOf
from kernel.outbox.consumers import Consumer
from kernel.outbox.event import Event
from search.engine import Engine, NoIndex
from search.indexing.claiming import Claims
from search.indexing.fanouts import put_off
from search.indexing.indexer import Indexer
from search.indexing.meaning import Fanout
from search.indexing.queue import CONSUMER
from search.indexing.together import gathered
from tenants.model import Tenant

# How many institutions of a batch are read at one time: connections of the shard's pool.
AT_ONCE = 4
_BATCH = 1_000
_TIMEOUT = 180.0
_BETWEEN_SECONDS = 0.2  # of what is behind: nobody waits who comes after a while of nothing


def search_consumer(indexer: Indexer, engine: Engine, claims: Claims, tenant_of: TenantOf) -> Consumer:
    """The consumer; `indexer` writes to `engine`, which `claims` the shards."""
    return Consumer(CONSUMER, _Handler(indexer, engine, claims, tenant_of), batch=_BATCH, timeout=_TIMEOUT)


class _Handler:
    def __init__(self, indexer: Indexer, engine: Engine, claims: Claims, tenant_of: TenantOf) -> None:
        self._indexer = indexer
        self._engine = engine
        self._claims = claims
        self._tenant_of = tenant_of
        self._begun = 0.0
        self._lacks_index = False

    async def __call__(self, events: Sequence[Event]) -> None:
        if len(events) > 1:
            await asyncio.sleep(self._begun + _BETWEEN_SECONDS - time.monotonic())
        self._begun = time.monotonic()
        if self._lacks_index:
            await self._engine.refresh()  # there may be one by now: nothing is read for none
            self._lacks_index = False
        try:
            await self._take(events)
        except NoIndex:
            self._lacks_index = True
            raise

    async def _take(self, events: Sequence[Event]) -> None:
        slots = asyncio.Semaphore(AT_ONCE)
        by_tenant = groupby(sorted(events, key=_tenant), key=_tenant)
        touched = await gathered(
            [self._handle(tenant_id, list(those), slots) for tenant_id, those in by_tenant]
        )
        if any(touched):
            await self._engine.refresh()

    async def _handle(self, tenant_id: int, events: Sequence[Event], slots: asyncio.Semaphore) -> bool:
        """Whether the engine was given something."""
        async with slots:
            tenant = await self._tenant_of(tenant_id)
            if tenant is None:
                return False
            await self._claims.claim(tenant.shard)
            return await self._indexer.handle(tenant, events, later=self._later)

    async def _later(self, tenant: Tenant, fanouts: Collection[Fanout]) -> None:
        await put_off(self._indexer.door, tenant, fanouts)


def _tenant(event: Event) -> int:
    return event.tenant_id
