"""Who a reader is to an engine: the tokens they hold, made of their rights and enrollments as they are now.

What the tokens mean stands in `docs/decisions/0016`; they say what `academic.visibility` and `federation.visibility` say, or
less. They are found by one statement under row-level security, which a gateway sends with others of the same moment.
"""

from pathlib import Path
from typing import Any

import asyncpg
import orjson

from kernel.database.named_sql import named_statements
from search.model import Audience, Kind
from tenants.model import Access, Permission, Scope, TenantId, roles_granting

PUBLIC, MEMBERS = "public", "members"
# Where a permission counts in the whole institution; by unit the token goes on with the unit's id.
_WHOLE = {Permission.READ_PRIVATE_CATALOG: "catalog", Permission.READ_USERS: "users"}
# What a token of access must be for to find documents of a kind.
SCOPES = {
    Kind.COURSE: Scope.COURSES_READ,
    Kind.OFFERING: Scope.COURSES_READ,
    Kind.ORG_UNIT: Scope.ORG_UNITS_READ,
    Kind.USER: Scope.USERS_READ,
    Kind.POST: Scope.POSTS_READ,
}
_SQL = named_statements(Path(__file__).with_suffix(".sql"))

# Whoever has not said who they are, and what everybody finds.
EVERYBODY = Audience(frozenset({PUBLIC}))


def reachable(access: Access) -> frozenset[Kind]:
    """The kinds of documents that the scopes reach."""
    return frozenset(kind for kind, scope in SCOPES.items() if scope in access.scopes)


def published_audience(access: Access) -> Audience:
    """What somebody may find of what institutions published to each other."""
    return Audience(frozenset({PUBLIC, MEMBERS})) if access.is_member else EVERYBODY


def held_statement(tenant_id: TenantId, user_id: int, access: Access) -> tuple[str, list[object]]:
    """The statement whose one text `audience_of` reads, with its parameters."""
    granting = [
        [str(role) for role in roles_granting(permission)] if permission in access.by_unit else []
        for permission in _WHOLE
    ]
    return _SQL["held"], [int(tenant_id), user_id, *granting]


def audience_of(access: Access, user_id: int | None, held: str | bytes | None = None) -> Audience:
    """The reader's audience; `held` is what the statement gave, which only people have (not the operator's commands)."""
    if not access.is_member:
        return EVERYBODY
    tokens = {PUBLIC, MEMBERS}
    tokens.update(token for permission, token in _WHOLE.items() if access.may(permission))
    if user_id is None or held is None:
        return Audience(frozenset(tokens))
    found = orjson.loads(held)
    tokens.update((f"user:{user_id}", f"written:{user_id}"), found["tokens"])
    return Audience(frozenset(tokens), frozenset(found["without"]))


async def read_audience(
    connection: "asyncpg.Connection[Any]", tenant_id: TenantId, user_id: int, access: Access
) -> Audience:
    """The audience of a member, read on a connection that sees the tenant's rows."""
    statement, parameters = held_statement(tenant_id, user_id, access)
    return audience_of(access, user_id, await connection.fetchval(statement, *parameters))
