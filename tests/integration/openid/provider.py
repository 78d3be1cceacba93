"""An OpenID provider of our own over real HTTP: right in everything, but for what a test makes it do wrong."""

import asyncio
import base64
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import jwt as pyjwt
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.ports import serving

Key = RSAKey | ECKey | OKPKey
CLIENT, SECRET = "fediflow", "s3cret:with/signs"


def new_key(key_id: str) -> RSAKey:
    """An RSA key of this id."""
    return RSAKey.generate_key(2048, {"kid": key_id}, private=True)


# Generated once: making RSA keys is what takes long.
FIRST, SECOND = new_key("first"), new_key("second")


@dataclass(slots=True)
class Asked:
    """What a browser was sent to the provider with."""

    address: str

    @property
    def query(self) -> dict[str, str]:
        """The members of the authorization request."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.address).query).items()}


@dataclass(slots=True)
class Provider:
    """What it says, to whom it said it, and what it was asked for."""

    issuer: str = ""
    key: Key = field(default_factory=lambda: FIRST)
    algorithm: str = "RS256"
    published: list[Key] = field(default_factory=lambda: [FIRST])
    configuration: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)  # over those that are right; None: left out
    userinfo: dict[str, Any] | None = None
    secret: str | None = SECRET
    # Makes the token of the right claims instead of signing them.
    forge: Callable[[dict[str, Any]], str] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def let_in(self, asked: Asked, **answer: str) -> str:
        """Somebody signs in: the query with which their browser comes back."""
        code = f"code-{next(self._numbers)}"  # several browsers may be on their way at once
        self.codes[code] = asked.query
        told = {"code": code, "state": asked.query["state"], **answer}
        return "&".join(f"{name}={value}" for name, value in told.items())

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request on one connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:] if line)
        }
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        path = head.split()[1]
        self.asked.append(path)
        status, document = self._answered(path, fields, body.decode())
        text = json.dumps(document).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"
            f"content-length: {len(text)}\r\nconnection: close\r\n\r\n".encode()
            + text
        )
        await writer.drain()
        writer.close()

    def _answered(self, path: str, fields: dict[str, str], body: str) -> tuple[int, Any]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                **({"userinfo_endpoint": f"{self.issuer}/userinfo"} if self.userinfo is not None else {}),
                **self.configuration,
            }
        if path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
        if path == "/token":
            return self._token(fields, {name: values[0] for name, values in parse_qs(body).items()})
        if path == "/userinfo" and fields.get("authorization") == "Bearer access":
            return 200, {"sub": "ada", **(self.userinfo or {})}
        return 404, {}

    def _token(self, fields: dict[str, str], form: dict[str, str]) -> tuple[int, Any]:
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None or begun["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if create_s256_code_challenge(form["code_verifier"]) != begun["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if not self._is_client(fields, form):
            return 401, {"error": "invalid_client"}
        now = int(time.time())
        right = {
            "iss": self.issuer,
            "sub": "ada",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
        }
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        token = self.forge(claims) if self.forge is not None else self.signed(claims)
        return 200, {"access_token": "access", "token_type": "Bearer", "id_token": token}

    def _is_client(self, fields: dict[str, str], form: dict[str, str]) -> bool:
        if self.secret is None:
            return form.get("client_id") == CLIENT
        if self.configuration.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, self.secret)
        given = base64.b64decode(fields.get("authorization", "Basic ").removeprefix("Basic ")).decode()
        name, _, secret = given.partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (CLIENT, self.secret)

    def signed(self, claims: dict[str, Any]) -> str:
        """An ID token."""
        header = {"alg": self.algorithm, "kid": self.key.kid}
        if (
            self.algorithm == "EdDSA"
        ):  # joserfc warns of that name (RFC 9864), which providers use all the same
            pem = self.key.as_pem(private=True)
            return pyjwt.encode(claims, pem, self.algorithm, headers=header)
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])


@asynccontextmanager
async def provider_on_this_machine() -> AsyncIterator[Provider]:
    """The provider, at an address of its own."""
    provider = Provider()
    server, port = await serving(provider.answer)
    provider.issuer = f"http://127.0.0.1:{port}"
    async with server:
        yield provider
