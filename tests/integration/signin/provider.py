"""An identity provider on this machine: its keys over HTTP, and the tokens it signs."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.ports import serving

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
AUDIENCE = "fediflow-client"


@dataclass(slots=True)
class IdentityProvider:
    """What it signs with, what it publishes, and how often it was asked."""

    issuer: str
    jwks_uri: str
    keys: dict[str, PrivateKey] = field(default_factory=dict)
    asked: int = 0
    status: int = 200

    def token(self, subject: str = "subject-1", *, key_id: str = "one", **changes: Any) -> str:
        """A token of this provider, with some claims changed or (None) left out."""
        key = self.keys[key_id]
        return jwt.encode(
            self.claims(subject, **changes), key, algorithm=algorithm_of(key), headers={"kid": key_id}
        )

    def claims(self, subject: str = "subject-1", **changes: Any) -> dict[str, Any]:
        """The claims of a token."""
        now = datetime.now(UTC)
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now - timedelta(minutes=10),  # the clock of a test stands while it works
            "exp": now + timedelta(minutes=10),
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def public_pem(self, key_id: str = "one") -> bytes:
        """The public key as everyone can have it."""
        return self.keys[key_id].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def document(self) -> bytes:
        """The published key set."""
        return json.dumps({"keys": [_jwk(key_id, key) for key_id, key in self.keys.items()]}).encode()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request on one connection."""
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = self.document()
        head = f"HTTP/1.1 {self.status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def identity_provider(issuer: str) -> AsyncIterator[IdentityProvider]:
    """A provider with one RSA key, "one"."""
    provider = IdentityProvider(issuer, "", {"one": rsa.generate_private_key(65537, 2048)})
    server, port = await serving(provider.answer)
    provider.jwks_uri = f"http://127.0.0.1:{port}/keys"
    async with server:
        yield provider


def algorithm_of(key: PrivateKey) -> str:
    """What a key of this type signs with."""
    match key:
        case rsa.RSAPrivateKey():
            return "RS256"
        case ec.EllipticCurvePrivateKey():
            return "ES256"
        case _:
            return "EdDSA"


def unsigned(claims: Mapping[str, Any]) -> str:
    """A token that says it needs no signature."""
    return jwt.encode(dict(claims), "", algorithm="none")


def signed_by_public_key(claims: Mapping[str, Any], public_pem: bytes, key_id: str) -> str:
    """A token with the public key as the secret of an HMAC, put together by hand: libraries refuse to."""
    header = {"alg": "HS256", "typ": "JWT", "kid": key_id}
    signed = jwt.encode(dict(claims), "x" * 32, algorithm="HS256", headers=header).rpartition(".")[0]
    signature = hmac.digest(public_pem, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _jwk(key_id: str, key: PrivateKey) -> dict[str, Any]:
    public = key.public_key()
    match public:
        case rsa.RSAPublicKey():
            jwk = jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True)
        case ec.EllipticCurvePublicKey():
            jwk = jwt.algorithms.ECAlgorithm.to_jwk(public, as_dict=True)
        case _:
            jwk = jwt.algorithms.OKPAlgorithm.to_jwk(public, as_dict=True)
    return {**jwk, "kid": key_id, "use": "sig"}
