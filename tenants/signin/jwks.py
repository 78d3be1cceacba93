"""The public keys of identity providers, as they publish them: asked for rarely, kept for ten minutes.

A token may name a key we do not know, because the provider has changed keys or because somebody made the name up. So an
unknown key asks once more, and not again within half a minute.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from kernel.errors import Unavailable
from kernel.http import HttpClient, HttpError

MAX_AGE_SECONDS = 600.0
# Served though older, while the provider does not answer; withdrawn keys must end some day.
STALE_SECONDS = 3600.0
ASK_AGAIN_SECONDS = 30.0
MOST_PROVIDERS = 1000
MOST_KEYS = 100
MOST_BYTES = 256 * 1024
DEADLINE_SECONDS = 5.0
_SMALLEST_RSA_BITS = 2048

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """A public key and the one algorithm it is for, which is ours to say and not the token's."""

    key_id: str | None
    algorithm: str
    key: PublicKey


@dataclass(frozen=True, slots=True)
class _Known:
    keys: tuple[ProviderKey, ...]
    fetched_at: float | None  # None: never
    asked_at: float


class KeySets:
    """Looks up provider keys; one per process."""

    def __init__(self, client: HttpClient, *, now: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._now = now
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._flights: dict[str, asyncio.Task[_Known]] = {}

    async def keys(self, jwks_uri: str, *, key_id: str | None, algorithm: str) -> tuple[ProviderKey, ...]:
        """The keys that may have signed a token: those of its key id, or all that fit when it names none."""
        known = self._known.get(jwks_uri)
        if known is None or self._is_old(known):
            known = await self._ask(jwks_uri, known)
        fitting = _fitting(known.keys, key_id, algorithm)
        if not fitting and self._may_ask(known):
            known = await self._ask(jwks_uri, known)
            fitting = _fitting(known.keys, key_id, algorithm)
        if known.fetched_at is None or self._now() - known.fetched_at > STALE_SECONDS:
            raise Unavailable("the identity provider does not answer")
        return fitting

    def _is_old(self, known: _Known) -> bool:
        is_old = known.fetched_at is None or self._now() - known.fetched_at > MAX_AGE_SECONDS
        return is_old and self._may_ask(known)

    def _may_ask(self, known: _Known) -> bool:
        return self._now() - known.asked_at >= ASK_AGAIN_SECONDS

    async def _ask(self, jwks_uri: str, before: _Known | None) -> _Known:
        flight = self._flights.get(jwks_uri)
        if flight is None:
            flight = asyncio.create_task(self._fetch(jwks_uri, before))
            self._flights[jwks_uri] = flight
            flight.add_done_callback(lambda _: self._flights.pop(jwks_uri, None))
        return await asyncio.shield(flight)

    async def _fetch(self, jwks_uri: str, before: _Known | None) -> _Known:
        asked_at = self._now()
        try:
            keys = await self._published(jwks_uri)
        except HttpError:
            known = _Known(before.keys if before else (), before.fetched_at if before else None, asked_at)
        else:
            known = _Known(keys, asked_at, asked_at)
        self._known[jwks_uri] = known
        self._known.move_to_end(jwks_uri)
        while len(self._known) > MOST_PROVIDERS:
            self._known.popitem(last=False)
        return known

    async def _published(self, jwks_uri: str) -> tuple[ProviderKey, ...]:
        response = await self._client.get(
            jwks_uri, accept="application/json", max_bytes=MOST_BYTES, deadline=DEADLINE_SECONDS
        )
        if response.status != 200:
            raise HttpError(response.target.host, f"answered {response.status} for its keys")
        return provider_keys(response.json())


def provider_keys(document: object) -> tuple[ProviderKey, ...]:
    """The keys of a JSON Web Key Set that we would accept; the others are passed over."""
    listed = document.get("keys") if isinstance(document, dict) else None
    given = listed[:MOST_KEYS] if isinstance(listed, list) else []
    found = (_provider_key(one) for one in given if isinstance(one, dict))
    return tuple(key for key in found if key is not None)


def _provider_key(given: dict[str, Any]) -> ProviderKey | None:
    key_id = given.get("kid")
    if given.get("use", "sig") != "sig" or not (key_id is None or isinstance(key_id, str)):
        return None
    try:
        key = jwt.PyJWK.from_dict(given).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    algorithm = _algorithm(key)
    if algorithm is None or given.get("alg", algorithm) != algorithm:
        return None
    return ProviderKey(key_id, algorithm, key)


def _algorithm(key: object) -> str | None:
    match key:
        case RSAPublicKey() if key.key_size >= _SMALLEST_RSA_BITS:
            return "RS256"
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return "ES256"
        case Ed25519PublicKey():
            return "EdDSA"
        case _:
            return None


def _fitting(keys: tuple[ProviderKey, ...], key_id: str | None, algorithm: str) -> tuple[ProviderKey, ...]:
    return tuple(
        key for key in keys if key.algorithm == algorithm and (key_id is None or key.key_id == key_id)
    )
