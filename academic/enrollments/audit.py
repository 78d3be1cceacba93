"""Counts the seats again: what the seat rows say must be what the enrollments are."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from academic.model.enrolling import SEAT_ROLES
from academic.model.states import HOLDS_SEAT, WAITS
from academic.tables import enrollments, offering_seats
from tenants.model import TenantId


@dataclass(frozen=True, slots=True)
class SeatFault:
    """An offering whose seat row and enrollments do not agree."""

    offering_id: int
    taken: int
    taken_found: int
    waitlisted: int
    waitlisted_found: int
    next_waitlist_rank: int
    last_rank_found: int


async def seat_faults(
    connection: AsyncConnection, *, tenant_id: TenantId, offering_id: int | None = None
) -> list[SeatFault]:
    """The offerings of a tenant (or the one) whose counts are wrong; the connection is in the tenant's transaction."""
    seats, person = offering_seats.c, enrollments.c
    takes = person.role.in_(sorted(SEAT_ROLES))
    taken = func.count().filter(takes, person.state.in_(sorted(HOLDS_SEAT)))
    waitlisted = func.count().filter(takes, person.state.in_(sorted(WAITS)))
    last_rank: ColumnElement[int] = func.coalesce(func.max(person.waitlist_rank), literal_column("0"))
    query = (
        select(
            seats.offering_id,
            seats.taken,
            taken,
            seats.waitlisted,
            waitlisted,
            seats.next_waitlist_rank,
            last_rank,
        )
        .select_from(
            offering_seats.outerjoin(
                enrollments,
                (person.tenant_id == seats.tenant_id) & (person.offering_id == seats.offering_id),
            )
        )
        .where(seats.tenant_id == tenant_id)
        .group_by(*offering_seats.c)
        .having(
            or_(seats.taken != taken, seats.waitlisted != waitlisted, seats.next_waitlist_rank <= last_rank)
        )
        .order_by(seats.offering_id)
    )
    if offering_id is not None:
        query = query.where(seats.offering_id == offering_id)
    return [SeatFault(*row) for row in await connection.execute(query)]
