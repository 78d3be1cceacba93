"""Writes what was decided about enrollments: the rows, their steps, their sourcedIds, the outbox."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, not_, select, update
from sqlalchemy.dialects.postgresql import insert

from academic.oneroster.loading.batch import ARCHIVED, CREATED, ONEROSTER, UPDATED, Batch
from academic.oneroster.loading.enrollment_stage import ACTION, CHANGES, STAGE
from academic.oneroster.loading.objects import is_sourced
from academic.tables import enrollment_external_ids, enrollment_transitions, enrollments


async def write_enrollments(batch: Batch) -> None:
    """All of it; the caller holds the seat rows."""
    await _write_rows(batch)
    await _note(batch)
    await _write_external_ids(batch)
    events = dict.fromkeys(CHANGES, "enrollment.changed")
    await batch.announce(STAGE, "enrollment", events, _payload())


async def _write_rows(batch: Batch) -> None:
    s, e, now = STAGE.c, enrollments.c, batch.tx.now
    names = [
        *("tenant_id", "id", "offering_id", "user_id", "role", "state"),
        *("state_changed_at", "created_at", "updated_at"),
    ]
    rows = (
        select(
            literal(batch.tenant_id),
            s.id,
            s.offering_id,
            s.user_id,
            s.to_role,
            s.to_state,
            literal(now),
            literal(now),
            literal(now),
        )
        .where(s.change == CREATED)
        .order_by(s.place)
    )
    await batch.execute(insert(enrollments).from_select(names, rows))
    stays = e.state == s.to_state
    await batch.execute(
        update(enrollments)
        .where(e.tenant_id == batch.tenant_id, e.id == s.id, s.change.in_([UPDATED, ARCHIVED]))
        .values(
            state=s.to_state,
            role=s.to_role,
            waitlist_rank=case((stays, e.waitlist_rank)),
            offered_until=case((stays, e.offered_until)),
            state_changed_at=case((stays, e.state_changed_at), else_=now),
            updated_at=now,
            version=e.version + 1,
        )
    )


async def _note(batch: Batch) -> None:
    """Each step without an actor: it was the file."""
    s = STAGE.c
    names = ["tenant_id", "id", "enrollment_id", "from_state", "to_state", "action", "created_at"]
    rows = (
        select(
            literal(batch.tenant_id),
            s.transition_id,
            s.id,
            s.from_state,
            s.to_state,
            literal(ACTION),
            literal(batch.tx.now),
        )
        .where(s.change.in_(CHANGES))
        .order_by(s.place)
    )
    await batch.execute(insert(enrollment_transitions).from_select(names, rows))


async def _write_external_ids(batch: Batch) -> None:
    """An enrollment is known by the sourcedId of the row that was kept, and by no earlier one."""
    s, x = STAGE.c, enrollment_external_ids.c
    is_named = and_(s.change.in_([CREATED, UPDATED, ARCHIVED]), not_(s.ends))
    await batch.execute(
        delete(enrollment_external_ids).where(
            is_sourced(batch, enrollment_external_ids),
            x.enrollment_id == s.id,
            x.value != s.sourced_id,
            is_named,
        )
    )
    rows = select(literal(batch.tenant_id), s.id, literal(ONEROSTER), s.sourced_id).where(is_named)
    written = insert(enrollment_external_ids).from_select(
        ["tenant_id", "enrollment_id", "type", "value"], rows
    )
    await batch.execute(
        written.on_conflict_do_update(
            index_elements=["tenant_id", "type", "value"],
            set_={"enrollment_id": written.excluded.enrollment_id},
        )
    )


def _payload() -> ColumnElement[Any]:
    s = STAGE.c
    return func.jsonb_build_object(
        *("offering_id", s.offering_id, "user_id", s.user_id),
        *("from_state", s.from_state, "to_state", s.to_state, "action", ACTION),
    )
