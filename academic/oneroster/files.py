"""What each file of the 1EdTech OneRoster 1.2 CSV binding holds, and which files nobody touches.

Columns under `unread` are the standard's too; nothing here needs them, so their cells are never looked at.
"""

from collections.abc import Mapping

from academic.oneroster.columns import (
    CHANGED,
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
from academic.oneroster.records import AcademicSession, Class, Course, Enrollment, Org, Role, User
from academic.oneroster.values import one_of, read_boolean, read_user_ids, read_year

HEADER_MISSPELT: Mapping[str, str] = {
    "dataLastModified": "dateLastModified",
    "prefferedGivenName": "preferredGivenName",
    "prefferedMiddleName": "preferredMiddleName",
    "prefferedFamilyName": "preferredFamilyName",
}
"""Misspellings that real exporters write, and what they can only mean."""

EXTENSION_PREFIX = "metadata."
"""The standard lets anybody add columns of this name."""

MANIFEST = "manifest"
NEVER_OPENED = frozenset({"demographics", "relationships", "userFlags"})
"""Sensitive, and nothing here has a use for it."""

NOT_IMPORTED = NEVER_OPENED | {
    *("userProfiles", "userResources", "categories", "lineItems", "results", "resources", "classResources"),
    *("courseResources", "scoreScales", "lineItemLearningObjectiveIds", "lineItemScoreScales"),
    *("resultLearningObjectiveIds", "resultScoreScales"),
}
"""Files of the standard that are known and left alone."""

USER_PROFILES_HEADER = ("sourcedId", "userSourcedId", "profileType", "vendorId", "credentialType", "username")
"""The required columns of `userProfiles`, whose header is looked at only to say when it is another file's."""

ORG_KINDS = ("department", "school", "district", "local", "state", "national")
ROLES = (
    *("aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative"),
    *("siteAdministrator", "student", "systemAdministrator", "teacher"),
)
CLASS_ROLES = ("administrator", "proctor", "student", "teacher")

ONEROSTER: tuple[FileSpec, ...] = (
    FileSpec(
        "orgs",
        Org,
        (
            id_column(),
            CHANGED,
            text_column("name", "name", required=True),
            kind_column("type", "kind", ORG_KINDS),
            text_column("identifier", "identifier"),
            reference_column("parentSourcedId", "parent_sourced_id", "orgs"),
        ),
    ),
    FileSpec(
        "academicSessions",
        AcademicSession,
        (
            id_column(),
            CHANGED,
            text_column("title", "title", required=True),
            kind_column("type", "kind", SESSION_KINDS),
            *SESSION_DAYS,
            reference_column("parentSourcedId", "parent_sourced_id", "academicSessions"),
            ColumnSpec("schoolYear", "school_year", read_year, required=True),
        ),
        span=("starts_on", "ends_on"),
    ),
    FileSpec(
        "courses",
        Course,
        (
            id_column(),
            CHANGED,
            reference_column("schoolYearSourcedId", "school_year_sourced_id", "academicSessions"),
            text_column("title", "title", required=True),
            text_column("courseCode", "code"),
            list_column("grades", "grades"),
            reference_column("orgSourcedId", "org_sourced_id", "orgs", required=True),
            list_column("subjects", "subjects"),
        ),
        unread=frozenset({"subjectCodes"}),
    ),
    FileSpec(
        "users",
        User,
        (
            id_column(),
            CHANGED,
            ColumnSpec("enabledUser", "enabled", read_boolean, required=True),
            *NAMES,
            ColumnSpec("userIds", "user_ids", read_user_ids, droppable=True, is_list=True),
            text_column("middleName", "middle_name"),
            text_column("identifier", "identifier"),
            text_column("preferredGivenName", "preferred_given_name"),
            text_column("preferredMiddleName", "preferred_middle_name"),
            text_column("preferredFamilyName", "preferred_family_name"),
            text_column("pronouns", "pronouns"),
        ),
        unread=frozenset(
            {"sms", "phone", "agentSourcedIds", "grades", "password", "userMasterIdentifier"}
            | {"resourceSourcedIds", "primaryOrgSourcedId"}
        ),
        unique=("username", "email"),
    ),
    FileSpec(
        "classes",
        Class,
        (
            id_column(),
            CHANGED,
            text_column("title", "title", required=True),
            reference_column("courseSourcedId", "course_sourced_id", "courses", required=True),
            text_column("classCode", "code"),
            kind_column("classType", None, ("homeroom", "scheduled")),
            text_column("location", "location"),
            reference_column("schoolSourcedId", "school_sourced_id", "orgs", required=True),
            references_column("termSourcedIds", "term_sourced_ids", "academicSessions", required=True),
        ),
        unread=frozenset({"grades", "subjects", "subjectCodes", "periods"}),
    ),
    FileSpec(
        "roles",
        Role,
        (
            id_column(),
            CHANGED,
            reference_column("userSourcedId", "user_sourced_id", "users", required=True),
            ColumnSpec("roleType", "kind", one_of(("primary", "secondary")), required=True),
            kind_column("role", "role", ROLES),
            day_column("beginDate", "begins_on"),
            day_column("endDate", "ends_on"),
            reference_column("orgSourcedId", "org_sourced_id", "orgs", required=True),
        ),
        unread=frozenset({"userProfileSourcedId"}),
        span=("begins_on", "ends_on"),
    ),
    FileSpec(
        "enrollments",
        Enrollment,
        (
            id_column(),
            CHANGED,
            reference_column("classSourcedId", "class_sourced_id", "classes", required=True),
            reference_column("schoolSourcedId", None, "orgs", required=True),
            reference_column("userSourcedId", "user_sourced_id", "users", required=True),
            kind_column("role", "role", CLASS_ROLES),
            ColumnSpec("primary", "primary", read_boolean),
            day_column("beginDate", "begins_on"),
            day_column("endDate", "ends_on"),
        ),
        span=("begins_on", "ends_on"),
    ),
)
"""In an order in which every file comes after those it points into."""
