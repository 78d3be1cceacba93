"""What becomes of a person who wants in, and what any action on an enrollment does to the seats."""

from dataclasses import dataclass, replace
from enum import StrEnum

from academic.model.refusals import Refusal, UnableToEnrol
from academic.model.seats import Seats
from academic.model.states import (
    HOLDS_SEAT,
    TRANSITIONS,
    WAITS,
    Action,
    EnrollmentRole,
    EnrollmentState,
    UnableToTransition,
    transition,
)
from academic.model.windows import WindowVerdict

SEAT_ROLES = frozenset({EnrollmentRole.STUDENT, EnrollmentRole.GUEST})
"""Only they take seats, wait, need an approval and are bound by windows; staff simply belong to the offering."""


class OfferingState(StrEnum):
    """Whether an offering takes people: students once it is published, staff while it is prepared too."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the enrollment and of the seat row; `action` is what was really done."""

    state: EnrollmentState
    action: Action
    waitlist_rank: int | None
    seats_after: Seats


def decide_enrolment(
    *,
    seats: Seats,
    offering: OfferingState,
    window: WindowVerdict,
    approval_required: bool,
    role: EnrollmentRole,
    existing: EnrollmentState | None,
) -> Decision:
    """What becomes of a person who wants in; raises `UnableToEnrol` with the reason.

    Who was invited enters on the invitation: windows and approval are behind them. Staff who enrol somebody against
    a window pass `WindowVerdict.OPEN`.
    """
    refuse_by_offering(offering, role)
    _refuse_by_existing(existing)
    if existing is EnrollmentState.INVITED:
        return decide(seats=seats, role=role, state=existing, action=Action.ACCEPT)
    if role not in SEAT_ROLES:
        return decide(seats=seats, role=role, state=existing, action=Action.ENROL)
    _refuse_by_window(window)
    action = Action.REQUEST if approval_required else Action.ENROL
    return decide(seats=seats, role=role, state=existing, action=action)


def refuse_by_offering(offering: OfferingState, role: EnrollmentRole) -> None:
    """Raises `UnableToEnrol` where the offering takes nobody in this role: not published, or no longer given."""
    is_prepared = offering is OfferingState.DRAFT and role not in SEAT_ROLES
    if offering is not OfferingState.PUBLISHED and not is_prepared:
        raise UnableToEnrol(_BY_OFFERING[offering])


def refuse_invitation_by_offering(offering: OfferingState) -> None:
    """Raises `UnableToEnrol` where the offering is no longer given; people are invited into one that is prepared."""
    if offering not in (OfferingState.DRAFT, OfferingState.PUBLISHED):
        raise UnableToEnrol(_BY_OFFERING[offering])


def decide(*, seats: Seats, role: EnrollmentRole, state: EnrollmentState | None, action: Action) -> Decision:
    """Any action on an enrollment with what it does to the seats.

    An action that needs a seat becomes `waitlist` where none is free; `promote` and `offer` then raise instead.
    """
    after = transition(state, action)
    if role not in SEAT_ROLES:
        return _decide_without_seats(seats, role, after, action)
    if _needs_seat(state, after):
        if action in (Action.PROMOTE, Action.OFFER):
            _refuse_without_free_seat(seats)
        elif not seats.has_seat_for_newcomer:
            action, after = Action.WAITLIST, TRANSITIONS[state, Action.WAITLIST]
    if after in WAITS:
        _refuse_without_place_to_wait(seats)
    rank = seats.next_waitlist_rank if after in WAITS else None
    return Decision(after, action, rank, _move(seats, state, after))


def _decide_without_seats(
    seats: Seats, role: EnrollmentRole, after: EnrollmentState, action: Action
) -> Decision:
    if after in WAITS or after is EnrollmentState.OFFERED:
        raise UnableToTransition(f"cannot {action}: {role} takes no seat and never waits", action=action)
    return Decision(after, action, None, seats)


def _needs_seat(before: EnrollmentState | None, after: EnrollmentState) -> bool:
    return after in HOLDS_SEAT and before not in HOLDS_SEAT


def _move(seats: Seats, before: EnrollmentState | None, after: EnrollmentState) -> Seats:
    joins = int(after in WAITS) - int(before in WAITS)
    return replace(
        seats,
        taken=seats.taken + int(after in HOLDS_SEAT) - int(before in HOLDS_SEAT),
        waitlisted=seats.waitlisted + joins,
        next_waitlist_rank=seats.next_waitlist_rank + max(joins, 0),
    )


def _refuse_by_existing(existing: EnrollmentState | None) -> None:
    if existing not in (None, EnrollmentState.INVITED, EnrollmentState.WITHDRAWN):
        raise UnableToEnrol(_BY_EXISTING.get(existing, Refusal.ALREADY_ENROLLED))


def _refuse_by_window(window: WindowVerdict) -> None:
    if window is not WindowVerdict.OPEN:
        raise UnableToEnrol(_BY_WINDOW[window])


def _refuse_without_free_seat(seats: Seats) -> None:
    if seats.free == 0:
        raise UnableToEnrol(Refusal.FULL)


def _refuse_without_place_to_wait(seats: Seats) -> None:
    if seats.waitlist_capacity is not None and seats.waitlisted >= seats.waitlist_capacity:
        raise UnableToEnrol(Refusal.WAITLIST_FULL if seats.waitlist_capacity else Refusal.FULL)


_BY_OFFERING = {
    OfferingState.DRAFT: Refusal.OFFERING_DRAFT,
    OfferingState.CANCELLED: Refusal.OFFERING_CANCELLED,
    OfferingState.ARCHIVED: Refusal.OFFERING_ARCHIVED,
}
_BY_EXISTING = {
    EnrollmentState.COMPLETED: Refusal.ALREADY_COMPLETED,
    EnrollmentState.DENIED: Refusal.DENIED,
}
_BY_WINDOW = {
    WindowVerdict.NOT_OPEN: Refusal.WINDOW_NOT_OPEN,
    WindowVerdict.CLOSED: Refusal.WINDOW_CLOSED,
    WindowVerdict.NOT_AUDIENCE: Refusal.NOT_AUDIENCE,
}
