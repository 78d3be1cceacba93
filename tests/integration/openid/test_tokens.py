"""What a provider's answer must hold: everything else is refused, by name."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey

from tests.integration.openid.browser import Browser, person_of, register, unique
from tests.integration.openid.provider import FIRST, SECOND, SECRET, Provider
from tests.world import World


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _json(value: dict[str, Any]) -> str:
    return _b64(json.dumps(value).encode())


def _unsigned(claims: dict[str, Any]) -> str:
    return f"{_json({'alg': 'none'})}.{_json(claims)}."


def _by_secret(secret: bytes) -> Callable[[dict[str, Any]], str]:
    """HS256: what a verifier takes that lets the token choose the algorithm."""

    def forge(claims: dict[str, Any]) -> str:
        body = f"{_json({'alg': 'HS256', 'kid': 'first'})}.{_json(claims)}"
        return f"{body}.{_b64(hmac.digest(secret, body.encode(), hashlib.sha256))}"

    return forge


def _claims(**claims: Any) -> Callable[[Provider], None]:
    def make(provider: Provider) -> None:
        provider.claims.update(claims)

    return make


def _times(**seconds: int) -> Callable[[Provider], None]:
    """Claims that are moments so far from when the token is made."""

    def make(provider: Provider) -> None:
        now = int(time.time())
        provider.claims.update({name: now + delta for name, delta in seconds.items()})

    return make


def _forged(forge: Callable[[dict[str, Any]], str]) -> Callable[[Provider], None]:
    def make(provider: Provider) -> None:
        provider.forge = forge

    return make


def _unpublished(provider: Provider) -> None:
    provider.key = SECOND


def _same_id(provider: Provider) -> None:
    """Another key under the id of the one that is published."""
    key = type(SECOND).import_key({**SECOND.as_dict(private=True), "kid": "first"})
    provider.forge = lambda claims: Provider(key=key).signed(claims)


def _changed(provider: Provider) -> None:
    """The claims of a signed token exchanged for others."""

    def forge(claims: dict[str, Any]) -> str:
        head, _, signature = provider.signed(claims).split(".")
        return f"{head}.{_json({**claims, 'sub': 'admin'})}.{signature}"

    provider.forge = forge


_WRONG: dict[str, tuple[Callable[[Provider], None], str]] = {
    "issuer": (_claims(iss="https://evil.example"), "iss"),
    "no issuer": (_claims(iss=None), "iss"),
    "audience": (_claims(aud="another"), "aud"),
    "audiences without us": (_claims(aud=["another", "third"]), "aud"),
    "audiences without azp": (_claims(aud=["fediflow", "another"]), "azp"),
    "authorized party": (_claims(azp="another"), "azp"),
    "nonce": (_claims(nonce="of-another-sign-in"), "nonce"),
    "no nonce": (_claims(nonce=None), "nonce"),
    "nonce of another type": (_claims(nonce=["x"]), "nonce"),
    "expired": (_times(exp=-3600, iat=-7200), "expired"),
    "no expiry": (_claims(exp=None), "exp"),
    "expiry as text": (_claims(exp="tomorrow"), "exp"),
    "issued in the future": (_times(iat=7200, exp=9000), "in the future"),
    "no time of issue": (_claims(iat=None), "iat"),
    "not yet valid": (_times(nbf=7200), "not valid yet"),
    "no subject": (_claims(sub=None), "sub"),
    "empty subject": (_claims(sub=""), "sub"),
    "access token": (_claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "at_hash"),
    "alg none": (_forged(_unsigned), "not signed with any of"),
    "HS256 by the public key": (_forged(_by_secret(FIRST.as_pem(private=False))), "not signed with any of"),
    "HS256 by the secret": (_forged(_by_secret(SECRET.encode())), "not signed with any of"),
    "unpublished key": (_unpublished, "does not publish"),
    "another key of the same id": (_same_id, "signature"),
    "changed claims": (_changed, "signature"),
    "no token": (_forged(lambda claims: ""), "no signed token"),
    "garbage": (_forged(lambda claims: "a.b.c"), "no signed token"),
    "endless": (_forged(lambda claims: "a" * 20_000), "longer"),
}


@pytest.mark.parametrize("wrong", _WRONG)
async def test_a_token_that_does_not_hold_lets_nobody_in(
    world: World, provider: Provider, browser: Browser, wrong: str
) -> None:
    provider_id = await register(world, provider)
    make, named = _WRONG[wrong]
    make(provider)
    answer = await browser.signs_in(provider, provider_id)
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.json["detail"]
    assert "location" not in answer.headers


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_right_token_of_each_algorithm_lets_its_person_in(
    world: World, provider: Provider, browser: Browser, algorithm: str
) -> None:
    if algorithm == "ES256":
        provider.key = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
    elif algorithm == "EdDSA":
        provider.key = OKPKey.generate_key("Ed25519", {"kid": "ed"}, private=True)
    provider.algorithm, provider.published = algorithm, [provider.key]
    provider.claims = {"sub": unique("sub"), "preferred_username": unique("algorithm"), "azp": "fediflow"}
    person = await person_of(world, await browser.signs_in(provider, await register(world, provider)))
    assert person["handle"] == provider.claims["preferred_username"]


async def test_the_hash_of_the_access_token_is_compared(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {
        "sub": unique("sub"),
        "aud": ["fediflow"],
        "at_hash": _b64(hashlib.sha256(b"access").digest()[:16]),
    }
    await person_of(world, await browser.signs_in(provider, await register(world, provider)))


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_we_prove_ourselves_as_the_provider_wants(
    world: World, provider: Provider, browser: Browser, method: str
) -> None:
    provider.configuration["token_endpoint_auth_methods_supported"] = [method]
    provider.secret = None if method == "none" else provider.secret
    provider.claims = {"sub": unique("sub")}
    await person_of(world, await browser.signs_in(provider, await register(world, provider)))


async def test_userinfo_tells_what_the_token_does_not(
    world: World, provider: Provider, browser: Browser
) -> None:
    handle = unique("told")
    provider.userinfo = {"preferred_username": handle, "name": "Ada Lovelace", "iss": "https://ignored"}
    provider.userinfo["sub"] = provider.claims["sub"] = unique("sub")
    person = await person_of(world, await browser.signs_in(provider, await register(world, provider)))
    assert (person["handle"], person["displayName"]) == (handle, "Ada Lovelace")


async def test_userinfo_about_somebody_else_lets_nobody_in(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.userinfo = {"sub": "eve"}
    answer = await browser.signs_in(provider, await register(world, provider))
    assert answer.status == 401
    assert "somebody else" in answer.json["detail"]
