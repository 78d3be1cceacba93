"""Who sees what of the social web, written a second time over plain rows."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.graphql.differential.rows import Row, Rows, Viewer

TABLES = (
    "actors",
    "follows",
    "posts",
    "post_mentions",
    "post_hashtags",
    "post_versions",
    "likes",
    "announces",
    "featured_posts",
    "held_posts",
    "report_posts",
    "blocks",
    "mutes",
    "muted_domains",
    "timeline_entries",
    "conversation_members",
    "post_drafts",
    "activities",
)
_MEMBERS = ("public", "unlisted", "tenant")


def sees(rows: "Rows", viewer: "Viewer", table: str, row: "Row") -> bool:
    """Whether the viewer, who is signed in, sees this row of one of `TABLES`."""
    match table:
        case "actors":
            return moderates(viewer) or stands(rows, viewer, row) or row["user_id"] == viewer.id
        case "posts":
            return _sees_post(rows, viewer, row)
        case "activities":
            return _sees_activity(rows, viewer, row)
        case "follows":
            return _sees_follow(rows, viewer, row)
        case "announces":
            return _sees_announce(rows, viewer, row)
        case "timeline_entries":
            return _sees_entry(rows, viewer, row)
        case "conversation_members" | "post_drafts":
            return bool(row["user_id"] == viewer.id)
    return True  # only reached through what decides


def moderates(viewer: "Viewer") -> bool:
    """Whether they hold the permission."""
    return viewer.role in ("tenant_admin", "registrar")


def own_actor(rows: "Rows", viewer: "Viewer") -> int | None:
    """The id of the viewer's actor."""
    return next(
        (one["id"] for one in rows.of("actors", "user_id", viewer.id) if one["status"] != "gone"), None
    )


def stands(rows: "Rows", viewer: "Viewer", actor: "Row") -> bool:
    """Whether it is seen, by everybody or by who sees its course."""
    if actor["restriction"] == "suspended" or actor["status"] == "gone":
        return False
    course = rows.get("courses", actor["course_id"])
    return actor["status"] != "withdrawn" or (course is not None and rows.sees(viewer, "courses", course))


def is_listed(rows: "Rows", viewer: "Viewer", follow: "Row", end: str) -> bool:
    """Whether a follow stands in lists under the actor of that end."""
    actor = _actor(rows, follow[end])
    if not actor["is_local"] or actor["user_id"] is None or actor["is_discoverable"]:
        return True
    own = own_actor(rows, viewer)
    return moderates(viewer) or own in (follow["follower_id"], follow["followed_id"])


def follows(rows: "Rows", viewer: "Viewer", actor_id: int) -> bool:
    """Whether the viewer follows the actor."""
    own = own_actor(rows, viewer)
    return any(
        one["follower_id"] == own and one["state"] == "accepted"
        for one in rows.of("follows", "followed_id", actor_id)
    )


def wrote(rows: "Rows", viewer: "Viewer", post: "Row") -> bool:
    """Whether the viewer wrote it, in their own name or a group's."""
    return post["actor_id"] == own_actor(rows, viewer) or post["written_by_id"] == viewer.id


def mutes(rows: "Rows", viewer: "Viewer", actor_id: int) -> bool:
    """Whether the viewer muted this actor now, by name."""
    now = datetime.now(UTC)
    return any(
        one["muted_id"] == actor_id and (one["until"] is None or one["until"] > now)
        for one in rows.of("mutes", "user_id", viewer.id)
    )


def in_timelines(rows: "Rows", viewer: "Viewer", post: "Row") -> bool:
    """Whether it belongs in a timeline of many."""
    if moderates(viewer) and not _is_for_timelines(rows, viewer, post):
        return False
    return not _is_muted(rows, viewer, post["actor_id"])


def _is_for_timelines(rows: "Rows", viewer: "Viewer", post: "Row") -> bool:
    """What is seen by moderators alone is not."""
    return (
        not rows.of("held_posts", "post_id", post["id"])
        and _author_stands(rows, viewer, post)
        and not _is_blocked(rows, viewer, post["actor_id"])
    )


def _sees_post(rows: "Rows", viewer: "Viewer", post: "Row") -> bool:
    reaches = _reaches(rows, viewer, post, post["id"]) or post["written_by_id"] == viewer.id
    if moderates(viewer):
        return reaches or any(
            rows.of(table, "post_id", post["id"]) for table in ("report_posts", "held_posts")
        )
    is_held = bool(rows.of("held_posts", "post_id", post["id"]))
    if is_held and post["actor_id"] != own_actor(rows, viewer):
        return False
    return reaches and _author_stands(rows, viewer, post) and not _is_blocked(rows, viewer, post["actor_id"])


def _sees_activity(rows: "Rows", viewer: "Viewer", row: "Row") -> bool:
    own = own_actor(rows, viewer)
    reaches = _reaches(rows, viewer, row, row["post_id"]) or (
        own is not None and row["object_actor_id"] == own
    )
    is_like = "Like" in (row["type"], row["object_type"])
    if moderates(viewer):
        return reaches or is_like
    if is_like:
        post = rows.get("posts", row["post_id"])
        is_concerned = row["actor_id"] == own or (post is not None and wrote(rows, viewer, post))
        reaches = is_concerned or (reaches and _tells_likes(rows, row))
    return reaches and _author_stands(rows, viewer, row) and not _is_blocked(rows, viewer, row["actor_id"])


def _tells_likes(rows: "Rows", row: "Row") -> bool:
    actor = _actor(rows, row["actor_id"])
    if actor["is_local"]:
        return actor["user_id"] is None or "likes" in actor["exposed"]
    return row["visibility"] in ("public", "unlisted")


def _sees_announce(rows: "Rows", viewer: "Viewer", row: "Row") -> bool:
    post = rows.get("posts", row["post_id"])
    assert post is not None
    if not _reaches(rows, viewer, row, post["id"]) or post["state"] != "published":
        return False
    if not _sees_post(rows, viewer, post) or moderates(viewer):
        return _sees_post(rows, viewer, post)
    return _author_stands(rows, viewer, row) and not _is_blocked(rows, viewer, row["actor_id"])


def _sees_follow(rows: "Rows", viewer: "Viewer", row: "Row") -> bool:
    if moderates(viewer) or own_actor(rows, viewer) in (row["follower_id"], row["followed_id"]):
        return True
    ends = [_actor(rows, row["follower_id"]), _actor(rows, row["followed_id"])]
    if row["state"] != "accepted":
        return _is_staff(rows, viewer, ends[1])
    return all(
        stands(rows, viewer, one)
        and (not one["is_local"] or one["user_id"] is None or "follows" in one["exposed"])
        for one in ends
    )


def _is_staff(rows: "Rows", viewer: "Viewer", group: "Row") -> bool:
    return group["course_id"] is not None and any(
        one["role"] in ("instructor", "assistant")
        and one["state"] == "active"
        and offering["course_id"] == group["course_id"]
        and offering["state"] != "archived"
        for one in rows.of("enrollments", "user_id", viewer.id)
        if (offering := rows.get("offerings", one["offering_id"])) is not None
    )


def _sees_entry(rows: "Rows", viewer: "Viewer", row: "Row") -> bool:
    post = rows.get("posts", row["post_id"])
    assert post is not None
    by = row["announced_by_id"]
    return (
        row["user_id"] == viewer.id
        and post["state"] == "published"
        and _sees_post(rows, viewer, post)
        and not _is_muted(rows, viewer, post["actor_id"])
        and (not moderates(viewer) or _is_for_timelines(rows, viewer, post))
        and (
            by is None
            or (
                stands(rows, viewer, _actor(rows, by))
                and not _is_blocked(rows, viewer, by)
                and not _is_muted(rows, viewer, by)
            )
        )
    )


def _reaches(rows: "Rows", viewer: "Viewer", row: "Row", post_id: int | None) -> bool:
    own = own_actor(rows, viewer)
    return (
        row["visibility"] in _MEMBERS
        or row["actor_id"] == own
        or (row["visibility"] == "followers" and follows(rows, viewer, row["actor_id"]))
        or any(one["actor_id"] == own for one in rows.of("post_mentions", "post_id", post_id))
    )


def _author_stands(rows: "Rows", viewer: "Viewer", row: "Row") -> bool:
    author = _actor(rows, row["actor_id"])
    is_free = author["restriction"] != "limited" or follows(rows, viewer, author["id"])
    return (stands(rows, viewer, author) and is_free) or author["user_id"] == viewer.id


def _is_blocked(rows: "Rows", viewer: "Viewer", actor_id: int) -> bool:
    own = own_actor(rows, viewer)
    return any(
        (one["actor_id"], one["blocked_id"]) in ((own, actor_id), (actor_id, own))
        for one in rows.tables["blocks"]
    )


def _is_muted(rows: "Rows", viewer: "Viewer", actor_id: int) -> bool:
    host = f".{_actor(rows, actor_id)['host']}"
    servers = rows.of("muted_domains", "user_id", viewer.id)
    return mutes(rows, viewer, actor_id) or any(host.endswith(f".{one['domain']}") for one in servers)


def _actor(rows: "Rows", actor_id: int) -> Any:
    found = rows.get("actors", actor_id)
    assert found is not None
    return found
