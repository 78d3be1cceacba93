"""The root fields that read."""

from datetime import date
from typing import Any

import strawberry

from api.plan.bindings import Lookup, Root, Value
from api.plan.plan import Inputs
from api.schema.actors import ActorQueries
from api.schema.courses import (
    AcademicSession,
    AcademicSessionFilter,
    AcademicSessionOrder,
    Course,
    CourseFilter,
    CourseOrder,
    Offering,
    OfferingFilter,
    OfferingOrder,
    Section,
    SectionFilter,
    SectionOrder,
)
from api.schema.enrollments import Enrollment, EnrollmentFilter, EnrollmentOrder
from api.schema.federation_hosts import FederationHostQueries
from api.schema.identities import IdentityQueries
from api.schema.moderation import ModerationQueries
from api.schema.notifications import NotificationQueries
from api.schema.openid import OpenidQueries
from api.schema.people import OrgUnit, OrgUnitFilter, OrgUnitOrder, User, UserFilter, UserOrder
from api.schema.posts import PostQueries
from api.schema.saved_searches import SavedSearchQueries
from api.schema.search import SearchQueries
from api.schema.search_tuning import SearchTuningQueries
from api.schema.shared import (
    AttributeDefinition,
    AttributeDefinitionFilter,
    AttributeDefinitionOrder,
    ExternalIdInput,
    Node,
    connection,
    declared,
)
from api.schema.timelines import TimelineQueries


@strawberry.type(description="The institution that answers.")
class Tenant:
    slug: str
    name: str
    languages: list[str] = strawberry.field(description="BCP 47; the first is the default.")
    time_zone: str
    domains: list[str]
    country: str | None = strawberry.field(description="Where it is: ISO 3166-1 alpha-2.")
    subdivision: str | None = strawberry.field(description="Which part of the country: ISO 3166-2.")
    latitude: float | None = strawberry.field(description="Degrees of WGS 84.")
    longitude: float | None


def _tenant(inputs: Inputs) -> Any:
    tenant = inputs.principal.tenant
    wanted = next((tag for tag in inputs.languages if tag in tenant.name), None)
    return {
        "slug": tenant.slug,
        "name": tenant.name[wanted] if wanted else next(iter(tenant.name.values())),
        "languages": tenant.languages,
        "time_zone": tenant.time_zone,
        "domains": tenant.domains,
        "country": tenant.country,
        "subdivision": tenant.subdivision,
        "latitude": tenant.latitude,
        "longitude": tenant.longitude,
    }


def _by_key(entity: str, type_: Any, *, code: str | None = "code") -> Any:
    arguments: dict[str, Any] = {"id": (strawberry.ID | None, strawberry.UNSET)}
    if code is not None:
        arguments[code] = (str | None, strawberry.UNSET)
    arguments["external_id"] = (ExternalIdInput | None, strawberry.UNSET)
    names = ", ".join(("id", *([code] if code else []), "externalId"))
    return declared(
        type_ | None,
        description=f"Looked up by exactly one of {names}; null where there is none that the viewer may see.",
        bind=Root(Lookup.BY_KEY, entity),
        **arguments,
    )


def _all(entity: str, type_: Any, filter_: Any, order: Any, default_order: str) -> Any:
    return connection(type_, filter=filter_, order=order, bind=Root(Lookup.CONNECTION, entity, default_order))


@strawberry.type
class Query(
    IdentityQueries,
    OpenidQueries,
    ActorQueries,
    PostQueries,
    TimelineQueries,
    ModerationQueries,
    FederationHostQueries,
    NotificationQueries,
    SavedSearchQueries,
    SearchTuningQueries,
    SearchQueries,
):
    node: Node | None = declared(
        Node | None, description="Any object by its id.", bind=Root(Lookup.NODE), id=strawberry.ID
    )
    nodes: list[Node | None] = declared(
        list[Node | None],
        description="Many objects by their ids (at most 100), in the order asked; null where there is none.",
        bind=Root(Lookup.NODES),
        ids=list[strawberry.ID],
    )
    viewer: User | None = declared(
        User | None, description="The person who asks; null: nobody is signed in.", bind=Root(Lookup.VIEWER)
    )
    tenant: Tenant = declared(Tenant, bind=Value(_tenant))
    current_term: AcademicSession | None = declared(
        AcademicSession | None,
        description="The term that today belongs to, in the institution's time zone.",
        bind=Root(Lookup.TERM_AT),
    )
    term_at: AcademicSession | None = declared(
        AcademicSession | None,
        description="The innermost term that a date belongs to.",
        bind=Root(Lookup.TERM_AT),
        date=date,
    )
    org_unit: OrgUnit | None = _by_key("OrgUnit", OrgUnit)
    org_units = _all("OrgUnit", OrgUnit, OrgUnitFilter, OrgUnitOrder, "CODE")
    academic_session: AcademicSession | None = _by_key("AcademicSession", AcademicSession)
    academic_sessions = _all(
        "AcademicSession", AcademicSession, AcademicSessionFilter, AcademicSessionOrder, "STARTS_ON"
    )
    course: Course | None = _by_key("Course", Course)
    courses = _all("Course", Course, CourseFilter, CourseOrder, "CODE")
    offering: Offering | None = _by_key("Offering", Offering, code=None)
    offerings = _all("Offering", Offering, OfferingFilter, OfferingOrder, "STARTS_ON")
    section: Section | None = _by_key("Section", Section, code=None)
    sections = _all("Section", Section, SectionFilter, SectionOrder, "CODE")
    user: User | None = _by_key("User", User, code="handle")
    users = _all("User", User, UserFilter, UserOrder, "NAME")
    enrollment: Enrollment | None = _by_key("Enrollment", Enrollment, code=None)
    enrollments = _all("Enrollment", Enrollment, EnrollmentFilter, EnrollmentOrder, "ID")
    attribute_definitions = _all(
        "AttributeDefinition",
        AttributeDefinition,
        AttributeDefinitionFilter,
        AttributeDefinitionOrder,
        "NAME",
    )
