"""Fills an index that does not hold what there is: of a new engine, after an upgrade, or one that was lost.

A worker looks every few seconds until the index holds what there is, then every half minute. Only one builds, on any machine: the right to is a lock in the directory's database, and
`fediflow search reindex` takes the same. What was begun and not ended is ended here too.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import ErrorCode, FediflowError
from kernel.outbox.complaints import Complaint
from search.engine import Engine, NoIndex, SearchUnavailable
from search.indexing.claiming import Claims
from search.indexing.indexer import Indexer
from search.indexing.institutions import institutions, put_off_described_anew
from search.indexing.losses import is_lost
from search.indexing.patience import Patience, StillAlone
from search.indexing.queue import run
from search.indexing.rebuilding import Progress, Rebuilding, ignore
from search.indexing.replaying import Replayer
from tenants.directory import Directory
from tenants.door import Door, driver_of
from tenants.model import Tenant

EVERY_SECONDS = 30.0
_SOON_SECONDS = 3.0
_PATIENCE_SECONDS = 60.0  # without an answer
# The session that has it is kept for as long as it builds.
_LOCK = "select pg_try_advisory_lock(hashtextextended('fediflow.search.rebuild', 0))"


class AlreadyBuilding(FediflowError):
    """Another process builds the index; wait for it."""

    code = ErrorCode.CONFLICT


async def is_noted_filled(shards: Mapping[str, AsyncEngine], given: Sequence[Tenant], name: str) -> bool:
    """Whether the index of the engine of that name was filled once, on all shards that have institutions; if it is still
    there only `Filling.look` finds out."""
    for shard, engine in shards.items():
        rows = await run(engine, "filling")
        if rows and rows[0]["engine"] != name:
            return False
        if not rows and any(tenant.shard == shard for tenant in given):
            return False
    return True


@dataclass(slots=True)
class Filling:
    """`name` is the engine's, which `claims` the shards; `shards` are those that are served just now; `directory_engine` may keep one connection.

    Until an index that was lost is built, its engine has none and says so: an empty one would answer that there is nothing.
    """

    engine: Engine
    name: str
    shards: Callable[[], Mapping[str, AsyncEngine]]
    claims: Claims
    door: Door
    directory: Directory
    directory_engine: AsyncEngine
    patience: float = _PATIENCE_SECONDS
    _unanswered_since: float | None = field(default=None, init=False)

    async def rebuild(self, progress: Callable[[Progress], None] = ignore) -> Progress:
        """Builds the index anew; raises `AlreadyBuilding` where another process does."""
        async with self.alone() as still_alone:
            return await self._build(still_alone, progress)

    async def follow(self) -> None:
        """Looks and fills until cancelled; what is away is looked at again."""
        complaint = Complaint("looking after the search index", {"engine": self.name})
        pause = _SOON_SECONDS
        while True:
            try:
                await self.look()
                complaint.settled()
                pause = EVERY_SECONDS
            except AlreadyBuilding:
                complaint.settled()  # it will be filled then
            except (*DATABASE_TROUBLE, FediflowError) as error:
                complaint.failed(error)
            await asyncio.sleep(pause)

    async def look(self) -> bool:
        """Fills the index where it does not hold what there is, and ends what was begun; whether it was filled."""
        shards = self.shards()
        for name, shard in shards.items():
            await self.claims.claim(name)
            await self._end_swap(shard)
        given = await self._describe(shards)
        if await self._is_filled(shards, given):
            return False
        async with self.alone() as still_alone:
            await self._build(still_alone, ignore)
        await self._describe(shards)
        return True

    async def _describe(self, shards: Mapping[str, AsyncEngine]) -> Sequence[Tenant]:
        """The institutions; those that are not as they were are read again."""
        given = await institutions(self.directory_engine, self.directory)
        for name, shard in shards.items():
            await put_off_described_anew(shard, [tenant for tenant in given if tenant.shard == name])
        return given

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[StillAlone]:
        """Nobody else builds meanwhile; raises `AlreadyBuilding` where somebody does.

        The right ends with its connection: what is given raises when it did.
        """
        async with self.directory_engine.connect() as connection:
            driver = driver_of(connection)
            if not await driver.fetchval(_LOCK):
                raise AlreadyBuilding("another process builds the search index: wait until it has ended")

            asking = asyncio.Lock()  # several pages may be in trouble at once

            async def still_alone() -> None:
                async with asking:
                    await driver.fetchval("select 1")

            try:
                yield still_alone
            finally:
                await connection.invalidate()  # the session ends, and the lock with it

    async def _is_filled(self, shards: Mapping[str, AsyncEngine], given: Sequence[Tenant]) -> bool:
        for name, shard in shards.items():
            if not await run(shard, "filling") and not any(tenant.shard == name for tenant in given):
                await self.engine.prepare()
                await run(shard, "fill", self.name)  # whatever comes to it comes by the outbox
        if not await is_noted_filled(shards, given, self.name):
            return False
        return not await self._is_lost([one for one in given if one.shard in shards])

    async def _is_lost(self, given: Sequence[Tenant]) -> bool:
        """An engine that does not answer is away, or has an index that never will again: only building one tells, if it goes
        on so."""
        try:
            await self.engine.refresh()
            lost = await is_lost(self.engine, self.door, given)
        except NoIndex:
            return True
        except SearchUnavailable:
            self._unanswered_since = self._unanswered_since or time.monotonic()
            if time.monotonic() - self._unanswered_since < self.patience:
                raise
            return True
        self._unanswered_since = None
        return lost

    async def _end_swap(self, shard: AsyncEngine) -> None:
        """Where somebody died between the swap and the end of it."""
        rows = await run(shard, "filling")
        after = rows[0]["replay_after"] if rows else None
        if after is None or rows[0]["engine"] != self.name:
            return  # of another engine's index nobody is answered: this one's is built
        async with self.alone():
            indexer = Indexer(self.door, self.engine, self.directory)
            await Replayer(indexer, self.engine, self.directory.by_id).replay(shard, after)

    async def _build(self, still_alone: StillAlone, progress: Callable[[Progress], None]) -> Progress:
        rebuilding = Rebuilding(
            self.engine,
            name=self.name,
            shards=self.shards(),
            door=self.door,
            directory=self.directory,
            directory_engine=self.directory_engine,
            progress=progress,
            patience=Patience(still_alone=still_alone),
        )
        return await rebuilding.run()
