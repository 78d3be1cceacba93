"""What GraphQL calls the columns of each table, and by what its lists are joined, filtered and ordered; written by hand.

To extend the differential test to a field, a relation, a filter or an order is to add a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tests.integration.graphql.differential.rows import Row, Rows, Viewer

Scalar = Callable[[Row, Rows, Viewer], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One object type."""

    name: str
    prefix: str
    table: str
    scalars: Mapping[str, Scalar]
    texts: Mapping[str, Callable[[Row, Rows], Mapping[str, str] | None]] = field(default_factory=dict)
    ones: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # field -> kind, column
    manies: Mapping[str, tuple[str, str, str]] = field(
        default_factory=dict
    )  # field -> kind, its column, order
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filters: Mapping[str, Callable[[Row, Any, Rows], bool]] = field(default_factory=dict)


def moment(value: datetime | None) -> str | None:
    """As the API writes a moment."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def number_of(global_id: str) -> int:
    """The row's id."""
    return int(global_id.rpartition("_")[2])


def _column(name: str) -> Scalar:
    return lambda row, rows, viewer: row[name]


def _enum(name: str) -> Scalar:
    return lambda row, rows, viewer: None if row[name] is None else row[name].upper()


def _day(name: str) -> Scalar:
    def read(row: Row, rows: Rows, viewer: Viewer) -> str | None:
        value: date | None = row[name]
        return None if value is None else value.isoformat()

    return read


def _moment(name: str) -> Scalar:
    return lambda row, rows, viewer: moment(row[name])


def _last_sign_in(row: Row, rows: Rows, viewer: Viewer) -> str | None:
    return moment(row["last_sign_in_at"]) if viewer.reads_all or viewer.id == row["id"] else None


def _credits(row: Row, rows: Rows, viewer: Viewer) -> list[dict[str, Any]]:
    return [{"value": f"{one['value'] // 100}.{one['value'] % 100:02}"} for one in row["credits"]]


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


def _emails(row: Row, rows: Rows, viewer: Viewer) -> list[dict[str, Any]]:
    if not viewer.reads_all and row["id"] != viewer.id:
        return []
    own = [one for one in rows.tables["user_emails"] if one["user_id"] == row["id"]]
    return [{"address": one["address"]} for one in sorted(own, key=lambda one: one["id"])]


def _is(name: str) -> Callable[[Row, Any, Rows], bool]:
    return lambda row, value, rows: bool(row[name] == value)


def _is_state(name: str) -> Callable[[Row, Any, Rows], bool]:
    return lambda row, value, rows: bool(row[name] == value.name.lower())


def _points_to(name: str) -> Callable[[Row, Any, Rows], bool]:
    return lambda row, value, rows: bool(row[name] == number_of(value))


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

KINDS: dict[str, Kind] = {
    one.name: one
    for one in (
        Kind(
            "OrgUnit",
            "unit",
            "org_units",
            {"code": _column("code"), "kind": _enum("kind"), "version": _column("version")},
            texts={"name": lambda row, rows: row["name"]},
            ones={"parent": ("OrgUnit", "parent_id")},
            manies={
                "children": ("OrgUnit", "parent_id", "CODE"),
                "courses": ("Course", "org_unit_id", "CODE"),
            },
            orders={"CODE": ("code", "id"), **_COMMON},
            filters={"code": _is("code"), "kind": _is_state("kind")},
        ),
        Kind(
            "AcademicSession",
            "session",
            "academic_sessions",
            {
                "code": _column("code"),
                "startsOn": _day("starts_on"),
                "teachingEndsOn": _day("teaching_ends_on"),
            },
            manies={"offerings": ("Offering", "academic_session_id", "CODE")},
            orders={"STARTS_ON": ("starts_on", "id"), "CODE": ("code", "id"), **_COMMON},
            filters={"code": _is("code")},
        ),
        Kind(
            "Course",
            "course",
            "courses",
            {
                "code": _column("code"),
                "visibility": _enum("visibility"),
                "status": _enum("status"),
                "eqfLevel": _column("eqf_level"),
                "teachingLanguages": _column("teaching_languages"),
                "credits": _credits,
                "updatedAt": _moment("updated_at"),
                "version": _column("version"),
            },
            texts={
                "title": lambda row, rows: row["title"],
                "description": lambda row, rows: row["description"],
            },
            ones={"orgUnit": ("OrgUnit", "org_unit_id")},
            manies={"offerings": ("Offering", "course_id", "STARTS_ON")},
            orders={"CODE": ("code", "id"), "TITLE": ("title_key", "id"), **_COMMON},
            filters={
                "code": _is("code"),
                "codePrefix": lambda row, value, rows: row["code"].startswith(value),
                "orgUnit": _points_to("org_unit_id"),
                "language": _taught_in,
                "status": _is_state("status"),
                "updatedSince": _since,
                "externalId": _external("course_external_ids", "course_id"),
            },
        ),
        Kind(
            "Offering",
            "offering",
            "offerings",
            {
                "code": _column("code"),
                "state": _enum("state"),
                "visibility": _enum("visibility"),
                "effectiveStartsOn": _day("effective_starts_on"),
                "approvalRequired": _column("approval_required"),
                "capacity": _seats("capacity"),
                "seatsTaken": _seats("taken"),
                "seatsFree": _free,
                "waitlistLength": _seats("waitlisted"),
                "createdAt": _moment("created_at"),
            },
            texts={"title": _inherited("title"), "description": _inherited("description")},
            ones={
                "course": ("Course", "course_id"),
                "academicSession": ("AcademicSession", "academic_session_id"),
            },
            manies={
                "sections": ("Section", "offering_id", "CODE"),
                "enrollments": ("Enrollment", "offering_id", "ID"),
            },
            orders={"STARTS_ON": ("effective_starts_on", "id"), "CODE": ("code", "id"), **_COMMON},
            filters={
                "code": _is("code"),
                "academicSession": _points_to("academic_session_id"),
                "course": _points_to("course_id"),
                "state": _is_state("state"),
                "updatedSince": _since,
            },
        ),
        Kind(
            "Section",
            "section",
            "sections",
            {"code": _column("code"), "capacity": _column("capacity"), "status": _enum("status")},
            texts={"title": lambda row, rows: row["title"]},
            ones={"offering": ("Offering", "offering_id")},
            manies={"enrollments": ("Enrollment", "section_id", "ID")},
            orders={"CODE": ("code", "id"), **_COMMON},
            filters={
                "code": _is("code"),
                "externalId": _external("section_external_ids", "section_id"),
            },
        ),
        Kind(
            "Enrollment",
            "enrollment",
            "enrollments",
            {
                "role": _enum("role"),
                "state": _enum("state"),
                "waitlistPosition": _position,
                "stateChangedAt": _moment("state_changed_at"),
            },
            ones={
                "offering": ("Offering", "offering_id"),
                "user": ("User", "user_id"),
                "section": ("Section", "section_id"),
            },
            orders={**_COMMON},
            filters={
                "state": _is_state("state"),
                "role": _is_state("role"),
                "section": _points_to("section_id"),
                "offering": _points_to("offering_id"),
                "user": _points_to("user_id"),
                "academicSession": _in_term,
                "updatedSince": _since,
            },
        ),
        Kind(
            "User",
            "user",
            "users",
            {
                "handle": _column("handle"),
                "displayName": _column("display_name"),
                "pronouns": _column("pronouns"),
                "status": _enum("status"),
                "lastSignInAt": _last_sign_in,
                "emails": _emails,
            },
            manies={"enrollments": ("Enrollment", "user_id", "ID")},
            orders={"NAME": ("sort_name", "id"), **_COMMON},
            filters={"handle": _is("handle"), "status": _is_state("status"), "updatedSince": _since},
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
}
SINGLE = {
    "orgUnit": "OrgUnit",
    "academicSession": "AcademicSession",
    "course": "Course",
    "offering": "Offering",
    "section": "Section",
    "enrollment": "Enrollment",
    "user": "User",
}
# Fields of objects that are no kind of their own: what is asked of them.
VALUES = {"credits": "value", "emails": "address"}
