"""What people are called at home and abroad, how that changed, and the cases where two claim the same."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from api.plan.bindings import Column, Found, Lookup, Root
from api.plan.plan import Inputs
from api.schema.people import User
from api.schema.shared import Node, bound, connection, declared, order_input
from federation.entities.identities import with_identity
from federation.identities.finding import blind_key
from federation.identities.model import IdentityKind as Kind
from federation.identities.model import read_identity
from kernel.errors import InvalidInput


@strawberry.enum(description="What an identity is.")
class IdentityKind(Enum):
    OIDC_SUBJECT = "oidc_subject"
    SAML_SUBJECT = "saml_subject"
    ACTIVITYPUB_ACTOR = "activitypub_actor"
    EDUPERSON_SUBJECT_ID = "eduperson_subject_id"
    EDUPERSON_PAIRWISE_ID = "eduperson_pairwise_id"
    EDUPERSON_PRINCIPAL_NAME = "eduperson_principal_name"
    SCHAC_HOME_ORGANIZATION = "schac_home_organization"
    EUROPEAN_STUDENT_IDENTIFIER = "european_student_identifier"


@strawberry.enum(
    description="Who vouches for an identity: the institution's provider, the actor itself by a signed answer or by its "
    "profile, an administrator, an import."
)
class IdentityVerification(Enum):
    PROVIDER = "provider"
    SIGNED_ACTIVITY = "signed_activity"
    REL_ME = "rel_me"
    ADMINISTRATOR = "administrator"
    IMPORT = "import"


@strawberry.enum
class IdentityChangeKind(Enum):
    LINKED = "linked"
    VERIFIED = "verified"
    UNLINKED = "unlinked"
    CLAIMED = "claimed"
    MERGED = "merged"
    REJECTED = "rejected"


@strawberry.enum
class IdentityConflictState(Enum):
    OPEN = "open"
    MERGED = "merged"
    REJECTED = "rejected"


IdentityChangeOrder = order_input("IdentityChange", "ID")
IdentityConflictOrder = order_input("IdentityConflict", "ID")


@strawberry.input
class IdentityConflictFilter:
    state: IdentityConflictState | None = strawberry.UNSET


@strawberry.type(description="A change of a person's identities; it stays when the identity is gone.")
class IdentityChange:
    kind: IdentityKind
    change: IdentityChangeKind
    user: User | None
    changed_by: User | None = strawberry.field(description="Null: a provider, or another server.")
    reason: str | None = bound(Column("change_reason"))
    created_at: datetime


@strawberry.type(
    description="What a person is called elsewhere. Seen by the person and by those who read users."
)
class FederationIdentity(Node):
    user: User | None
    kind: IdentityKind
    issuer: str = strawberry.field(description="Of subjects the provider's; else empty.")
    name_identifier_type: str | None
    value: str = strawberry.field(description="Of a European Student Identifier only its kind is shown.")
    actor_address: str | None
    actor_instance: str | None
    verified_at: datetime | None
    verified_by: IdentityVerification | None
    last_used_at: datetime | None
    changes = connection(IdentityChange, order=IdentityChangeOrder)
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type(
    description="Somebody claims an identity that another person has. Seen by those who decide about identities."
)
class IdentityConflict(Node):
    identity: FederationIdentity | None
    holder: User | None
    claimant: User | None = strawberry.field(
        description="Null: somebody who was to be created by signing in; then `claim` says what the provider called them."
    )
    claim: str | None
    state: IdentityConflictState
    reason: str | None = bound(Column("decision_reason"))
    decided_by: User | None
    decided_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


def _read(given: Mapping[str, Any], inputs: Inputs) -> Mapping[str, str]:
    kind = Kind(getattr(given["kind"], "value", given["kind"]).lower())
    identity = read_identity(kind, given["value"], issuer=given["issuer"], allow_http=True)
    if not identity.names_one_person:
        raise InvalidInput("a home organization names an institution and no person", argument="kind")
    if not identity.is_encrypted:
        return {"kind": kind.value, "issuer": identity.issuer, "key": identity.key}
    keys = inputs.sources["column_keys"]
    return {"kind": kind.value, "issuer": "", "key": blind_key(keys, identity) if keys is not None else ""}


@strawberry.type
class IdentityQueries:
    """Looking identities up."""

    user_by_identity: User | None = declared(
        User | None,
        description="The person of this institution who has the identity, where the viewer may read it; `issuer` of subjects.",
        bind=Found("User", ("kind", "issuer", "key"), _read, with_identity, needs_keys=True),
        kind=IdentityKind,
        value=str,
        issuer=(str | None, strawberry.UNSET),
    )
    identity_conflicts = connection(
        IdentityConflict,
        filter=IdentityConflictFilter,
        order=IdentityConflictOrder,
        bind=Root(Lookup.CONNECTION, "IdentityConflict", "ID"),
        description="Cases to decide about; without `filter` also those that were.",
    )
