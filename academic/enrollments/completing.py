"""Finishing: the one result of an enrollment, recorded with its completion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from academic.enrollments.rights import require_recorder
from academic.enrollments.situations import situation_of_enrollment
from academic.enrollments.steps import carry_out
from academic.model.catalogue import Credit
from academic.model.states import Action
from academic.records import credit_records
from academic.tables import results
from kernel.errors import InvalidInput
from tenants.door import Transaction

_LONGEST = 64


@dataclass(frozen=True, slots=True)
class NewResult:
    """A final result in some scheme ("de-1-5", "pass-fail"), and the credits that were earned."""

    scheme: str
    value: str
    is_passed: bool
    credits: Sequence[Credit] = ()


async def complete(
    tx: Transaction,
    *,
    enrollment_id: int,
    result: NewResult | None = None,
    reason: str | None = None,
    expected_version: int | None = None,
) -> int:
    """Ends an active enrollment as completed, with its result where it has one."""
    values = None if result is None else _checked(result)
    situation = await situation_of_enrollment(tx, enrollment_id, expected_version=expected_version)
    require_recorder(situation)
    await carry_out(tx, situation, Action.COMPLETE, reason=reason)
    if values is not None:
        await tx.connection.execute(
            insert(results).values(
                tenant_id=tx.tenant_id,
                enrollment_id=enrollment_id,
                recorded_by_id=tx.principal.user_id,
                recorded_at=tx.now,
                **values,
            )
        )
    return enrollment_id


def _checked(result: NewResult) -> dict[str, Any]:
    for name, text in (("scheme", result.scheme), ("value", result.value)):
        if not 1 <= len(text) <= _LONGEST or not text.isprintable():
            raise InvalidInput(
                f"a result's {name} has 1 to {_LONGEST} printable characters", path=["input", "result", name]
            )
    return {
        "scheme": result.scheme,
        "value": result.value,
        "is_passed": result.is_passed,
        "credits": credit_records(result.credits),
    }
