"""How the providers that people sign in by are seen: by administrators whole, by everybody as a button."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, cast, false, literal_column, true

from federation.signin.start import START
from federation.tables.signin import openid_providers
from kernel.entities import Entity, Fact, Kind, Order
from tenants.model import Access, Permission, Scope

_ID = Order("ID", ())


def provider_visible(access: Access, row: FromClause) -> ColumnElement[bool]:
    """Who says which providers there are."""
    return true() if access.may(Permission.MANAGE_SIGN_IN) else false()


def method_visible(access: Access, row: FromClause) -> ColumnElement[bool]:
    """Whoever may ask at all, where people can sign in by it."""
    return row.c["is_enabled"]


def _matched(member: str) -> Any:
    def expression(row: FromClause) -> ColumnElement[Any]:
        member_of: ColumnElement[Any] = row.c["matching"][member].astext
        return member_of

    return expression


def _start_path(row: FromClause) -> ColumnElement[Any]:
    start: ColumnElement[str] = literal_column(f"'{START}/'")
    return start.concat(cast(row.c["id"], Text))


OPENID_PROVIDER = Entity(
    name="OpenidProvider",
    table=openid_providers,
    prefix="provider",
    visible_to=provider_visible,
    scope=Scope.IDENTITIES_READ,
    few=True,
    facts=(
        Fact("has_client_secret", Kind.BOOLEAN, lambda row: row.c["client_secret"].is_not(None)),
        Fact("matching_claim", Kind.TEXT, _matched("claim")),
        Fact("matching_type", Kind.TEXT, _matched("type")),
    ),
    orders=(_ID,),
)
SIGN_IN_METHOD = Entity(
    name="SignInMethod",
    table=openid_providers,
    visible_to=method_visible,
    scope=Scope.ORG_UNITS_READ,
    few=True,
    facts=(Fact("start_path", Kind.TEXT, _start_path),),
    orders=(_ID,),
)
ENTITIES = (OPENID_PROVIDER, SIGN_IN_METHOD)
