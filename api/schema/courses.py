"""Terms, courses, offerings and sections."""

from datetime import date, datetime

import strawberry

from api.plan.bindings import Embedded, Records
from api.schema.enums import (
    AcademicSessionKind,
    ArchiveStatus,
    Audience,
    OfferingState,
    Visibility,
)
from api.schema.people import OrgUnit
from api.schema.shared import (
    Attribute,
    AttributeFilter,
    Credit,
    ExternalId,
    ExternalIdInput,
    LocalizedText,
    Node,
    bound,
    connection,
    lazy,
    localized,
    order_input,
)

AcademicSessionOrder = order_input("AcademicSession", "STARTS_ON", "CODE", "UPDATED_AT", "ID")
CourseOrder = order_input("Course", "CODE", "TITLE", "UPDATED_AT", "ID")
OfferingOrder = order_input("Offering", "STARTS_ON", "CODE", "UPDATED_AT", "ID", "COURSE")
SectionOrder = order_input("Section", "CODE", "UPDATED_AT", "ID", "OFFERING")


@strawberry.input
class AcademicSessionFilter:
    code: str | None = strawberry.UNSET
    kind: AcademicSessionKind | None = strawberry.UNSET
    status: ArchiveStatus | None = strawberry.UNSET
    updated_since: datetime | None = strawberry.UNSET
    external_id: ExternalIdInput | None = strawberry.UNSET


@strawberry.input
class CourseFilter:
    code: str | None = strawberry.UNSET
    code_prefix: str | None = strawberry.UNSET
    org_unit: strawberry.ID | None = strawberry.UNSET
    language: str | None = strawberry.field(
        default=strawberry.UNSET, description="Taught in this language (BCP 47)."
    )
    status: ArchiveStatus | None = strawberry.UNSET
    updated_since: datetime | None = strawberry.UNSET
    external_id: ExternalIdInput | None = strawberry.UNSET
    attribute: AttributeFilter | None = strawberry.UNSET


@strawberry.input
class OfferingFilter:
    code: str | None = strawberry.UNSET
    academic_session: strawberry.ID | None = strawberry.UNSET
    course: strawberry.ID | None = strawberry.UNSET
    org_unit: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Of a course of this org unit."
    )
    state: OfferingState | None = strawberry.UNSET
    updated_since: datetime | None = strawberry.UNSET
    external_id: ExternalIdInput | None = strawberry.UNSET
    attribute: AttributeFilter | None = strawberry.UNSET


@strawberry.input
class SectionFilter:
    code: str | None = strawberry.UNSET
    offering: strawberry.ID | None = strawberry.UNSET
    academic_session: strawberry.ID | None = strawberry.UNSET
    status: ArchiveStatus | None = strawberry.UNSET
    updated_since: datetime | None = strawberry.UNSET
    external_id: ExternalIdInput | None = strawberry.UNSET


@strawberry.type(description="A year, semester, term or teaching period; they nest.")
class AcademicSession(Node):
    code: str
    title: LocalizedText = localized()
    kind: AcademicSessionKind
    status: ArchiveStatus
    starts_on: date
    ends_on: date = strawberry.field(description="The last day that belongs to it.")
    teaching_starts_on: date | None
    teaching_ends_on: date | None
    parent: "AcademicSession | None"
    children = connection(
        lazy("AcademicSession", "courses"), filter=AcademicSessionFilter, order=AcademicSessionOrder
    )
    offerings = connection(lazy("Offering", "courses"), filter=OfferingFilter, order=OfferingOrder)
    external_ids: list[ExternalId]
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type(description="A course as the catalogue describes it; it is given as offerings.")
class Course(Node):
    code: str
    title: LocalizedText = localized()
    description: LocalizedText | None = localized(optional=True)
    org_unit: OrgUnit
    credits: list[Credit] = bound(
        Records("credits", {"scheme": "scheme", "value": "value", "level": "level"}, frozenset({"value"}))
    )
    teaching_languages: list[str]
    delivery_modes: list[str]
    eqf_level: int | None
    isced_f: str | None
    visibility: Visibility
    status: ArchiveStatus
    offerings = connection(lazy("Offering", "courses"), filter=OfferingFilter, order=OfferingOrder)
    external_ids: list[ExternalId]
    attributes: list[Attribute]
    actor: lazy("Actor", "actors") | None = strawberry.field(  # type: ignore[valid-type]  # a type of another module
        description="The course on the social web, once somebody asked for it there."
    )
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type
class Place:
    name: str | None
    latitude: float | None
    longitude: float | None


@strawberry.type(
    description="When people of an audience may enrol: from `opensAt` until just before `closesAt`."
)
class EnrollmentWindow:
    audience: Audience
    opens_at: datetime | None
    closes_at: datetime | None


@strawberry.type(description="A course given in a term; people enrol in offerings.")
class Offering(Node):
    code: str
    title: LocalizedText = localized(description="Its own title, or the course's.")
    description: LocalizedText | None = localized(optional=True)
    course: Course | None
    academic_session: AcademicSession
    teaching_languages: list[str]
    delivery_modes: list[str]
    state: OfferingState
    visibility: Visibility
    approval_required: bool
    effective_starts_on: date = strawberry.field(description="Its own first day, or the term's.")
    effective_ends_on: date
    place: Place | None = bound(
        Embedded(
            ("place_name", "latitude"),
            {"name": "place_name", "latitude": "latitude", "longitude": "longitude"},
        )
    )
    capacity: int | None = strawberry.field(description="Null: there is no limit.")
    waitlist_capacity: int | None
    seats_taken: int
    seats_free: int | None = strawberry.field(description="Null: there is no limit.")
    waitlist_length: int
    enrollment_windows: list[EnrollmentWindow]
    sections = connection(lazy("Section", "courses"), filter=SectionFilter, order=SectionOrder)
    enrollments = connection(
        lazy("Enrollment", "enrollments"),
        filter=lazy("EnrollmentFilter", "enrollments"),
        order=lazy("EnrollmentOrder", "enrollments"),
        description="Those that the viewer may see.",
    )
    external_ids: list[ExternalId]
    attributes: list[Attribute]
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type(description="A group within an offering, such as an exercise class.")
class Section(Node):
    code: str
    title: LocalizedText | None = localized(optional=True)
    offering: Offering
    capacity: int | None
    effective_starts_on: date
    effective_ends_on: date
    status: ArchiveStatus
    enrollments = connection(
        lazy("Enrollment", "enrollments"),
        filter=lazy("EnrollmentFilter", "enrollments"),
        order=lazy("EnrollmentOrder", "enrollments"),
    )
    external_ids: list[ExternalId]
    created_at: datetime
    updated_at: datetime
    version: int
