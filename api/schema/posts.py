"""Posts of the social web, their versions, drafts, and activities."""

from datetime import datetime
from enum import Enum

import strawberry

from api.plan.bindings import Column, Lookup, Records, Root, Texts
from api.schema.actors import Actor
from api.schema.people import User
from api.schema.shared import LocalizedText, Node, bound, connection, declared, lazy, order_input

PostOrder = order_input("Post", "ID")


@strawberry.enum
class PostKind(Enum):
    NOTE = "note"
    ARTICLE = "article"
    EVENT = "event"
    PAGE = "page"
    QUESTION = "question"
    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    DOCUMENT = "document"


@strawberry.enum(
    description="Who sees it: everybody (unlisted: but in no timeline), the author's followers, the institution's members,"
    " whom it is addressed to."
)
class PostVisibility(Enum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    TENANT = "tenant"
    DIRECT = "direct"


@strawberry.enum(description="Deleted: a Tombstone, of which nothing but this is left.")
class PostState(Enum):
    PUBLISHED = "published"
    DELETED = "deleted"


@strawberry.enum(description="How a text is typed; it is shown as sanitised HTML.")
class TextFormat(Enum):
    PLAIN = "plain"
    MARKDOWN = "markdown"


@strawberry.enum
class DraftState(Enum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"


@strawberry.enum(description="What an actor did, as ActivityPub calls it.")
class ActivityType(Enum):
    FOLLOW = "follow"
    ACCEPT = "accept"
    REJECT = "reject"
    UNDO = "undo"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    LIKE = "like"
    ANNOUNCE = "announce"
    BLOCK = "block"
    FLAG = "flag"
    ADD = "add"
    REMOVE = "remove"
    MOVE = "move"
    JOIN = "join"
    LEAVE = "leave"
    INVITE = "invite"
    TENTATIVE_ACCEPT = "tentative_accept"


@strawberry.type(description="A picture, a recording, a file of a post.")
class PostAttachment:
    media_type: str | None
    url: str | None
    name: str | None = strawberry.field(description="What it shows, in words.")


@strawberry.type(description="Somebody whom a post names, or is addressed to without naming them.")
class PostMention:
    actor: Actor | None
    is_named: bool


@strawberry.type(description="What a post was before it was changed.")
class PostVersion:
    version: int = strawberry.field(description="The post's version that this was.")
    title: str | None
    content: str = strawberry.field(description="Sanitised HTML.")
    content_warning: str | None
    language: str | None
    replaced_at: datetime


@strawberry.type(description="A post: of somebody here, or of another server.")
class Post(Node):
    address: str = strawberry.field(description="Its ActivityPub id.")
    page_url: str | None = strawberry.field(description="A page for people, of a post of another server.")
    kind: PostKind
    state: PostState
    visibility: PostVisibility
    is_local: bool
    is_announcement: bool = strawberry.field(description="Of a course's or unit's staff, sent by its group.")
    author: Actor | None
    written_by: User | None = strawberry.field(description="Of a group's own post: the person behind it.")
    group: Actor | None = strawberry.field(description="The course or unit in whose feed it stands.")
    title: str | None
    content: str = strawberry.field(description="Sanitised HTML.")
    content_map: list[LocalizedText] = bound(
        Texts("content_map"), description="The same in the other languages it was written in; sanitised HTML."
    )
    language: str | None = strawberry.field(description="BCP 47, of `content`.")
    source: str | None = strawberry.field(description="As its author wrote it; seen by its author.")
    source_format: TextFormat | None
    content_warning: str | None
    is_sensitive: bool
    hashtags: list[str] = strawberry.field(description="As they are spelled there, without #.")
    attachments: list[PostAttachment] = bound(
        Records("attachments", {"media_type": "mediaType", "url": "url", "name": "name"})
    )
    mentions: list[PostMention]
    in_reply_to: "Post | None"
    in_reply_to_address: str | None
    replies = connection(
        lazy("Post", "posts"), order=PostOrder, description="Answers that the viewer may see, newest first."
    )
    conversation = connection(
        lazy("Post", "posts"), order=PostOrder, description="All of the thread it is part of, newest first."
    )
    likes_count: int
    announces_count: int
    replies_count: int
    viewer_likes: bool
    viewer_announced: bool
    versions: list[PostVersion] = strawberry.field(description="What it was before, oldest first.")
    published_at: datetime = strawberry.field(description="As its author says.")
    edited_at: datetime | None
    created_at: datetime = strawberry.field(description="When it came to this institution.")
    updated_at: datetime
    version: int


@strawberry.type(description="That an actor announced a post: showed it to its followers.")
class Announce:
    post: Post | None
    announced_by: Actor | None
    visibility: PostVisibility
    announced_at: datetime = bound(Column("created_at"), description="When it came to this institution.")


@strawberry.type
class FeaturedPost:
    post: Post | None
    created_at: datetime


@strawberry.type(description="What is not published yet, seen by its author alone.")
class Draft(Node):
    actor: Actor | None = strawberry.field(description="In whose name: the person's own actor, or a group's.")
    state: DraftState
    publish_at: datetime | None
    problem: str | None = strawberry.field(description="Why it could not be published when its time came.")
    text: str
    format: TextFormat
    visibility: PostVisibility
    language: str | None
    title: str | None
    content_warning: str | None
    is_sensitive: bool
    in_reply_to_id: strawberry.ID | None
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.input
class ActivityFilter:
    actor: strawberry.ID | None = strawberry.UNSET
    type: ActivityType | None = strawberry.UNSET
    object: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The post or the actor that it is about."
    )
    since: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Came to this institution then or later."
    )


@strawberry.type(description="Something an actor did, as it was sent or received.")
class Activity(Node):
    address: str = strawberry.field(description="Its ActivityPub id.")
    activity_type: ActivityType = strawberry.field(name="type")
    actor: Actor | None
    is_local: bool
    visibility: PostVisibility
    object_address: str | None
    object_type: str | None = strawberry.field(description="As ActivityStreams calls it, such as Note.")
    post: Post | None = strawberry.field(description="Where it is about a post that is known here.")
    object_actor: Actor | None = strawberry.field(
        description="Where it is about an actor that is known here."
    )
    published_at: datetime
    created_at: datetime = strawberry.field(description="When it came to this institution.")


@strawberry.type
class PostQueries:
    """Posts, activities and what the viewer did not publish yet."""

    post: Post | None = declared(
        Post | None,
        description="A post that is known here, by exactly one of id and address; null where the viewer sees none.",
        bind=Root(Lookup.BY_KEY, "Post"),
        id=(strawberry.ID | None, strawberry.UNSET),
        address=(str | None, strawberry.UNSET),
    )
    activities = connection(
        Activity,
        filter=ActivityFilter,
        description="What actors did, as far as the viewer may see it; newest first. What is unlisted is listed by its actor "
        "or object alone, likes where the person shows what they like.",
        bind=Root(Lookup.CONNECTION, "Activity", "ID", where=("listed",)),
    )
    drafts = connection(
        Draft,
        description="What the viewer has not published yet, newest first.",
        bind=Root(Lookup.CONNECTION, "Draft", "ID", of_viewer="user_id"),
    )
