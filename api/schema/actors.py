"""Actors of the social web, and who follows whom."""

from datetime import datetime
from enum import Enum

import strawberry

from api.plan.bindings import Lookup, Records, Root
from api.schema.courses import Course
from api.schema.people import OrgUnit, User
from api.schema.shared import Node, bound, connection, declared, lazy


@strawberry.enum(description="A person; a group: a course or org unit; an organization; a program.")
class ActorKind(Enum):
    PERSON = "person"
    GROUP = "group"
    ORGANIZATION = "organization"
    SERVICE = "service"
    APPLICATION = "application"


@strawberry.enum
class ActorStatus(Enum):
    ACTIVE = "active"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    GONE = "gone"


@strawberry.enum(description="What moderators did about an actor. Limited: shown to its followers alone.")
class ActorRestriction(Enum):
    NONE = "none"
    LIMITED = "limited"
    SUSPENDED = "suspended"


@strawberry.enum
class FollowState(Enum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@strawberry.type(description="A line of an actor's profile.")
class ProfileField:
    name: str
    value: str = strawberry.field(description="Sanitised HTML.")


@strawberry.type(description="Somebody on the social web: of this institution, or of any other server.")
class Actor(Node):
    address: str = strawberry.field(description="Its ActivityPub id.")
    handle: str = strawberry.field(description="`@name@host`")
    kind: ActorKind
    status: ActorStatus
    is_local: bool
    host: str = strawberry.field(description="With its port where it has one.")
    preferred_username: str
    display_name: str
    biography: str = strawberry.field(description="Sanitised HTML.")
    avatar_url: str | None
    profile_url: str | None = strawberry.field(description="A page for people.")
    fields: list[ProfileField] = bound(Records("attachments", {"name": "name", "value": "value"}))
    also_known_as: list[str] = strawberry.field(description="Addresses of actors that are the same person.")
    moved_to: str | None
    is_discoverable: bool
    approves_followers: bool
    restriction: ActorRestriction | None = strawberry.field(
        description="Seen by moderators and by whom it is about."
    )
    user: User | None
    course: Course | None
    org_unit: OrgUnit | None
    followers_count: int
    following_count: int
    posts_count: int
    posts = connection(
        lazy("Post", "posts"),
        order=lazy("PostOrder", "posts"),
        description="What it published and the viewer may see, newest first; no direct posts.",
    )
    announces = connection(
        lazy("Announce", "posts"),
        description="Posts that it announced and the viewer may see, the one announced last first.",
    )
    feed = connection(
        lazy("Post", "posts"),
        order=lazy("PostOrder", "posts"),
        description="Of a group: what was posted in it, by whomever; newest first.",
    )
    featured = declared(
        list[lazy("FeaturedPost", "posts")],  # type: ignore[misc]  # a type of another module
        description="What it shows on top of its profile.",
    )
    followers = connection(
        lazy("Follow", "actors"),
        description="Newest first. People of here who are not discoverable are left out.",
    )
    following = connection(
        lazy("Follow", "actors"),
        description="Newest first. People of here who are not discoverable are left out.",
    )
    follow_requests = connection(
        lazy("Follow", "actors"),
        description="Who asks to follow it, newest first: seen by the person, of a group by its staff.",
    )
    viewer_follows: FollowState | None = strawberry.field(
        description="Whether the viewer follows it; null: they never asked."
    )
    follows_viewer: FollowState | None
    viewer_blocks: bool | None = strawberry.field(description="Null: nobody is signed in.")
    viewer_mutes: bool | None = strawberry.field(
        description="By name, and now; of servers `mutedDomains` tells. Null: nobody is signed in."
    )
    is_viewer: bool
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type(description="That one actor follows another, or asked to.")
class Follow(Node):
    follower: Actor | None
    followed: Actor | None
    state: FollowState
    created_at: datetime
    updated_at: datetime


@strawberry.type
class ActorQueries:
    """Looking actors up."""

    actor: Actor | None = declared(
        Actor | None,
        description="An actor that is known here, by exactly one of id, address and handle (`@name@host`);"
        " `lookUpActor` asks other servers.",
        bind=Root(Lookup.BY_KEY, "Actor"),
        id=(strawberry.ID | None, strawberry.UNSET),
        address=(str | None, strawberry.UNSET),
        handle=(str | None, strawberry.UNSET),
    )
    follow_requests = connection(
        Follow,
        description="Who asks to follow the viewer, newest first.",
        bind=Root(Lookup.CONNECTION, "Follow", "ID", where=("to_viewer", "pending")),
    )
