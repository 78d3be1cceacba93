"""Reports, what moderators did, what is held back; and whom a person blocked and muted."""

from datetime import datetime
from enum import Enum

import strawberry

from api.plan.bindings import Column, Lookup, Root
from api.schema.actors import Actor
from api.schema.people import User
from api.schema.posts import Post
from api.schema.shared import Node, bound, connection, lazy


@strawberry.enum
class ReportState(Enum):
    OPEN = "open"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


@strawberry.enum
class ModerationActionKind(Enum):
    LIMIT_ACTOR = "limit_actor"
    SUSPEND_ACTOR = "suspend_actor"
    RESTORE_ACTOR = "restore_actor"
    DELETE_POST = "delete_post"
    LIMIT_HOST = "limit_host"
    BLOCK_HOST = "block_host"
    RESTORE_HOST = "restore_host"
    ALLOW_HOST = "allow_host"
    RESOLVE_REPORT = "resolve_report"
    DISMISS_REPORT = "dismiss_report"
    RELEASE_POST = "release_post"
    CHANGE_SETTINGS = "change_settings"


@strawberry.input
class ReportFilter:
    state: ReportState | None = strawberry.UNSET
    target: strawberry.ID | None = strawberry.UNSET


@strawberry.input
class ModerationActionFilter:
    actor: strawberry.ID | None = strawberry.UNSET
    report: strawberry.ID | None = strawberry.UNSET


@strawberry.type
class ReportedPost:
    post: Post | None


@strawberry.type(description="Somebody says that an actor, or posts of theirs, break the rules.")
class Report(Node):
    reporter: Actor | None = strawberry.field(
        description="Null: somebody of here who is not on the social web, or another server without a name."
    )
    target: Actor | None
    posts: list[ReportedPost]
    complaint: str
    is_remote: bool = strawberry.field(description="It came from another server.")
    is_forwarded: bool = strawberry.field(
        description="It was sent on to the actor's server, without saying who reported."
    )
    state: ReportState
    handled_by: User | None
    handled_at: datetime | None
    actions = connection(
        lazy("ModerationAction", "moderation"),
        filter=ModerationActionFilter,
        description="What moderators did about it.",
    )
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type(
    description="What a moderator did, and why. Nothing of this history changes: what takes an action back is another one."
)
class ModerationAction(Node):
    action: ModerationActionKind
    actor: Actor | None
    post: Post | None
    domain: str | None
    setting: str | None = strawberry.field(
        description="Of `federationSettings`, which changed: `mode`, `requires_signed_fetch` or `links_of_strangers`."
    )
    before: str | None = bound(
        Column("value_before"),
        description="What the setting, or the rule for the domain, said; null: there was none.",
    )
    after: str | None = bound(Column("value_after"), description="What it says since; null: there is none.")
    report: Report | None
    reason: str = bound(Column("moderation_reason"))
    moderator: User | None = strawberry.field(description="Null: an operator of the platform.")
    created_at: datetime


@strawberry.type(description="A post that nobody but its author sees until a moderator releases it.")
class HeldPost:
    post: Post | None
    why: str = strawberry.field(
        description="`links`: more than strangers may have. `limited`: its author, or their server."
    )
    created_at: datetime


@strawberry.type(description="Neither sees the other.")
class Block:
    blocked: Actor | None
    created_at: datetime


@strawberry.type(description="The person is shown nothing of the actor in timelines and notifications.")
class Mute:
    muted: Actor | None
    until: datetime | None = strawberry.field(description="Null: until it is taken back.")
    created_at: datetime


@strawberry.type(description="The same of all actors of a server, and of those below its domain.")
class MutedDomain:
    domain: str
    created_at: datetime


@strawberry.type
class ModerationQueries:
    """The moderators' queue and history, and each person's own lists."""

    reports = connection(
        Report,
        filter=ReportFilter,
        description="All reports for moderators, one's own for everybody else; newest first.",
        bind=Root(Lookup.CONNECTION, "Report", "ID"),
    )
    moderation_actions = connection(
        ModerationAction,
        filter=ModerationActionFilter,
        description="What moderators did, newest first; for moderators.",
        bind=Root(Lookup.CONNECTION, "ModerationAction", "ID"),
    )
    held_posts = connection(
        HeldPost,
        description="Posts that wait for a moderator, the first first; for moderators.",
        bind=Root(Lookup.CONNECTION, "HeldPost", "ID"),
    )
    blocks = connection(
        Block,
        description="Whom the viewer blocked, newest first.",
        bind=Root(Lookup.CONNECTION, "Block", "ID", where=("by_viewer",)),
    )
    mutes = connection(
        Mute,
        description="Whom the viewer muted, newest first.",
        bind=Root(Lookup.CONNECTION, "Mute", "ID", of_viewer="user_id"),
    )
    muted_domains = connection(
        MutedDomain,
        description="Which servers the viewer muted.",
        bind=Root(Lookup.CONNECTION, "MutedDomain", "DOMAIN", of_viewer="user_id"),
    )
