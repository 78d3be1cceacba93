"""One step of an enrollment, decided and written together with whom it lets move up."""

from academic.enrollments.places import require_place
from academic.enrollments.promotion import promotions
from academic.enrollments.situations import Situation
from academic.enrollments.writing import Change, write
from academic.model.enrolling import decide
from academic.model.states import Action
from tenants.door import Transaction


async def carry_out(
    tx: Transaction,
    situation: Situation,
    action: Action,
    *,
    reason: str | None = None,
) -> int:
    """Decides and writes one action, and whom it lets move up; the caller has authorised it."""
    enrolled = situation.enrolled
    decision = decide(seats=situation.seats, role=enrolled.role, state=enrolled.state, action=action)
    require_place(situation.section, enrolled.role, enrolled.state, decision.state)
    change = Change(
        enrollment_id=enrolled.id,
        user_id=enrolled.user_id,
        role=enrolled.role,
        section_id=enrolled.section_id,
        before=enrolled.state,
        after=decision.state,
        action=decision.action,
        waitlist_rank=decision.waitlist_rank,
        actor_id=tx.principal.user_id,
        on_behalf_of_id=enrolled.user_id if enrolled.user_id != tx.principal.user_id else None,
        reason=reason,
    )
    moved_up, seats = await promotions(
        tx,
        offering_id=situation.offering_id,
        offering=situation.offering,
        seats=decision.seats_after,
        leaving_id=enrolled.id,
    )
    await write(
        tx,
        offering_id=situation.offering_id,
        changes=[change, *moved_up],
        before=situation.seats,
        after=seats,
    )
    return enrolled.id
