"""The root fields that go on telling: each hears events of the outbox and shows the changed object as it is now."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import strawberry

from api.schema.courses import Course, Offering
from api.schema.enrollments import Enrollment
from api.schema.enums import EnrollmentState
from api.schema.notifications import (
    NOTIFICATION_CREATED,
    NotificationCreatedFilter,
    NotificationCreatedPayload,
)
from api.schema.subscription_fields import CHANGE, OBJECT, Said, Stored, Watched, subscription
from kernel.outbox.reading import Told
from tenants.model import Permission, Scope

_EVENT_ID = "Give it as `extensions.lastEventId` or `Last-Event-ID` to go on after this event."
_ANY = "Members that are given must all hold; a list means any of its entries."


@strawberry.enum(description="What happened to a course.")
class CourseChange(Enum):
    CREATED = "created"
    UPDATED = "updated"
    ARCHIVED = "archived"


@strawberry.enum(description="How far an import is. All of a set is loaded, or nothing.")
class ImportState(Enum):
    RUNNING = "running"
    LOADED = "loaded"
    CHECKED = "checked"  # a dry run that found no errors
    REFUSED = "refused"
    FAILED = "failed"


@strawberry.type
class EnrollmentChangedPayload:
    event_id: str = strawberry.field(description=_EVENT_ID)
    at: datetime
    enrollment: Enrollment = strawberry.field(description="As it is now.")
    from_state: EnrollmentState | None = strawberry.field(
        description="Null: it is new, or only its section changed."
    )
    to_state: EnrollmentState | None = strawberry.field(description="Null: only its section changed.")


@strawberry.type
class OfferingSeatsChangedPayload:
    event_id: str = strawberry.field(description=_EVENT_ID)
    at: datetime
    offering: Offering = strawberry.field(description="As it is now, its seats too.")


@strawberry.type
class CourseChangedPayload:
    event_id: str = strawberry.field(description=_EVENT_ID)
    at: datetime
    change: CourseChange
    course: Course = strawberry.field(description="As it is now.")


@strawberry.type(description="A file of an import, or of the database what a file became.")
class ImportedFile:
    file: str
    rows: int = strawberry.field(description="That are in the database's hands.")
    total: int


@strawberry.type
class ImportProgressPayload:
    event_id: str = strawberry.field(description=_EVENT_ID)
    at: datetime
    import_id: strawberry.ID
    state: ImportState
    dry_run: bool
    file: ImportedFile | None = strawberry.field(description="What is being loaded.")
    rows: int | None = strawberry.field(description="Of the whole set, once it has been read.")
    errors: int | None = strawberry.field(description="Known at the end.")
    warnings: int | None


@strawberry.input(description=_ANY)
class EnrollmentChangedFilter:
    ids: list[strawberry.ID] | None = strawberry.UNSET
    offerings: list[strawberry.ID] | None = strawberry.UNSET
    users: list[strawberry.ID] | None = strawberry.UNSET
    states: list[EnrollmentState] | None = strawberry.field(
        default=strawberry.UNSET, description="Only changes into one of these states."
    )
    academic_session: strawberry.ID | None = strawberry.UNSET


@strawberry.input(description=_ANY)
class OfferingSeatsChangedFilter:
    ids: list[strawberry.ID] | None = strawberry.UNSET
    course: strawberry.ID | None = strawberry.UNSET
    academic_session: strawberry.ID | None = strawberry.UNSET


@strawberry.input(description=_ANY)
class CourseChangedFilter:
    ids: list[strawberry.ID] | None = strawberry.UNSET
    org_unit: strawberry.ID | None = strawberry.UNSET
    changes: list[CourseChange] | None = strawberry.UNSET


@strawberry.input(description=_ANY)
class ImportProgressFilter:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Values of `importId`."
    )
    states: list[ImportState] | None = strawberry.UNSET


def _enrollment(told: Told) -> Mapping[str, Any]:
    return {
        "from_state": _upper(told.payload.get("from_state")),
        "to_state": _upper(told.payload.get("to_state")),
    }


def _course(told: Told) -> Mapping[str, Any]:
    return {"change": _upper(told.event.rpartition(".")[2])}


def _import(told: Told) -> Mapping[str, Any]:
    payload = told.payload
    file = payload.get("file")
    return {
        "import_id": f"import_{told.object_id}",
        "state": _upper(payload["state"]),
        "dry_run": payload["dry_run"],
        "file": {"file": file, "rows": payload["done"], "total": payload["total"]} if file else None,
        "rows": payload.get("rows"),
        "errors": payload.get("errors"),
        "warnings": payload.get("warnings"),
    }


def _upper(value: Any) -> str | None:
    return None if value is None else str(value).upper()


_ENROLLMENT_CHANGED = Watched(
    events=("enrollment.changed", "enrollment.moved"),
    members={
        "ids": Said(OBJECT, "enrollment"),
        "offerings": Said("offering_id", "offering"),
        "users": Said("user_id", "user"),
        "states": Said("to_state"),
        "academicSession": Stored("academic_session"),
    },
    read=_enrollment,
    shows="enrollment",
    entity="Enrollment",
)
_SEATS_CHANGED = Watched(
    events=("offering.seats_changed",),
    members={
        "ids": Said(OBJECT, "offering"),
        "course": Stored("course"),
        "academicSession": Stored("academic_session"),
    },
    read=lambda told: {},
    shows="offering",
    entity="Offering",
    latest_only=True,
)
_COURSE_CHANGED = Watched(
    events=("course.created", "course.updated", "course.archived"),
    members={"ids": Said(OBJECT, "course"), "orgUnit": Stored("org_unit"), "changes": Said(CHANGE)},
    read=_course,
    shows="course",
    entity="Course",
)
_IMPORT_PROGRESS = Watched(
    events=("import.progressed",),
    members={"ids": Said(OBJECT, "import"), "states": Said("state")},
    read=_import,
    scope=Scope.ENROLLMENTS_READ,
    permission=Permission.WATCH_IMPORTS,
)


def moment(told: Told) -> datetime:
    """When the change was written."""
    return datetime.fromtimestamp(told.at, UTC)


@strawberry.type(
    description="What goes on being told. Nobody hears of what they may not read; an event that was missed can be"
    " asked for by the id of the last one that was heard, for seven days."
)
class Subscription:
    enrollment_changed: EnrollmentChangedPayload = subscription(
        _ENROLLMENT_CHANGED,
        returns=EnrollmentChangedPayload,
        filter=EnrollmentChangedFilter,
        description="Enrollments that were made, changed their state or moved to another section.",
    )
    offering_seats_changed: OfferingSeatsChangedPayload = subscription(
        _SEATS_CHANGED,
        returns=OfferingSeatsChangedPayload,
        filter=OfferingSeatsChangedFilter,
        description="Offerings whose seats were taken, given back or changed in number."
        " Of changes that come at once only the last is told.",
    )
    course_changed: CourseChangedPayload = subscription(
        _COURSE_CHANGED,
        returns=CourseChangedPayload,
        filter=CourseChangedFilter,
        description="Courses that were made, changed or archived.",
    )
    import_progress: ImportProgressPayload = subscription(
        _IMPORT_PROGRESS,
        returns=ImportProgressPayload,
        filter=ImportProgressFilter,
        description="How imports into this institution get on, every second or so and at their end.",
    )
    notification_created: NotificationCreatedPayload = subscription(
        NOTIFICATION_CREATED,
        returns=NotificationCreatedPayload,
        filter=NotificationCreatedFilter,
        description="What the viewer is told from now on.",
    )
