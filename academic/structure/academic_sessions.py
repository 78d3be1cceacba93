"""Academic sessions: years, semesters and terms, each inside its parent's dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, or_, select

from academic.attached import ExternalIds, Kind, attach, change
from academic.changing import StillInUse, choice, code, referred, require_in_use, texts
from academic.model.dates import DateSpan
from academic.structure.inherited_dates import pass_on_dates
from academic.tables import SESSION_KINDS, academic_session_external_ids, academic_sessions, offerings
from kernel.errors import InvalidInput
from kernel.unset import UNSET, Unset
from tenants.authority import require
from tenants.changing import alone, locked, taken_values, write_changes
from tenants.door import Transaction
from tenants.model import Permission

_TAKEN = {
    "academic_sessions_tenant_id_code_key": ("another academic session has this code", ["input", "code"])
}
_CALENDAR = "academic_sessions"
_KIND = Kind("academic_session", academic_sessions, academic_session_external_ids)


@dataclass(frozen=True, slots=True)
class NewAcademicSession:
    """A session from its first to its last day; the teaching period lies within."""

    code: str
    title: Mapping[str, str]
    starts_on: date
    ends_on: date
    kind: str = "semester"
    parent_id: int | None = None
    teaching_starts_on: date | None = None
    teaching_ends_on: date | None = None
    external_ids: ExternalIds = ()


@dataclass(frozen=True, slots=True)
class AcademicSessionChanges:
    """What becomes different; new dates reach every offering and section that has none of its own."""

    code: str | Unset = UNSET
    title: Mapping[str, str] | Unset = UNSET
    starts_on: date | Unset = UNSET
    ends_on: date | Unset = UNSET
    kind: str | Unset = UNSET
    parent_id: int | Unset | None = UNSET
    teaching_starts_on: date | Unset | None = UNSET
    teaching_ends_on: date | Unset | None = UNSET
    external_ids: ExternalIds | Unset = UNSET


async def create_academic_session(tx: Transaction, *, academic_session: NewAcademicSession) -> int:
    """Adds a session to the calendar."""
    require(tx, Permission.WRITE_STRUCTURE, "change academic sessions")
    new = academic_session
    values = {
        "code": code(new.code),
        "title": texts(new.title, "title"),
        "kind": choice(new.kind, SESSION_KINDS, "kind"),
        "parent_id": new.parent_id,
        "starts_on": new.starts_on,
        "ends_on": new.ends_on,
        "teaching_starts_on": new.teaching_starts_on,
        "teaching_ends_on": new.teaching_ends_on,
    }
    _require_dates(values)
    await alone(tx, _CALENDAR)
    await _require_inside_parent(tx, None, values)
    session_id = tx.new_id()
    with taken_values(_TAKEN):
        await tx.connection.execute(
            insert(academic_sessions).values(
                tenant_id=tx.tenant_id, id=session_id, created_at=tx.now, updated_at=tx.now, **values
            )
        )
    await attach(tx, _KIND, session_id, external_ids=new.external_ids or UNSET)
    await tx.announce("academic_session.created", "academic_session", session_id)
    return session_id


async def update_academic_session(
    tx: Transaction,
    *,
    academic_session_id: int,
    changes: AcademicSessionChanges,
    expected_version: int | None = None,
) -> int:
    """Changes a session; sessions inside it must still fit, and inherited dates follow."""
    require(tx, Permission.WRITE_STRUCTURE, "change academic sessions")
    await alone(tx, _CALENDAR)
    row = await locked(
        tx, academic_sessions, academic_session_id, what="academic session", expected_version=expected_version
    )
    require_in_use(row, "academic session")
    values = {
        "code": code(changes.code) if changes.code is not UNSET else row["code"],
        "title": texts(changes.title, "title") if changes.title is not UNSET else row["title"],
        "kind": choice(changes.kind, SESSION_KINDS, "kind") if changes.kind is not UNSET else row["kind"],
        **{name: _given(getattr(changes, name), row[name]) for name in _STRUCTURE},
    }
    _require_dates(values)
    if any(values[name] != row[name] for name in _STRUCTURE):
        await _require_inside_parent(tx, academic_session_id, values)
        await _require_around_children(tx, academic_session_id, values)
    with taken_values(_TAKEN):
        changed = await change(tx, _KIND, row, values, external_ids=changes.external_ids)
    if (values["starts_on"], values["ends_on"]) != (row["starts_on"], row["ends_on"]):
        await pass_on_dates(tx, academic_session_id=academic_session_id)
    if changed:
        await tx.announce("academic_session.updated", "academic_session", academic_session_id)
    return academic_session_id


async def archive_academic_session(
    tx: Transaction, *, academic_session_id: int, expected_version: int | None = None
) -> int:
    """Retires a session that has no active session inside and no offering that is not archived."""
    require(tx, Permission.WRITE_STRUCTURE, "change academic sessions")
    await alone(tx, _CALENDAR)
    row = await locked(
        tx, academic_sessions, academic_session_id, what="academic session", expected_version=expected_version
    )
    for table, column, state in (
        (academic_sessions, "parent_id", "status"),
        (offerings, "academic_session_id", "state"),
    ):
        living = select(table.c.id).where(
            table.c.tenant_id == tx.tenant_id,
            table.c[column] == academic_session_id,
            table.c[state] != "archived",
        )
        if (await tx.connection.execute(living.limit(1))).first() is not None:
            raise StillInUse(
                f"the academic session still has {table.name.replace('_', ' ')} that are not archived"
            )
    if await write_changes(tx, academic_sessions, row, {"status": "archived"}):
        await tx.announce("academic_session.archived", "academic_session", academic_session_id)
    return academic_session_id


_STRUCTURE = ("parent_id", "starts_on", "ends_on", "teaching_starts_on", "teaching_ends_on")


def _given(value: Any, otherwise: Any) -> Any:
    return otherwise if value is UNSET else value


def _require_dates(values: Mapping[str, Any]) -> None:
    span = DateSpan(values["starts_on"], values["ends_on"])
    if not span.is_ordered:
        raise InvalidInput("an academic session ends on or after its first day", path=["input", "endsOn"])
    teaching = DateSpan(values["teaching_starts_on"], values["teaching_ends_on"])
    if not teaching.is_ordered:
        raise InvalidInput("teaching ends on or after its first day", path=["input", "teachingEndsOn"])
    for member, day in (("teachingStartsOn", teaching.starts_on), ("teachingEndsOn", teaching.ends_on)):
        if day is not None and not span.contains(day):
            raise InvalidInput("the teaching period lies within the academic session", path=["input", member])


async def _require_inside_parent(tx: Transaction, session_id: int | None, values: Mapping[str, Any]) -> None:
    parent_id = values["parent_id"]
    if parent_id is None:
        return
    parent = await referred(tx, academic_sessions, parent_id, path=["input", "parentId"])
    around = DateSpan(parent["starts_on"], parent["ends_on"])
    for member, day in (("startsOn", values["starts_on"]), ("endsOn", values["ends_on"])):
        if not around.contains(day):
            raise InvalidInput(
                f"{day} lies outside the session around it ({parent['starts_on']} to {parent['ends_on']})",
                path=["input", member],
            )
    if session_id is not None and session_id in await _chain(tx, parent_id):
        raise InvalidInput("an academic session cannot come inside itself", path=["input", "parentId"])


async def _chain(tx: Transaction, session_id: int) -> set[int]:
    """The session and everything around it."""
    table = academic_sessions
    chain = (
        select(table.c.id, table.c.parent_id)
        .where(table.c.tenant_id == tx.tenant_id, table.c.id == session_id)
        .cte("chain", recursive=True)
    )
    outer = select(table.c.id, table.c.parent_id).where(
        table.c.tenant_id == tx.tenant_id, table.c.id == chain.c.parent_id
    )
    query = select(chain.union(outer).c.id)
    return set((await tx.connection.execute(query)).scalars())


async def _require_around_children(tx: Transaction, session_id: int, values: Mapping[str, Any]) -> None:
    child = academic_sessions.c
    sticking_out = (
        select(child.code)
        .where(
            child.tenant_id == tx.tenant_id,
            child.parent_id == session_id,
            or_(child.starts_on < values["starts_on"], child.ends_on > values["ends_on"]),
        )
        .order_by(child.starts_on, child.id)
        .limit(1)
    )
    found = (await tx.connection.execute(sticking_out)).scalar_one_or_none()
    if found is not None:
        raise InvalidInput(f"session {found} would lie outside these dates", path=["input", "startsOn"])
