"""Which documents depend on a row: found page by page, so that no change is too big."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.database.named_sql import named_statements
from search.indexing.meaning import Cause, Fanout, Touched
from search.indexing.queue import Driver
from search.model import Kind, Reference
from tenants.model import TenantId

_SQL = named_statements(Path(__file__).with_suffix(".sql"))
# The statement for each list of rows that a cause touches, one after another, and what they are.
STAGES: Mapping[Cause, Sequence[tuple[str, Kind]]] = {
    Cause.COURSE: (("offerings_of_courses", Kind.OFFERING),),
    # People are found by those who read the units of what they take part in.
    Cause.COURSE_UNIT: (("people_of_courses", Kind.USER),),
    Cause.ACADEMIC_SESSION: (("offerings_of_sessions", Kind.OFFERING),),
    Cause.ACTOR: (("posts_of_actors", Kind.POST), ("posts_in_groups", Kind.POST)),
    Cause.ORG_UNIT: (
        ("units_below", Kind.ORG_UNIT),
        ("courses_below", Kind.COURSE),
        ("offerings_below", Kind.OFFERING),
        ("people_below", Kind.USER),
    ),
    Cause.TENANT: (
        ("all_courses", Kind.COURSE),
        ("all_offerings", Kind.OFFERING),
        ("all_units", Kind.ORG_UNIT),
        ("all_posts", Kind.POST),
        ("all_people", Kind.USER),
    ),
}
# So many are read with what touched them; where there are more, all of them wait their turn.
AT_ONCE = 300
_BIG = frozenset({Cause.ORG_UNIT, Cause.TENANT})


async def page_of(
    driver: Driver,
    tenant_id: TenantId,
    cause: Cause,
    object_ids: Collection[int],
    *,
    stage: int,
    after: int,
    limit: int,
) -> list[Reference]:
    """The next rows of one stage, in order of their ids."""
    statement, kind = STAGES[cause][stage]
    rows = await driver.fetch(_SQL[statement], tenant_id, _texts(object_ids), after, limit)
    return [Reference(kind, row["id"]) for row in rows]


async def first_of_all(driver: Driver, tenant_id: TenantId, limit: int) -> list[Reference]:
    """The first rows of an institution, in the order in which an engine lists what it has of them."""
    rows = await driver.fetch(_SQL["first_of_all"], tenant_id, limit)
    return [Reference(Kind(row["kind"]), row["id"]) for row in rows]


def next_place(
    cause: Cause, stage: int, references: Sequence[Reference], limit: int
) -> tuple[int, int] | None:
    """The stage, and the row after which it goes on, once that page of it was read; None: that was the last."""
    if len(references) == limit:
        return stage, references[-1].id
    return (stage + 1, 0) if stage + 1 < len(STAGES[cause]) else None


@dataclass(frozen=True, slots=True)
class Expanded:
    """All that is touched; of what is `counted` nothing but numbers changed, and `much` is too much to be read at once."""

    references: frozenset[Reference]
    counted: frozenset[Reference]
    much: frozenset[Fanout]


async def expand(driver: Driver, tenant_id: TenantId, found: Touched) -> Expanded:
    """What depends on what was touched."""
    references, counted = set(found.references), set(found.counted)
    if found.offerings:
        rows = await driver.fetch(_SQL["courses_of"], tenant_id, _texts(found.offerings))
        counted.update(Reference(Kind.COURSE, row["id"]) for row in rows)
    if found.actors:
        counted |= await _owners(driver, tenant_id, found.actors)
    later: set[Fanout] = set()
    for cause in sorted({one.cause for one in found.fanouts}):
        those = {one for one in found.fanouts if one.cause is cause}
        dependents = await _few(driver, tenant_id, cause, those)
        if dependents is None:
            later |= those
        else:
            references |= dependents
    return Expanded(frozenset(references), frozenset(counted - references), frozenset(later))


async def _few(
    driver: Driver, tenant_id: TenantId, cause: Cause, fanouts: Collection[Fanout]
) -> set[Reference] | None:
    """All that depends on these; None where that is much."""
    if cause in _BIG:
        return None
    found: set[Reference] = set()
    ids = [one.object_id for one in fanouts]
    for stage in range(len(STAGES[cause])):
        found.update(
            await page_of(driver, tenant_id, cause, ids, stage=stage, after=0, limit=AT_ONCE + 1 - len(found))
        )
        if len(found) > AT_ONCE:
            return None
    return found


async def _owners(driver: Driver, tenant_id: TenantId, actors: Collection[int]) -> set[Reference]:
    found: set[Reference] = set()
    for row in await driver.fetch(_SQL["owners_of"], tenant_id, _texts(actors)):
        owners = (
            (Kind.USER, row["user_id"]),
            (Kind.COURSE, row["course_id"]),
            (Kind.ORG_UNIT, row["org_unit_id"]),
        )
        found.update(Reference(kind, owner) for kind, owner in owners if owner is not None)
    return found


def _texts(ids: Collection[int]) -> list[str]:
    return [str(one) for one in sorted(ids)]
