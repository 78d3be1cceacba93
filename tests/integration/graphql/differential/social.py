"""The social web in the differential test: what GraphQL calls its columns and its lists."""

from collections.abc import Callable
from typing import Any

from kernel.ids import EPOCH_MS, NODE_BITS, SEQUENCE_BITS
from tests.integration.graphql.differential.asked import Enum
from tests.integration.graphql.differential.kinds import (
    STAMPS,
    Kind,
    column,
    columns,
    enum,
    moment,
    moment_of,
    number_of,
    points_to,
)
from tests.integration.graphql.differential.rows import Row, Rows, Viewer
from tests.integration.graphql.differential.social_rows import TYPES
from tests.integration.graphql.differential.social_seen import is_listed, moderates, mutes, own_actor, wrote

_SHIFT = NODE_BITS + SEQUENCE_BITS


def actor_of(name: str) -> Any:
    """The actor of a person, course or unit, where the viewer sees it."""

    def found(row: Row, rows: Rows, viewer: Viewer) -> Row | None:
        actors = rows.of("actors", name, row["id"])
        return actors[0] if actors and rows.sees(viewer, "actors", actors[0]) else None

    return found


def _own(table: str) -> Any:
    def did(row: Row, rows: Rows, viewer: Viewer) -> bool:
        return any(one["actor_id"] == own_actor(rows, viewer) for one in rows.of(table, "post_id", row["id"]))

    return did


def _follow_state(viewers: str, others: str) -> Any:
    def state(row: Row, rows: Rows, viewer: Viewer) -> str | None:
        own = own_actor(rows, viewer)
        found = [one["state"] for one in rows.of("follows", viewers, own) if one[others] == row["id"]]
        return found[0].upper() if found else None

    return state


def _blocks(row: Row, rows: Rows, viewer: Viewer) -> bool:
    return any(
        one["blocked_id"] == row["id"] for one in rows.of("blocks", "actor_id", own_actor(rows, viewer))
    )


def _restriction(row: Row, rows: Rows, viewer: Viewer) -> str | None:
    is_shown = moderates(viewer) or row["user_id"] == viewer.id
    return row["restriction"].upper() if is_shown else None


def _source(row: Row, rows: Rows, viewer: Viewer) -> str | None:
    return row["source"] if wrote(rows, viewer, row) else None


def _format(row: Row, rows: Rows, viewer: Viewer) -> str | None:
    return row["source_media_type"] and row["source_media_type"].removeprefix("text/").upper()


def _hashtags(row: Row, rows: Rows, viewer: Viewer) -> list[str]:
    return [one["spelling"] for one in rows.of("post_hashtags", "post_id", row["id"], "tag")]


def _listed(table: str, owner: str, *order: str) -> Any:
    return lambda row, rows, viewer: rows.of(table, owner, row["id"], *order)


def _translations(row: Row, rows: Rows, viewer: Viewer) -> list[Row]:
    return [{"language": tag, "text": text} for tag, text in sorted(row["content_map"].items())]


def _participants(row: Row, rows: Rows, viewer: Viewer) -> list[Row]:
    found = [rows.get("actors", one) for one in sorted({int(one) for one in row["participants"]})]
    return [one for one in found if one is not None and rows.sees(viewer, "actors", one)]


def _of_draft(name: str, default: Any = None) -> Any:
    return lambda row, rows, viewer: row["document"].get(name, default)


def _upper(name: str, default: str) -> Any:
    return lambda row, rows, viewer: row["document"].get(name, default).upper()


def _answered(row: Row, rows: Rows, viewer: Viewer) -> str | None:
    answered = row["document"].get("in_reply_to_id")
    return answered and f"post_{answered}"


def _type(name: str) -> str:
    return "TENTATIVE_ACCEPT" if name == "TentativeAccept" else name.upper()


def _is_about(row: Row, value: Any, rows: Rows) -> bool:
    name = "post_id" if value.startswith("post_") else "object_actor_id"
    return bool(row[name] == number_of(value))


def _since(row: Row, value: Any, rows: Rows) -> bool:
    return bool((row["id"] >> _SHIFT) + EPOCH_MS >= int(moment_of(value).timestamp() * 1000 + 0.5))


def _accepted(end: str) -> Callable[[Row, Rows, Viewer], bool]:
    return lambda row, rows, viewer: row["state"] == "accepted" and is_listed(rows, viewer, row, end)


def _pending(row: Row, rows: Rows, viewer: Viewer) -> bool:
    return bool(row["state"] == "pending")


def _is_no_direct(row: Row, rows: Rows, viewer: Viewer) -> bool:
    return bool(row["visibility"] != "direct")


_ID = {"ID": ("id",)}
_CREATED = {"createdAt": moment("created_at")}
_PUBLISHED = {"visibility": enum("visibility"), "publishedAt": moment("published_at"), **_CREATED}
SOCIAL_KINDS = (
    Kind("LocalizedText", "", "", columns(text="text", language="language")),
    Kind(
        "ProfileField",
        "",
        "",
        {name: (lambda row, *_, name=name: row.get(name)) for name in ("name", "value")},
    ),
    Kind(
        "PostAttachment",
        "",
        "",
        {
            name: (lambda row, *_, key=key: row.get(key))
            for name, key in (("mediaType", "mediaType"), ("url", "url"), ("name", "name"))
        },
    ),
    Kind("PostMention", "", "", columns(isNamed="is_named"), ones={"actor": ("Actor", "actor_id")}),
    Kind(
        "PostVersion",
        "",
        "",
        {
            **columns(
                version="version",
                title="title",
                content="content",
                contentWarning="content_warning",
                language="language",
            ),
            "replacedAt": moment("replaced_at"),
        },
    ),
    Kind("FeaturedPost", "", "", _CREATED, ones={"post": ("Post", "post_id")}),
    Kind(
        "Actor",
        "actor",
        "actors",
        {
            **columns(
                address="address",
                isLocal="is_local",
                host="host",
                preferredUsername="preferred_username",
                displayName="display_name",
                biography="biography",
                avatarUrl="avatar_url",
                profileUrl="profile_url",
                alsoKnownAs="also_known_as",
                movedTo="moved_to",
                isDiscoverable="is_discoverable",
                approvesFollowers="approves_followers",
                followersCount="followers_count",
                followingCount="following_count",
                postsCount="posts_count",
            ),
            "handle": lambda row, *_: f"@{row['preferred_username']}@{row['host']}",
            "kind": enum("kind"),
            "status": enum("status"),
            "restriction": _restriction,
            "viewerFollows": _follow_state("follower_id", "followed_id"),
            "followsViewer": _follow_state("followed_id", "follower_id"),
            "viewerBlocks": _blocks,
            "viewerMutes": lambda row, rows, viewer: mutes(rows, viewer, row["id"]),
            "isViewer": lambda row, rows, viewer: row["user_id"] == viewer.id,
            **STAMPS,
        },
        ones={
            "user": ("User", "user_id"),
            "course": ("Course", "course_id"),
            "orgUnit": ("OrgUnit", "org_unit_id"),
        },
        lists={
            "fields": ("ProfileField", lambda row, *_: list(row["attachments"])),
            "featured": ("FeaturedPost", _listed("featured_posts", "actor_id", "post_id")),
        },
        manies={
            "posts": ("Post", "actor_id", "ID"),
            "announces": ("Announce", "actor_id", "ID"),
            "feed": ("Post", "group_id", "ID"),
            "followers": ("Follow", "followed_id", "ID"),
            "following": ("Follow", "follower_id", "ID"),
            "followRequests": ("Follow", "followed_id", "ID"),
        },
        where={
            "posts": _is_no_direct,
            "followers": _accepted("follower_id"),
            "following": _accepted("followed_id"),
            "followRequests": _pending,
        },
        orders=_ID,
        keys={
            "address": column("address"),
            "handle": lambda row, *_: f"@{row['preferred_username']}@{row['host']}",
        },
        is_newest_first=True,
    ),
    Kind(
        "Follow",
        "follow",
        "follows",
        {"state": enum("state"), "createdAt": STAMPS["createdAt"], "updatedAt": STAMPS["updatedAt"]},
        ones={"follower": ("Actor", "follower_id"), "followed": ("Actor", "followed_id")},
        orders=_ID,
        is_ordered=False,
        is_newest_first=True,
    ),
    Kind(
        "Post",
        "post",
        "posts",
        {
            **columns(
                address="address",
                pageUrl="page_url",
                isLocal="is_local",
                isAnnouncement="is_announcement",
                title="title",
                content="content",
                language="language",
                contentWarning="content_warning",
                isSensitive="is_sensitive",
                inReplyToAddress="in_reply_to_address",
                likesCount="likes_count",
                announcesCount="announces_count",
                repliesCount="replies_count",
            ),
            "kind": enum("kind"),
            "state": enum("state"),
            "source": _source,
            "sourceFormat": _format,
            "hashtags": _hashtags,
            "viewerLikes": _own("likes"),
            "viewerAnnounced": _own("announces"),
            "editedAt": moment("edited_at"),
            **_PUBLISHED,
            **STAMPS,
        },
        ones={
            "author": ("Actor", "actor_id"),
            "group": ("Actor", "group_id"),
            "writtenBy": ("User", "written_by_id"),
            "inReplyTo": ("Post", "in_reply_to_id"),
        },
        lists={
            "contentMap": ("LocalizedText", _translations),
            "attachments": ("PostAttachment", lambda row, *_: list(row["attachments"])),
            "mentions": ("PostMention", _listed("post_mentions", "post_id", "actor_id")),
            "versions": ("PostVersion", _listed("post_versions", "post_id", "id")),
        },
        manies={
            "replies": ("Post", "in_reply_to_id", "ID"),
            "conversation": ("Post", "conversation_id", "ID"),
        },
        local={"conversation": "conversation_id"},
        orders=_ID,
        keys={"address": column("address")},
        is_listed=lambda row: bool(row["state"] == "published"),
        is_newest_first=True,
    ),
    Kind(
        "Announce",
        "",
        "announces",
        {"visibility": enum("visibility"), "announcedAt": moment("created_at")},
        ones={"post": ("Post", "post_id"), "announcedBy": ("Actor", "actor_id")},
        orders=_ID,
        is_ordered=False,
        is_newest_first=True,
    ),
    Kind(
        "Draft",
        "draft",
        "post_drafts",
        {
            "state": enum("state"),
            "publishAt": moment("publish_at"),
            **columns(problem="problem"),
            "text": _of_draft("text", ""),
            "format": _upper("format", "plain"),
            "visibility": _upper("visibility", "public"),
            "language": _of_draft("language"),
            "title": _of_draft("title"),
            "contentWarning": _of_draft("content_warning"),
            "isSensitive": _of_draft("is_sensitive", False),
            "inReplyToId": _answered,
            **STAMPS,
        },
        ones={"actor": ("Actor", "actor_id")},
        orders=_ID,
        is_ordered=False,
        is_newest_first=True,
    ),
    Kind(
        "Activity",
        "activity",
        "activities",
        {
            **columns(
                address="address",
                isLocal="is_local",
                objectAddress="object_address",
                objectType="object_type",
            ),
            "type": lambda row, *_: _type(row["type"]),
            **_PUBLISHED,
        },
        ones={
            "actor": ("Actor", "actor_id"),
            "post": ("Post", "post_id"),
            "objectActor": ("Actor", "object_actor_id"),
        },
        orders=_ID,
        filters={
            "actor": points_to("actor_id"),
            "type": lambda row, value, rows: _type(row["type"]) == value.name,
            "object": _is_about,
            "since": _since,
        },
        is_ordered=False,
        is_newest_first=True,
    ),
    Kind(
        "TimelineEntry",
        "",
        "timeline_entries",
        {"reason": enum("reason")},
        ones={"post": ("Post", "post_id"), "announcedBy": ("Actor", "announced_by_id")},
        orders=_ID,
        is_ordered=False,
        is_newest_first=True,
    ),
    Kind(
        "Conversation",
        "conversation",
        "conversation_members",
        columns(isRead="is_read"),
        ones={"lastPost": ("Post", "last_post_id")},
        lists={"participants": ("Actor", _participants)},
        manies={"posts": ("Post", "conversation_id", "ID")},
        orders={"LAST_POST": ("last_post_id", "id")},
        is_ordered=False,
        is_newest_first=True,
    ),
)


def social_values(rows: Rows, chance: Any) -> dict[str, Callable[[Kind], Any]]:
    """What filters of activities are asked with."""

    def some(table: str, prefix: str) -> str:
        return f"{prefix}_{chance.choice(rows.tables[table])['id']}"

    def since(kind: Kind) -> str:
        ms = (chance.choice(rows.tables["activities"])["id"] >> _SHIFT) + EPOCH_MS + chance.choice((-1, 0, 1))
        return f"{moment_of(ms).isoformat(timespec='milliseconds')}"

    return {
        "actor": lambda kind: some("actors", "actor"),
        "type": lambda kind: Enum(_type(chance.choice(TYPES))),
        "object": lambda kind: chance.choice((some("posts", "post"), some("actors", "actor"))),
        "since": since,
    }
