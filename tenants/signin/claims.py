"""Reading signed tokens (JWT): which key to ask for, and whether the claims hold now. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from tenants.signin.refusals import refused_token

LONGEST_TOKEN = 8192
_SIGNATURE_ONLY: Any = {  # the claims are checked below, by a clock that is passed
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
    "enforce_minimum_key_length": True,
}


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says before anyone has checked its signature: good for choosing a key and nothing else."""

    algorithm: str
    key_id: str | None
    issuer: str


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a token was issued and when it ends."""

    issued_at: datetime | None
    expires_at: datetime


def peek(token: str) -> Unverified:
    """What the token says of itself; refuses what is no JWT with an issuer and an expiry."""
    try:
        whole = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise refused_token() from None
    header, payload = whole["header"], whole["payload"]
    key_id, issuer = header.get("kid"), payload.get("iss")
    if not isinstance(issuer, str) or not (key_id is None or isinstance(key_id, str)):
        raise refused_token()
    return Unverified(str(header.get("alg")), key_id, issuer)


def verified(token: str, key: Any, algorithm: str) -> Mapping[str, Any]:
    """The claims of a token whose signature holds under this key and this algorithm."""
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm], options=_SIGNATURE_ONLY)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise refused_token() from None
    return claims


def check_claims(
    claims: Mapping[str, Any], *, issuer: str, audience: str, now: datetime, leeway_seconds: float = 0
) -> Lifetime:
    """The lifetime of a token that is from this issuer, for this audience, and holds now."""
    audiences = claims.get("aud")
    named = audiences if isinstance(audiences, list) else [audiences]
    if claims.get("iss") != issuer or audience not in named:
        raise refused_token()
    expires, begins, issued = (_number(claims, name) for name in ("exp", "nbf", "iat"))
    at = now.timestamp()
    if expires is None or at >= expires + leeway_seconds:
        raise refused_token()
    if any(start is not None and at < start - leeway_seconds for start in (begins, issued)):
        raise refused_token()
    return Lifetime(_moment(issued) if issued is not None else None, _moment(expires))


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused_token()
    return float(value)


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise refused_token() from None
