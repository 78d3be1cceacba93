"""Seat rows: locked before anything that hangs on them changes, counted again after it, free seats given to who waits."""

from typing import Any

from sqlalchemy import Select, and_, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from academic.enrollments.promotion import promotions
from academic.enrollments.writing import write
from academic.model.enrolling import SEAT_ROLES, OfferingState
from academic.model.seats import Seats
from academic.model.states import HOLDS_SEAT, EnrollmentState
from academic.oneroster.loading.batch import OUTBOX_COLUMNS, Batch
from academic.tables import enrollments, offering_seats, offerings
from kernel.outbox.tables import outbox


async def lock_seats(batch: Batch, offering_ids: Select[Any]) -> None:
    """Locks the seat rows of these offerings in the order of their ids, as everybody does who changes one."""
    seat = offering_seats.c
    locked = (
        select(seat.offering_id)
        .where(seat.tenant_id == batch.tenant_id, seat.offering_id.in_(offering_ids))
        .order_by(seat.offering_id)
        .with_for_update()
        .subquery()
    )
    await batch.execute(select(func.count()).select_from(locked))


async def recount_seats(batch: Batch, offering_ids: Select[Any]) -> None:
    """Makes the counts of these offerings true; more may be taken than there are, since the file has the last word."""
    e, seat = enrollments.c, offering_seats.c
    held = and_(e.state.in_(sorted(HOLDS_SEAT)), e.role.in_(sorted(SEAT_ROLES)))
    counted = (
        select(
            e.offering_id,
            func.count().filter(held).label("taken"),
            func.count().filter(e.state == EnrollmentState.WAITLISTED.value).label("waitlisted"),
        )
        .where(e.tenant_id == batch.tenant_id, e.offering_id.in_(offering_ids))
        .group_by(e.offering_id)
        .subquery()
    )
    changed = (
        update(offering_seats)
        .where(
            seat.tenant_id == batch.tenant_id,
            seat.offering_id == counted.c.offering_id,
            or_(seat.taken != counted.c.taken, seat.waitlisted != counted.c.waitlisted),
        )
        .values(taken=counted.c.taken, waitlisted=counted.c.waitlisted)
        .returning(seat.offering_id, seat.capacity, seat.taken, seat.waitlisted)
        .cte("changed")
    )
    c = changed.c
    payload = func.jsonb_build_object("capacity", c.capacity, "taken", c.taken, "waitlisted", c.waitlisted)
    rows = select(
        literal(batch.tenant_id),
        literal("offering.seats_changed"),
        literal("offering"),
        c.offering_id,
        payload,
    ).order_by(c.offering_id)
    await batch.execute(insert(outbox).from_select(OUTBOX_COLUMNS, rows))
    await _promote(batch, offering_ids)


async def _promote(batch: Batch, offering_ids: Select[Any]) -> None:
    """Whoever the file took out has left a seat to somebody who waits."""
    seat, offering = offering_seats.c, offerings.c
    query = (
        select(offering_seats, offering.state)
        .where(
            seat.tenant_id == batch.tenant_id,
            seat.offering_id.in_(offering_ids),
            seat.waitlisted > 0,
            or_(seat.capacity.is_(None), seat.taken < seat.capacity),
            offering.tenant_id == batch.tenant_id,
            offering.id == seat.offering_id,
        )
        .order_by(seat.offering_id)
    )
    for row in (await batch.execute(query)).mappings().all():
        before = Seats(
            capacity=row["capacity"],
            taken=row["taken"],
            waitlist_capacity=row["waitlist_capacity"],
            waitlisted=row["waitlisted"],
            next_waitlist_rank=row["next_waitlist_rank"],
        )
        offering_id, state = row["offering_id"], OfferingState(row["state"])
        changes, after = await promotions(batch.tx, offering_id=offering_id, offering=state, seats=before)
        if changes:
            await write(batch.tx, offering_id=offering_id, changes=changes, before=before, after=after)
