"""What is done to an enrollment that exists: approve, deny, withdraw, suspend, resume, reinstate."""

from sqlalchemy import delete

from academic.changing import NotPossibleNow
from academic.enrollments.rights import require_decider, require_own_or_writer, require_writer
from academic.enrollments.situations import situation_of_enrollment
from academic.enrollments.steps import carry_out
from academic.model.enrolling import OfferingState
from academic.model.states import Action, EnrollmentState
from academic.tables import results
from tenants.door import Transaction


async def approve(
    tx: Transaction, *, enrollment_id: int, reason: str | None = None, expected_version: int | None = None
) -> int:
    """Lets a requested enrollment in: a seat, or a place on the waitlist where none is free."""
    situation = await situation_of_enrollment(tx, enrollment_id, expected_version=expected_version)
    require_decider(situation)
    if situation.offering is not OfferingState.PUBLISHED:
        raise NotPossibleNow(f"the offering is {situation.offering}")
    return await carry_out(tx, situation, Action.APPROVE, reason=reason)


async def deny(
    tx: Transaction, *, enrollment_id: int, reason: str | None = None, expected_version: int | None = None
) -> int:
    """Refuses a requested or waiting enrollment."""
    situation = await situation_of_enrollment(tx, enrollment_id, expected_version=expected_version)
    require_decider(situation)
    return await carry_out(tx, situation, Action.DENY, reason=reason)


async def withdraw(
    tx: Transaction, *, enrollment_id: int, reason: str | None = None, expected_version: int | None = None
) -> int:
    """Ends one's own enrollment, or another's with the right to; the first who wait move up in the same transaction."""
    situation = await situation_of_enrollment(tx, enrollment_id, expected_version=expected_version)
    require_own_or_writer(tx, situation)
    return await carry_out(tx, situation, Action.WITHDRAW, reason=reason)


async def suspend(
    tx: Transaction, *, enrollment_id: int, reason: str | None = None, expected_version: int | None = None
) -> int:
    """Pauses an active enrollment, which keeps its seat."""
    situation = await situation_of_enrollment(tx, enrollment_id, expected_version=expected_version)
    require_writer(situation)
    return await carry_out(tx, situation, Action.SUSPEND, reason=reason)


async def resume(
    tx: Transaction, *, enrollment_id: int, reason: str | None = None, expected_version: int | None = None
) -> int:
    """Makes a suspended enrollment active again."""
    situation = await situation_of_enrollment(tx, enrollment_id, expected_version=expected_version)
    require_writer(situation)
    return await carry_out(tx, situation, Action.RESUME, reason=reason)


async def reinstate(
    tx: Transaction, *, enrollment_id: int, reason: str | None = None, expected_version: int | None = None
) -> int:
    """Undoes an ending. A completed enrollment becomes active and loses its result, since it has none yet."""
    situation = await situation_of_enrollment(tx, enrollment_id, expected_version=expected_version)
    require_writer(situation)
    if situation.enrolled.state is EnrollmentState.COMPLETED:
        await tx.connection.execute(
            delete(results).where(
                results.c.tenant_id == tx.tenant_id, results.c.enrollment_id == enrollment_id
            )
        )
    return await carry_out(tx, situation, Action.REINSTATE, reason=reason)
