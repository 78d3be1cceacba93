"""The root fields of the social web in the differential test: which rows they list, and what they are asked with."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.integration.graphql.differential.asked import Field
from tests.integration.graphql.differential.kinds import number_of
from tests.integration.graphql.differential.rows import Row, Rows, Viewer
from tests.integration.graphql.differential.social_rows import TAGS
from tests.integration.graphql.differential.social_seen import in_timelines, own_actor

Holds = Callable[[Row, Rows, Viewer, Field], bool]

SOCIAL_ROOTS = {
    "publicTimeline": ("Post", "ID"),
    "courseFeed": ("Post", "ID"),
    "hashtag": ("Post", "ID"),
    "homeTimeline": ("TimelineEntry", "ID"),
    "conversations": ("Conversation", "LAST_POST"),
    "drafts": ("Draft", "ID"),
    "followRequests": ("Follow", "ID"),
    "activities": ("Activity", "ID"),
}
SOCIAL_SINGLE = {"actor": "Actor", "post": "Post"}


def _in_public(row: Row, rows: Rows, viewer: Viewer, asked: Field) -> bool:
    return (
        row["visibility"] == "public"
        and row["in_reply_to_address"] is None
        and (row["is_local"] or not asked.value("local", False))
        and in_timelines(rows, viewer, row)
    )


def _in_feed(row: Row, rows: Rows, viewer: Viewer, asked: Field) -> bool:
    groups = rows.of("actors", "course_id", number_of(asked.value("courseId")))
    seen = [one["id"] for one in groups if rows.sees(viewer, "actors", one)]
    return row["group_id"] in seen and in_timelines(rows, viewer, row)


def _is_for_lists(row: Row, rows: Rows, viewer: Viewer, asked: Field) -> bool:
    given = {name for name, value in asked.value("filter", {}).items() if value is not None}
    return row["visibility"] != "unlisted" or not given.isdisjoint({"actor", "object"})


def _has_tag(row: Row, rows: Rows, viewer: Viewer, asked: Field) -> bool:
    wanted = asked.value("name").strip("#").casefold()
    tags = [one["tag"] for one in rows.of("post_hashtags", "post_id", row["id"])]
    return wanted in tags and row["visibility"] in ("public", "tenant") and in_timelines(rows, viewer, row)


def _is_request(row: Row, rows: Rows, viewer: Viewer, asked: Field) -> bool:
    return row["state"] == "pending" and row["followed_id"] == own_actor(rows, viewer)


# What a root field lists of the rows that the viewer sees.
ROOT_WHERE: Mapping[str, Holds] = {
    "publicTimeline": _in_public,
    "activities": _is_for_lists,
    "courseFeed": _in_feed,
    "hashtag": _has_tag,
    "followRequests": _is_request,
}


def root_arguments(name: str, rows: Rows, chance: Any) -> dict[str, tuple[str, Any]]:
    """The arguments that a root field has of its own: type and value."""
    if name == "hashtag":
        return {"name": ("String!", chance.choice([*TAGS, *TAGS.values(), "#Graphs", "none"]))}
    if name == "courseFeed":
        groups = [one["course_id"] for one in rows.tables["actors"] if one["course_id"]]
        return {"courseId": ("ID!", f"course_{chance.choice([*groups, 4711])}")}
    if name == "publicTimeline" and chance.random() < 0.6:
        return {"local": ("Boolean!", chance.random() < 0.5)}
    return {}
