"""Whom a personal token or a provider's subject stands for, read from the tenant's rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from kernel.crypto.secret_texts import same
from kernel.database.compiled import Compiled
from tenants.authority import held_roles_read
from tenants.door import Door
from tenants.model import ALL_SCOPES, Access, Scope, Tenant
from tenants.signin.providers import EXTERNAL_ID_TYPE, ProviderToken
from tenants.signin.refusals import never_again, refused_token
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
    async with door.read(tenant) as connection:
        row = await _OF_TOKEN.row(connection, tenant=tenant.id, token=token.id)
        if row is None or not same(row["secret_hash"], token.digest):
            raise never_again()
        if row["revoked_at"] is not None or row["expires_at"] <= now:
            raise never_again()
        if row["status"] != "active":
            raise refused_token()
        held = await held_roles_read(connection, tenant.id, row["id"])
    # A scope that this release no longer knows gives nothing.
    scopes = frozenset(_SCOPES[name] for name in row["scopes"] if name in _SCOPES)
    return Person(row["id"], held.access(scopes), _languages(row["preferred_language"]), row["expires_at"])


async def person_of_external_id(door: Door, tenant: Tenant, found: ProviderToken, now: datetime) -> Person:
    """Who is tied to a provider's subject; refuses a subject of nobody, or of somebody not active."""
    async with door.read(tenant) as connection:
        row = await _OF_EXTERNAL_ID.row(connection, tenant=tenant.id, value=found.external_id)
        if row is None or row["status"] != "active":
            raise refused_token()
        held = await held_roles_read(connection, tenant.id, row["id"])
    return Person(row["id"], held.access(ALL_SCOPES), _languages(row["preferred_language"]), found.expires_at)


def _languages(preferred: str | None) -> tuple[str, ...]:
    return (preferred,) if preferred else ()


_OF_TOKEN = Compiled(
    select(
        personal_access_tokens.c.secret_hash,
        personal_access_tokens.c.scopes,
        personal_access_tokens.c.expires_at,
        personal_access_tokens.c.revoked_at,
        users.c.id,
        users.c.status,
        users.c.preferred_language,
    )
    .join(
        users,
        (users.c.tenant_id == personal_access_tokens.c.tenant_id)
        & (users.c.id == personal_access_tokens.c.user_id),
    )
    .where(
        personal_access_tokens.c.tenant_id == bindparam("tenant"),
        personal_access_tokens.c.id == bindparam("token"),
    )
)
_OF_EXTERNAL_ID = Compiled(
    select(users.c.id, users.c.status, users.c.preferred_language)
    .join(
        user_external_ids,
        (user_external_ids.c.tenant_id == users.c.tenant_id) & (user_external_ids.c.user_id == users.c.id),
    )
    .where(
        user_external_ids.c.tenant_id == bindparam("tenant"),
        user_external_ids.c.type == EXTERNAL_ID_TYPE,
        user_external_ids.c.value == bindparam("value"),
    )
)
