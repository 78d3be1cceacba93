"""What becomes of each person, and its writing."""

from collections.abc import Sequence

from sqlalchemy import Column, Integer, Text, and_, case, literal, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from academic.oneroster.faults import Rule
from academic.oneroster.loading.access import end_access
from academic.oneroster.loading.batch import ARCHIVED, CREATED, ENDED, SKIPPED, UNCHANGED, UPDATED, Batch
from academic.oneroster.loading.people_stage import FILE, STAGE, USERS
from academic.oneroster.naming import free_handle
from kernel.database.staging import stage, staging_table
from tenants.tables import sessions, users

_HANDLES = staging_table(
    "staged_handles", Column("place", Integer, nullable=False), Column("handle", Text, nullable=False)
)


async def classify_users(batch: Batch) -> None:
    """Says what happens to every person; a file suspends and never lifts a suspension."""
    s, t = STAGE.c, users.c
    await batch.execute(
        update(STAGE)
        .where(s.change.is_(None), not_(s.is_known))
        .values(change=case((s.ends, ENDED), else_=CREATED))
    )
    differs = or_(
        s.is_adopted,
        s.has_new_ids,
        s.has_new_email,
        *(t[name].is_distinct_from(s[name]) for name in USERS.plain),
    )
    is_active = t.status == "active"
    await batch.execute(
        update(STAGE)
        .where(s.change.is_(None), t.tenant_id == batch.tenant_id, t.id == s.id)
        .values(
            change=case(
                (and_(is_active, or_(s.ends, s.is_suspended)), ARCHIVED),
                (s.ends, UNCHANGED),
                (differs, UPDATED),
                else_=UNCHANGED,
            )
        )
    )
    staying = select(s.place, s.sourced_id).where(
        t.tenant_id == batch.tenant_id,
        t.id == s.id,
        t.status == "suspended",
        not_(s.ends),
        not_(s.is_suspended),
        s.change != SKIPPED,
    )
    batch.warn(Rule.STAYS_SUSPENDED, FILE, "sourced_id", await batch.execute(staying))


async def write_users(batch: Batch) -> None:
    """The people themselves; new ones get a handle that nobody here has."""
    await _give_handles(batch)
    s, t, now = STAGE.c, users.c, batch.tx.now
    status = case((s.is_suspended, "suspended"), else_="active")
    names = ["tenant_id", "id", "handle", *USERS.plain, "status", "created_at", "updated_at"]
    rows = (
        select(
            literal(batch.tenant_id),
            s.id,
            _HANDLES.c.handle,
            *(s[name] for name in USERS.plain),
            status,
            literal(now),
            literal(now),
        )
        .where(s.change == CREATED, _HANDLES.c.place == s.place)
        .order_by(s.place)
    )
    await batch.execute(insert(users).from_select(names, rows))
    await batch.execute(
        update(users)
        .where(t.tenant_id == batch.tenant_id, t.id == s.id, s.change.in_([UPDATED, ARCHIVED]))
        .values(
            {
                **{name: case((s.ends, t[name]), else_=s[name]) for name in USERS.plain},
                "status": case((s.change == ARCHIVED, "suspended"), else_=t.status),
                "updated_at": now,
                "version": t.version + 1,
            }
        )
    )


async def shut_out(batch: Batch) -> None:
    """Sessions of the suspended end, and their tokens."""
    s = STAGE.c
    suspended = select(s.id).where(s.change == ARCHIVED)
    await batch.execute(
        update(sessions)
        .where(
            sessions.c.tenant_id == batch.tenant_id,
            sessions.c.ended_at.is_(None),
            sessions.c.user_id.in_(suspended),
        )
        .values(ended_at=batch.tx.now, end_reason="suspended")
    )
    await end_access(batch, suspended)


async def _give_handles(batch: Batch) -> None:
    """New people get a handle that nobody here has."""
    s = STAGE.c
    query = select(s.place, s.wanted_handle).where(s.change == CREATED).order_by(s.place)
    new: Sequence[tuple[int, str]] = [(row.place, row.wanted_handle) for row in await batch.execute(query)]
    taken: set[str] = set()
    if new:
        held = await batch.execute(select(users.c.handle).where(users.c.tenant_id == batch.tenant_id))
        taken.update(held.scalars())
    given: list[tuple[int, str]] = []
    for place, wanted in new:
        free = free_handle(wanted, taken)
        taken.add(free)
        given.append((place, free))
    await stage(batch.tx.connection, _HANDLES, ("place", "handle"), given)
