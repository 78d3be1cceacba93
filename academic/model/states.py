"""The life of an enrollment: its states, the actions on it, and the one table that says what follows what."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from kernel.errors import ErrorCode, FediflowError


class EnrollmentState(StrEnum):
    """Where an enrollment stands."""

    REQUESTED = "requested"
    INVITED = "invited"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class EnrollmentRole(StrEnum):
    """What a person is in an offering."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"
    ASSISTANT = "assistant"
    OBSERVER = "observer"
    DESIGNER = "designer"
    GUEST = "guest"


class Action(StrEnum):
    """What can be done to an enrollment."""

    ENROL = "enrol"  # enter with a seat
    REQUEST = "request"  # enter and wait for an approval
    INVITE = "invite"  # be asked in; holds no seat until accepted
    WAITLIST = "waitlist"  # enter, be approved, accept or come back while no seat is free
    APPROVE = "approve"
    DENY = "deny"
    PROMOTE = "promote"  # from the waitlist straight into the seat
    OFFER = "offer"  # from the waitlist into a seat held until the person accepts
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"  # an offer or an invitation ran out
    SUSPEND = "suspend"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    COMPLETE = "complete"
    REINSTATE = "reinstate"  # staff undo an ending


class UnableToTransition(FediflowError):
    """The action does not exist in the state the enrollment is in."""

    code = ErrorCode.CONFLICT


_S, _A = EnrollmentState, Action

TRANSITIONS: Mapping[tuple[EnrollmentState | None, Action], EnrollmentState] = MappingProxyType(
    {
        (None, _A.ENROL): _S.ACTIVE,
        (None, _A.REQUEST): _S.REQUESTED,
        (None, _A.INVITE): _S.INVITED,
        (None, _A.WAITLIST): _S.WAITLISTED,
        (_S.REQUESTED, _A.APPROVE): _S.ACTIVE,
        (_S.REQUESTED, _A.WAITLIST): _S.WAITLISTED,
        (_S.REQUESTED, _A.DENY): _S.DENIED,
        (_S.REQUESTED, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.INVITED, _A.ACCEPT): _S.ACTIVE,
        (_S.INVITED, _A.WAITLIST): _S.WAITLISTED,
        (_S.INVITED, _A.DECLINE): _S.WITHDRAWN,
        (_S.INVITED, _A.EXPIRE): _S.WITHDRAWN,
        (_S.INVITED, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.WAITLISTED, _A.PROMOTE): _S.ACTIVE,
        (_S.WAITLISTED, _A.OFFER): _S.OFFERED,
        (_S.WAITLISTED, _A.DENY): _S.DENIED,
        (_S.WAITLISTED, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.OFFERED, _A.ACCEPT): _S.ACTIVE,
        (_S.OFFERED, _A.DECLINE): _S.WITHDRAWN,
        (_S.OFFERED, _A.EXPIRE): _S.WITHDRAWN,
        (_S.OFFERED, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.ACTIVE, _A.SUSPEND): _S.SUSPENDED,
        (_S.ACTIVE, _A.COMPLETE): _S.COMPLETED,
        (_S.ACTIVE, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.SUSPENDED, _A.RESUME): _S.ACTIVE,
        (_S.SUSPENDED, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.COMPLETED, _A.REINSTATE): _S.ACTIVE,
        (_S.DENIED, _A.REINSTATE): _S.REQUESTED,
        (_S.WITHDRAWN, _A.REINSTATE): _S.ACTIVE,
        (_S.WITHDRAWN, _A.ENROL): _S.ACTIVE,
        (_S.WITHDRAWN, _A.REQUEST): _S.REQUESTED,
        (_S.WITHDRAWN, _A.INVITE): _S.INVITED,
        (_S.WITHDRAWN, _A.WAITLIST): _S.WAITLISTED,
    }
)
"""What follows what; None is "no enrollment yet", and what is not written here cannot be done.

One row per person and offering: who withdrew comes back by the front door (enrol, request, invite, waitlist) on the
same row, with a new rank. Completed and denied are final: only staff lead out of them, by `reinstate`. Whether a
seat-taking action finds its seat is decided in `seats`, which turns it into `waitlist` where none is free.
"""

HOLDS_SEAT = frozenset({_S.OFFERED, _S.ACTIVE, _S.SUSPENDED, _S.COMPLETED})
"""States that count as a taken seat. Completed counts too: capacity bounds how many people an offering takes over its
whole life, so finishing early does not pull somebody off the waitlist into a course that is nearly over, and undoing
a completion never needs a seat that was given away. An invitation or a request holds nothing."""

WAITS = frozenset({_S.WAITLISTED})
"""States that count on the waitlist."""

ENDED = frozenset({_S.COMPLETED, _S.DENIED, _S.WITHDRAWN})
"""States in which nothing happens by itself any more."""

FINAL = frozenset({_S.COMPLETED, _S.DENIED})
"""Ended states that only `reinstate` leaves."""

# Who is least far along says what holds between two institutions.
_LEAST_FIRST = (
    _S.DENIED,
    _S.WITHDRAWN,
    _S.SUSPENDED,
    _S.REQUESTED,
    _S.INVITED,
    _S.WAITLISTED,
    _S.OFFERED,
    _S.COMPLETED,
    _S.ACTIVE,
)


def transition(state: EnrollmentState | None, action: Action) -> EnrollmentState:
    """The state that follows; raises `UnableToTransition`, which says what could be done instead."""
    after = TRANSITIONS.get((state, action))
    if after is None:
        allowed = [str(possible) for possible in allowed_actions(state)]
        raise UnableToTransition(
            f"cannot {action} an enrollment that is {state or 'not there yet'}; possible: {', '.join(allowed)}",
            state=state,
            action=action,
            allowed=allowed,
        )
    return after


def allowed_actions(state: EnrollmentState | None) -> tuple[Action, ...]:
    """What can be done in this state, in the order of the table."""
    return tuple(action for before, action in TRANSITIONS if before == state)


def effective_state(home: EnrollmentState, host: EnrollmentState | None) -> EnrollmentState:
    """What holds when two institutions each keep a state: active only if both say active.

    Otherwise the one that is least far along counts. `host` is None where home and host are the same institution.
    """
    return home if host is None else min(home, host, key=_LEAST_FIRST.index)
