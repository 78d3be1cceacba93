"""Enrollments in the differential test: what GraphQL calls their columns, their history and their results."""

from tests.integration.graphql.differential.kinds import (
    COMMON,
    STAMPS,
    Kind,
    columns,
    enum,
    moment,
    points_to,
)
from tests.integration.graphql.differential.matching import external, in_term, is_state, since
from tests.integration.graphql.differential.owned import credits_of, external_ids
from tests.integration.graphql.differential.rows import Row, Rows, Viewer


def _result(row: Row, rows: Rows, viewer: Viewer) -> Row | None:
    return next(iter(rows.of("results", "enrollment_id", row["id"])), None)


def _position(row: Row, rows: Rows, viewer: Viewer) -> int | None:
    if row["state"] != "waitlisted":
        return None
    waiting = [
        one
        for one in rows.tables["enrollments"]
        if one["offering_id"] == row["offering_id"] and one["state"] == "waitlisted"
    ]
    return 1 + sum(one["waitlist_rank"] < row["waitlist_rank"] for one in waiting)


ENROLLING_KINDS = (
    Kind(
        "Result",
        "",
        "results",
        {
            **columns(scheme="scheme", value="value", isPassed="is_passed"),
            "recordedAt": moment("recorded_at"),
        },
        lists={"credits": ("Credit", credits_of)},
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
        lists=external_ids("enrollment"),
        objects={"result": ("Result", _result)},
        manies={"transitions": ("EnrollmentTransition", "enrollment_id", "ID")},
        orders={**COMMON, "OFFERING": ("offering_id", "id")},
        filters={
            "state": is_state("state"),
            "role": is_state("role"),
            "section": points_to("section_id"),
            "offering": points_to("offering_id"),
            "user": points_to("user_id"),
            "academicSession": in_term,
            "updatedSince": since,
            "externalId": external("enrollment_external_ids", "enrollment_id"),
        },
    ),
)


ENROLLING_ROOTS = {"enrollments": ("Enrollment", "ID")}
ENROLLING_SINGLE = {"enrollment": "Enrollment"}
