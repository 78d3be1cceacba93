"""What each file of Microsoft's School Data Sync v2.1 holds: OneRoster's nouns under other column names.

It has no manifest, no status, and no identifiers for roles and enrollments.
"""

from academic.oneroster.columns import (
    NAMES,
    SESSION_DAYS,
    SESSION_KINDS,
    ColumnSpec,
    FileSpec,
    day_column,
    id_column,
    kind_column,
    list_column,
    reference_column,
    references_column,
    text_column,
)
from academic.oneroster.files import CLASS_ROLES, ORG_KINDS, ROLES
from academic.oneroster.records import AcademicSession, Class, Course, Enrollment, Org, Role, User
from academic.oneroster.values import read_primary, read_year

_SDS_ORGS = (
    *ORG_KINDS,
    *("departmentOfEducation", "ministryOfEducation", "university", "college", "campus", "adultEducation"),
    *("municipality", "academicTrust", "localAuthority", "region", "division", "province", "researchCenter"),
    "program",
)
_SDS_ROLES = (
    *("principal", "chair", "professor", "researcher", "adjunct", "affiliate", "occupationalTherapist"),
    *(
        "physicalTherapist",
        "speechTherapist",
        "visionTherapist",
        "paraprofessional",
        "specialServices",
        "advisor",
    ),
    *(
        "proctor",
        "nurse",
        "officeStaff",
        "lecturer",
        "itAdmin",
        "administrator",
        "teacher",
        "faculty",
        "staff",
    ),
    *("teacherAssistant", "assistant", "instructor", "substitute", "coach", "alumni", "student", "other"),
)

SDS: tuple[FileSpec, ...] = (
    FileSpec(
        "orgs",
        Org,
        (
            id_column(),
            text_column("name", "name", required=True),
            kind_column("type", "kind", _SDS_ORGS),
            reference_column("parentSourcedId", "parent_sourced_id", "orgs"),
        ),
    ),
    FileSpec(
        "academicSessions",
        AcademicSession,
        (
            id_column(),
            text_column("title", "title", required=True),
            kind_column("type", "kind", SESSION_KINDS),
            ColumnSpec("schoolYear", "school_year", read_year, required=True),
            *SESSION_DAYS,
        ),
        span=("starts_on", "ends_on"),
    ),
    FileSpec(
        "courses",
        Course,
        (
            id_column(),
            reference_column("orgSourcedId", "org_sourced_id", "orgs", required=True),
            text_column("title", "title", required=True),
            text_column("code", "code"),
            reference_column("schoolYearSourcedId", "school_year_sourced_id", "academicSessions"),
            list_column("subject", "subjects"),
            list_column("grade", "grades"),
        ),
    ),
    FileSpec(
        "users",
        User,
        (id_column(), *NAMES),
        unread=frozenset({"password", "activeDirectoryMatchId", "phone", "sms"}),
        unique=("username", "email"),
    ),
    FileSpec(
        "classes",
        Class,
        (
            id_column(),
            reference_column("orgSourcedId", "school_sourced_id", "orgs", required=True),
            text_column("title", "title", required=True),
            references_column("sessionSourcedIds", "term_sourced_ids", "academicSessions"),
            reference_column("courseSourcedId", "course_sourced_id", "courses"),
            text_column("code", "code"),
        ),
    ),
    FileSpec(
        "roles",
        Role,
        (
            reference_column("userSourcedId", "user_sourced_id", "users", required=True),
            reference_column("orgSourcedId", "org_sourced_id", "orgs", required=True),
            kind_column("role", "role", (*_SDS_ROLES, *ROLES)),
            reference_column("sessionSourcedId", None, "academicSessions"),
            ColumnSpec("isPrimary", "kind", read_primary),
            day_column("roleStartDate", "begins_on"),
            day_column("roleEndDate", "ends_on"),
        ),
        unread=frozenset({"grade"}),
        id_from=("userSourcedId", "orgSourcedId", "role", "sessionSourcedId"),
        span=("begins_on", "ends_on"),
    ),
    FileSpec(
        "enrollments",
        Enrollment,
        (
            reference_column("classSourcedId", "class_sourced_id", "classes", required=True),
            reference_column("userSourcedId", "user_sourced_id", "users", required=True),
            kind_column("role", "role", (*_SDS_ROLES, *CLASS_ROLES)),
        ),
        id_from=("classSourcedId", "userSourcedId", "role"),
    ),
)

SDS_REQUIRED = ("orgs", "users", "roles")
"""Without a manifest these must be there."""
