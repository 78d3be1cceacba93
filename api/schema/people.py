"""People, their roles and tokens, and the org units they work for."""

from datetime import datetime

import strawberry

from api.schema.enums import ArchiveStatus, OrgUnitKind, Role, UserStatus
from api.schema.shared import (
    Attribute,
    AttributeFilter,
    Connection,
    ExternalId,
    ExternalIdInput,
    LocalizedText,
    Node,
    connection,
    declared,
    lazy,
    localized,
    order_input,
)

OrgUnitOrder = order_input("OrgUnit", "CODE", "UPDATED_AT", "ID")
UserOrder = order_input("User", "NAME", "UPDATED_AT", "ID")
PersonalAccessTokenOrder = order_input("PersonalAccessToken", "ID")


@strawberry.input
class OrgUnitFilter:
    code: str | None = strawberry.UNSET
    kind: OrgUnitKind | None = strawberry.UNSET
    status: ArchiveStatus | None = strawberry.UNSET
    updated_since: datetime | None = strawberry.UNSET
    external_id: ExternalIdInput | None = strawberry.UNSET
    attribute: AttributeFilter | None = strawberry.UNSET


@strawberry.input
class UserFilter:
    handle: str | None = strawberry.UNSET
    status: UserStatus | None = strawberry.UNSET
    role: Role | None = strawberry.UNSET
    updated_since: datetime | None = strawberry.UNSET
    external_id: ExternalIdInput | None = strawberry.UNSET
    attribute: AttributeFilter | None = strawberry.UNSET


@strawberry.type(description="A part of the institution: the university itself, a faculty, a department.")
class OrgUnit(Node):
    code: str
    name: LocalizedText = localized()
    kind: OrgUnitKind
    status: ArchiveStatus
    parent: "OrgUnit | None"
    children: Connection["OrgUnit"] = connection(
        lazy("OrgUnit", "people"), filter=OrgUnitFilter, order=OrgUnitOrder
    )
    courses = connection(
        lazy("Course", "courses"),
        filter=lazy("CourseFilter", "courses"),
        order=lazy("CourseOrder", "courses"),
    )
    external_ids: list[ExternalId]
    attributes: list[Attribute]
    actor: lazy("Actor", "actors") | None = strawberry.field(  # type: ignore[valid-type]  # a type of another module
        description="The unit on the social web, once somebody asked for it there."
    )
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type
class UserEmail:
    address: str
    is_primary: bool
    verified_at: datetime | None


@strawberry.type(
    description="A role a person holds: in the whole institution, or for an org unit and all below it."
)
class RoleAssignment(Node):
    role: Role
    org_unit: OrgUnit | None
    user: "User | None"
    created_at: datetime


@strawberry.type(
    description="A token a person has made for a program; its secret is shown once, when it is made."
)
class PersonalAccessToken(Node):
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@strawberry.type(description="A person at the institution.")
class User(Node):
    handle: str
    given_name: str
    family_name: str
    display_name: str
    preferred_language: str | None
    pronouns: str | None
    biography: str | None
    avatar_url: str | None
    status: UserStatus
    last_sign_in_at: datetime | None
    is_searchable: bool | None = strawberry.field(
        description="Whether the person consents to be found by all members of the institution who search, which is so while "
        "they teach: only people who teach are seen by all. Whoever else may see a person, such as their teachers and those "
        "who read users, finds them without it. Seen by the person and by those who read users."
    )
    emails: list[UserEmail] = strawberry.field(description="Seen by the person and by those who read users.")
    roles: list[RoleAssignment]
    external_ids: list[ExternalId]
    attributes: list[Attribute]
    identities = declared(
        list[lazy("FederationIdentity", "identities")],  # type: ignore[misc]  # a type of another module
        description="What the person is called elsewhere. Seen by the person and by those who read users.",
    )
    identity_changes = connection(
        lazy("IdentityChange", "identities"), order=lazy("IdentityChangeOrder", "identities")
    )
    personal_access_tokens = connection(PersonalAccessToken, order=PersonalAccessTokenOrder)
    enrollments = connection(
        lazy("Enrollment", "enrollments"),
        filter=lazy("EnrollmentFilter", "enrollments"),
        order=lazy("EnrollmentOrder", "enrollments"),
    )
    actor: lazy("Actor", "actors") | None = strawberry.field(  # type: ignore[valid-type]  # a type of another module
        description="Null: the person did not join the social web."
    )
    created_at: datetime
    updated_at: datetime
    version: int
