"""Timelines: what a person is shown of those they follow, and what everybody is shown."""

from enum import Enum

import strawberry

from api.plan.bindings import Lookup, Root
from api.schema.actors import Actor
from api.schema.posts import Post, PostOrder
from api.schema.shared import Node, connection


@strawberry.enum(description="Why a post stands in somebody's timeline.")
class TimelineReason(Enum):
    FOLLOWED = "followed"
    ANNOUNCED = "announced"
    GROUP = "group"
    OWN = "own"
    MENTIONED = "mentioned"


@strawberry.type(description="A post in the viewer's timeline.")
class TimelineEntry:
    post: Post | None
    reason: TimelineReason
    announced_by: Actor | None


@strawberry.type(description="A thread of direct posts that the viewer is part of.")
class Conversation(Node):
    last_post: Post | None
    is_read: bool
    participants: list[Actor]
    posts = connection(Post, order=PostOrder, description="Newest first.")


@strawberry.type
class TimelineQueries:
    """What a person is shown."""

    home_timeline = connection(
        TimelineEntry,
        description="What those whom the viewer follows published and announced, newest first, without whom they muted.",
        bind=Root(Lookup.CONNECTION, "TimelineEntry", "ID", of_viewer="user_id"),
    )
    conversations = connection(
        Conversation,
        description="The viewer's conversations, the one with the newest post first.",
        bind=Root(Lookup.CONNECTION, "Conversation", "LAST_POST", of_viewer="user_id"),
    )
    public_timeline = connection(
        Post,
        order=PostOrder,
        description="Public posts that answer no other, newest first; with `local` those of this institution alone.",
        bind=Root(
            Lookup.CONNECTION,
            "Post",
            "ID",
            where=("public", "no_reply", "in_timelines"),
            given={"local": "local"},
        ),
        local=(bool, False),
    )
    course_feed = connection(
        Post,
        order=PostOrder,
        description="What was posted in a course's group, newest first, as far as the viewer may see it.",
        bind=Root(Lookup.CONNECTION, "Post", "ID", where=("in_timelines",), given={"courseId": "course"}),
        course_id=strawberry.ID,
    )
    hashtag = connection(
        Post,
        order=PostOrder,
        description="Posts with a hashtag, for everybody or for the institution, in any spelling and with or without #; newest first.",
        bind=Root(
            Lookup.CONNECTION, "Post", "ID", where=("for_many", "in_timelines"), given={"name": "hashtag"}
        ),
        name=str,
    )
