"""ID tokens: signed by the provider, for this client, now, and for the sign-in that was begun. Pure.

OpenID Connect Core 1.0 section 3.1.3.7. What is wrong is named; no value of a token is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # it ships no types
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError, MissingClaimError

from federation.signin.refusals import ProviderRefused
from tenants.model import Unauthenticated
from tenants.signin.claims import verified
from tenants.signin.jwks import ProviderKey
from tenants.signin.providers import ALGORITHMS, LEEWAY_SECONDS

LONGEST_TOKEN = 16 * 1024
MOST_KEYS_TRIED = 4


@dataclass(frozen=True, slots=True)
class Head:
    """What a token says of its signature, before that is checked: good for choosing a key and nothing else."""

    algorithm: str
    key_id: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """Whom a token has to be from and for, and which sign-in it has to answer."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None


def read_head(token: str) -> Head:
    """The head of a signed token; `ProviderRefused` for what is none, and for algorithms that prove nothing."""
    if len(token) > LONGEST_TOKEN:
        raise ProviderRefused(f"the provider's ID token is longer than {LONGEST_TOKEN} characters")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise ProviderRefused("the provider's ID token is no signed token") from None
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise ProviderRefused(
            f"the provider's ID token is not signed with any of {', '.join(sorted(ALGORITHMS))}"
        )
    if not (key_id is None or isinstance(key_id, str)):
        raise ProviderRefused("the provider's ID token names no key that could be")
    return Head(str(algorithm), key_id)


def checked_claims(
    token: str, head: Head, keys: Iterable[ProviderKey], expected: Expected, now: datetime
) -> Mapping[str, Any]:
    """The claims of a token that one of these keys signed and that holds; else `ProviderRefused`."""
    claims = _signed(token, head, keys)
    _require_types(claims)
    checked = CodeIDToken(
        claims,
        {"alg": head.algorithm},
        {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
        },
        {
            "nonce": expected.nonce,
            "client_id": expected.client_id,
            "access_token": expected.access_token,
        },
    )
    try:
        checked.validate(now=int(now.timestamp()), leeway=int(LEEWAY_SECONDS))
    except ExpiredTokenError:
        raise ProviderRefused("the provider's ID token has expired") from None
    except MissingClaimError as error:
        raise ProviderRefused(f"the provider's ID token lacks {error.claim}") from None
    except ClaimError as error:
        raise _wrong(error.claim) from None
    except JoseError:
        raise ProviderRefused("the provider's ID token does not hold now") from None
    return claims


def _signed(token: str, head: Head, keys: Iterable[ProviderKey]) -> Mapping[str, Any]:
    fitting = list(keys)
    if not fitting:
        raise ProviderRefused(
            "the provider's ID token is signed with a key that the provider does not publish, or only since a moment"
        )
    for key in fitting[:MOST_KEYS_TRIED]:
        try:
            return verified(token, key.key, key.algorithm)
        except Unauthenticated:
            continue
    raise ProviderRefused("the signature of the provider's ID token does not hold")


def _require_types(claims: Mapping[str, Any]) -> None:
    """What is compared later is of the type that the specification says (Core section 2)."""
    for name in ("iss", "sub", "nonce", "azp", "at_hash"):
        if not isinstance(claims.get(name, ""), str):
            raise _wrong(name, _TYPE)
    for name in ("exp", "iat", "nbf", "auth_time"):
        if isinstance(claims.get(name), bool) or not isinstance(claims.get(name, 0), int | float):
            raise _wrong(name, _TYPE)
    audience = claims.get("aud", "")
    if not all(isinstance(one, str) for one in (audience if isinstance(audience, list) else [audience])):
        raise _wrong("aud", _TYPE)


def _wrong(claim: str, why: str | None = None) -> ProviderRefused:
    said = why or _WHY.get(claim, "it does not hold")
    return ProviderRefused(f"the provider's ID token is refused for its {claim}: {said}")


_TYPE = "it is not of the type that it must be"
_WHY = {
    "iss": "it is of another provider",
    "aud": "it is for another client",
    "azp": "it is for another client",
    "nonce": "it answers another sign-in",
    "at_hash": "the access token beside it is another",
    "iat": "it was issued in the future",
    "nbf": "it is not valid yet",
}
