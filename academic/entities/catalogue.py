"""How terms, courses, offerings and sections are seen."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, literal_column, select

from academic.tables import (
    academic_session_external_ids,
    academic_sessions,
    course_attributes,
    course_external_ids,
    course_languages,
    courses,
    enrollment_windows,
    offering_attributes,
    offering_external_ids,
    offering_seats,
    offerings,
    section_external_ids,
    sections,
)
from academic.visibility import course_visible, offering_visible
from kernel.entities import (
    TENANT,
    Entity,
    Fact,
    Filter,
    Kind,
    Order,
    Reach,
    equals,
    has,
    has_external_id,
    to_list,
    to_many,
    to_one,
    updated_since,
)
from tenants.entities import attributes_of, everyone, external_ids_of, filterable_attribute, of_visible_owner
from tenants.model import Scope

BY_ID = Order("ID", ())
BY_UPDATE = Order("UPDATED_AT", ("updated_at",))
_CODE = Order("CODE", ("code",))
BY_OFFERING = Order("OFFERING", ("offering_id",))


def _code_prefix(row: FromClause, given: Any, access: Any) -> ColumnElement[bool]:
    # `like` and `^@` are no index condition in a generic plan; the upper bound is computed by the caller. Databases are
    # of the locale C.UTF-8, so the order of the list is that of the bytes too.
    return and_(row.c["code"] >= given["from"], row.c["code"] < given["to"])


def _teaches_in(row: FromClause, given: Any, access: Any) -> ColumnElement[bool]:
    language = course_languages.alias()
    return has(
        language,
        language.c.tenant_id == TENANT,
        language.c.course_id == row.c["id"],
        language.c.language == given["value"],
    )


def _taught_in(given: Any, access: Any) -> Select[Any]:
    language = course_languages.alias()
    return select(language.c.course_id.label("id")).where(
        language.c.tenant_id == TENANT, language.c.language == given["value"]
    )


def _of_course_of_unit(row: FromClause, given: Any, access: Any) -> ColumnElement[bool]:
    course = courses.alias()
    return has(
        course,
        course.c.tenant_id == TENANT,
        course.c.id == row.c["course_id"],
        course.c.org_unit_id == given["value"],
    )


def _courses_of_unit(given: Any, access: Any) -> Select[Any]:
    course = courses.alias()
    return select(course.c.id.label("course_id")).where(
        course.c.tenant_id == TENANT, course.c.org_unit_id == given["value"]
    )


def _offerings_in_session(given: Any, access: Any) -> Select[Any]:
    offering = offerings.alias()
    return select(offering.c.id.label("offering_id")).where(
        offering.c.tenant_id == TENANT, offering.c.academic_session_id == given["value"]
    )


def _of_offering_in_session(row: FromClause, given: Any, access: Any) -> ColumnElement[bool]:
    offering = offerings.alias()
    return has(
        offering,
        offering.c.tenant_id == TENANT,
        offering.c.id == row.c["offering_id"],
        offering.c.academic_session_id == given["value"],
    )


IN_SESSION = Filter(
    "academic_session",
    _of_offering_in_session,
    {"value": Kind.ID},
    "AcademicSession",
    Reach.LISTED,
    source=_offerings_in_session,
)


def _seats(column: str) -> Any:
    def expression(row: FromClause) -> ColumnElement[Any]:
        seats = offering_seats.alias()
        return (
            select(seats.c[column])
            .where(seats.c.tenant_id == TENANT, seats.c.offering_id == row.c["id"])
            .correlate_except(seats)
            .scalar_subquery()
        )

    return expression


def _seats_free(row: FromClause) -> ColumnElement[Any]:
    seats = offering_seats.alias()
    return (
        select(func.greatest(seats.c.capacity - seats.c.taken, literal_column("0")))
        .where(seats.c.tenant_id == TENANT, seats.c.offering_id == row.c["id"], seats.c.capacity.is_not(None))
        .correlate_except(seats)
        .scalar_subquery()
    )


def _inherited_from_course(column: str) -> Any:
    def expression(row: FromClause) -> ColumnElement[Any]:
        course = courses.alias()
        inherited = (
            select(course.c[column])
            .where(course.c.tenant_id == TENANT, course.c.id == row.c["course_id"])
            .correlate_except(course)
            .scalar_subquery()
        )
        return func.coalesce(row.c[column], inherited)

    return expression


ACADEMIC_SESSION = Entity(
    name="AcademicSession",
    table=academic_sessions,
    prefix="session",
    visible_to=everyone,
    scope=Scope.COURSES_READ,
    few=True,
    relations=(
        to_one("parent", "AcademicSession", "parent_id"),
        to_many("children", "AcademicSession", "parent_id", order="STARTS_ON"),
        to_many("offerings", "Offering", "academic_session_id", order="CODE"),
        to_list("external_ids", "AcademicSessionExternalId", "academic_session_id"),
    ),
    orders=(Order("STARTS_ON", ("starts_on",)), _CODE, BY_UPDATE, BY_ID),
    filters=(
        equals("code"),
        equals("kind", Kind.ENUM),
        equals("status", Kind.ENUM),
        updated_since(),
        has_external_id(academic_session_external_ids, "academic_session"),
    ),
)
ACADEMIC_SESSION_EXTERNAL_ID = external_ids_of("AcademicSession", academic_session_external_ids)

COURSE = Entity(
    name="Course",
    table=courses,
    prefix="course",
    visible_to=course_visible,
    scope=Scope.COURSES_READ,
    relations=(
        to_one("org_unit", "OrgUnit", "org_unit_id", always=True),
        to_many("offerings", "Offering", "course_id", order="STARTS_ON", few=True),
        to_list("external_ids", "CourseExternalId", "course_id"),
        to_list("attributes", "CourseAttribute", "course_id"),
    ),
    orders=(_CODE, Order("TITLE", ("title_key",)), BY_UPDATE, BY_ID),
    filters=(
        equals("code", few=True),
        Filter(
            "code_prefix",
            _code_prefix,
            {"from": Kind.TEXT, "to": Kind.TEXT},
            reach=Reach.FROM,
            column="code",
        ),
        equals("org_unit_id", Kind.ID, name="org_unit", entity="OrgUnit"),
        Filter("language", _teaches_in, {"value": Kind.LANGUAGE}, reach=Reach.LISTED, source=_taught_in),
        equals("status", Kind.ENUM),
        updated_since(),
        has_external_id(course_external_ids, "course"),
        filterable_attribute(course_attributes, "course"),
    ),
)
COURSE_EXTERNAL_ID = external_ids_of("Course", course_external_ids)
COURSE_ATTRIBUTE = attributes_of("Course", course_attributes)

OFFERING = Entity(
    name="Offering",
    table=offerings,
    prefix="offering",
    visible_to=offering_visible,
    scope=Scope.COURSES_READ,
    relations=(
        to_one("course", "Course", "course_id"),
        to_one("academic_session", "AcademicSession", "academic_session_id", always=True),
        to_many("sections", "Section", "offering_id", order="CODE", few=True),
        to_many("enrollments", "Enrollment", "offering_id", order="ID"),
        to_list("enrollment_windows", "EnrollmentWindow", "offering_id"),
        to_list("external_ids", "OfferingExternalId", "offering_id"),
        to_list("attributes", "OfferingAttribute", "offering_id"),
    ),
    facts=(
        Fact("title", Kind.TEXTS, _inherited_from_course("title")),
        Fact("description", Kind.TEXTS, _inherited_from_course("description")),
        Fact("capacity", Kind.INTEGER, _seats("capacity")),
        Fact("waitlist_capacity", Kind.INTEGER, _seats("waitlist_capacity")),
        Fact("seats_taken", Kind.INTEGER, _seats("taken")),
        Fact("seats_free", Kind.INTEGER, _seats_free),
        Fact("waitlist_length", Kind.INTEGER, _seats("waitlisted")),
    ),
    orders=(
        Order("STARTS_ON", ("effective_starts_on",)),
        _CODE,
        BY_UPDATE,
        BY_ID,
        Order("COURSE", ("course_id",)),
    ),
    filters=(
        equals("code", few=True),
        equals("academic_session_id", Kind.ID, name="academic_session", entity="AcademicSession"),
        equals("course_id", Kind.ID, name="course", entity="Course", few=True),
        Filter(
            "org_unit",
            _of_course_of_unit,
            {"value": Kind.ID},
            "OrgUnit",
            Reach.LISTED,
            source=_courses_of_unit,
        ),
        equals("state", Kind.ENUM),
        updated_since(),
        has_external_id(offering_external_ids, "offering"),
        filterable_attribute(offering_attributes, "offering"),
    ),
)
OFFERING_EXTERNAL_ID = external_ids_of("Offering", offering_external_ids)
OFFERING_ATTRIBUTE = attributes_of("Offering", offering_attributes)
ENROLLMENT_WINDOW = Entity(
    name="EnrollmentWindow",
    table=enrollment_windows,
    visible_to=everyone,
)

SECTION = Entity(
    name="Section",
    table=sections,
    prefix="section",
    visible_to=of_visible_owner(OFFERING, "offering_id"),
    scope=Scope.COURSES_READ,
    relations=(
        to_one("offering", "Offering", "offering_id", always=True),
        to_many("enrollments", "Enrollment", "section_id", order="ID", few=True),
        to_list("external_ids", "SectionExternalId", "section_id"),
    ),
    orders=(_CODE, BY_UPDATE, BY_ID, BY_OFFERING),
    filters=(
        equals("code"),
        equals("offering_id", Kind.ID, name="offering", entity="Offering", few=True),
        IN_SESSION,
        equals("status", Kind.ENUM),
        updated_since(),
        has_external_id(section_external_ids, "section"),
    ),
)
SECTION_EXTERNAL_ID = external_ids_of("Section", section_external_ids)

ENTITIES = (
    ACADEMIC_SESSION,
    ACADEMIC_SESSION_EXTERNAL_ID,
    COURSE,
    COURSE_EXTERNAL_ID,
    COURSE_ATTRIBUTE,
    OFFERING,
    OFFERING_EXTERNAL_ID,
    OFFERING_ATTRIBUTE,
    ENROLLMENT_WINDOW,
    SECTION,
    SECTION_EXTERNAL_ID,
)
