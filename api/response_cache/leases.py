"""The worker's side: every change in the outbox gives its tenant another version, and a lease says that none is missing.

The lease begins with Redis's own clock, read before the database is looked at, and ends 1.5 s later by the same clock,
however long looking or sending takes. So while it lasts every change is in the versions that was committed 1.5 s ago or
earlier, whoever committed it and whatever became of that process.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from redis.asyncio import Redis
from sqlalchemy import BigInteger, Select, and_, cast, func, null, select, true
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.plan.catalogue import NOT_CATALOGUE, OBJECTS
from api.response_cache.identity import identity_of
from api.response_cache.names import (
    LEASE_SECONDS,
    RENEW_SECONDS,
    VERSION_SECONDS,
    lease_name,
    new_token,
    version_name,
)
from kernel.cache import Cache, CacheAway
from kernel.outbox.complaints import Complaint
from kernel.outbox.leading import INDEX_ORDER, lead
from kernel.outbox.tables import outbox, outbox_clock
from kernel.outbox.waiting import wait

_IDLE_LIMIT = 60.0
_SETTINGS = ("SET statement_timeout = '30s'", *INDEX_ORDER)


async def keep_leases(engines: Mapping[str, AsyncEngine], cache: Cache, stop: asyncio.Event) -> None:
    """Keeps the leases of these shards until told to stop, each while no other process does; without Redis none."""
    if not cache.is_configured:
        return
    async with asyncio.TaskGroup() as group:
        for shard, engine in engines.items():
            group.create_task(_keep(engine, shard, cache, stop))


async def _keep(engine: AsyncEngine, shard: str, cache: Cache, stop: asyncio.Event) -> None:
    away = Complaint("lease of cached answers", {"shard": shard})

    async def work(connection: AsyncConnection) -> None:
        lease = Lease(await identity_of(connection), cache)
        while not stop.is_set():
            try:
                await lease.renew(connection)
            except CacheAway as error:
                away.failed(error)
            else:
                away.settled()
            await wait(stop, RENEW_SECONDS)

    await lead(
        engine,
        "responses.lease",
        work,
        stop=stop,
        idle_limit=_IDLE_LIMIT,
        complaint=Complaint("lease of cached answers: connection", {"shard": shard}),
        settings=_SETTINGS,
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A look at the outbox: the last position given out, and the tenants whose catalogue changed."""

    position: int = 2**62
    # Those of changes that were numbered since the look before.
    numbered: Collection[int] = ()
    # Those of changes that are not numbered yet, with what stands for the set of them.
    waiting: Mapping[int, int] = field(default_factory=dict)

    def since(self, before: "_Seen") -> set[int]:
        """The tenants of changes that were not there before; where the relay is slow, the same ones wait for long."""
        begun = {tenant for tenant, trace in self.waiting.items() if trace != before.waiting.get(tenant)}
        return begun.union(self.numbered)


@dataclass(slots=True)
class Lease:
    """One shard's lease. A new epoch begins whenever it cannot be told what was missed: then nothing kept is served."""

    identity: str
    cache: Cache
    _epoch: bytes = field(default_factory=new_token)
    _redis: str = ""
    # What was before the first look is in no answer under this epoch.
    _seen: _Seen = field(default_factory=_Seen)

    async def renew(self, connection: AsyncConnection) -> None:
        """One look at the outbox, and what follows from it. Raises `CacheAway`."""
        try:
            began, redis = await self.cache.run(_clock)
            seen = await self._look(connection)
            if redis != self._redis:  # one that was down, or another one, may have forgotten versions
                self._redis, self._epoch = redis, new_token()
            until = began + int(LEASE_SECONDS * 1000)
            await self.cache.run(lambda client: self._write(client, seen.since(self._seen), until))
        except CacheAway:
            self._redis = ""
            raise
        self._seen = seen

    async def _look(self, connection: AsyncConnection) -> _Seen:
        async with connection.begin():
            rows = (await connection.execute(_changed(self._seen.position))).all()
        numbered = [row.tenant_id for row in rows if row.tenant_id is not None and row.trace is None]
        waiting = {row.tenant_id: row.trace for row in rows if row.trace is not None}
        return _Seen(rows[0].position, numbered, waiting)

    async def _write(self, redis: Redis, tenants: Iterable[int], until: int) -> None:
        async with redis.pipeline(transaction=True) as pipeline:
            for tenant_id in tenants:
                pipeline.set(version_name(tenant_id), new_token(), ex=VERSION_SECONDS)
            pipeline.set(lease_name(self.identity), self._epoch)
            pipeline.pexpireat(lease_name(self.identity), until)
            await pipeline.execute()


async def _clock(redis: Redis) -> tuple[int, str]:
    """The time in milliseconds as Redis has it, and which run of which server says so."""
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.info("server")
        (seconds, micros), server = await pipeline.execute()
    return seconds * 1000 + micros // 1000, str(server["run_id"])


def _changed(after: int) -> Select[tuple[int, int | None, int | None]]:
    """One snapshot: the last position, and the tenants of committed changes that come after or are not numbered yet.

    `trace` stands for the set of a tenant's rows that are not numbered yet; it is null for those that are.
    """
    catalogue = and_(outbox.c.object_type.in_(OBJECTS), outbox.c.event != NOT_CATALOGUE)
    trace = func.bit_xor(func.hashint8extended(outbox.c.sequence, 0), type_=BigInteger).label("trace")
    waiting = (
        select(outbox.c.tenant_id, trace)
        .where(outbox.c.position.is_(None), catalogue)
        .group_by(outbox.c.tenant_id)
    )
    numbered = (
        select(outbox.c.tenant_id, cast(null(), BigInteger).label("trace"))
        .where(outbox.c.position > after, catalogue)
        .distinct()
    )
    told = waiting.union_all(numbered).subquery("told")
    clock = select(func.coalesce(func.max(outbox_clock.c.position), 0).label("position")).subquery("clock")
    columns = (clock.c.position, told.c.tenant_id, told.c.trace)
    return select(*columns).select_from(clock.outerjoin(told, true()))
