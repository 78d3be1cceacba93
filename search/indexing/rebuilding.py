"""Building the whole index anew beside the one that answers, while everything goes on.

Every institution of every shard is read page by page. What happens meanwhile is in the outbox: it is replayed into the new
index until nothing is left, then the new one answers, and what the consumer wrote to the old one in that moment is replayed
once more. Versions see to it that nothing old overwrites something new, whoever comes first.

The outbox keeps what happened for days (`kernel.outbox.worker: KEEP`); a building that takes longer is abandoned. A database
or an engine that is away for a moment costs that moment, not hours of reading: a page can be read again.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from search.engine import Building, Engine, SearchUnavailable
from search.indexing.dependents import next_place
from search.indexing.indexer import AT_ONCE, Indexer
from search.indexing.institutions import begin_swap, described, institutions
from search.indexing.meaning import Cause, Fanout
from search.indexing.patience import Patience
from search.indexing.queue import clock, run
from search.indexing.replaying import Replayer
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Tenant

# How many institutions are read at one time: connections of the pools, beside what the product needs itself.
INSTITUTIONS_AT_ONCE = 2
_BATCH = 500  # where fewer events are left, the rest is replayed after the swap

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: institutions and rows read so far, events replayed."""

    institutions: int = 0
    of_institutions: int = 0
    rows: int = 0
    events: int = 0


def ignore(_progress: Progress) -> None:
    """Where nobody wants to know."""


class Rebuilding:
    """One building of an index. `name` is the engine's, noted on every shard once its index holds what there is."""

    def __init__(
        self,
        engine: Engine,
        *,
        name: str,
        shards: Mapping[str, AsyncEngine],
        door: Door,
        directory: Directory,
        directory_engine: AsyncEngine,
        progress: Callable[[Progress], None] = ignore,
        patience: Patience | None = None,
    ) -> None:
        self._engine = engine
        self._patience = patience or Patience()
        self._name = name
        self._shards = dict(shards)
        self._door = door
        self._directory = directory
        self._directory_engine = directory_engine
        self._tell = progress
        self._replayer = Replayer(Indexer(door, engine, directory), engine, directory.by_id)
        self._progress = Progress()
        self._read_as: Mapping[int, str] = {}

    async def run(self) -> Progress:
        """Builds, swaps and catches up. Raises what stood in the way: until the swap, nothing has changed then.

        Every shard must be there: what is not read would be missing. Only one may run at a time. Where the process dies
        after the swap, a worker finishes (`search.indexing.filling`).
        """
        heard = {name: await clock(shard) for name, shard in self._shards.items()}
        building = await self._engine.build()
        try:
            await self._read_all(building)
            await self._catch_up(Indexer(self._door, building, self._directory), heard)
            read_as = await self._read_described_anew(Indexer(self._door, building, self._directory))
            for name, shard in self._shards.items():
                await begin_swap(shard, heard[name], read_as.get(name, {}))
        except BaseException:
            with contextlib.suppress(SearchUnavailable):  # then the next building drops it
                await asyncio.shield(building.abandon())
            raise
        await building.finish()
        for name, shard in self._shards.items():
            # The consumer may have given the old index a batch while it went: all of that is numbered by now.
            self._advance(events=await self._replayer.replay(shard, heard[name]))
            await run(shard, "fill", self._name)
        _log.info("search index built", engine=self._name, rows=self._progress.rows)
        return self._progress

    async def _read_all(self, building: Building) -> None:
        indexer = Indexer(self._door, building, self._directory, is_empty=True)
        given = await institutions(self._directory_engine, self._directory)
        self._advance(of_institutions=len(given))
        self._read_as = {tenant.id: described(tenant) for tenant in given}
        slots = asyncio.Semaphore(INSTITUTIONS_AT_ONCE)

        async def read(tenant: Tenant) -> None:
            async with slots:
                await self._read(indexer, tenant)
            self._advance(institutions=1)

        try:
            async with asyncio.TaskGroup() as group:
                for tenant in given:
                    group.create_task(read(tenant))
        except ExceptionGroup as trouble:
            raise trouble.exceptions[0] from trouble

    async def _read_described_anew(self, indexer: Indexer) -> Mapping[str, Mapping[int, str]]:
        """Reads once more whom the directory describes otherwise since they were read; by shard, as what all were read."""
        read_as: dict[str, dict[int, str]] = {}
        for tenant in await institutions(self._directory_engine, self._directory):
            text = described(tenant)
            if self._read_as.get(tenant.id, text) != text:
                await indexer.all_of(tenant, Fanout(Cause.TENANT, tenant.id))
            read_as.setdefault(tenant.shard, {})[tenant.id] = text
        return read_as

    async def _read(self, indexer: Indexer, tenant: Tenant) -> None:
        everything = Fanout(Cause.TENANT, tenant.id)
        place: tuple[int, int] | None = (0, 0)
        while place is not None:
            stage, after = place
            reading = partial(indexer.page, tenant, everything, stage=stage, after=after)
            references = await self._patience.do("reading for a search index", reading)
            self._advance(rows=len(references))
            place = next_place(everything.cause, stage, references, AT_ONCE)

    async def _catch_up(self, indexer: Indexer, heard: dict[str, int]) -> None:
        """Replays until few are left; `heard` goes on with it."""
        replayer, left = Replayer(indexer, self._engine, self._directory.by_id), _BATCH
        while left >= _BATCH:
            left = 0
            for name, shard in self._shards.items():
                upto = await self._patience.do("replaying for a search index", partial(clock, shard))
                left += upto - heard[name]
                replaying = partial(replayer.handle, shard, heard[name], upto)
                await self._patience.do("replaying for a search index", replaying)
                heard[name] = upto
            self._advance(events=left)

    def _advance(self, **more: int) -> None:
        numbers = {name: getattr(self._progress, name) + count for name, count in more.items()}
        self._progress = replace(self._progress, **numbers)
        self._tell(self._progress)
