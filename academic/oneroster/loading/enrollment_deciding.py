"""What becomes of each enrollment: what the file asks for, unless a person here has decided otherwise.

A row whose last day is over asks for `completed` where the offering was over by then, else for `withdrawn`. The file
decides about people who ask, wait or were invited; what a person ended or suspended here stays so.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, not_, or_, select, update

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import ARCHIVED, CREATED, ENDED, UNCHANGED, UPDATED, Batch
from academic.oneroster.loading.enrollment_stage import ACTION, FILE, STAGE
from academic.oneroster.loading.objects import is_sourced
from academic.tables import enrollment_external_ids, enrollment_transitions, enrollments, offerings


async def decide_enrollments(batch: Batch) -> None:
    """Says of every row that has no `change` yet what it does."""
    await _decide_new(batch)
    await _decide_known(batch)
    await batch.execute(update(STAGE).where(STAGE.c.change.is_(None)).values(change=ENDED))
    await batch.analyze(STAGE)


async def report_kept(batch: Batch) -> None:
    """Names the enrollments that a person here has ended and the file still has."""
    s = STAGE.c
    kept = await batch.execute(select(s.place, s.sourced_id).where(s.is_kept))
    batch.warn(Rule.DECIDED_HERE, FILE, "sourced_id", kept)


async def _decide_new(batch: Batch) -> None:
    s, o = STAGE.c, offerings.c
    await batch.execute(
        update(STAGE)
        .where(
            s.change.is_(None),
            not_(s.is_known),
            not_(s.ends),
            o.tenant_id == batch.tenant_id,
            o.id == s.offering_id,
        )
        .values(change=CREATED, to_state=_wanted(o.effective_ends_on), to_role=s.role)
    )


async def _decide_known(batch: Batch) -> None:
    s, known = STAGE.c, _known(batch).c
    after = case(
        (and_(known.state == "suspended", known.wanted == "withdrawn"), known.wanted),
        (known.is_by_hand, known.state),
        (
            and_(known.state == "completed", known.wanted == "withdrawn"),
            known.state,
        ),  # nobody leaves the past
        else_=known.wanted,
    )
    role = case((or_(s.ends, known.is_by_hand, after != known.wanted), known.role), else_=s.role)
    await batch.execute(
        update(STAGE)
        .where(known.place == s.place)
        .values(
            to_state=after,
            to_role=role,
            is_kept=and_(after != known.wanted, known.wanted == "active"),
            change=case(
                (and_(after != known.state, after == "withdrawn"), ARCHIVED),
                (or_(after != known.state, role != known.role, not_(known.is_named)), UPDATED),
                else_=UNCHANGED,
            ),
        )
    )


def _known(batch: Batch) -> CTE:
    """What is known of enrollments that are there, each fact computed once (2 s against 15 for 300,000)."""
    s, e, o, x = STAGE.c, enrollments.c, offerings.c, enrollment_external_ids.alias()
    return (
        select(
            s.place,
            e.state,
            e.role,
            _wanted(o.effective_ends_on).label("wanted"),
            _is_by_hand(batch).label("is_by_hand"),
            or_(s.ends, x.c.enrollment_id.is_not_distinct_from(e.id)).label("is_named"),
        )
        .select_from(STAGE)
        .join(enrollments, and_(e.tenant_id == batch.tenant_id, e.id == s.id))
        .join(offerings, and_(o.tenant_id == batch.tenant_id, o.id == e.offering_id))
        .outerjoin(x, and_(is_sourced(batch, x), x.c.value == s.sourced_id))
        .where(s.change.is_(None), s.is_known)
        .cte("known")
        .prefix_with("materialized")
    )


def _wanted(offering_ends_on: ColumnElement[Any]) -> ColumnElement[str]:
    """The state that the file asks for."""
    s = STAGE.c
    return case(
        (s.ends, "withdrawn"),
        (s.ends_on.is_(None), "active"),
        (s.ends_on < offering_ends_on, "withdrawn"),
        else_="completed",
    )


def _is_by_hand(batch: Batch) -> ColumnElement[bool]:
    """It is an affair of two institutions, or stands where a person and not a file has put it."""
    e, step = enrollments.c, enrollment_transitions.alias()
    last = (
        select(step.c.action)
        .where(step.c.tenant_id == batch.tenant_id, step.c.enrollment_id == e.id)
        .order_by(step.c.id.desc())
        .limit(1)
        .correlate_except(step)
        .scalar_subquery()
    )
    return or_(
        e.home_state.is_not(None),
        e.host_state.is_not(None),
        e.state.in_(["suspended", "denied"]),
        and_(e.state.in_(["completed", "withdrawn"]), func.coalesce(last, "") != ACTION),
    )
