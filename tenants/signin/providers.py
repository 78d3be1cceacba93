"""Tokens of a university's own identity provider: which issuers count for which tenant, and who a token is about."""

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from tenants.model import Tenant, Unauthenticated
from tenants.signin.claims import Unverified, check_claims, verified
from tenants.signin.jwks import KeySets, ProviderKey
from tenants.signin.refusals import refused_token
from tenants.signin.revocations import directory_answers
from tenants.tables import identity_providers

EXTERNAL_ID_TYPE = "oidc"
ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})
LEEWAY_SECONDS = 60.0
TTL_SECONDS = 5.0
MOST_REMEMBERED = 10_000
_MOST_KEYS_TRIED = 4
_LONGEST_EXTERNAL_ID = 255
# With a blank and a subject behind it, it is an external id.
LONGEST_ISSUER = _LONGEST_EXTERNAL_ID - 2


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider as a tenant registered it."""

    issuer: str
    jwks_uri: str
    audience: str


@dataclass(frozen=True, slots=True)
class ProviderToken:
    """Whom a provider's token is about (the external id of type `oidc`), and until when."""

    external_id: str
    expires_at: datetime


class Providers:
    """Checks tokens of registered issuers. An issuer counts only for the tenant that registered it."""

    def __init__(
        self, engine: AsyncEngine, key_sets: KeySets, *, now: Callable[[], float] = monotonic
    ) -> None:
        self._engine = engine
        self._key_sets = key_sets
        self._now = now
        self._known: OrderedDict[tuple[int, str], tuple[Provider, float]] = OrderedDict()

    def knows(self, tenant: Tenant, issuer: str) -> bool:
        """Whether the tenant had registered this issuer when this process last asked."""
        return (tenant.id, issuer) in self._known

    async def verify(
        self, token: str, unverified: Unverified, tenant: Tenant, now: datetime
    ) -> ProviderToken:
        """Whom the token is about; refuses a token whose issuer, key, audience or time does not hold."""
        if unverified.algorithm not in ALGORITHMS or not _can_be_issuer(unverified.issuer):
            raise refused_token()
        provider = await self._registered(tenant, unverified.issuer)
        if provider is None:
            raise refused_token()
        keys = await self._key_sets.keys(
            provider.jwks_uri, key_id=unverified.key_id, algorithm=unverified.algorithm
        )
        claims = _signed_by_one_of(token, keys)
        lifetime = check_claims(
            claims,
            issuer=provider.issuer,
            audience=provider.audience,
            now=now,
            leeway_seconds=LEEWAY_SECONDS,
        )
        return ProviderToken(external_id(provider.issuer, claims.get("sub")), lifetime.expires_at)

    async def _registered(self, tenant: Tenant, issuer: str) -> Provider | None:
        key = (tenant.id, issuer)
        known = self._known.get(key)
        if known is not None and known[1] > self._now():
            return known[0]
        query = select(identity_providers.c.jwks_uri, identity_providers.c.audience).where(
            identity_providers.c.tenant_id == tenant.id, identity_providers.c.issuer == issuer
        )
        async with directory_answers(), self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:  # made up, most likely: not worth remembering
            self._known.pop(key, None)
            return None
        provider = Provider(issuer, row.jwks_uri, row.audience)
        self._known[key] = (provider, self._now() + TTL_SECONDS)
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return provider


def external_id(issuer: str, subject: object) -> str:
    """The value of the external id that ties a person to a provider's subject; an issuer has no blanks."""
    if not isinstance(subject, str) or not subject or "\0" in subject:
        raise refused_token()
    value = f"{issuer} {subject}"
    if len(value) > _LONGEST_EXTERNAL_ID:
        raise refused_token()
    return value


def _can_be_issuer(issuer: str) -> bool:
    return len(issuer) <= LONGEST_ISSUER and issuer.isprintable()


def _signed_by_one_of(token: str, keys: tuple[ProviderKey, ...]) -> Mapping[str, Any]:
    for key in keys[:_MOST_KEYS_TRIED]:
        with contextlib.suppress(Unauthenticated):
            return verified(token, key.key, key.algorithm)
    raise refused_token()
