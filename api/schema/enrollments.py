"""Enrollments: a person in an offering, the way they came through its states, and the one result."""

from datetime import datetime

import strawberry

from api.plan.bindings import Records
from api.schema.courses import Offering, Section
from api.schema.enums import EnrollmentRole, EnrollmentState
from api.schema.people import User
from api.schema.shared import Credit, ExternalId, ExternalIdInput, Node, bound, connection, order_input

EnrollmentOrder = order_input("Enrollment", "ID", "UPDATED_AT", "OFFERING")


@strawberry.input
class EnrollmentFilter:
    state: EnrollmentState | None = strawberry.UNSET
    role: EnrollmentRole | None = strawberry.UNSET
    section: strawberry.ID | None = strawberry.UNSET
    offering: strawberry.ID | None = strawberry.UNSET
    user: strawberry.ID | None = strawberry.UNSET
    academic_session: strawberry.ID | None = strawberry.UNSET
    updated_since: datetime | None = strawberry.UNSET
    external_id: ExternalIdInput | None = strawberry.UNSET


@strawberry.type(description="The final result of an enrollment; there is at most one.")
class Result:
    scheme: str
    value: str
    is_passed: bool
    credits: list[Credit] = bound(
        Records("credits", {"scheme": "scheme", "value": "value", "level": "level"}, frozenset({"value"}))
    )
    recorded_by: User | None
    recorded_at: datetime


@strawberry.type(description="One step of an enrollment from state to state.")
class EnrollmentTransition:
    from_state: EnrollmentState | None
    to_state: EnrollmentState
    action: str
    actor: User | None = strawberry.field(description="Who did it; null: the system, or somebody hidden.")
    on_behalf_of: User | None
    reason: str | None
    created_at: datetime


@strawberry.type(description="A person in an offering.")
class Enrollment(Node):
    offering: Offering | None
    user: User | None
    section: Section | None
    role: EnrollmentRole
    state: EnrollmentState
    home_state: EnrollmentState | None
    host_state: EnrollmentState | None
    waitlist_position: int | None = strawberry.field(description="1 is next; null: not on the waitlist.")
    offered_until: datetime | None
    state_changed_at: datetime
    result: Result | None
    transitions = connection(EnrollmentTransition, description="Every step, the first one first.")
    external_ids: list[ExternalId]
    created_at: datetime
    updated_at: datetime
    version: int
