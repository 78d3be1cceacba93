"""What a person is told, and how they wish to be told."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from api.plan.bindings import Computed, Lookup, Root
from api.schema.actors import Actor
from api.schema.courses import Offering
from api.schema.enrollments import Enrollment
from api.schema.posts import Post
from api.schema.shared import Node, bound, connection, order_input
from api.schema.subscription_fields import Said, Watched
from federation.entities.notifications import preferences, unread_count
from kernel.outbox.reading import Told
from tenants.model import Scope


@strawberry.enum(description="What somebody is told of.")
class NotificationKind(Enum):
    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    FOLLOW_ACCEPTED = "follow_accepted"
    MENTION = "mention"
    REPLY = "reply"
    LIKE = "like"
    ANNOUNCE = "announce"
    COURSE_ANNOUNCEMENT = "course_announcement"
    DIRECT_MESSAGE = "direct_message"
    REQUEST_DECIDED = "request_decided"
    PROMOTED = "promoted"
    SEAT_OFFERED = "seat_offered"
    OFFERING_CHANGED = "offering_changed"
    OFFERING_CANCELLED = "offering_cancelled"
    IMPORT_FINISHED = "import_finished"
    REPORT_FILED = "report_filed"
    IDENTITY_CONFLICT = "identity_conflict"
    MOVED = "moved"
    SAVED_SEARCH = "saved_search"


@strawberry.enum(
    description="When something is told by e-mail: within minutes, in one letter a day, or not at all."
)
class EmailTime(Enum):
    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


NotificationOrder = order_input("Notification", "ID")


@strawberry.input
class NotificationFilter:
    kind: NotificationKind | None = strawberry.UNSET
    is_read: bool | None = strawberry.UNSET


@strawberry.type(
    description="Something that the viewer is told. What it is about is null where they may not see it."
)
class Notification(Node):
    kind: NotificationKind
    actor: Actor | None = strawberry.field(description="Who did it; of `MOVED` who they are now.")
    post: Post | None
    enrollment: Enrollment | None
    offering: Offering | None
    state: str | None = strawberry.field(
        description="Of `REQUEST_DECIDED` the enrollment's state then, of `IMPORT_FINISHED` how it ended."
    )
    until: datetime | None = strawberry.field(
        description="Of `SEAT_OFFERED`: until when it must be accepted."
    )
    changed: list[str] = strawberry.field(
        description="Of `OFFERING_CHANGED`: which of the offering's fields."
    )
    about: strawberry.ID | None = strawberry.field(
        description="The report, identity conflict, import, request to follow or saved search that it is about."
    )
    search_name: str | None = strawberry.field(
        description="Of `SAVED_SEARCH`: what the search was called when it found something."
    )
    match_count: int | None = strawberry.field(
        description="Of `SAVED_SEARCH`: how much it found that is new, counted up to 10,000."
    )
    matches: list[strawberry.ID] = strawberry.field(
        description="Of `SAVED_SEARCH`: the first of what it found; `nodes` shows what the viewer still may see."
    )
    is_read: bool
    read_at: datetime | None
    created_at: datetime


@strawberry.type(description="How the viewer is told of a kind.")
class NotificationPreference:
    kind: NotificationKind
    in_app: bool
    email: EmailTime


@strawberry.type
class NotificationCreatedPayload:
    event_id: str = strawberry.field(
        description="Give it as `extensions.lastEventId` or `Last-Event-ID` to go on after this event."
    )
    at: datetime
    notification: Notification


@strawberry.input(description="Members that are given must all hold; a list means any of its entries.")
class NotificationCreatedFilter:
    kinds: list[NotificationKind] | None = strawberry.UNSET


def _nothing(told: Told) -> Mapping[str, Any]:
    return {}


NOTIFICATION_CREATED = Watched(
    events=("notification.created",),
    members={"kinds": Said("kind")},
    read=_nothing,
    shows="notification",
    entity="Notification",
    of_viewer="user",
)


@strawberry.type
class NotificationQueries:
    """What a person is told."""

    notifications = connection(
        Notification,
        filter=NotificationFilter,
        order=NotificationOrder,
        description="What the viewer is told, newest first; kept for 90 days.",
        bind=Root(Lookup.CONNECTION, "Notification", "ID", of_viewer="user_id", where=("shown",)),
    )
    unread_notifications_count: int = bound(
        Computed(unread_count, Scope.NOTIFICATIONS_READ),
        description="How many of them the viewer has not read, counted up to 1,000.",
    )
    notification_preferences: list[NotificationPreference] = bound(
        Computed(
            preferences,
            Scope.NOTIFICATIONS_READ,
            {"kind": "kind", "in_app": "inApp", "email": "email"},
        ),
        description="How the viewer is told of each kind.",
    )
