"""Sections: the groups of an offering, with dates and places of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, insert, select

from academic.attached import ExternalIds, Kind, attach, change
from academic.changing import StillInUse, code, of_input, optional_texts, require_in_use, require_on, stored
from academic.courses.offerings import checked_capacity, unit_of_offering
from academic.enrollments.situations import lock_seats
from academic.entities.catalogue import OFFERING, SECTION
from academic.model.dates import DateSpan, effective_dates
from academic.model.states import HOLDS_SEAT
from academic.tables import academic_sessions, enrollments, offerings, section_external_ids, sections
from kernel.entities import TENANT
from kernel.unset import UNSET, Unset
from tenants.changing import locked, taken_values, write_changes
from tenants.door import Transaction
from tenants.model import NotFound, Permission

_TAKEN = {
    "sections_tenant_id_offering_id_code_key": (
        "another section of this offering has this code",
        ["input", "code"],
    )
}
_KIND = Kind("section", sections, section_external_ids)


@dataclass(frozen=True, slots=True)
class NewSection:
    """A section; without a title it is called as its offering, without dates it follows it."""

    offering_id: int
    code: str
    title: Mapping[str, str] | None = None
    capacity: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    external_ids: ExternalIds = ()


@dataclass(frozen=True, slots=True)
class SectionChanges:
    """What becomes different. A capacity below the places taken throws nobody out."""

    code: str | Unset = UNSET
    title: Mapping[str, str] | Unset | None = UNSET
    capacity: int | Unset | None = UNSET
    starts_on: date | Unset | None = UNSET
    ends_on: date | Unset | None = UNSET
    external_ids: ExternalIds | Unset = UNSET


async def create_section(tx: Transaction, *, section: NewSection) -> int:
    """Adds a section to an offering that is not archived."""
    await require_on(tx, Permission.WRITE_CATALOG, OFFERING, section.offering_id, unit_of_offering)
    values = _checked(section)
    offering = await locked(tx, offerings, section.offering_id, what="offering")
    require_in_use(offering, "offering")
    span = await _effective(tx, offering, DateSpan(section.starts_on, section.ends_on))
    section_id = tx.new_id()
    with taken_values(_TAKEN):
        await tx.connection.execute(
            insert(sections).values(
                tenant_id=tx.tenant_id,
                id=section_id,
                offering_id=section.offering_id,
                created_at=tx.now,
                updated_at=tx.now,
                **stored(values),
                **span,
            )
        )
    await attach(tx, _KIND, section_id, external_ids=section.external_ids or UNSET)
    await tx.announce("section.created", "section", section_id, offering_id=section.offering_id)
    return section_id


async def update_section(
    tx: Transaction, *, section_id: int, changes: SectionChanges, expected_version: int | None = None
) -> int:
    """Changes a section."""
    await require_on(tx, Permission.WRITE_CATALOG, SECTION, section_id, _unit_of_section)
    values = _checked(changes)
    offering = await _lock_offering(tx, section_id)
    row = await locked(tx, sections, section_id, what="section", expected_version=expected_version)
    require_in_use(offering, "offering")
    require_in_use(row, "section")
    own = DateSpan(values.get("starts_on", row["starts_on"]), values.get("ends_on", row["ends_on"]))
    values |= await _effective(tx, offering, own)
    with taken_values(_TAKEN):
        changed = await change(tx, _KIND, row, values, external_ids=changes.external_ids)
    if changed:
        await tx.announce("section.updated", "section", section_id, offering_id=row["offering_id"])
    return section_id


async def archive_section(tx: Transaction, *, section_id: int, expected_version: int | None = None) -> int:
    """Retires a section in which nobody holds a place."""
    await require_on(tx, Permission.WRITE_CATALOG, SECTION, section_id, _unit_of_section)
    await _lock_offering(tx, section_id)
    row = await locked(tx, sections, section_id, what="section", expected_version=expected_version)
    held = select(enrollments.c.id).where(
        enrollments.c.tenant_id == tx.tenant_id,
        enrollments.c.section_id == section_id,
        enrollments.c.state.in_(sorted(HOLDS_SEAT)),
    )
    if (await tx.connection.execute(held.limit(1))).first() is not None:
        raise StillInUse("people are still enrolled in the section")
    if await write_changes(tx, sections, row, {"status": "archived"}):
        await tx.announce("section.archived", "section", section_id, offering_id=row["offering_id"])
    return section_id


async def _lock_offering(tx: Transaction, section_id: int) -> RowMapping:
    """The section's offering, after its seat row: nobody takes a place meanwhile."""
    query = select(sections.c.offering_id).where(
        sections.c.tenant_id == tx.tenant_id, sections.c.id == section_id
    )
    offering_id = (await tx.connection.execute(query)).scalar_one_or_none()
    if offering_id is None:
        raise NotFound("there is no such section")
    await lock_seats(tx, offering_id)
    return await locked(tx, offerings, offering_id, what="offering")


async def _effective(tx: Transaction, offering: RowMapping, own: DateSpan) -> dict[str, Any]:
    term = select(academic_sessions.c.starts_on, academic_sessions.c.ends_on).where(
        academic_sessions.c.tenant_id == tx.tenant_id,
        academic_sessions.c.id == offering["academic_session_id"],
    )
    starts_on, ends_on = (await tx.connection.execute(term)).one()
    with of_input():
        span = effective_dates(
            own, DateSpan(offering["starts_on"], offering["ends_on"]), DateSpan(starts_on, ends_on)
        )
    return {"effective_starts_on": span.starts_on, "effective_ends_on": span.ends_on}


def _checked(given: NewSection | SectionChanges) -> dict[str, Any]:
    values: dict[str, Any] = {"starts_on": given.starts_on, "ends_on": given.ends_on}
    if given.code is not UNSET:
        values["code"] = code(given.code)
    if given.title is not UNSET:
        values["title"] = optional_texts(given.title, "title")
    if given.capacity is not UNSET:
        values["capacity"] = checked_capacity(given.capacity, "capacity")
    return {name: value for name, value in values.items() if value is not UNSET}


def _unit_of_section(row: FromClause) -> ColumnElement[Any]:
    offering = offerings.alias()
    return (
        select(unit_of_offering(offering))
        .where(offering.c.tenant_id == TENANT, offering.c.id == row.c["offering_id"])
        .correlate_except(offering)
        .scalar_subquery()
    )
