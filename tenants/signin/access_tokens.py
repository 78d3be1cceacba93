"""Access tokens: fifteen minutes of a session, signed by us and checked without a database.

A token carries the roles of its person, read when it was issued, and the position of the revocation list read before
them: a later revocation ends it (`tenants.signin.revocations`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from kernel.crypto.signing import KeyRing
from tenants.authority import HeldRoles
from tenants.model import Role, Tenant
from tenants.signin.claims import Unverified, check_claims, verified
from tenants.signin.refusals import refused_token

LIFETIME = timedelta(minutes=15)
AUDIENCE = "fediflow"
# Processes of one installation may disagree about the time by a little.
LEEWAY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What an access token says."""

    tenant_id: int
    tenant_slug: str
    user_id: int
    session_id: int
    position: int
    expires_at: datetime
    held: HeldRoles
    languages: tuple[str, ...]


class AccessTokens:
    """Issues and checks access tokens under the installation's keys and its name."""

    def __init__(self, keys: KeyRing, *, issuer: str) -> None:
        self._keys = keys
        self.issuer = issuer

    def issue(
        self,
        *,
        tenant: Tenant,
        user_id: int,
        session_id: int,
        position: int,
        held: HeldRoles,
        languages: tuple[str, ...],
        now: datetime,
    ) -> tuple[str, datetime]:
        """A new token and when it ends."""
        issued = now.replace(microsecond=0)
        expires_at = issued + LIFETIME
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "iat": int(issued.timestamp()),
            "exp": int(expires_at.timestamp()),
            "sub": str(user_id),
            "sid": str(session_id),
            "tenant": tenant.slug,
            "tid": str(tenant.id),
            "pos": position,
            "roles": _sorted(held.roles),
            "unit_roles": _sorted(held.unit_roles),
            "lang": list(languages),
        }
        key = self._keys.current
        header = {"kid": key.key_id, "typ": "at+jwt"}
        return jwt.encode(claims, key.private, algorithm="EdDSA", headers=header), expires_at

    def verify(self, token: str, unverified: Unverified, now: datetime) -> AccessToken:
        """What a token of ours says; refuses one that is not ours or has ended."""
        key = self._keys.by_id.get(unverified.key_id or "")
        if key is None or unverified.algorithm != "EdDSA":
            raise refused_token()
        claims = verified(token, key.public, "EdDSA")
        lifetime = check_claims(
            claims, issuer=self.issuer, audience=AUDIENCE, now=now, leeway_seconds=LEEWAY_SECONDS
        )
        try:
            return _access_token(claims, lifetime.expires_at)
        except (KeyError, TypeError, ValueError):  # signed by us in another release
            raise refused_token() from None


def _access_token(claims: Mapping[str, Any], expires_at: datetime) -> AccessToken:
    return AccessToken(
        tenant_id=int(claims["tid"]),
        tenant_slug=str(claims["tenant"]),
        user_id=int(claims["sub"]),
        session_id=int(claims["sid"]),
        position=int(claims["pos"]),
        expires_at=expires_at,
        held=HeldRoles(_roles(claims["roles"]), _roles(claims["unit_roles"])),
        languages=tuple(str(tag) for tag in claims["lang"]),
    )


def _roles(names: Iterable[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in names)


def _sorted(roles: frozenset[Role]) -> list[str]:
    return sorted(role.value for role in roles)
