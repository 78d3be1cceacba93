"""Reads rows of an institution again and has an index take what they are now."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from kernel.outbox.event import Event
from search.documents.reading import read_documents
from search.engine import Index
from search.indexing.dependents import expand, next_place, page_of
from search.indexing.institutions import as_it_is, described
from search.indexing.meaning import Appearance, Fanout, touched
from search.indexing.queue import SQL
from search.indexing.refusals import SetAside, refuse, set_aside, take
from search.indexing.storing import StoredCount, store_reading
from search.model import Reference
from tenants.authority import system_principal
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Tenant

AT_ONCE = 500  # documents read and stored together


def _ignore(_count: StoredCount) -> None:
    return


@dataclass(frozen=True, slots=True)
class Indexer:
    """Writes to one index. `counted` hears of every batch; with `is_empty` nothing needs to be removed from it."""

    door: Door
    index: Index
    directory: Directory
    counted: Callable[[StoredCount], None] = _ignore
    is_empty: bool = False

    async def handle(
        self,
        tenant: Tenant,
        events: Iterable[Event],
        *,
        later: Callable[[Tenant, Collection[Fanout]], Awaitable[None]] | None = None,
    ) -> bool:
        """Does what events of an institution mean; what touches much is left to `later` (default: done here).

        Whether the index was given anything.
        """
        found = touched(events)
        if found.appeared:
            await self._note_appeared(tenant, found.appeared)
        if found.is_nothing:
            return False
        async with self.door.read(tenant) as driver:
            expanded = await expand(driver, tenant.id, found)
        if expanded.much and later is not None:
            await later(tenant, expanded.much)
        touching = sorted(expanded.references | expanded.counted)
        await self.read_again(tenant, touching, counted=expanded.counted)
        if later is None:
            for fanout in sorted(expanded.much):
                await self.all_of(tenant, fanout)
        return bool(touching) or later is None

    async def read_again(
        self, tenant: Tenant, references: Sequence[Reference], *, counted: Collection[Reference] = frozenset()
    ) -> None:
        """Reads the rows, and has the index take them or what is left of them.

        Of what is `counted` nothing but numbers changed: what is not published has not been before. A tenant that is
        remembered from before it changed does no harm: what was read of it is read once more.
        """
        for start in range(0, len(references), AT_ONCE):
            part = references[start : start + AT_ONCE]
            await self._read(tenant, part, removes=not self.is_empty, counted=counted)
            now = await as_it_is(self.directory, tenant)
            while described(now) != described(tenant):
                tenant = now
                await self._read(tenant, part, removes=True, counted=())
                now = await as_it_is(self.directory, tenant)

    async def _read(
        self, tenant: Tenant, part: Sequence[Reference], *, removes: bool, counted: Collection[Reference]
    ) -> None:
        async with self.door.read(tenant) as driver:
            reading = await read_documents(driver, tenant, part)
            aside = await set_aside(driver, tenant.id, part)
        count = await store_reading(self.index, tenant, part, reading, removes=removes, counted=counted)
        await self._note(tenant, count, aside)

    async def page(self, tenant: Tenant, fanout: Fanout, *, stage: int, after: int) -> Sequence[Reference]:
        """Reads again one page (of `AT_ONCE`) of what depends on a row; gives which those were."""
        async with self.door.read(tenant) as driver:
            references = await page_of(
                driver, tenant.id, fanout.cause, [fanout.object_id], stage=stage, after=after, limit=AT_ONCE
            )
        await self.read_again(tenant, references)
        return references

    async def all_of(self, tenant: Tenant, fanout: Fanout) -> None:
        """Reads again all that depends on a row."""
        place: tuple[int, int] | None = (0, 0)
        while place is not None:
            stage, after = place
            references = await self.page(tenant, fanout, stage=stage, after=after)
            place = next_place(fanout.cause, stage, references, AT_ONCE)

    async def _note(self, tenant: Tenant, count: StoredCount, aside: frozenset[SetAside]) -> None:
        taken = {one for one in aside if one not in count.refused}
        if taken or count.refused:
            async with self.door.write(system_principal(tenant)) as tx:
                await take(tx.driver, tenant.id, taken)
                await refuse(tx.driver, tenant.id, count.refused.items())
        self.counted(count)

    async def _note_appeared(self, tenant: Tenant, appeared: Mapping[Reference, Appearance]) -> None:
        rows = sorted(appeared.items(), key=itemgetter(0))
        async with self.door.write(system_principal(tenant)) as tx:
            await tx.driver.execute(
                SQL["appear"],
                tenant.id,
                [one.kind.value for one, _ in rows],
                [str(one.id) for one, _ in rows],
                [appearance.at and appearance.at.isoformat() for _, appearance in rows],
                [str(appearance.is_sure).lower() for _, appearance in rows],
            )
