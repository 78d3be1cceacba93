"""Writes what was decided: enrollments, their transitions, the seat row and the outbox, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    Select,
    Text,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import CTE

from academic.model.seats import Seats
from academic.model.states import Action, EnrollmentRole, EnrollmentState
from academic.tables import enrollment_transitions, enrollments, offering_seats
from kernel.database.compiled import Compiled
from kernel.errors import InvalidInput
from kernel.outbox.tables import outbox
from tenants.door import Transaction

LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """One enrollment's step; `before` None makes the row."""

    enrollment_id: int
    user_id: int
    role: EnrollmentRole
    section_id: int | None
    before: EnrollmentState | None
    after: EnrollmentState
    action: Action
    waitlist_rank: int | None = None
    offered_until: datetime | None = None
    actor_id: int | None = None
    on_behalf_of_id: int | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        reason = self.reason
        if reason is not None and (not reason.strip() or len(reason) > LONGEST_REASON or "\0" in reason):
            raise InvalidInput(
                f"a reason has 1 to {LONGEST_REASON} characters and no U+0000", path=["input", "reason"]
            )


async def write(
    tx: Transaction, *, offering_id: int, changes: Sequence[Change], before: Seats, after: Seats
) -> None:
    """Writes the changes of one offering, whose seat row the caller holds locked.

    The outbox rows are part of the same statement (`tx.announce` would cost a round trip each): one
    `enrollment.changed` per change in their order, then `offering.seats_changed` where the counts moved.
    """
    await _statement(before != after).rows(
        tx.driver,
        in_tenant=tx.tenant_id,
        in_offering=offering_id,
        now=tx.now,
        changes=orjson.dumps([_record(tx, change) for change in changes]).decode(),
        new_capacity=after.capacity,
        new_waitlist_capacity=after.waitlist_capacity,
        new_taken=after.taken,
        new_waitlisted=after.waitlisted,
        new_next_waitlist_rank=after.next_waitlist_rank,
        was_capacity=before.capacity,
        was_taken=before.taken,
    )


def _record(tx: Transaction, change: Change) -> dict[str, Any]:
    return {
        "transition_id": tx.new_id(),
        "enrollment_id": change.enrollment_id,
        "user_id": change.user_id,
        "role": change.role,
        "section_id": change.section_id,
        "from_state": change.before,
        "to_state": change.after,
        "action": change.action,
        "waitlist_rank": change.waitlist_rank,
        "offered_until": change.offered_until and change.offered_until.isoformat(),
        "actor_id": change.actor_id,
        "on_behalf_of_id": change.on_behalf_of_id,
        "reason": change.reason,
    }


# No parameter is named like a column: SQLAlchemy would take it for a value to set.
_TENANT = bindparam("in_tenant", type_=BigInteger)
_OFFERING = bindparam("in_offering", type_=BigInteger)
_NOW = bindparam("now", type_=DateTime(timezone=True))


@cache
def _statement(seats_change: bool) -> Compiled:
    change = _changes()
    told: Any = select(*_event(change)).order_by(change.c.transition_id)
    steps = [_entered(change), _moved(change), _noted(change)]
    if seats_change:
        steps.append(_seated())
        told = select(told.subquery("told")).union_all(select(*_seats_event()))
    names = ["tenant_id", "event", "object_type", "object_id", "payload"]
    return Compiled(insert(outbox).from_select(names, told).add_cte(*steps))


def _changes() -> CTE:
    columns = (
        column("transition_id", BigInteger),
        column("enrollment_id", BigInteger),
        column("user_id", BigInteger),
        column("role", Text),
        column("section_id", BigInteger),
        column("from_state", Text),
        column("to_state", Text),
        column("action", Text),
        column("waitlist_rank", BigInteger),
        column("offered_until", DateTime(timezone=True)),
        column("actor_id", BigInteger),
        column("on_behalf_of_id", BigInteger),
        column("reason", Text),
    )
    given = func.jsonb_to_recordset(bindparam("changes", type_=JSONB)).table_valued(*columns)
    return select(given.render_derived(name="given", with_types=True)).cte("change")


def _entered(change: CTE) -> CTE:
    names = [
        *("tenant_id", "id", "offering_id", "user_id", "section_id", "role", "state"),
        *("waitlist_rank", "offered_until", "state_changed_at", "created_at", "updated_at"),
    ]
    rows: Select[Any] = select(
        _TENANT,
        change.c.enrollment_id,
        _OFFERING,
        change.c.user_id,
        change.c.section_id,
        change.c.role,
        change.c.to_state,
        change.c.waitlist_rank,
        change.c.offered_until,
        _NOW,
        _NOW,
        _NOW,
    ).where(change.c.from_state.is_(None))
    return insert(enrollments).from_select(names, rows).cte("entered")


def _moved(change: CTE) -> CTE:
    return (
        update(enrollments)
        .where(
            enrollments.c.tenant_id == _TENANT,
            enrollments.c.offering_id == _OFFERING,
            enrollments.c.id == change.c.enrollment_id,
            change.c.from_state.is_not(None),
        )
        .values(
            role=change.c.role,
            section_id=change.c.section_id,
            state=change.c.to_state,
            waitlist_rank=change.c.waitlist_rank,
            offered_until=change.c.offered_until,
            state_changed_at=_NOW,
            updated_at=_NOW,
            version=enrollments.c.version + literal_column("1"),
        )
        .cte("moved")
    )


def _noted(change: CTE) -> CTE:
    names = [
        *("tenant_id", "id", "enrollment_id", "from_state", "to_state", "action"),
        *("actor_id", "on_behalf_of_id", "reason", "created_at"),
    ]
    rows: Select[Any] = select(
        _TENANT,
        change.c.transition_id,
        change.c.enrollment_id,
        change.c.from_state,
        change.c.to_state,
        change.c.action,
        change.c.actor_id,
        change.c.on_behalf_of_id,
        change.c.reason,
        _NOW,
    )
    return insert(enrollment_transitions).from_select(names, rows).cte("noted")


def _seated() -> CTE:
    return (
        update(offering_seats)
        .where(offering_seats.c.tenant_id == _TENANT, offering_seats.c.offering_id == _OFFERING)
        .values(
            capacity=bindparam("new_capacity", type_=Integer),
            waitlist_capacity=bindparam("new_waitlist_capacity", type_=Integer),
            taken=bindparam("new_taken", type_=Integer),
            waitlisted=bindparam("new_waitlisted", type_=Integer),
            next_waitlist_rank=bindparam("new_next_waitlist_rank", type_=BigInteger),
        )
        .cte("seated")
    )


def _event(change: CTE) -> Any:
    payload = func.jsonb_build_object(
        literal_column("'offering_id'"),
        _OFFERING,
        literal_column("'user_id'"),
        change.c.user_id,
        literal_column("'from_state'"),
        change.c.from_state,
        literal_column("'to_state'"),
        change.c.to_state,
        literal_column("'action'"),
        change.c.action,
    )
    return (
        _TENANT.label("tenant_id"),
        literal_column("'enrollment.changed'").label("event"),
        literal_column("'enrollment'").label("object_type"),
        change.c.enrollment_id.label("object_id"),
        payload.label("payload"),
    )


def _seats_event() -> Any:
    payload = func.jsonb_build_object(
        literal_column("'capacity'"),
        bindparam("new_capacity", type_=Integer),
        literal_column("'taken'"),
        bindparam("new_taken", type_=Integer),
        literal_column("'waitlisted'"),
        bindparam("new_waitlisted", type_=Integer),
        literal_column("'was'"),
        func.jsonb_build_object(
            literal_column("'capacity'"),
            bindparam("was_capacity", type_=Integer),
            literal_column("'taken'"),
            bindparam("was_taken", type_=Integer),
        ),
    )
    return (
        _TENANT.label("tenant_id"),
        literal_column("'offering.seats_changed'").label("event"),
        literal_column("'offering'").label("object_type"),
        _OFFERING.label("object_id"),
        payload.label("payload"),
    )
