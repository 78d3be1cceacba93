"""Speaking with a provider: where the browser goes, and what its code is worth. Nothing here touches a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]  # it ships no types
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request  # type: ignore[import-untyped]  # it ships no types
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]  # it ships no types

from federation.signin.id_tokens import Expected, checked_claims, read_head
from federation.signin.metadata import DEADLINE_SECONDS, MOST_BYTES, Discovery, Metadata
from federation.signin.refusals import ProviderAway, ProviderRefused
from kernel.clock import Clock, system_clock
from kernel.errors import Unavailable
from kernel.http import HttpClient, HttpError, HttpResponse
from tenants.signin.jwks import KeySets

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Client:
    """What we are to a provider. Without a secret a public client, which PKCE alone protects."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Begun:
    """What a sign-in took along to the provider, and what must come back with it."""

    redirect_uri: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)


class OpenidClient:
    """Asks providers; one per process."""

    def __init__(
        self, http: HttpClient, key_sets: KeySets, discovery: Discovery, *, clock: Clock = system_clock
    ) -> None:
        self._http = http
        self._key_sets = key_sets
        self.discovery = discovery
        self._clock = clock

    async def address(self, client: Client, begun: Begun) -> str:
        """Where the browser is sent (Core section 3.1.2.1, RFC 7636)."""
        metadata = await self.discovery.of(client.issuer)
        return str(
            prepare_grant_uri(
                metadata.authorization_endpoint,
                client.client_id,
                "code",
                redirect_uri=begun.redirect_uri,
                scope=list(client.scopes),
                state=begun.state,
                nonce=begun.nonce,
                code_challenge=create_s256_code_challenge(begun.code_verifier),
                code_challenge_method="S256",
            )
        )

    async def claims(
        self, client: Client, *, code: str, issuer: str | None, redirect_uri: str, nonce: str, verifier: str
    ) -> Mapping[str, Any]:
        """What the provider says of whoever came back with `code`: its ID token's claims, and its userinfo's beneath.

        `issuer` is what came back beside the code. Raises `ProviderRefused` and `ProviderAway`.
        """
        metadata = await self.discovery.of(client.issuer)
        require_issuer(metadata, issuer)
        answer = await self._token(metadata, client, code, redirect_uri, verifier)
        token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str):
            raise ProviderRefused("the provider gave no ID token: it must be asked with the scope openid")
        head = read_head(token)
        try:
            keys = await self._key_sets.keys(metadata.jwks_uri, key_id=head.key_id, algorithm=head.algorithm)
        except Unavailable as error:
            raise ProviderAway("the provider's keys cannot be had") from error
        bearer = access_token if isinstance(access_token, str) else None
        expected = Expected(client.issuer, client.client_id, nonce, bearer)
        claims = checked_claims(token, head, keys, expected, self._clock())
        return {**await self._userinfo(metadata, bearer, claims), **claims}

    async def _token(
        self, metadata: Metadata, client: Client, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, Any]:
        """The answer of the token endpoint (RFC 6749 section 4.1.3)."""
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=redirect_uri, code_verifier=verifier
        )
        address, headers, body = _authenticated(metadata, client, body)
        try:
            response = await self._http.post(
                address,
                body.encode(),
                content_type=_FORM,
                accept="application/json",
                max_bytes=MOST_BYTES,
                deadline=DEADLINE_SECONDS,
                headers=headers,
            )
        except HttpError as error:
            raise ProviderAway(f"the provider's token endpoint cannot be had: {error.message}") from error
        if response.status in (400, 401, 403):
            raise ProviderRefused(
                f"the provider's token endpoint refused the code or our client ({response.status})"
            )
        if response.status != 200:
            raise ProviderAway(f"the provider's token endpoint answered {response.status}")
        return _object(response, "token endpoint")

    async def _userinfo(
        self, metadata: Metadata, access_token: str | None, claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """What the provider says beside the ID token, of the same subject (Core section 5.3)."""
        if metadata.userinfo_endpoint is None or access_token is None:
            return {}
        try:
            response = await self._http.get(
                metadata.userinfo_endpoint,
                accept="application/json",
                max_bytes=MOST_BYTES,
                deadline=DEADLINE_SECONDS,
                headers={"authorization": f"Bearer {access_token}"},
            )
        except (HttpError, ValueError) as error:
            raise ProviderAway("the provider's userinfo cannot be had") from error
        if response.status != 200:
            raise ProviderAway(f"the provider's userinfo endpoint answered {response.status}")
        told = _object(response, "userinfo endpoint")
        if told.get("sub") != claims.get("sub"):
            raise ProviderRefused("the provider's userinfo is about somebody else than its ID token")
        return told


def require_issuer(metadata: Metadata, named: str | None) -> None:
    """Refuses an answer of another provider than the one that was asked (RFC 9207 section 2.4)."""
    if named is None and metadata.names_itself:
        raise ProviderRefused("what came back does not name its issuer, as this provider's answers do")
    if named is not None and named != metadata.issuer:
        raise ProviderRefused("what came back is of another issuer than the one that was asked")


def _authenticated(metadata: Metadata, client: Client, body: str) -> tuple[str, dict[str, str], str]:
    """The request with what proves that it is ours (RFC 6749 section 2.3.1)."""
    if client.client_secret is None:
        auth = ClientAuth(client.client_id, None, "none")
    elif "client_secret_basic" in metadata.auth_methods or "client_secret_post" not in metadata.auth_methods:
        auth = ClientAuth(
            quote_plus(client.client_id), quote_plus(client.client_secret), "client_secret_basic"
        )
    else:
        auth = ClientAuth(client.client_id, client.client_secret, "client_secret_post")
    address, headers, body = auth.prepare("POST", metadata.token_endpoint, {}, body)
    return str(address), dict(headers), str(body)


def _object(response: HttpResponse, what: str) -> Mapping[str, Any]:
    try:
        told = response.json()
    except HttpError as error:
        raise ProviderAway(f"the provider's {what} answered what is no JSON") from error
    if not isinstance(told, Mapping):
        raise ProviderAway(f"the provider's {what} answered what is no JSON object")
    return told
