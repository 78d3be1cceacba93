"""The text of tokens, and signed tokens, without a database."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.crypto.secret_texts import digest, is_secret, new_secret, same
from kernel.crypto.signing import key_ring, new_seed, signing_key
from kernel.errors import InvalidInput
from tenants.authority import HeldRoles, system_principal
from tenants.model import ALL_SCOPES, Permission, Role, Tenant, TenantId, Unauthenticated
from tenants.signin.access_tokens import AUDIENCE, LIFETIME, AccessTokens
from tenants.signin.claims import peek
from tenants.signin.jwks import provider_keys
from tenants.signin.tokens import TokenKind, new_token, parse_token

TENANT = Tenant(TenantId(7), "uni-a", {"en": "A"}, "one", "eu", "UTC", ("en",), (), False)
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
HELD = HeldRoles(frozenset({Role.REGISTRAR}), frozenset({Role.ANALYST}))


def issue(tokens: AccessTokens, now: datetime = NOW) -> str:
    return tokens.issue(
        tenant=TENANT, user_id=1, session_id=2, position=3, held=HELD, languages=("ja",), now=now
    )[0]


def test_secrets_are_long_and_different() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(is_secret(secret) for secret in secrets)


def test_a_digest_is_the_same_for_the_same_text_only() -> None:
    assert same(digest("a"), digest("a"))
    assert not same(digest("a"), digest("b"))
    assert "secret" not in digest("secret")


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_is_read_as_it_was_made(kind: TokenKind) -> None:
    text, token = new_token(kind, "uni-a", 42)
    assert parse_token(text) == token
    assert text not in repr(token)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_tokens(text: str) -> None:
    assert parse_token(text) is None
    assert parse_token(f"ff_{text}") is None


@given(st.text(max_size=400))
def test_no_text_breaks_the_reading_of_signed_tokens(text: str) -> None:
    with pytest.raises(Unauthenticated):
        peek(text)


def test_an_access_token_says_what_it_was_issued_with() -> None:
    tokens = AccessTokens(key_ring(new_seed()), issuer="https://here.example")
    text = issue(tokens)
    read = tokens.verify(text, peek(text), NOW)
    assert (read.tenant_id, read.tenant_slug, read.user_id, read.session_id, read.position) == (
        7,
        "uni-a",
        1,
        2,
        3,
    )
    assert (read.held, read.languages, read.expires_at) == (HELD, ("ja",), NOW + LIFETIME)
    assert peek(text).algorithm == "EdDSA"


def test_an_access_token_ends_after_its_lifetime() -> None:
    tokens = AccessTokens(key_ring(new_seed()), issuer="https://here.example")
    text = issue(tokens)
    tokens.verify(text, peek(text), NOW + LIFETIME - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        tokens.verify(text, peek(text), NOW + LIFETIME + timedelta(seconds=6))
    with pytest.raises(Unauthenticated):
        tokens.verify(text, peek(text), NOW - timedelta(seconds=6))


def test_what_another_installation_signed_is_refused_and_a_former_key_is_not() -> None:
    old, new = new_seed(), new_seed()
    before = AccessTokens(key_ring(old), issuer="https://here.example")
    text = issue(before)
    after = AccessTokens(key_ring(new, old), issuer="https://here.example")
    assert after.verify(text, peek(text), NOW).user_id == 1
    assert peek(issue(after)).key_id == signing_key(new).key_id
    with pytest.raises(Unauthenticated):
        AccessTokens(key_ring(new), issuer="https://here.example").verify(text, peek(text), NOW)
    with pytest.raises(Unauthenticated):
        AccessTokens(key_ring(old), issuer="https://elsewhere.example").verify(text, peek(text), NOW)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_access_token_of_another_algorithm_is_refused(algorithm: str) -> None:
    keys = key_ring(new_seed())
    tokens = AccessTokens(keys, issuer="https://here.example")
    claims = jwt.decode(issue(tokens), options={"verify_signature": False})
    secret = "" if algorithm == "none" else "x" * 32
    forged = jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": keys.current.key_id})
    with pytest.raises(Unauthenticated):
        tokens.verify(forged, peek(forged), NOW)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_access_token_is_refused(part: int) -> None:
    tokens = AccessTokens(key_ring(new_seed()), issuer="https://here.example")
    parts = issue(tokens).split(".")
    other = issue(tokens, NOW + timedelta(seconds=1)).split(".")
    if part == 0:
        header = json.loads(base64.urlsafe_b64decode(parts[0] + "=="))
        changed = json.dumps({**header, "x": 1}).encode()
        parts[0] = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
    else:
        parts[part] = other[part]
    text = ".".join(parts)
    with pytest.raises(Unauthenticated):
        tokens.verify(text, peek(text), NOW + timedelta(seconds=1))


@pytest.mark.parametrize(
    "changes",
    [{"roles": ["emperor"]}, {"roles": None}, {"sub": "ada"}, {"pos": None}, {"tid": "x"}, {"aud": "y"}],
)
def test_an_access_token_whose_claims_make_no_sense_is_refused(changes: dict[str, Any]) -> None:
    keys = key_ring(new_seed())
    tokens = AccessTokens(keys, issuer="https://here.example")
    claims = jwt.decode(issue(tokens), options={"verify_signature": False})
    assert claims["aud"] == AUDIENCE
    text = jwt.encode(
        {**claims, **changes}, keys.current.private, algorithm="EdDSA", headers={"kid": keys.current.key_id}
    )
    with pytest.raises(Unauthenticated):
        tokens.verify(text, peek(text), NOW)


def test_a_key_set_shows_the_public_halves_only() -> None:
    seed = new_seed()
    keys = key_ring(seed, new_seed()).jwks()["keys"]
    assert len(keys) == 2
    assert all(set(key) == {"kty", "crv", "x", "kid", "use", "alg"} for key in keys)
    assert seed not in json.dumps(keys)
    assert [key.algorithm for key in provider_keys({"keys": keys})] == ["EdDSA", "EdDSA"]


@pytest.mark.parametrize(
    "seed",
    ["", "short", "x" * 44, "ü" * 43, new_seed() + "AAAA"],
    ids=["empty", "short", "long", "umlauts", "longer"],
)
def test_a_seed_that_is_none_is_refused_without_repeating_it(seed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        signing_key(seed)
    assert not seed or seed not in str(refused.value)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"keys": None},
        {"keys": [1, None, {}]},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}]},
        {"keys": [{"kty": "RSA", "n": "!", "e": "AQAB", "kid": "a"}]},
        {"keys": [{**key_ring(new_seed()).current.jwk(), "use": "enc"}]},
        {"keys": [{**key_ring(new_seed()).current.jwk(), "alg": "RS256"}]},
        {"keys": [{**key_ring(new_seed()).current.jwk(), "kid": 1}]},
    ],
    ids=range(10),
)
def test_keys_that_we_do_not_take_are_passed_over(document: object) -> None:
    assert provider_keys(document) == ()


def test_the_system_may_everything_and_is_nobody() -> None:
    principal = system_principal(TENANT)
    assert principal.user_id is None
    assert principal.access.held == set(Permission)
    assert principal.access.scopes == ALL_SCOPES
