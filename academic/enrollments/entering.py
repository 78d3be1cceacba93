"""Getting in: enrol oneself or somebody else, invite, accept, decline."""

from dataclasses import dataclass

from academic.changing import NotPossibleNow
from academic.enrollments.places import require_place, require_section
from academic.enrollments.rights import require_own_or_writer, require_writer
from academic.enrollments.situations import Situation, situation_of_enrollment, situation_of_user
from academic.enrollments.steps import carry_out
from academic.enrollments.writing import Change, write
from academic.model.enrolling import (
    SEAT_ROLES,
    Decision,
    decide,
    decide_enrolment,
    refuse_by_offering,
    refuse_invitation_by_offering,
)
from academic.model.states import Action, EnrollmentRole, EnrollmentState
from academic.model.windows import WindowVerdict, judge_windows
from kernel.errors import InvalidInput
from tenants.door import Transaction
from tenants.model import Forbidden, Unauthenticated


@dataclass(frozen=True, slots=True)
class NewEnrollment:
    """Who wants into which offering; without `user_id` it is the caller."""

    offering_id: int
    user_id: int | None = None
    role: EnrollmentRole = EnrollmentRole.STUDENT
    section_id: int | None = None
    reason: str | None = None


async def enrol(tx: Transaction, *, enrollment: NewEnrollment) -> int:
    """Gives a person a seat, a place on the waitlist or a request to be approved; raises `UnableToEnrol` otherwise.

    People enrol themselves as students or guests. Whoever may write enrollments here enrols others in any role, outside
    the windows and without an approval; capacity binds them too. Who withdrew comes back on the same
    enrollment, at the end of the waitlist.
    """
    user_id = _person(tx, enrollment)
    situation = await situation_of_user(
        tx, offering_id=enrollment.offering_id, user_id=user_id, section_id=enrollment.section_id
    )
    _authorise(tx, situation, enrollment.role)
    require_section(situation, enrollment.section_id)
    decision = _decide(tx, situation, enrollment.role)
    return await _enter(tx, situation, enrollment, decision)


async def invite(tx: Transaction, *, enrollment: NewEnrollment) -> int:
    """Asks a person in; an invitation holds no seat. Takes the right to write enrollments here."""
    user_id = _person(tx, enrollment)
    situation = await situation_of_user(
        tx, offering_id=enrollment.offering_id, user_id=user_id, section_id=enrollment.section_id
    )
    require_writer(situation)
    _require_active_person(situation)
    require_section(situation, enrollment.section_id)
    refuse_invitation_by_offering(situation.offering)
    decision = decide(
        seats=situation.seats, role=enrollment.role, state=situation.state, action=Action.INVITE
    )
    return await _enter(tx, situation, enrollment, decision)


async def accept(tx: Transaction, *, enrollment_id: int, expected_version: int | None = None) -> int:
    """Takes the seat of an offer, or a seat or a place on the waitlist on an invitation."""
    situation = await situation_of_enrollment(tx, enrollment_id, expected_version=expected_version)
    require_own_or_writer(tx, situation)
    refuse_by_offering(situation.offering, situation.enrolled.role)
    until = situation.enrolled.offered_until
    if until is not None and until <= tx.now:
        raise NotPossibleNow(f"the seat was held until {until.isoformat()}")
    return await carry_out(tx, situation, Action.ACCEPT)


async def decline(
    tx: Transaction, *, enrollment_id: int, reason: str | None = None, expected_version: int | None = None
) -> int:
    """Turns an offer or an invitation down; a seat that was held goes to the next who waits."""
    situation = await situation_of_enrollment(tx, enrollment_id, expected_version=expected_version)
    require_own_or_writer(tx, situation)
    return await carry_out(tx, situation, Action.DECLINE, reason=reason)


def _person(tx: Transaction, enrollment: NewEnrollment) -> int:
    user_id = enrollment.user_id or tx.principal.user_id
    if user_id is None:
        raise Unauthenticated("enrolling takes a person who has signed in")
    return user_id


def _authorise(tx: Transaction, situation: Situation, role: EnrollmentRole) -> None:
    if not situation.rights.writes:
        if situation.user_id != tx.principal.user_id:
            raise Forbidden("enrolling somebody else takes the right to write enrollments here")
        if role not in SEAT_ROLES:
            raise Forbidden(f"nobody makes themselves {role} of an offering")
    _require_active_person(situation)


def _require_active_person(situation: Situation) -> None:
    if not situation.user_is_active:
        raise InvalidInput("there is no active person with this id", path=["input", "userId"])


def _decide(tx: Transaction, situation: Situation, role: EnrollmentRole) -> Decision:
    by_staff = situation.rights.writes and situation.user_id != tx.principal.user_id
    window = judge_windows(
        situation.windows,
        audiences=situation.audiences,
        now=tx.now,
        has_ended=situation.ends_on < tx.today,
    )
    return decide_enrolment(
        seats=situation.seats,
        offering=situation.offering,
        window=WindowVerdict.OPEN if by_staff else window,
        approval_required=situation.approval_required and not by_staff,
        role=_role(situation, role),
        existing=situation.state,
    )


def _role(situation: Situation, wanted: EnrollmentRole) -> EnrollmentRole:
    """Who was invited comes in as what they were invited to be."""
    existing = situation.enrollment
    return existing.role if existing and existing.state is EnrollmentState.INVITED else wanted


async def _enter(tx: Transaction, situation: Situation, enrollment: NewEnrollment, decision: Decision) -> int:
    existing, section = situation.enrollment, situation.section
    role = _role(situation, enrollment.role)
    require_place(section, role, situation.state, decision.state)
    change = Change(
        enrollment_id=existing.id if existing else tx.new_id(),
        user_id=situation.user_id,
        role=role,
        section_id=section.id if section else None,
        before=situation.state,
        after=decision.state,
        action=decision.action,
        waitlist_rank=decision.waitlist_rank,
        actor_id=tx.principal.user_id,
        on_behalf_of_id=situation.user_id if situation.user_id != tx.principal.user_id else None,
        reason=enrollment.reason,
    )
    await write(
        tx,
        offering_id=situation.offering_id,
        changes=[change],
        before=situation.seats,
        after=decision.seats_after,
    )
    return change.enrollment_id
