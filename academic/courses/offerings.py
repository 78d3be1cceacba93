"""Offerings: a course in a term, with its dates, place, enrollment windows and seats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, delete, insert, select

from academic.attached import Attributes, ExternalIds, Kind, attach, change
from academic.changing import (
    choice,
    code,
    of_input,
    optional_texts,
    referred,
    require_in_use,
    require_on,
    stored,
)
from academic.courses.courses import LONGEST_DESCRIPTION, delivery, teaching_languages, unit_of_course
from academic.entities.catalogue import COURSE, OFFERING
from academic.model.catalogue import Point
from academic.model.dates import DateSpan, effective_dates
from academic.model.windows import EnrollmentWindow
from academic.structure.inherited_dates import pass_on_dates
from academic.tables import (
    AUDIENCES,
    VISIBILITIES,
    academic_sessions,
    courses,
    enrollment_windows,
    offering_attributes,
    offering_external_ids,
    offering_seats,
    offerings,
)
from kernel.entities import TENANT
from kernel.errors import InvalidInput
from kernel.unset import UNSET, Unset
from tenants.changing import locked, taken_values, touch
from tenants.door import Transaction
from tenants.model import Permission

_TAKEN = {
    "offerings_tenant_id_academic_session_id_code_key": (
        "another offering of this term has this code",
        ["input", "code"],
    )
}
_KIND = Kind("offering", offerings, offering_external_ids, offering_attributes)


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happens."""

    name: str | None = None
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class NewOffering:
    """An offering; what is None is the course's (texts, languages, delivery) or the term's (dates)."""

    course_id: int
    academic_session_id: int
    code: str
    title: Mapping[str, str] | None = None
    description: Mapping[str, str] | None = None
    teaching_languages: Sequence[str] | None = None
    delivery_modes: Sequence[str] | None = None
    visibility: str = "tenant"
    approval_required: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    place: Place = Place()
    capacity: int | None = None
    waitlist_capacity: int | None = None
    windows: Sequence[EnrollmentWindow] = ()
    external_ids: ExternalIds = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfferingChanges:
    """What becomes different; windows and lists are replaced as a whole. Capacity has an operation of its own."""

    code: str | Unset = UNSET
    title: Mapping[str, str] | Unset | None = UNSET
    description: Mapping[str, str] | Unset | None = UNSET
    teaching_languages: Sequence[str] | Unset = UNSET
    delivery_modes: Sequence[str] | Unset = UNSET
    visibility: str | Unset = UNSET
    approval_required: bool | Unset = UNSET
    starts_on: date | Unset | None = UNSET
    ends_on: date | Unset | None = UNSET
    place: Place | Unset = UNSET
    windows: Sequence[EnrollmentWindow] | Unset = UNSET
    external_ids: ExternalIds | Unset = UNSET
    attributes: Attributes = field(default_factory=dict)


async def create_offering(tx: Transaction, *, offering: NewOffering) -> int:
    """Adds a draft offering with its seats; students see it once it is published."""
    course = await _course(tx, offering.course_id)
    values = _checked(offering)
    term = await referred(
        tx, academic_sessions, offering.academic_session_id, path=["input", "academicSessionId"]
    )
    for name in ("teaching_languages", "delivery_modes"):
        values[name] = values.get(name, course[name])
    with of_input():
        holds = effective_dates(
            None,
            DateSpan(offering.starts_on, offering.ends_on),
            DateSpan(term["starts_on"], term["ends_on"]),
        )
    offering_id = tx.new_id()
    with taken_values(_TAKEN):
        await tx.connection.execute(
            insert(offerings).values(
                tenant_id=tx.tenant_id,
                id=offering_id,
                course_id=offering.course_id,
                academic_session_id=offering.academic_session_id,
                effective_starts_on=holds.starts_on,
                effective_ends_on=holds.ends_on,
                created_at=tx.now,
                updated_at=tx.now,
                **stored(values),
            )
        )
    await tx.connection.execute(
        insert(offering_seats).values(
            tenant_id=tx.tenant_id,
            offering_id=offering_id,
            capacity=checked_capacity(offering.capacity, "capacity"),
            waitlist_capacity=checked_capacity(offering.waitlist_capacity, "waitlistCapacity"),
        )
    )
    if offering.windows:
        await _write_windows(tx, offering_id, offering.windows)
    await attach(
        tx, _KIND, offering_id, external_ids=offering.external_ids or UNSET, attributes=offering.attributes
    )
    await tx.announce("offering.created", "offering", offering_id, course_id=offering.course_id)
    return offering_id


async def update_offering(
    tx: Transaction, *, offering_id: int, changes: OfferingChanges, expected_version: int | None = None
) -> int:
    """Changes an offering; new dates reach the sections that have none of their own."""
    await require_on(tx, Permission.WRITE_CATALOG, OFFERING, offering_id, unit_of_offering)
    values = _checked(changes)
    if changes.starts_on is not UNSET or changes.ends_on is not UNSET:
        await _hold_term(tx, offering_id)
    row = await locked(tx, offerings, offering_id, what="offering", expected_version=expected_version)
    require_in_use(row, "offering")
    own = DateSpan(values.get("starts_on", row["starts_on"]), values.get("ends_on", row["ends_on"]))
    if not own.is_ordered:
        raise InvalidInput("an offering ends on or after its first day", path=["input", "endsOn"])
    with taken_values(_TAKEN):
        changed = await change(
            tx, _KIND, row, values, external_ids=changes.external_ids, attributes=changes.attributes
        )
    if changes.starts_on is not UNSET or changes.ends_on is not UNSET:
        await pass_on_dates(tx, offering_id=offering_id)
    if changes.windows is not UNSET:
        await _write_windows(tx, offering_id, changes.windows)
        if not changed:
            await touch(tx, offerings, offering_id)
        changed = True
    if changed:
        names = sorted(name for name, value in values.items() if value is not UNSET and value != row[name])
        shown = {"was_shown": is_shown(row)} if "visibility" in names else {}
        await tx.announce(
            "offering.updated", "offering", offering_id, changed=names, by=tx.principal.user_id, **shown
        )
    return offering_id


async def _hold_term(tx: Transaction, offering_id: int) -> None:
    """Keeps the term's dates as they are until the end; always before the offering's own row, as changing them is."""
    term_id = select(offerings.c.academic_session_id).where(
        offerings.c.tenant_id == tx.tenant_id, offerings.c.id == offering_id
    )
    query = select(academic_sessions.c.id).where(
        academic_sessions.c.tenant_id == tx.tenant_id, academic_sessions.c.id == term_id.scalar_subquery()
    )
    await tx.connection.execute(query.with_for_update(read=True))


def unit_of_offering(row: FromClause) -> ColumnElement[Any]:
    """The org unit of the offering's course, for a row of offerings."""
    course = courses.alias()
    return (
        select(course.c.org_unit_id)
        .where(course.c.tenant_id == TENANT, course.c.id == row.c["course_id"])
        .correlate_except(course)
        .scalar_subquery()
    )


def is_shown(row: RowMapping) -> bool:
    """Whether others than those who keep the catalogue may choose it."""
    return bool(row["state"] == "published" and row["visibility"] != "private")


def checked_capacity(value: int | None, member: str) -> int | None:
    """A number of places, or None for no limit."""
    if value is not None and not 0 <= value <= 1_000_000:
        raise InvalidInput("a capacity lies between 0 and 1000000", path=["input", member])
    return value


async def _course(tx: Transaction, course_id: int) -> Any:
    """The active course, which the caller may make offerings of; hidden ones do not exist for those who may not."""
    await require_on(tx, Permission.WRITE_CATALOG, COURSE, course_id, unit_of_course)
    return await referred(tx, courses, course_id, path=["input", "courseId"])


def _checked(given: NewOffering | OfferingChanges) -> dict[str, Any]:
    """The columns, of those members that were given, in their canonical form."""
    values: dict[str, Any] = {
        "approval_required": given.approval_required,
        "starts_on": given.starts_on,
        "ends_on": given.ends_on,
    }
    if given.code is not UNSET:
        values["code"] = code(given.code)
    if given.title is not UNSET:
        values["title"] = optional_texts(given.title, "title")
    if given.description is not UNSET:
        values["description"] = optional_texts(given.description, "description", longest=LONGEST_DESCRIPTION)
    if given.teaching_languages not in (UNSET, None):
        values["teaching_languages"] = teaching_languages(given.teaching_languages)
    if given.delivery_modes not in (UNSET, None):
        values["delivery_modes"] = delivery(given.delivery_modes)
    if given.visibility is not UNSET:
        values["visibility"] = choice(given.visibility, VISIBILITIES, "visibility")
    if given.place is not UNSET:
        values |= _place(given.place)
    return {name: value for name, value in values.items() if value is not UNSET}


def _place(place: Place) -> dict[str, Any]:
    if place.name is not None and (not place.name.strip() or len(place.name) > 300 or "\0" in place.name):
        raise InvalidInput("a place's name has 1 to 300 characters", path=["input", "place", "name"])
    return {
        "place_name": place.name,
        "latitude": place.point.latitude if place.point else None,
        "longitude": place.point.longitude if place.point else None,
    }


async def _write_windows(tx: Transaction, offering_id: int, windows: Sequence[EnrollmentWindow]) -> None:
    table = enrollment_windows
    audiences = [choice(window.audience, AUDIENCES, "enrollmentWindows") for window in windows]
    if len(set(audiences)) != len(audiences):
        raise InvalidInput("an audience has one enrollment window", path=["input", "enrollmentWindows"])
    await tx.connection.execute(
        delete(table).where(table.c.tenant_id == tx.tenant_id, table.c.offering_id == offering_id)
    )
    if windows:
        rows = [
            {
                "tenant_id": tx.tenant_id,
                "id": tx.new_id(),
                "offering_id": offering_id,
                "audience": window.audience,
                "opens_at": window.opens_at,
                "closes_at": window.closes_at,
            }
            for window in windows
        ]
        await tx.connection.execute(insert(table).values(rows))
