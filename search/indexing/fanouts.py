"""What touches many documents, worked off page by page beside the consumer: a unit of 50,000 people moves in no time.

A row of the table says what is due and how far that came. Pages are read and stored outside of any transaction, then the
row goes on; who dies in between reads one page twice. What changes once more begins anew.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.due import TenantOf
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import FediflowError
from search.engine import Engine
from search.indexing.dependents import next_place
from search.indexing.indexer import AT_ONCE, Indexer
from search.indexing.meaning import Cause, Fanout
from search.indexing.queue import SQL, run
from tenants.authority import system_principal
from tenants.door import Door
from tenants.model import Tenant

_LEASES = 8
_LEASE_SECONDS = 60.0
_PAGES = 20  # of one before others have their turn


@dataclass(frozen=True, slots=True)
class _Due:
    tenant_id: int
    fanout: Fanout
    stage: int
    after: int
    turn: int

    @property
    def key(self) -> tuple[int, str, int]:
        """The row's."""
        return self.tenant_id, self.fanout.cause.value, self.fanout.object_id


async def put_off(door: Door, tenant: Tenant, fanouts: Collection[Fanout]) -> None:
    """Has all that depends on these rows read later."""
    causes = [one.cause.value for one in fanouts]
    async with door.write(system_principal(tenant)) as tx:
        await tx.driver.execute(SQL["put_off"], tenant.id, causes, [str(one.object_id) for one in fanouts])


class Fanouts:
    """Works off what was put off. Suspended institutions too: what they published is withdrawn."""

    def __init__(self, indexer: Indexer, engine: Engine, tenant_of: TenantOf) -> None:
        self._indexer = indexer
        self._engine = engine
        self._tenant_of = tenant_of

    async def work_due(self, shard: AsyncEngine) -> int:
        """Some of what is due on a shard; how much that was. One that fails holds back no other, and is tried again in a
        minute: the first error is raised at the end."""
        found, trouble = await self._lease(shard), None
        for due in found:
            try:
                await self._work(shard, due)
            except (*DATABASE_TROUBLE, FediflowError) as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble
        return len(found)

    async def _work(self, shard: AsyncEngine, due: _Due) -> None:
        tenant = await self._tenant_of(due.tenant_id)
        place: tuple[int, int] | None = (due.stage, due.after)
        for left in reversed(range(_PAGES)):
            if tenant is None or place is None:
                break
            stage, after = place
            references = await self._indexer.page(tenant, due.fanout, stage=stage, after=after)
            place = next_place(due.fanout.cause, stage, references, AT_ONCE)
            lease = _LEASE_SECONDS if left else 0.0
            if place and not await run(shard, "go_on", *due.key, *place, lease, due.turn):
                return
        if tenant is None or place is None:
            await (
                self._engine.refresh()
            )  # until it is forgotten, gateways know that documents are out of date
            await run(shard, "end", *due.key, due.turn)

    async def _lease(self, shard: AsyncEngine) -> list[_Due]:
        return [
            _Due(
                row["tenant_id"],
                Fanout(Cause(row["cause"]), row["object_id"]),
                row["stage"],
                row["after_id"],
                row["turn"],
            )
            for row in await run(shard, "lease", _LEASES, _LEASE_SECONDS)
        ]
