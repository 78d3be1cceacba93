"""What an operation knows once it holds the seat row: the counts, the offering, the person, who asks and what they may.

Two statements, never one: a row that `for update` waited for comes back fresh, but everything joined to it is as old as
the statement's snapshot. The second statement has a snapshot of its own, taken while nobody else can change anything.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from academic.changing import shared
from academic.enrollments.situation_query import LOCK, LOCK_BY_ENROLLMENT, facts_query
from academic.model.enrolling import OfferingState
from academic.model.seats import Seats
from academic.model.states import EnrollmentRole, EnrollmentState
from academic.model.windows import EnrollmentWindow
from kernel.database.compiled import Compiled, Row
from tenants.changing import VersionConflict
from tenants.door import Transaction
from tenants.model import Access, NotFound

_LOCK, _LOCK_BY_ENROLLMENT = Compiled(LOCK), Compiled(LOCK_BY_ENROLLMENT)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The enrollment as it stands."""

    id: int
    user_id: int
    state: EnrollmentState
    role: EnrollmentRole
    section_id: int | None
    offered_until: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """A section's places: how many hold one, not counting the person in question."""

    id: int
    is_active: bool
    capacity: int | None
    taken: int

    @property
    def is_full(self) -> bool:
        """Nobody else fits in."""
        return self.capacity is not None and self.taken >= self.capacity


@dataclass(frozen=True, slots=True)
class Rights:
    """What the caller sees and may do here."""

    sees_offering: bool
    sees_enrollment: bool
    writes: bool
    records: bool
    role: EnrollmentRole | None  # the caller's own, where it is active


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision needs; nothing of it changes before the transaction ends."""

    offering_id: int
    seats: Seats
    offering: OfferingState
    ends_on: date
    approval_required: bool
    windows: tuple[EnrollmentWindow, ...]
    user_id: int
    user_is_active: bool
    audiences: frozenset[str]
    enrollment: Enrolled | None
    section: Place | None
    rights: Rights

    @property
    def state(self) -> EnrollmentState | None:
        """Where the enrollment stands; None where there is none yet."""
        return self.enrollment.state if self.enrollment else None

    @property
    def enrolled(self) -> Enrolled:
        """The enrollment, where the situation was found by it."""
        assert self.enrollment is not None
        return self.enrollment


async def situation_of_user(
    tx: Transaction, *, offering_id: int, user_id: int, section_id: int | None = None
) -> Situation:
    """Locks the seats of an offering and reads what matters for this person; `NotFound` for who cannot see it."""
    seats = await _lock(tx, _LOCK, {"offering_id": offering_id}, "offering")
    row = await _facts(
        tx, by_enrollment=False, offering_id=offering_id, user_id=user_id, section_id=section_id
    )
    if row is None or not row["sees_offering"]:
        raise NotFound("there is no such offering")
    return _situation(seats, row, user_id)


async def situation_of_enrollment(
    tx: Transaction,
    enrollment_id: int,
    *,
    section_id: int | None = None,
    expected_version: int | None = None,
) -> Situation:
    """Locks the seats of an enrollment's offering and reads what matters; `NotFound` for who cannot see it."""
    seats = await _lock(tx, _LOCK_BY_ENROLLMENT, {"enrollment_id": enrollment_id}, "enrollment")
    row = await _facts(
        tx,
        by_enrollment=True,
        offering_id=seats["offering_id"],
        enrollment_id=enrollment_id,
        section_id=section_id,
    )
    if row is None or not row["sees_enrollment"]:
        raise NotFound("there is no such enrollment")
    if expected_version is not None and row["enrollment_version"] != expected_version:
        raise VersionConflict(
            f"the enrollment is at version {row['enrollment_version']}, not {expected_version}",
            current_id=enrollment_id,
        )
    return _situation(seats, row, row["enrolled_user_id"])


async def lock_seats(tx: Transaction, offering_id: int) -> Seats:
    """The offering's seat row, locked until the end."""
    return _seats(await _lock(tx, _LOCK, {"offering_id": offering_id}, "offering"))


async def _lock(tx: Transaction, query: Compiled, key: dict[str, int], noun: str) -> Row:
    row = await query.row(tx.driver, tenant_id=tx.tenant_id, **key)
    if row is None:
        raise NotFound(f"there is no such {noun}")
    return row


async def _facts(tx: Transaction, *, by_enrollment: bool, **values: Any) -> "Row | None":
    query = _compiled_facts(tx.principal.access, by_enrollment)
    return await query.row(tx.driver, **shared(tx), **values)


@lru_cache(maxsize=256)
def _compiled_facts(access: Access, by_enrollment: bool) -> Compiled:
    return Compiled(facts_query(access, by_enrollment))


def _situation(seats: Row, row: Row, user_id: int) -> Situation:
    return Situation(
        offering_id=seats["offering_id"],
        seats=_seats(seats),
        offering=OfferingState(row["offering_state"]),
        ends_on=row["effective_ends_on"],
        approval_required=row["approval_required"],
        windows=tuple(
            EnrollmentWindow(audience, _moment(opens), _moment(closes))
            for audience, opens, closes in row["windows"] or ()
        ),
        user_id=user_id,
        user_is_active=row["user_status"] == "active",
        audiences=frozenset({"student" if row["is_student"] else "guest"}),
        enrollment=_enrolled(row),
        section=_place(row),
        rights=Rights(
            sees_offering=row["sees_offering"],
            sees_enrollment=row["sees_enrollment"],
            writes=row["may_write"],
            records=row["may_record"],
            role=row["own_role"] and EnrollmentRole(row["own_role"]),
        ),
    )


def _seats(row: Row) -> Seats:
    return Seats(
        capacity=row["capacity"],
        taken=row["taken"],
        waitlist_capacity=row["waitlist_capacity"],
        waitlisted=row["waitlisted"],
        next_waitlist_rank=row["next_waitlist_rank"],
    )


def _enrolled(row: Row) -> Enrolled | None:
    if row["enrollment_id"] is None:
        return None
    return Enrolled(
        id=row["enrollment_id"],
        user_id=row["enrolled_user_id"],
        state=EnrollmentState(row["enrollment_state"]),
        role=EnrollmentRole(row["enrollment_role"]),
        section_id=row["enrollment_section_id"],
        offered_until=row["offered_until"],
    )


def _place(row: Row) -> Place | None:
    if row["section_id"] is None:
        return None
    return Place(
        row["section_id"], row["section_status"] == "active", row["section_capacity"], row["section_taken"]
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
