"""Mutations of org units, terms, courses, offerings and sections."""

from datetime import date
from typing import Any

import strawberry

from academic.courses.courses import CourseChanges, NewCourse, archive_course, create_course, update_course
from academic.courses.lifecycle import archive_offering, cancel_offering, change_capacity, publish_offering
from academic.courses.offerings import (
    NewOffering,
    OfferingChanges,
    Place,
    create_offering,
    update_offering,
)
from academic.courses.sections import (
    NewSection,
    SectionChanges,
    archive_section,
    create_section,
    update_section,
)
from academic.entities import ACADEMIC_SESSION, COURSE, OFFERING, SECTION
from academic.model.catalogue import Point
from academic.structure.academic_sessions import (
    AcademicSessionChanges,
    NewAcademicSession,
    archive_academic_session,
    create_academic_session,
    update_academic_session,
)
from academic.structure.org_units import (
    NewOrgUnit,
    OrgUnitChanges,
    archive_org_unit,
    create_org_unit,
    update_org_unit,
)
from api.schema.courses import AcademicSession, Course, Offering, Section
from api.schema.enums import AcademicSessionKind, OrgUnitKind, Visibility
from api.schema.inputs import (
    AttributeInput,
    CreditInput,
    EnrollmentWindowInput,
    LocalizedTextInput,
    TakesNull,
    credit_list,
    external_id_list,
    given_or,
    id_of,
    optional_text_of,
    row,
    texts,
    windows,
)
from api.schema.mutation_fields import Changed, mutation
from api.schema.people import OrgUnit
from api.schema.runs import acts, attribute_texts, creates, updates
from api.schema.shared import ExternalIdInput
from kernel.errors import InvalidInput
from kernel.unset import UNSET
from tenants.door import Transaction
from tenants.entities import ORG_UNIT
from tenants.model import Scope

OPTIONAL: Any = strawberry.UNSET


@strawberry.input(description="Which object, and the version it is expected to have.")
class ChangeInput:
    id: strawberry.ID
    expected_version: int | None = OPTIONAL


@strawberry.input
class CreateOrgUnitInput:
    code: str
    name: list[LocalizedTextInput]
    kind: OrgUnitKind | None = OPTIONAL
    parent_id: strawberry.ID | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateOrgUnitInput(ChangeInput):
    code: str | None = OPTIONAL
    name: list[LocalizedTextInput] | None = OPTIONAL
    kind: OrgUnitKind | None = OPTIONAL
    parent_id: strawberry.ID | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL


@strawberry.input
class CreateAcademicSessionInput:
    code: str
    title: list[LocalizedTextInput]
    starts_on: date
    ends_on: date
    kind: AcademicSessionKind | None = OPTIONAL
    parent_id: strawberry.ID | None = OPTIONAL
    teaching_starts_on: date | None = OPTIONAL
    teaching_ends_on: date | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateAcademicSessionInput(ChangeInput):
    code: str | None = OPTIONAL
    title: list[LocalizedTextInput] | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    kind: AcademicSessionKind | None = OPTIONAL
    parent_id: strawberry.ID | None = OPTIONAL
    teaching_starts_on: date | None = OPTIONAL
    teaching_ends_on: date | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL


@strawberry.input
class CreateCourseInput:
    org_unit_id: strawberry.ID
    code: str
    title: list[LocalizedTextInput]
    description: list[LocalizedTextInput] | None = OPTIONAL
    credits: list[CreditInput] | None = OPTIONAL
    teaching_languages: list[str] | None = OPTIONAL
    delivery_modes: list[str] | None = OPTIONAL
    eqf_level: int | None = OPTIONAL
    isced_f: str | None = OPTIONAL
    visibility: Visibility | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateCourseInput(ChangeInput):
    org_unit_id: strawberry.ID | None = OPTIONAL
    code: str | None = OPTIONAL
    title: list[LocalizedTextInput] | None = OPTIONAL
    description: list[LocalizedTextInput] | None = OPTIONAL
    credits: list[CreditInput] | None = OPTIONAL
    teaching_languages: list[str] | None = OPTIONAL
    delivery_modes: list[str] | None = OPTIONAL
    eqf_level: int | None = OPTIONAL
    isced_f: str | None = OPTIONAL
    visibility: Visibility | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL


@strawberry.input(description="Where it is; give latitude and longitude together or not at all.")
class PlaceInput:
    name: str | None = OPTIONAL
    latitude: float | None = OPTIONAL
    longitude: float | None = OPTIONAL


@strawberry.input
class CreateOfferingInput:
    course_id: strawberry.ID
    academic_session_id: strawberry.ID
    code: str
    title: list[LocalizedTextInput] | None = OPTIONAL
    description: list[LocalizedTextInput] | None = OPTIONAL
    teaching_languages: list[str] | None = OPTIONAL
    delivery_modes: list[str] | None = OPTIONAL
    visibility: Visibility | None = OPTIONAL
    approval_required: bool | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    place: PlaceInput | None = OPTIONAL
    capacity: int | None = OPTIONAL
    waitlist_capacity: int | None = OPTIONAL
    enrollment_windows: list[EnrollmentWindowInput] | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateOfferingInput(ChangeInput):
    code: str | None = OPTIONAL
    title: list[LocalizedTextInput] | None = OPTIONAL
    description: list[LocalizedTextInput] | None = OPTIONAL
    teaching_languages: list[str] | None = OPTIONAL
    delivery_modes: list[str] | None = OPTIONAL
    visibility: Visibility | None = OPTIONAL
    approval_required: bool | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    place: PlaceInput | None = OPTIONAL
    enrollment_windows: list[EnrollmentWindowInput] | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL


@strawberry.input(description="How many seats; null: no limit; absent: as it is.")
class ChangeCapacityInput(ChangeInput):
    capacity: int | None = OPTIONAL
    waitlist_capacity: int | None = OPTIONAL


@strawberry.input
class CreateSectionInput:
    offering_id: strawberry.ID
    code: str
    title: list[LocalizedTextInput] | None = OPTIONAL
    capacity: int | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateSectionInput(ChangeInput):
    code: str | None = OPTIONAL
    title: list[LocalizedTextInput] | None = OPTIONAL
    capacity: int | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL


def _place(given: PlaceInput | None) -> Place:
    if given is None:
        return Place()
    latitude, longitude = given_or(given.latitude), given_or(given.longitude)
    if (latitude is None) != (longitude is None):
        raise InvalidInput("a place has latitude and longitude, or neither")
    point = Point(latitude, longitude) if latitude is not None and longitude is not None else None
    return Place(optional_text_of(given, "name"), point)


_CONVERTERS: dict[str, Any] = {
    "name": texts,
    "title": texts,
    "description": texts,
    "credits": credit_list,
    "external_ids": external_id_list,
    "attributes": attribute_texts,
    "windows": windows,
    "place": TakesNull(_place),
    "org_unit_id": row(ORG_UNIT),
    "course_id": row(COURSE),
    "academic_session_id": row(ACADEMIC_SESSION),
    "offering_id": row(OFFERING),
}
_IN_UNIT = {**_CONVERTERS, "parent_id": row(ORG_UNIT)}
_IN_SESSION = {**_CONVERTERS, "parent_id": row(ACADEMIC_SESSION)}


async def _change_capacity(
    tx: Transaction, given: ChangeCapacityInput, services: Any, address: str
) -> Changed:
    changed = await change_capacity(
        tx,
        offering_id=id_of(given, OFFERING),
        capacity=given_or(given.capacity, UNSET),
        waitlist_capacity=given_or(given.waitlist_capacity, UNSET),
        expected_version=given_or(given.expected_version),
    )
    return Changed(changed)


def _unit(name: str, run: Any, input_: Any, description: str) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"org_unit": OrgUnit},
        scope=Scope.ORG_UNITS_WRITE,
        description=description,
    )


def _catalogue(name: str, run: Any, input_: Any, field: str, type_: Any, description: str) -> Any:
    return mutation(
        name, run, input=input_, objects={field: type_}, scope=Scope.COURSES_WRITE, description=description
    )


def _session(name: str, run: Any, input_: Any, description: str) -> Any:
    return _catalogue(name, run, input_, "academic_session", AcademicSession, description)


def _course(name: str, run: Any, input_: Any, description: str) -> Any:
    return _catalogue(name, run, input_, "course", Course, description)


def _offering(name: str, run: Any, input_: Any, description: str) -> Any:
    return _catalogue(name, run, input_, "offering", Offering, description)


def _section(name: str, run: Any, input_: Any, description: str) -> Any:
    return _catalogue(name, run, input_, "section", Section, description)


_RENAMED = {"windows": "enrollment_windows"}


@strawberry.type
class CatalogueMutations:
    create_org_unit = _unit(
        "createOrgUnit",
        creates(create_org_unit, "org_unit", NewOrgUnit, _IN_UNIT),
        CreateOrgUnitInput,
        "Adds a part of the institution.",
    )
    update_org_unit = _unit(
        "updateOrgUnit",
        updates(update_org_unit, "org_unit_id", ORG_UNIT, OrgUnitChanges, _IN_UNIT),
        UpdateOrgUnitInput,
        "Changes or moves a part of the institution.",
    )
    archive_org_unit = _unit(
        "archiveOrgUnit", acts(archive_org_unit, "org_unit_id", ORG_UNIT), ChangeInput, "Takes it out of use."
    )
    create_academic_session = _session(
        "createAcademicSession",
        creates(create_academic_session, "academic_session", NewAcademicSession, _IN_SESSION),
        CreateAcademicSessionInput,
        "Adds a year, term or teaching period.",
    )
    update_academic_session = _session(
        "updateAcademicSession",
        updates(
            update_academic_session,
            "academic_session_id",
            ACADEMIC_SESSION,
            AcademicSessionChanges,
            _IN_SESSION,
        ),
        UpdateAcademicSessionInput,
        "Changes a term; offerings and sections that inherit its dates follow.",
    )
    archive_academic_session = _session(
        "archiveAcademicSession",
        acts(archive_academic_session, "academic_session_id", ACADEMIC_SESSION),
        ChangeInput,
        "Takes it out of use.",
    )
    create_course = _course(
        "createCourse",
        creates(create_course, "course", NewCourse, _CONVERTERS),
        CreateCourseInput,
        "Adds a course to the catalogue.",
    )
    update_course = _course(
        "updateCourse",
        updates(update_course, "course_id", COURSE, CourseChanges, _CONVERTERS),
        UpdateCourseInput,
        "Changes a course.",
    )
    archive_course = _course(
        "archiveCourse", acts(archive_course, "course_id", COURSE), ChangeInput, "Takes it out of use."
    )
    create_offering = _offering(
        "createOffering",
        creates(
            create_offering,
            "offering",
            NewOffering,
            _CONVERTERS,
            renamed=_RENAMED,
        ),
        CreateOfferingInput,
        "Gives a course in a term, as a draft.",
    )
    update_offering = _offering(
        "updateOffering",
        updates(
            update_offering,
            "offering_id",
            OFFERING,
            OfferingChanges,
            _CONVERTERS,
            renamed=_RENAMED,
        ),
        UpdateOfferingInput,
        "Changes an offering.",
    )
    publish_offering = _offering(
        "publishOffering",
        acts(publish_offering, "offering_id", OFFERING),
        ChangeInput,
        "Shows a draft to those its visibility names.",
    )
    cancel_offering = _offering(
        "cancelOffering", acts(cancel_offering, "offering_id", OFFERING), ChangeInput, "Calls it off."
    )
    archive_offering = _offering(
        "archiveOffering",
        acts(archive_offering, "offering_id", OFFERING),
        ChangeInput,
        "Takes it out of use.",
    )
    change_capacity = _offering(
        "changeCapacity",
        _change_capacity,
        ChangeCapacityInput,
        "Changes the number of seats; new seats go to the waitlist in its order.",
    )
    create_section = _section(
        "createSection",
        creates(create_section, "section", NewSection, _CONVERTERS),
        CreateSectionInput,
        "Adds a group to an offering.",
    )
    update_section = _section(
        "updateSection",
        updates(update_section, "section_id", SECTION, SectionChanges, _CONVERTERS),
        UpdateSectionInput,
        "Changes a group of an offering.",
    )
    archive_section = _section(
        "archiveSection", acts(archive_section, "section_id", SECTION), ChangeInput, "Takes it out of use."
    )
