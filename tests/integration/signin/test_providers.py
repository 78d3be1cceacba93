"""Tokens of a university's own identity provider."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from sqlalchemy import insert

from kernel.database.roles import DatabaseRole
from kernel.errors import Unavailable
from kernel.http import HttpClient
from tenants.authority import system_principal
from tenants.external_ids import ExternalId
from tenants.model import Principal, Role, TenantId, TenantRequired, Unauthenticated
from tenants.people.operations import UserChanges, suspend_user, update_user
from tenants.signin.jwks import ASK_AGAIN_SECONDS, MAX_AGE_SECONDS, STALE_SECONDS, KeySets
from tenants.tables import identity_providers
from tests.integration.signin.provider import (
    AUDIENCE,
    IdentityProvider,
    identity_provider,
    signed_by_public_key,
    unsigned,
)
from tests.integration.signin.world import Process, World, add_tenant

ISSUER = "https://login.university.example"


@pytest.fixture
async def provider(world: World) -> AsyncIterator[IdentityProvider]:
    """The provider of the world's tenant."""
    async with identity_provider(ISSUER) as made:
        await register(world, made, world.tenant.id)
        yield made


async def register(world: World, provider: IdentityProvider, tenant_id: TenantId) -> None:
    async with world.databases.connect(world.databases.directory, DatabaseRole.WORKER) as connection:
        await connection.execute(
            insert(identity_providers).values(
                tenant_id=tenant_id,
                issuer=provider.issuer,
                jwks_uri=provider.jwks_uri,
                audience=AUDIENCE,
            )
        )
        await connection.commit()


async def tied(world: World, process: Process, *roles: Role, subject: str = "subject-1") -> int:
    """Somebody whose identity at the provider is known."""
    user_id = await world.person(None, *roles)
    await tie(world, process, user_id, ExternalId("oidc", f"{ISSUER} {subject}"))
    return user_id


async def tie(world: World, process: Process, user_id: int, *ids: ExternalId) -> None:
    async with world.door.write(system_principal(world.tenant)) as tx:
        await update_user(tx, process.revocations, user_id=user_id, changes=UserChanges(external_ids=ids))


async def known(world: World, process: Process, token: str) -> Principal:
    return await process.authenticator.authenticate(token=token, tenant=world.tenant)


async def refused(world: World, process: Process, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await known(world, process, token)


async def test_a_providers_token_is_its_subjects_person(world: World, provider: IdentityProvider) -> None:
    process = await world.process()
    user_id = await tied(world, process, Role.INSTRUCTOR)
    principal = await known(world, process, provider.token())
    assert (principal.user_id, principal.access.roles) == (user_id, {Role.INSTRUCTOR})
    with pytest.raises(TenantRequired):
        await process.authenticator.authenticate(token=provider.token(), tenant=None)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()],
    ids=["ES256", "EdDSA"],
)
async def test_other_kinds_of_keys_are_fine(world: World, provider: IdentityProvider, key: Any) -> None:
    process = await world.process()
    user_id = await tied(world, process)
    provider.keys["one"] = key
    assert (await known(world, process, provider.token())).user_id == user_id


def _ago(**delta: float) -> datetime:
    return datetime.now(UTC) - timedelta(**delta)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://login.elsewhere.example"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": []},
        {"exp": _ago(seconds=61)},
        {"exp": None},
        {"exp": "soon"},
        {"exp": float("nan")},
        {"nbf": _ago(days=-1)},
        {"iat": _ago(days=-1)},
        {"sub": "somebody-else"},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 300},
    ],
    ids=lambda changes: "-".join(changes),
)
async def test_a_token_whose_claims_do_not_hold_is_refused(
    world: World, provider: IdentityProvider, changes: dict[str, Any]
) -> None:
    process = await world.process()
    await tied(world, process)
    await known(world, process, provider.token(aud=["other", AUDIENCE]))
    token = provider.token(iat=None, **changes) if "iat" not in changes else provider.token(**changes)
    await refused(world, process, token)


async def test_a_token_without_signature_or_with_the_public_key_as_secret_is_refused(
    world: World, provider: IdentityProvider
) -> None:
    process = await world.process()
    await tied(world, process)
    await known(world, process, provider.token())
    await refused(world, process, unsigned(provider.claims()))
    forged = signed_by_public_key(provider.claims(), provider.public_pem(), "one")
    await refused(world, process, forged)


async def test_a_token_signed_by_another_key_is_refused(world: World, provider: IdentityProvider) -> None:
    process = await world.process()
    await tied(world, process)
    await known(world, process, provider.token())
    kept = provider.keys["one"]
    provider.keys["one"] = rsa.generate_private_key(65537, 2048)
    forged = provider.token()
    provider.keys["one"] = kept
    await refused(world, process, forged)
    header, _, signature = provider.token().split(".")
    other_claims = provider.token("somebody-else").split(".")[1]
    await refused(world, process, f"{header}.{other_claims}.{signature}")


async def test_a_new_key_is_found_by_one_more_question(world: World, provider: IdentityProvider) -> None:
    process = await world.process()
    user_id = await tied(world, process)
    await known(world, process, provider.token())
    assert provider.asked == 1
    provider.keys["two"] = rsa.generate_private_key(65537, 2048)
    world.clock.pass_by(timedelta(seconds=ASK_AGAIN_SECONDS))
    await process.known.read()
    tokens = [provider.token(key_id="two", jti=str(number)) for number in range(5)]
    people = await asyncio.gather(*(known(world, process, token) for token in tokens))
    assert {one.user_id for one in people} == {user_id}
    assert provider.asked == 2


async def test_made_up_keys_do_not_make_us_ask_all_the_time(world: World, provider: IdentityProvider) -> None:
    process = await world.process()
    await tied(world, process)
    await known(world, process, provider.token())
    own = rsa.generate_private_key(65537, 2048)
    for number in range(5):
        name = f"made-up-{number}"
        provider.keys[name] = own
        token = provider.token(key_id=name)
        del provider.keys[name]
        await refused(world, process, token)
    assert provider.asked == 1


async def test_a_key_that_was_taken_back_ends_within_minutes(
    world: World, provider: IdentityProvider
) -> None:
    process = await world.process()
    await tied(world, process)
    provider.keys["two"] = rsa.generate_private_key(65537, 2048)
    await known(world, process, provider.token())
    stolen = provider.token(exp=datetime.now(UTC) + timedelta(hours=5))
    del provider.keys["one"]
    world.clock.pass_by(timedelta(seconds=MAX_AGE_SECONDS + 1))
    await process.known.read()
    await refused(world, process, stolen)


async def test_a_provider_that_is_away_is_said_so_and_its_keys_serve_on(
    world: World, provider: IdentityProvider
) -> None:
    process = await world.process()
    user_id = await tied(world, process)
    provider.status = 503
    later = datetime.now(UTC) + timedelta(hours=9)
    with pytest.raises(Unavailable):
        await known(world, process, provider.token(exp=later))
    provider.status = 200
    world.clock.pass_by(timedelta(seconds=ASK_AGAIN_SECONDS))
    await process.known.read()
    assert (await known(world, process, provider.token(exp=later))).user_id == user_id
    provider.status = 503
    world.clock.pass_by(timedelta(seconds=MAX_AGE_SECONDS + 1))
    await process.known.read()
    assert (await known(world, process, provider.token(exp=later, jti="2"))).user_id == user_id
    world.clock.pass_by(timedelta(seconds=STALE_SECONDS))
    await process.known.read()
    with pytest.raises(Unavailable):
        await known(world, process, provider.token(exp=later, jti="3"))


async def test_an_issuer_counts_only_for_the_tenant_that_registered_it(
    world: World, provider: IdentityProvider
) -> None:
    process = await world.process()
    await tied(world, process)
    token = provider.token()
    await known(world, process, token)
    slug = f"{world.tenant.slug}-other"
    await add_tenant(world.databases, slug, world.new_id(), "two")
    other = await world.directory.by_slug(slug)
    assert other is not None
    with pytest.raises(Unauthenticated):
        await process.authenticator.authenticate(token=token, tenant=other)
    async with identity_provider("https://login.other.example") as theirs:
        await register(world, theirs, other.id)
        # Their administrator signs tokens in the name of our provider.
        theirs.issuer = provider.issuer
        for tenant in (world.tenant, other):
            with pytest.raises(Unauthenticated):
                await process.authenticator.authenticate(token=theirs.token(), tenant=tenant)


async def test_an_identity_taken_away_signs_nobody_in(world: World, provider: IdentityProvider) -> None:
    process = await world.process()
    user_id = await tied(world, process)
    token = provider.token()
    await known(world, process, token)
    await tie(world, process, user_id)
    await refused(world, process, token)


async def test_a_suspended_persons_identity_signs_nobody_in(world: World, provider: IdentityProvider) -> None:
    process = await world.process()
    user_id = await tied(world, process)
    token = provider.token()
    await known(world, process, token)
    async with world.door.write(system_principal(world.tenant)) as tx:
        await suspend_user(tx, process.revocations, user_id=user_id)
    await refused(world, process, token)


async def test_a_provider_in_our_own_network_is_not_asked(world: World, provider: IdentityProvider) -> None:
    async with HttpClient() as guarded:
        keys = KeySets(guarded)
        with pytest.raises(Unavailable):
            await keys.keys(provider.jwks_uri, key_id="one", algorithm="RS256")
    assert provider.asked == 0
