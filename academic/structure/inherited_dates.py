"""The dates that hold for offerings and sections, computed again where what they inherit from has changed."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from academic.tables import academic_sessions, offerings, sections
from kernel.errors import InvalidInput
from kernel.outbox.tables import outbox
from tenants.door import Transaction


async def pass_on_dates(
    tx: Transaction, *, academic_session_id: int | None = None, offering_id: int | None = None
) -> None:
    """Makes the effective dates of a session's offerings and their sections (or of one offering's) true again.

    Each end by itself: the section's, else the offering's, else the session's, as `academic.model.dates` has it.
    """
    for table in (offerings, sections):
        stale = (await tx.connection.execute(_stale(tx, table, academic_session_id, offering_id))).all()
        for row in stale:
            if row.starts_on > row.ends_on:
                raise InvalidInput(
                    f"{table.name.removesuffix('s')} {row.code} would end on {row.ends_on}, "
                    f"before it starts on {row.starts_on}",
                    path=["input", "endsOn"],
                )
        if stale:
            await _write(tx, table, academic_session_id, offering_id)


def _effective(table: Table, name: str) -> ColumnElement[Any]:
    own = (sections.c[name],) if table is sections else ()
    return func.coalesce(*own, offerings.c[name], academic_sessions.c[name])


def _where(
    tx: Transaction, table: Table, session_id: int | None, offering_id: int | None
) -> list[ColumnElement[bool]]:
    where = [
        offerings.c.tenant_id == tx.tenant_id,
        academic_sessions.c.tenant_id == tx.tenant_id,
        academic_sessions.c.id == offerings.c.academic_session_id,
        or_(
            table.c.effective_starts_on != _effective(table, "starts_on"),
            table.c.effective_ends_on != _effective(table, "ends_on"),
        ),
    ]
    if table is sections:
        where += [sections.c.tenant_id == tx.tenant_id, sections.c.offering_id == offerings.c.id]
    if session_id is not None:
        where.append(offerings.c.academic_session_id == session_id)
    if offering_id is not None:
        where.append(offerings.c.id == offering_id)
    return where


def _stale(tx: Transaction, table: Table, session_id: int | None, offering_id: int | None) -> Select[Any]:
    """The rows whose effective dates are not what they inherit, locked in id order."""
    return (
        select(
            table.c.id,
            table.c.code,
            _effective(table, "starts_on").label("starts_on"),
            _effective(table, "ends_on").label("ends_on"),
        )
        .where(*_where(tx, table, session_id, offering_id))
        .order_by(table.c.id)
        .with_for_update(key_share=True, of=table)
    )


async def _write(tx: Transaction, table: Table, session_id: int | None, offering_id: int | None) -> None:
    """Writes them and tells the outbox, in one statement however many they are."""
    noun = table.name.removesuffix("s")
    moved = (
        update(table)
        .where(*_where(tx, table, session_id, offering_id))
        .values(
            effective_starts_on=_effective(table, "starts_on"),
            effective_ends_on=_effective(table, "ends_on"),
            updated_at=tx.now,
            version=table.c.version + 1,
        )
        .returning(table.c.id)
        .cte("moved")
    )
    names = ["tenant_id", "event", "object_type", "object_id", "payload"]
    rows = select(
        literal(tx.tenant_id),
        literal(f"{noun}.updated"),
        literal(noun),
        moved.c.id,
        literal_column("'{}'::jsonb"),
    ).order_by(moved.c.id)
    await tx.connection.execute(insert(outbox).from_select(names, rows))
