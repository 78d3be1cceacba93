"""Units, terms, courses, offerings and sections in the differential test: what GraphQL calls their columns."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.integration.graphql.differential.kinds import (
    COMMON,
    STAMPS,
    Kind,
    Scalar,
    column,
    columns,
    day,
    enum,
    moment,
    number_of,
    points_to,
    texts,
)
from tests.integration.graphql.differential.matching import (
    external,
    has_attribute,
    in_term,
    is_,
    is_state,
    since,
)
from tests.integration.graphql.differential.owned import attributes_of, credits_of, external_ids, owned
from tests.integration.graphql.differential.rows import Row, Rows, Viewer
from tests.integration.graphql.differential.social import actor_of


def _hundredths(row: Row, rows: Rows, viewer: Viewer) -> str:
    return f"{row['value'] // 100}.{row['value'] % 100:02}"


def _place(row: Row, rows: Rows, viewer: Viewer) -> Row | None:
    return None if row["place_name"] is None and row["latitude"] is None else row


def _of_unit(row: Row, value: Any, rows: Rows) -> bool:
    course = rows.get("courses", row["course_id"])
    return course is not None and course["org_unit_id"] == number_of(value)


def _taught_in(row: Row, value: Any, rows: Rows) -> bool:
    return any(
        (one["course_id"], one["language"]) == (row["id"], value) for one in rows.tables["course_languages"]
    )


def _seats(name: str) -> Scalar:
    return lambda row, rows, viewer: rows.seats[row["id"]][name]


def _free(row: Row, rows: Rows, viewer: Viewer) -> int | None:
    seats = rows.seats[row["id"]]
    return None if seats["capacity"] is None else max(seats["capacity"] - seats["taken"], 0)


def _inherited(name: str) -> Callable[[Row, Rows], Mapping[str, str] | None]:
    def read(row: Row, rows: Rows) -> Mapping[str, str] | None:
        course = rows.get("courses", row["course_id"])
        assert course is not None
        return row[name] if row[name] is not None else course[name]  # type: ignore[no-any-return]

    return read


CATALOGUE_KINDS = (
    Kind(
        "Credit",
        "",
        "",
        {**columns(scheme="scheme"), "value": _hundredths, "level": lambda row, *_: row.get("level")},
    ),
    Kind(
        "EnrollmentWindow",
        "",
        "enrollment_windows",
        {"audience": enum("audience"), "opensAt": moment("opens_at"), "closesAt": moment("closes_at")},
    ),
    Kind("Place", "", "", columns(name="place_name", latitude="latitude", longitude="longitude")),
    Kind(
        "OrgUnit",
        "unit",
        "org_units",
        {**columns(code="code"), "kind": enum("kind"), "status": enum("status"), **STAMPS},
        texts=texts("name"),
        ones={"parent": ("OrgUnit", "parent_id")},
        lists={
            **external_ids("org_unit"),
            "attributes": ("Attribute", attributes_of("org_unit_attributes", "org_unit_id")),
        },
        manies={
            "children": ("OrgUnit", "parent_id", "CODE"),
            "courses": ("Course", "org_unit_id", "CODE"),
        },
        objects={"actor": ("Actor", actor_of("org_unit_id"))},
        orders={"CODE": ("code", "id"), **COMMON},
        filters={
            "code": is_("code"),
            "kind": is_state("kind"),
            "status": is_state("status"),
            "updatedSince": since,
            "externalId": external("org_unit_external_ids", "org_unit_id"),
            "attribute": has_attribute("org_unit_attributes", "org_unit_id"),
        },
    ),
    Kind(
        "AcademicSession",
        "session",
        "academic_sessions",
        {
            "code": column("code"),
            "kind": enum("kind"),
            "status": enum("status"),
            "startsOn": day("starts_on"),
            "endsOn": day("ends_on"),
            "teachingStartsOn": day("teaching_starts_on"),
            "teachingEndsOn": day("teaching_ends_on"),
            **STAMPS,
        },
        texts=texts("title"),
        ones={"parent": ("AcademicSession", "parent_id")},
        lists=external_ids("academic_session"),
        manies={
            "children": ("AcademicSession", "parent_id", "STARTS_ON"),
            "offerings": ("Offering", "academic_session_id", "CODE"),
        },
        orders={"STARTS_ON": ("starts_on", "id"), "CODE": ("code", "id"), **COMMON},
        filters={
            "code": is_("code"),
            "kind": is_state("kind"),
            "status": is_state("status"),
            "updatedSince": since,
            "externalId": external("academic_session_external_ids", "academic_session_id"),
        },
    ),
    Kind(
        "Course",
        "course",
        "courses",
        {
            **columns(
                code="code",
                eqfLevel="eqf_level",
                iscedF="isced_f",
                teachingLanguages="teaching_languages",
            ),
            "deliveryModes": column("delivery_modes"),
            "visibility": enum("visibility"),
            "status": enum("status"),
            **STAMPS,
        },
        texts=texts("title", "description"),
        ones={"orgUnit": ("OrgUnit", "org_unit_id")},
        lists={
            "credits": ("Credit", credits_of),
            **external_ids("course"),
            "attributes": ("Attribute", attributes_of("course_attributes", "course_id")),
        },
        manies={"offerings": ("Offering", "course_id", "STARTS_ON")},
        objects={"actor": ("Actor", actor_of("course_id"))},
        orders={"CODE": ("code", "id"), "TITLE": ("title_key", "id"), **COMMON},
        filters={
            "code": is_("code"),
            "codePrefix": lambda row, value, rows: row["code"].startswith(value),
            "orgUnit": points_to("org_unit_id"),
            "language": _taught_in,
            "status": is_state("status"),
            "updatedSince": since,
            "externalId": external("course_external_ids", "course_id"),
            "attribute": has_attribute("course_attributes", "course_id"),
        },
    ),
    Kind(
        "Offering",
        "offering",
        "offerings",
        {
            **columns(
                code="code",
                teachingLanguages="teaching_languages",
                deliveryModes="delivery_modes",
                approvalRequired="approval_required",
            ),
            "state": enum("state"),
            "visibility": enum("visibility"),
            "effectiveStartsOn": day("effective_starts_on"),
            "effectiveEndsOn": day("effective_ends_on"),
            "capacity": _seats("capacity"),
            "waitlistCapacity": _seats("waitlist_capacity"),
            "seatsTaken": _seats("taken"),
            "seatsFree": _free,
            "waitlistLength": _seats("waitlisted"),
            **STAMPS,
        },
        texts={"title": _inherited("title"), "description": _inherited("description")},
        ones={
            "course": ("Course", "course_id"),
            "academicSession": ("AcademicSession", "academic_session_id"),
        },
        lists={
            "enrollmentWindows": ("EnrollmentWindow", owned("enrollment_windows", "offering_id", "id")),
            **external_ids("offering"),
            "attributes": ("Attribute", attributes_of("offering_attributes", "offering_id")),
        },
        objects={"place": ("Place", _place)},
        manies={
            "sections": ("Section", "offering_id", "CODE"),
            "enrollments": ("Enrollment", "offering_id", "ID"),
        },
        orders={
            "STARTS_ON": ("effective_starts_on", "id"),
            "CODE": ("code", "id"),
            **COMMON,
            "COURSE": ("course_id", "id"),
        },
        filters={
            "code": is_("code"),
            "academicSession": points_to("academic_session_id"),
            "course": points_to("course_id"),
            "orgUnit": _of_unit,
            "state": is_state("state"),
            "updatedSince": since,
            "externalId": external("offering_external_ids", "offering_id"),
            "attribute": has_attribute("offering_attributes", "offering_id"),
        },
    ),
    Kind(
        "Section",
        "section",
        "sections",
        {
            **columns(code="code", capacity="capacity"),
            "status": enum("status"),
            "effectiveStartsOn": day("effective_starts_on"),
            "effectiveEndsOn": day("effective_ends_on"),
            **STAMPS,
        },
        texts=texts("title"),
        ones={"offering": ("Offering", "offering_id")},
        lists=external_ids("section"),
        manies={"enrollments": ("Enrollment", "section_id", "ID")},
        orders={"CODE": ("code", "id"), **COMMON, "OFFERING": ("offering_id", "id")},
        filters={
            "code": is_("code"),
            "offering": points_to("offering_id"),
            "academicSession": in_term,
            "status": is_state("status"),
            "updatedSince": since,
            "externalId": external("section_external_ids", "section_id"),
        },
    ),
)


CATALOGUE_ROOTS = {
    "orgUnits": ("OrgUnit", "CODE"),
    "academicSessions": ("AcademicSession", "STARTS_ON"),
    "courses": ("Course", "CODE"),
    "offerings": ("Offering", "STARTS_ON"),
    "sections": ("Section", "CODE"),
}
CATALOGUE_SINGLE = {
    "orgUnit": "OrgUnit",
    "academicSession": "AcademicSession",
    "course": "Course",
    "offering": "Offering",
    "section": "Section",
}
