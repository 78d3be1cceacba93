"""Who moves up from the waitlist, in the transaction that freed the seats."""

from collections.abc import Iterable

from sqlalchemy import BigInteger, Integer, bindparam, func, select

from academic.enrollments.situation_query import section_places_taken
from academic.enrollments.writing import Change
from academic.model.enrolling import OfferingState
from academic.model.seats import Seats, Waiting, promote
from academic.model.states import Action, EnrollmentRole, EnrollmentState
from academic.tables import enrollments, sections
from kernel.database.compiled import Compiled, Row
from kernel.entities import TENANT
from tenants.door import Transaction


async def promotions(
    tx: Transaction,
    *,
    offering_id: int,
    offering: OfferingState,
    seats: Seats,
    leaving_id: int | None = None,
) -> tuple[list[Change], Seats]:
    """The steps that fill the free seats, and the seats after them; none in an offering that is not published.

    The caller holds the seat row. Nobody loses their turn because of a section: who wished for one that has filled up
    meanwhile is promoted without one. The steps have no actor, since the person who left is nobody's business.
    """
    if offering is not OfferingState.PUBLISHED or not seats.promotable:
        return [], seats
    rows = await _WAITING.rows(
        tx.driver,
        tenant_id=tx.tenant_id,
        offering_id=offering_id,
        count=seats.promotable,
        leaving_id=leaving_id,
    )
    waiting = {row["id"]: row for row in rows}
    found = promote(
        seats=seats, waiting=[Waiting(row["id"], row["waitlist_rank"]) for row in waiting.values()]
    )
    changes = _changes((waiting[person.enrollment_id] for person in found.promoted), found.state)
    return changes, found.seats_after


def _changes(rows: Iterable[Row], state: EnrollmentState) -> list[Change]:
    given: dict[int, int] = {}  # places of sections handed out just now
    changes = []
    for row in rows:
        section_id, capacity = row["section_id"], row["section_capacity"]
        if section_id is not None:
            taken = row["section_taken"] + given.get(section_id, 0)
            if row["section_status"] != "active" or (capacity is not None and taken >= capacity):
                section_id = None
            else:
                given[section_id] = given.get(section_id, 0) + 1
        changes.append(
            Change(
                enrollment_id=row["id"],
                user_id=row["user_id"],
                role=EnrollmentRole(row["role"]),
                section_id=section_id,
                before=EnrollmentState.WAITLISTED,
                after=state,
                action=Action.PROMOTE,
            )
        )
    return changes


_LEAVING = bindparam("leaving_id", type_=BigInteger)
_WAITING = Compiled(
    select(
        enrollments.c.id,
        enrollments.c.user_id,
        enrollments.c.role,
        enrollments.c.section_id,
        enrollments.c.waitlist_rank,
        sections.c.status.label("section_status"),
        sections.c.capacity.label("section_capacity"),
        section_places_taken(enrollments.c.section_id, besides=_LEAVING).label("section_taken"),
    )
    .select_from(
        enrollments.outerjoin(
            sections, (sections.c.tenant_id == TENANT) & (sections.c.id == enrollments.c.section_id)
        )
    )
    .where(
        enrollments.c.tenant_id == TENANT,
        enrollments.c.offering_id == bindparam("offering_id", type_=BigInteger),
        enrollments.c.state == "waitlisted",
        enrollments.c.waitlist_rank.is_not(None),
        enrollments.c.id != func.coalesce(_LEAVING, 0),
    )
    .order_by(enrollments.c.waitlist_rank)
    .limit(bindparam("count", type_=Integer))
)
