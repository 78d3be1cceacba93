"""Whom a personal token or a provider's subject stands for, read from the tenant's rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kernel.crypto.secret_texts import same
from tenants.authority import held_roles
from tenants.door import Door
from tenants.model import ALL_SCOPES, Access, Principal, Scope, Tenant
from tenants.signin.providers import EXTERNAL_ID_TYPE, ProviderToken
from tenants.signin.refusals import refused_token
from tenants.signin.tokens import Token
from tenants.tables import personal_access_tokens, user_external_ids, users

_SCOPES = {scope.value: scope for scope in Scope}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is asking, and until when what was shown holds."""

    user_id: int
    access: Access
    languages: tuple[str, ...]
    until: datetime


async def person_of_token(door: Door, tenant: Tenant, token: Token, now: datetime) -> Person:
    """Whose personal access token it is; refuses one that is unknown, ended, revoked or of somebody not active."""
    tokens = personal_access_tokens.c
    query = (
        select(
            tokens.secret_hash,
            tokens.scopes,
            tokens.expires_at,
            tokens.revoked_at,
            users.c.id,
            users.c.status,
            users.c.preferred_language,
        )
        .join(users, (users.c.tenant_id == tokens.tenant_id) & (users.c.id == tokens.user_id))
        .where(tokens.tenant_id == tenant.id, tokens.id == token.id)
    )
    async with door.write(Principal(tenant)) as tx:
        row = (await tx.connection.execute(query)).one_or_none()
        if row is None or not same(row.secret_hash, token.digest):
            raise refused_token()
        if row.revoked_at is not None or row.expires_at <= now or row.status != "active":
            raise refused_token()
        held = await held_roles(tx.connection, tx.tenant_id, row.id)
    # A scope that this release no longer knows gives nothing.
    scopes = frozenset(_SCOPES[name] for name in row.scopes if name in _SCOPES)
    return Person(row.id, held.access(scopes), _languages(row.preferred_language), row.expires_at)


async def person_of_external_id(door: Door, tenant: Tenant, found: ProviderToken, now: datetime) -> Person:
    """Who is tied to a provider's subject; refuses a subject of nobody, or of somebody not active."""
    ids = user_external_ids.c
    query = (
        select(users.c.id, users.c.status, users.c.preferred_language)
        .join(user_external_ids, (ids.tenant_id == users.c.tenant_id) & (ids.user_id == users.c.id))
        .where(ids.tenant_id == tenant.id, ids.type == EXTERNAL_ID_TYPE, ids.value == found.external_id)
    )
    async with door.write(Principal(tenant)) as tx:
        row = (await tx.connection.execute(query)).one_or_none()
        if row is None or row.status != "active":
            raise refused_token()
        held = await held_roles(tx.connection, tx.tenant_id, row.id)
    return Person(row.id, held.access(ALL_SCOPES), _languages(row.preferred_language), found.expires_at)


def _languages(preferred: str | None) -> tuple[str, ...]:
    return (preferred,) if preferred else ()
