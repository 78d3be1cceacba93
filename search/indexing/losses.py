"""Whether an index was lost: deleted, or emptied, by somebody beside us."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from search.documents.reading import read_documents
from search.engine import Engine
from search.indexing.dependents import expand, first_of_all
from search.indexing.meaning import touched
from search.indexing.queue import unheard
from search.indexing.refusals import SetAside, set_aside
from search.model import Collection as Documents
from search.model import Institution, Published, Reference
from tenants.door import Door
from tenants.model import Tenant

# By how many of its first documents an institution is judged, and how many institutions that have any are looked at, of so
# many at the most: where most have nothing yet a look must cost little, too.
_SAMPLE, _INSTITUTIONS, _LOOKED_THROUGH = 50, 3, 20
_UNHEARD = 200  # events; where more wait for the consumer, nothing can be said


async def is_lost(engine: Engine, door: Door, institutions: Sequence[Tenant]) -> bool:
    """Whether the index misses most of what it has heard of some institutions. Nothing but loss does that."""
    looked_at = 0
    for tenant in random.sample(institutions, min(len(institutions), _LOOKED_THROUGH)):
        sample = await _first(door, tenant)
        if sample is None:
            continue
        if await _misses(engine, Institution(tenant), sample.own, sample.limit):
            return True
        if await _misses(engine, Published(tenant), sample.shown, sample.limit):
            return True
        looked_at += 1 if sample.own else 0
        if looked_at == _INSTITUTIONS:
            break
    return False


@dataclass(frozen=True, slots=True)
class _Sample:
    """What the index must have, of both sets: among so many that it lists first."""

    own: Collection[Reference]
    shown: Collection[Reference]
    limit: int


async def _misses(engine: Engine, documents: Documents, expected: Collection[Reference], limit: int) -> bool:
    """Whether fewer than half of them are there."""
    stored = await engine.listed(documents, after=None, limit=limit)
    there = {one.reference for one in stored}
    return 2 * len(there.intersection(expected)) < len(expected)


async def _first(door: Door, tenant: Tenant) -> _Sample | None:
    """The first documents but those that the index may not have heard of; None where those are too many to tell."""
    async with door.read(tenant) as driver:
        events = await unheard(driver, tenant.id, most=_UNHEARD)
        expanded = await expand(driver, tenant.id, touched(events)) if events is not None else None
        if expanded is None or expanded.much:
            return None
        found = await first_of_all(driver, tenant.id, _SAMPLE)
        reading = await read_documents(driver, tenant, found)
        aside = await set_aside(driver, tenant.id, found)
    new = expanded.references | expanded.counted
    made = {one: made for one, made in reading.documents.items() if one not in new}
    return _Sample(
        [one for one in made if SetAside(one, False) not in aside],
        [one for one in made if made[one].published is not None and SetAside(one, True) not in aside],
        _SAMPLE + len(new),  # as many as there are may be gone, and the index does not know
    )
