"""Courses: what is taught, apart from when and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import FromClause, delete, insert, select

from academic.attached import Attributes, ExternalIds, Kind, attach, change
from academic.changing import (
    StillInUse,
    choice,
    code,
    of_input,
    optional_texts,
    referred,
    require_in_use,
    require_on,
    stored,
    texts,
)
from academic.entities.catalogue import COURSE
from academic.model.catalogue import Credit, delivery_modes, eqf_level, isced_f
from academic.records import credit_records
from academic.tables import (
    VISIBILITIES,
    course_attributes,
    course_external_ids,
    course_languages,
    courses,
    offerings,
)
from kernel.errors import InvalidInput
from kernel.languages import choose_language, language_tag
from kernel.unset import UNSET, Unset
from tenants.authority import require_for_unit
from tenants.changing import locked, taken_values, write_changes
from tenants.door import Transaction
from tenants.model import Permission
from tenants.tables import org_units

LONGEST_DESCRIPTION = 50_000

_TAKEN = {"courses_tenant_id_code_key": ("another course has this code", ["input", "code"])}
_KIND = Kind("course", courses, course_external_ids, course_attributes)


@dataclass(frozen=True, slots=True)
class NewCourse:
    """A course of an org unit."""

    org_unit_id: int
    code: str
    title: Mapping[str, str]
    description: Mapping[str, str] | None = None
    credits: Sequence[Credit] = ()
    teaching_languages: Sequence[str] = ()
    delivery_modes: Sequence[str] = ()
    eqf_level: int | None = None
    isced_f: str | None = None
    visibility: str = "tenant"
    external_ids: ExternalIds = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CourseChanges:
    """What becomes different; lists are replaced as a whole."""

    org_unit_id: int | Unset = UNSET
    code: str | Unset = UNSET
    title: Mapping[str, str] | Unset = UNSET
    description: Mapping[str, str] | Unset | None = UNSET
    credits: Sequence[Credit] | Unset = UNSET
    teaching_languages: Sequence[str] | Unset = UNSET
    delivery_modes: Sequence[str] | Unset = UNSET
    eqf_level: int | Unset | None = UNSET
    isced_f: str | Unset | None = UNSET
    visibility: str | Unset = UNSET
    external_ids: ExternalIds | Unset = UNSET
    attributes: Attributes = field(default_factory=dict)


async def create_course(tx: Transaction, *, course: NewCourse) -> int:
    """Adds a course to the catalogue of its org unit."""
    await require_for_unit(
        tx, Permission.WRITE_CATALOG, course.org_unit_id, "change courses of that org unit"
    )
    values = _checked(tx, course)
    await referred(tx, org_units, course.org_unit_id, path=["input", "orgUnitId"])
    course_id = tx.new_id()
    with taken_values(_TAKEN):
        await tx.connection.execute(
            insert(courses).values(
                tenant_id=tx.tenant_id, id=course_id, created_at=tx.now, updated_at=tx.now, **stored(values)
            )
        )
    await _write_languages(tx, course_id, values["teaching_languages"])
    await attach(
        tx, _KIND, course_id, external_ids=course.external_ids or UNSET, attributes=course.attributes
    )
    await tx.announce("course.created", "course", course_id)
    return course_id


async def update_course(
    tx: Transaction, *, course_id: int, changes: CourseChanges, expected_version: int | None = None
) -> int:
    """Changes a course; moving it takes the right in the new org unit too."""
    await require_on(tx, Permission.WRITE_CATALOG, COURSE, course_id, unit_of_course)
    values = _checked(tx, changes)
    row = await locked(tx, courses, course_id, what="course", expected_version=expected_version)
    require_in_use(row, "course")
    if changes.org_unit_id is not UNSET and changes.org_unit_id != row["org_unit_id"]:
        await require_for_unit(
            tx, Permission.WRITE_CATALOG, changes.org_unit_id, "move courses to that org unit"
        )
        await referred(tx, org_units, changes.org_unit_id, path=["input", "orgUnitId"])
    with taken_values(_TAKEN):
        changed = await change(
            tx, _KIND, row, values, external_ids=changes.external_ids, attributes=changes.attributes
        )
    if changes.teaching_languages is not UNSET:
        await _write_languages(tx, course_id, values["teaching_languages"])
    if changed:
        names = sorted(name for name, value in values.items() if value is not UNSET and value != row[name])
        shown = {"was_shown": row["visibility"] != "private"} if "visibility" in names else {}
        await tx.announce("course.updated", "course", course_id, changed=names, **shown)
    return course_id


async def archive_course(tx: Transaction, *, course_id: int, expected_version: int | None = None) -> int:
    """Retires a course that has no draft or published offering."""
    await require_on(tx, Permission.WRITE_CATALOG, COURSE, course_id, unit_of_course)
    row = await locked(tx, courses, course_id, what="course", expected_version=expected_version)
    living = select(offerings.c.id).where(
        offerings.c.tenant_id == tx.tenant_id,
        offerings.c.course_id == course_id,
        offerings.c.state.in_(["draft", "published"]),
    )
    if (await tx.connection.execute(living.limit(1))).first() is not None:
        raise StillInUse("the course still has draft or published offerings")
    if await write_changes(tx, courses, row, {"status": "archived"}):
        await tx.announce("course.archived", "course", course_id)
    return course_id


def teaching_languages(values: Sequence[str]) -> list[str]:
    """Canonical tags, each once, in the order given."""
    with of_input():
        try:
            return list(dict.fromkeys(language_tag(value) for value in values))
        except InvalidInput as error:
            raise InvalidInput(error.message, path="teachingLanguages") from error


def delivery(values: Sequence[str]) -> list[str]:
    """Modes of delivery, each once."""
    with of_input():
        return [str(mode) for mode in delivery_modes(list(values))]


def _checked(tx: Transaction, given: NewCourse | CourseChanges) -> dict[str, Any]:
    """The columns, of those members that were given, in their canonical form."""
    values: dict[str, Any] = {"org_unit_id": given.org_unit_id}
    if given.code is not UNSET:
        values["code"] = code(given.code)
    if given.title is not UNSET:
        values["title"] = texts(given.title, "title")
        values["sort_title"] = _sort_title(tx, values["title"])
    if given.description is not UNSET:
        values["description"] = optional_texts(given.description, "description", longest=LONGEST_DESCRIPTION)
    if given.credits is not UNSET:
        values["credits"] = credit_records(given.credits)
    if given.teaching_languages is not UNSET:
        values["teaching_languages"] = teaching_languages(given.teaching_languages)
    if given.delivery_modes is not UNSET:
        values["delivery_modes"] = delivery(given.delivery_modes)
    if given.visibility is not UNSET:
        values["visibility"] = choice(given.visibility, VISIBILITIES, "visibility")
    with of_input():
        for name, rule in (("eqf_level", eqf_level), ("isced_f", isced_f)):
            value = getattr(given, name)
            if value is not UNSET:
                values[name] = None if value is None else rule(value)
    return {name: value for name, value in values.items() if value is not UNSET}


def _sort_title(tx: Transaction, title: Mapping[str, str]) -> str:
    """The title in the tenant's default language, else the first that was given."""
    return title[choose_language(list(title), tx.tenant.languages[:1])]


async def _write_languages(tx: Transaction, course_id: int, languages: Sequence[str]) -> None:
    table = course_languages
    await tx.connection.execute(
        delete(table).where(table.c.tenant_id == tx.tenant_id, table.c.course_id == course_id)
    )
    if languages:
        rows = [{"tenant_id": tx.tenant_id, "course_id": course_id, "language": tag} for tag in languages]
        await tx.connection.execute(insert(table).values(rows))


def unit_of_course(row: FromClause) -> Any:
    return row.c["org_unit_id"]
