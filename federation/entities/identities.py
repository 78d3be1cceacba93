"""How identities, their history and the cases about them are seen, and by whom."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, false, literal_column, select, true

from federation.identities.model import ESI_SHOWN
from federation.tables.identities import federation_identities, identity_changes, identity_conflicts
from kernel.entities import TENANT, Entity, Fact, Kind, Order, equals, to_list, to_many, to_one
from tenants.entities import self_or_reader
from tenants.model import Access, Permission, Scope

_ID = Order("ID", ())


def conflict_visible(access: Access, row: FromClause) -> ColumnElement[bool]:
    """A case is seen by those who decide about identities."""
    return true() if access.may(Permission.RESOLVE_IDENTITIES) else false()


def _shown_value(row: FromClause) -> ColumnElement[Any]:
    """The value; of what is encrypted only its kind."""
    shown: ColumnElement[Any] = literal_column(f"'{ESI_SHOWN}'")
    return case((row.c["identity_value"].is_not(None), row.c["identity_value"]), else_=shown)


FEDERATION_IDENTITY = Entity(
    name="FederationIdentity",
    table=federation_identities,
    prefix="identity",
    visible_to=self_or_reader("user_id", Permission.READ_USERS),
    scope=Scope.IDENTITIES_READ,
    relations=(
        to_one("user", "User", "user_id"),
        to_many("changes", "IdentityChange", "identity_id", order="ID", few=True),
    ),
    facts=(Fact("value", Kind.TEXT, _shown_value),),
    orders=(_ID,),
)
IDENTITY_CHANGE = Entity(
    name="IdentityChange",
    table=identity_changes,
    visible_to=self_or_reader("user_id", Permission.READ_USERS),
    scope=Scope.IDENTITIES_READ,
    relations=(to_one("user", "User", "user_id"), to_one("changed_by", "User", "changed_by_id")),
    orders=(_ID,),
)
IDENTITY_CONFLICT = Entity(
    name="IdentityConflict",
    table=identity_conflicts,
    prefix="conflict",
    visible_to=conflict_visible,
    scope=Scope.IDENTITIES_READ,
    relations=(
        to_one("identity", "FederationIdentity", "identity_id"),
        to_one("holder", "User", "holder_id"),
        to_one("claimant", "User", "claimant_id"),
        to_one("decided_by", "User", "decided_by_id"),
    ),
    orders=(_ID,),
    filters=(equals("state", Kind.ENUM),),
)
ENTITIES = (FEDERATION_IDENTITY, IDENTITY_CHANGE, IDENTITY_CONFLICT)

# What leads here from the entities of other packages.
RELATIONS = {
    "User": (
        to_list("identities", "FederationIdentity", "user_id"),
        to_many("identity_changes", "IdentityChange", "user_id", order="ID", few=True),
    )
}


def with_identity(
    row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Any
) -> ColumnElement[bool]:
    """The person who has the identity of this kind, issuer and key, where the viewer may read that identity."""
    identity = federation_identities.alias()
    found = select(identity.c.user_id).where(
        identity.c.tenant_id == TENANT,
        identity.c.kind == given["kind"],
        identity.c.issuer == given["issuer"],
        identity.c.lookup_key == given["key"],
        FEDERATION_IDENTITY.visible_to(access, identity),
    )
    return row.c["id"] == found.scalar_subquery()
