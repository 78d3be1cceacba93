"""Ed25519 keys that sign what FediFlow issues: one signs, the ones before it still verify."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kernel.errors import InvalidInput

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair and the id that names it in what it signed: its RFC 7638 thumbprint."""

    key_id: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> Ed25519PublicKey:
        """What verifies."""
        return self.private.public_key()

    def jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key."""
        return {**_members(self.public), "kid": self.key_id, "use": "sig", "alg": "EdDSA"}


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key that signs and all that verify, by id."""

    current: SigningKey
    by_id: dict[str, SigningKey]

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public halves as a JSON Web Key Set."""
        return {"keys": [key.jwk() for key in self.by_id.values()]}


def new_seed() -> str:
    """A new key as text for a settings file."""
    return _base64url(secrets.token_bytes(SEED_BYTES))


def signing_key(seed: str) -> SigningKey:
    """The key of a seed: 32 bytes in base64url, as `new_seed` writes them."""
    try:
        raw = base64.urlsafe_b64decode(seed.strip().rstrip("=") + "=")
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != SEED_BYTES:
        raise InvalidInput(f"a signing key is {SEED_BYTES} bytes in base64url") from None
    private = Ed25519PrivateKey.from_private_bytes(raw)
    return SigningKey(_thumbprint(private.public_key()), private)


def key_ring(*seeds: str) -> KeyRing:
    """The keys of these seeds: the first signs, the others only verify until what they signed has expired."""
    if not seeds:
        raise InvalidInput("at least one signing key is needed")
    keys = [signing_key(seed) for seed in seeds]
    return KeyRing(keys[0], {key.key_id: key for key in keys})


def _members(public: Ed25519PublicKey) -> dict[str, str]:
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}


def _thumbprint(public: Ed25519PublicKey) -> str:
    members = _members(public)
    text = "{" + ",".join(f'"{name}":"{members[name]}"' for name in sorted(members)) + "}"
    return _base64url(hashlib.sha256(text.encode()).digest())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
