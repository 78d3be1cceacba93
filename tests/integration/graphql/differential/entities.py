"""What GraphQL calls the columns of each table, and by what its lists are joined, filtered and ordered; written by hand.

To extend the differential test to a field, a relation, a filter or an order is to add a line here.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from tests.integration.graphql.differential.identities import shown_value
from tests.integration.graphql.differential.kinds import (
    STAMPS,
    Kind,
    Scalar,
    column,
    columns,
    enum,
    moment,
    number_of,
    points_to,
    written_moment,
)
from tests.integration.graphql.differential.moderating import MODERATION_KINDS, MODERATION_ROOTS
from tests.integration.graphql.differential.rows import Row, Rows, Viewer
from tests.integration.graphql.differential.social import SOCIAL_KINDS, SOCIAL_ROOTS, SOCIAL_SINGLE, actor_of
from tests.integration.graphql.differential.telling import TELLING_KINDS, TELLING_ROOTS


def _day(name: str) -> Scalar:
    def read(row: Row, rows: Rows, viewer: Viewer) -> str | None:
        value: date | None = row[name]
        return None if value is None else value.isoformat()

    return read


def _last_sign_in(row: Row, rows: Rows, viewer: Viewer) -> str | None:
    return written_moment(row["last_sign_in_at"]) if viewer.reads_all or viewer.id == row["id"] else None


def _hundredths(row: Row, rows: Rows, viewer: Viewer) -> str:
    return f"{row['value'] // 100}.{row['value'] % 100:02}"


def _credits(row: Row, rows: Rows, viewer: Viewer) -> list[Row]:
    return list(row["credits"])


def _place(row: Row, rows: Rows, viewer: Viewer) -> Row | None:
    return None if row["place_name"] is None and row["latitude"] is None else row


def _result(row: Row, rows: Rows, viewer: Viewer) -> Row | None:
    return next(iter(rows.of("results", "enrollment_id", row["id"])), None)


def _of(
    table: str, column: str, *order: str, personal: bool = False
) -> Callable[[Row, Rows, Viewer], list[Row]]:
    """The rows of a table that belong to a row; what is personal only to who reads people, and to its person."""

    def read(row: Row, rows: Rows, viewer: Viewer) -> list[Row]:
        is_shown = not personal or viewer.reads_all or row["id"] == viewer.id
        return rows.of(table, column, row["id"], *order) if is_shown else []

    return read


def _attributes(table: str, column: str) -> Callable[[Row, Rows, Viewer], list[Row]]:
    def read(row: Row, rows: Rows, viewer: Viewer) -> list[Row]:
        return [
            one for one in rows.of(table, column, row["id"], "definition_id") if rows.reads_value(viewer, one)
        ]

    return read


def _external_ids(owner: str, *, personal: bool = False) -> dict[str, tuple[str, Any]]:
    read = _of(f"{owner}_external_ids", f"{owner}_id", "type", "value", personal=personal)
    return {"externalIds": ("ExternalId", read)}


def _has_attribute(table: str, column: str) -> Callable[[Row, Any, Rows], bool]:
    def matches(row: Row, value: Any, rows: Rows) -> bool:
        (definition,) = rows.of("attribute_definitions", "name", value["name"])
        of_field = [
            one for one in rows.of(table, column, row["id"]) if one["definition_id"] == definition["id"]
        ]
        return any(one["value"] == value["value"] for one in of_field)

    return matches


def _with_role(row: Row, value: Any, rows: Rows) -> bool:
    return any(one["role"] == value.name.lower() for one in rows.of("role_assignments", "user_id", row["id"]))


def _of_unit(row: Row, value: Any, rows: Rows) -> bool:
    course = rows.get("courses", row["course_id"])
    return course is not None and course["org_unit_id"] == number_of(value)


def _seats(name: str) -> Scalar:
    return lambda row, rows, viewer: rows.seats[row["id"]][name]


def _free(row: Row, rows: Rows, viewer: Viewer) -> int | None:
    seats = rows.seats[row["id"]]
    return None if seats["capacity"] is None else max(seats["capacity"] - seats["taken"], 0)


def _position(row: Row, rows: Rows, viewer: Viewer) -> int | None:
    if row["state"] != "waitlisted":
        return None
    waiting = [
        one
        for one in rows.tables["enrollments"]
        if one["offering_id"] == row["offering_id"] and one["state"] == "waitlisted"
    ]
    return 1 + sum(one["waitlist_rank"] < row["waitlist_rank"] for one in waiting)


def _inherited(name: str) -> Callable[[Row, Rows], Mapping[str, str] | None]:
    def read(row: Row, rows: Rows) -> Mapping[str, str] | None:
        course = rows.get("courses", row["course_id"])
        assert course is not None
        return row[name] if row[name] is not None else course[name]  # type: ignore[no-any-return]

    return read


def _is(name: str) -> Callable[[Row, Any, Rows], bool]:
    return lambda row, value, rows: bool(row[name] == value)


def _is_state(name: str) -> Callable[[Row, Any, Rows], bool]:
    return lambda row, value, rows: bool(row[name] == value.name.lower())


def _since(row: Row, value: Any, rows: Rows) -> bool:
    return bool(row["updated_at"] >= datetime.fromisoformat(value))


def _external(table: str, owner: str) -> Callable[[Row, Any, Rows], bool]:
    def matches(row: Row, value: Any, rows: Rows) -> bool:
        return any(
            (one["type"], one["value"], one[owner]) == (value["type"], value["value"], row["id"])
            for one in rows.tables[table]
        )

    return matches


def _taught_in(row: Row, value: Any, rows: Rows) -> bool:
    return any(
        (one["course_id"], one["language"]) == (row["id"], value) for one in rows.tables["course_languages"]
    )


def _in_term(row: Row, value: Any, rows: Rows) -> bool:
    offering = rows.get("offerings", row["offering_id"])
    return offering is not None and offering["academic_session_id"] == number_of(value)


_COMMON = {"UPDATED_AT": ("updated_at", "id"), "ID": ("id",)}


def _texts(*names: str) -> dict[str, Callable[[Row, Rows], Any]]:
    return {name: lambda row, rows, name=name: row[name] for name in names}


# What has no id: reached through its owner.
_VALUES = (
    Kind("ExternalId", "", "", columns(type="type", value="value")),
    Kind(
        "Credit",
        "",
        "",
        {**columns(scheme="scheme"), "value": _hundredths, "level": lambda row, *_: row.get("level")},
    ),
    Kind(
        "UserEmail",
        "",
        "",
        {**columns(address="address", isPrimary="is_primary"), "verifiedAt": moment("verified_at")},
    ),
    Kind(
        "Attribute",
        "",
        "",
        columns(value="value"),
        ones={"definition": ("AttributeDefinition", "definition_id")},
    ),
    Kind(
        "EnrollmentWindow",
        "",
        "enrollment_windows",
        {"audience": enum("audience"), "opensAt": moment("opens_at"), "closesAt": moment("closes_at")},
    ),
    Kind("Place", "", "", columns(name="place_name", latitude="latitude", longitude="longitude")),
    Kind(
        "Result",
        "",
        "results",
        {
            **columns(scheme="scheme", value="value", isPassed="is_passed"),
            "recordedAt": moment("recorded_at"),
        },
        lists={"credits": ("Credit", _credits)},
        ones={"recordedBy": ("User", "recorded_by_id")},
    ),
    Kind(
        "EnrollmentTransition",
        "",
        "enrollment_transitions",
        {
            "fromState": enum("from_state"),
            "toState": enum("to_state"),
            **columns(action="action", reason="reason"),
            "createdAt": moment("created_at"),
        },
        ones={"actor": ("User", "actor_id"), "onBehalfOf": ("User", "on_behalf_of_id")},
        orders={"ID": ("id",)},
    ),
)

KINDS: dict[str, Kind] = {
    one.name: one
    for one in (
        *_VALUES,
        *SOCIAL_KINDS,
        *MODERATION_KINDS,
        *TELLING_KINDS,
        Kind(
            "FederationIdentity",
            "identity",
            "federation_identities",
            {
                **columns(
                    issuer="issuer",
                    nameIdentifierType="name_identifier_type",
                    actorAddress="actor_address",
                    actorInstance="actor_instance",
                ),
                "kind": enum("kind"),
                "value": shown_value,
                "verifiedAt": moment("verified_at"),
                "verifiedBy": enum("verified_by"),
                "lastUsedAt": moment("last_used_at"),
                **STAMPS,
            },
            ones={"user": ("User", "user_id")},
            manies={"changes": ("IdentityChange", "identity_id", "ID")},
            orders={"ID": ("id",)},
        ),
        Kind(
            "IdentityChange",
            "",
            "identity_changes",
            {
                "kind": enum("kind"),
                "change": enum("change"),
                **columns(reason="change_reason"),
                "createdAt": moment("created_at"),
            },
            ones={"user": ("User", "user_id"), "changedBy": ("User", "changed_by_id")},
            orders={"ID": ("id",)},
        ),
        Kind(
            "IdentityConflict",
            "conflict",
            "identity_conflicts",
            {
                "state": enum("state"),
                **columns(claim="claim", reason="decision_reason"),
                "decidedAt": moment("decided_at"),
                **STAMPS,
            },
            ones={
                "identity": ("FederationIdentity", "identity_id"),
                "holder": ("User", "holder_id"),
                "claimant": ("User", "claimant_id"),
                "decidedBy": ("User", "decided_by_id"),
            },
            orders={"ID": ("id",)},
            filters={"state": _is_state("state")},
        ),
        Kind(
            "AttributeDefinition",
            "attribute",
            "attribute_definitions",
            {
                **columns(
                    name="name",
                    choices="choices",
                    isFilterable="is_filterable",
                    readableBy="readable_by",
                    writableBy="writable_by",
                ),
                "owner": enum("owner"),
                "valueType": enum("value_type"),
            },
            texts=_texts("label"),
            orders={"NAME": ("name", "id"), "ID": ("id",)},
            filters={"owner": _is_state("owner"), "name": _is("name")},
        ),
        Kind(
            "PersonalAccessToken",
            "token",
            "personal_access_tokens",
            {
                **columns(name="name", scopes="scopes"),
                **{
                    name: moment(column)
                    for name, column in (
                        ("createdAt", "created_at"),
                        ("expiresAt", "expires_at"),
                        ("revokedAt", "revoked_at"),
                    )
                },
            },
            orders={"ID": ("id",)},
        ),
        Kind(
            "RoleAssignment",
            "role",
            "role_assignments",
            {"role": enum("role"), "createdAt": moment("created_at")},
            ones={"orgUnit": ("OrgUnit", "org_unit_id"), "user": ("User", "user_id")},
        ),
        Kind(
            "OrgUnit",
            "unit",
            "org_units",
            {**columns(code="code"), "kind": enum("kind"), "status": enum("status"), **STAMPS},
            texts=_texts("name"),
            ones={"parent": ("OrgUnit", "parent_id")},
            lists={
                **_external_ids("org_unit"),
                "attributes": ("Attribute", _attributes("org_unit_attributes", "org_unit_id")),
            },
            manies={
                "children": ("OrgUnit", "parent_id", "CODE"),
                "courses": ("Course", "org_unit_id", "CODE"),
            },
            objects={"actor": ("Actor", actor_of("org_unit_id"))},
            orders={"CODE": ("code", "id"), **_COMMON},
            filters={
                "code": _is("code"),
                "kind": _is_state("kind"),
                "status": _is_state("status"),
                "updatedSince": _since,
                "externalId": _external("org_unit_external_ids", "org_unit_id"),
                "attribute": _has_attribute("org_unit_attributes", "org_unit_id"),
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
                "startsOn": _day("starts_on"),
                "endsOn": _day("ends_on"),
                "teachingStartsOn": _day("teaching_starts_on"),
                "teachingEndsOn": _day("teaching_ends_on"),
                **STAMPS,
            },
            texts=_texts("title"),
            ones={"parent": ("AcademicSession", "parent_id")},
            lists=_external_ids("academic_session"),
            manies={
                "children": ("AcademicSession", "parent_id", "STARTS_ON"),
                "offerings": ("Offering", "academic_session_id", "CODE"),
            },
            orders={"STARTS_ON": ("starts_on", "id"), "CODE": ("code", "id"), **_COMMON},
            filters={
                "code": _is("code"),
                "kind": _is_state("kind"),
                "status": _is_state("status"),
                "updatedSince": _since,
                "externalId": _external("academic_session_external_ids", "academic_session_id"),
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
            texts=_texts("title", "description"),
            ones={"orgUnit": ("OrgUnit", "org_unit_id")},
            lists={
                "credits": ("Credit", _credits),
                **_external_ids("course"),
                "attributes": ("Attribute", _attributes("course_attributes", "course_id")),
            },
            manies={"offerings": ("Offering", "course_id", "STARTS_ON")},
            objects={"actor": ("Actor", actor_of("course_id"))},
            orders={"CODE": ("code", "id"), "TITLE": ("title_key", "id"), **_COMMON},
            filters={
                "code": _is("code"),
                "codePrefix": lambda row, value, rows: row["code"].startswith(value),
                "orgUnit": points_to("org_unit_id"),
                "language": _taught_in,
                "status": _is_state("status"),
                "updatedSince": _since,
                "externalId": _external("course_external_ids", "course_id"),
                "attribute": _has_attribute("course_attributes", "course_id"),
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
                "effectiveStartsOn": _day("effective_starts_on"),
                "effectiveEndsOn": _day("effective_ends_on"),
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
                "enrollmentWindows": ("EnrollmentWindow", _of("enrollment_windows", "offering_id", "id")),
                **_external_ids("offering"),
                "attributes": ("Attribute", _attributes("offering_attributes", "offering_id")),
            },
            objects={"place": ("Place", _place)},
            manies={
                "sections": ("Section", "offering_id", "CODE"),
                "enrollments": ("Enrollment", "offering_id", "ID"),
            },
            orders={
                "STARTS_ON": ("effective_starts_on", "id"),
                "CODE": ("code", "id"),
                **_COMMON,
                "COURSE": ("course_id", "id"),
            },
            filters={
                "code": _is("code"),
                "academicSession": points_to("academic_session_id"),
                "course": points_to("course_id"),
                "orgUnit": _of_unit,
                "state": _is_state("state"),
                "updatedSince": _since,
                "externalId": _external("offering_external_ids", "offering_id"),
                "attribute": _has_attribute("offering_attributes", "offering_id"),
            },
        ),
        Kind(
            "Section",
            "section",
            "sections",
            {
                **columns(code="code", capacity="capacity"),
                "status": enum("status"),
                "effectiveStartsOn": _day("effective_starts_on"),
                "effectiveEndsOn": _day("effective_ends_on"),
                **STAMPS,
            },
            texts=_texts("title"),
            ones={"offering": ("Offering", "offering_id")},
            lists=_external_ids("section"),
            manies={"enrollments": ("Enrollment", "section_id", "ID")},
            orders={"CODE": ("code", "id"), **_COMMON, "OFFERING": ("offering_id", "id")},
            filters={
                "code": _is("code"),
                "offering": points_to("offering_id"),
                "academicSession": _in_term,
                "status": _is_state("status"),
                "updatedSince": _since,
                "externalId": _external("section_external_ids", "section_id"),
            },
        ),
        Kind(
            "Enrollment",
            "enrollment",
            "enrollments",
            {
                "role": enum("role"),
                "state": enum("state"),
                "homeState": enum("home_state"),
                "hostState": enum("host_state"),
                "waitlistPosition": _position,
                "offeredUntil": moment("offered_until"),
                "stateChangedAt": moment("state_changed_at"),
                **STAMPS,
            },
            ones={
                "offering": ("Offering", "offering_id"),
                "user": ("User", "user_id"),
                "section": ("Section", "section_id"),
            },
            lists=_external_ids("enrollment"),
            objects={"result": ("Result", _result)},
            manies={"transitions": ("EnrollmentTransition", "enrollment_id", "ID")},
            orders={**_COMMON, "OFFERING": ("offering_id", "id")},
            filters={
                "state": _is_state("state"),
                "role": _is_state("role"),
                "section": points_to("section_id"),
                "offering": points_to("offering_id"),
                "user": points_to("user_id"),
                "academicSession": _in_term,
                "updatedSince": _since,
                "externalId": _external("enrollment_external_ids", "enrollment_id"),
            },
        ),
        Kind(
            "User",
            "user",
            "users",
            {
                **columns(
                    handle="handle",
                    givenName="given_name",
                    familyName="family_name",
                    displayName="display_name",
                    preferredLanguage="preferred_language",
                    pronouns="pronouns",
                    biography="biography",
                    avatarUrl="avatar_url",
                ),
                "status": enum("status"),
                "lastSignInAt": _last_sign_in,
                **STAMPS,
            },
            lists={
                "emails": ("UserEmail", _of("user_emails", "user_id", "id", personal=True)),
                "roles": ("RoleAssignment", _of("role_assignments", "user_id", "id", personal=True)),
                **_external_ids("user", personal=True),
                "attributes": ("Attribute", _attributes("user_attributes", "user_id")),
                "identities": (
                    "FederationIdentity",
                    _of("federation_identities", "user_id", "id", personal=True),
                ),
            },
            manies={
                "identityChanges": ("IdentityChange", "user_id", "ID"),
                "enrollments": ("Enrollment", "user_id", "ID"),
                "personalAccessTokens": ("PersonalAccessToken", "user_id", "ID"),
            },
            objects={"actor": ("Actor", actor_of("user_id"))},
            orders={"NAME": ("sort_name", "id"), **_COMMON},
            filters={
                "handle": _is("handle"),
                "status": _is_state("status"),
                "role": _with_role,
                "updatedSince": _since,
                "externalId": _external("user_external_ids", "user_id"),
                "attribute": _has_attribute("user_attributes", "user_id"),
            },
        ),
    )
}

# Root field -> kind, order when none is asked.
ROOTS = {
    "orgUnits": ("OrgUnit", "CODE"),
    "academicSessions": ("AcademicSession", "STARTS_ON"),
    "courses": ("Course", "CODE"),
    "offerings": ("Offering", "STARTS_ON"),
    "sections": ("Section", "CODE"),
    "enrollments": ("Enrollment", "ID"),
    "users": ("User", "NAME"),
    "attributeDefinitions": ("AttributeDefinition", "NAME"),
    "identityConflicts": ("IdentityConflict", "ID"),
    **SOCIAL_ROOTS,
    **MODERATION_ROOTS,
    **TELLING_ROOTS,
}
SINGLE = {
    "orgUnit": "OrgUnit",
    "academicSession": "AcademicSession",
    "course": "Course",
    "offering": "Offering",
    "section": "Section",
    "enrollment": "Enrollment",
    "user": "User",
    **SOCIAL_SINGLE,
}
