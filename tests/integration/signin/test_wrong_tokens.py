"""A flood of tokens that are nobody's costs the database nothing, and locks out nobody whose token is right."""

from datetime import timedelta

import pytest

from kernel.database.addresses import Address
from kernel.errors import Unavailable
from tenants.model import Principal, Scope, Unauthenticated
from tenants.signin.claims import Unverified
from tenants.signin.jwks import KeySets
from tenants.signin.limits import PER_ADDRESS, RateLimited
from tenants.signin.operations import NewToken, create_token, revoke_token
from tenants.signin.providers import LONGEST_ISSUER, Providers
from tests.integration.signin.provider import identity_provider
from tests.integration.signin.test_providers import ISSUER, register, tied
from tests.integration.signin.world import Process, World
from tests.statements import counted_statements

FLOOD, ELSEWHERE = "192.0.2.66", "198.51.100.1"


async def ask(world: World, process: Process, token: str, address: str = FLOOD) -> Principal:
    return await process.authenticator.authenticate(token=token, tenant=world.tenant, address=address)


async def answer(world: World, process: Process, token: str, address: str = FLOOD) -> str:
    """Whose it is, wrong, or limited."""
    try:
        return str((await ask(world, process, token, address)).user_id)
    except Unauthenticated:
        return "wrong"
    except RateLimited:
        return "limited"


def made_up(world: World, number: int) -> str:
    return f"ff_{world.tenant.slug}_{number + 1}_{'a' * 43}"


async def flooded(world: World, process: Process) -> None:
    outcomes = [
        await answer(world, process, made_up(world, number)) for number in range(PER_ADDRESS.attempts)
    ]
    assert outcomes == ["wrong"] * PER_ADDRESS.attempts


async def token_of(world: World, user_id: int) -> NewToken:
    async with world.door.write(await world.principal(user_id)) as tx:
        ends = tx.now + timedelta(days=1)
        return await create_token(tx, name="script", scopes=[Scope.COURSES_READ], expires_at=ends)


async def test_after_many_wrong_tokens_unknown_ones_are_refused_before_the_database(world: World) -> None:
    user_id = await world.person()
    process = await world.process()
    remembered, unknown = await token_of(world, user_id), await token_of(world, user_id)
    await ask(world, process, remembered.secret)
    await flooded(world, process)
    with counted_statements() as statements:
        for number in range(PER_ADDRESS.attempts, PER_ADDRESS.attempts + 5):
            assert await answer(world, process, made_up(world, number)) == "limited"
        assert await answer(world, process, unknown.secret) == "limited"
        assert await answer(world, process, remembered.secret) == str(user_id)
    assert statements == []
    assert await answer(world, process, unknown.secret, ELSEWHERE) == str(user_id)
    world.clock.pass_by(timedelta(seconds=PER_ADDRESS.seconds + 1))
    await process.known.read()
    assert await answer(world, process, made_up(world, 1_000)) == "wrong"


async def test_sessions_and_tokens_that_held_before_outlast_a_flood_from_their_address(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    held = await token_of(world, user_id)
    await ask(world, process, held.secret)
    world.clock.pass_by(timedelta(minutes=15))
    await process.known.read()
    await flooded(world, process)
    with counted_statements() as statements:
        assert await answer(world, process, held.secret) == str(user_id)
    assert statements  # it was read anew
    session = await world.sign_in(process, "ada")
    assert await answer(world, process, session.access_token) == str(user_id)


async def test_a_script_with_an_ended_token_is_asked_about_once_and_locks_out_nobody(world: World) -> None:
    user_id = await world.person()
    process = await world.process()
    ended, good = await token_of(world, user_id), await token_of(world, user_id)
    async with world.door.write(await world.principal(user_id)) as tx:
        await revoke_token(tx, process.revocations, token_id=ended.id)
    with counted_statements() as statements:
        for _ in range(PER_ADDRESS.attempts + 1):
            assert await answer(world, process, ended.secret) == "wrong"
    begins = [one for one in statements if one.startswith("BEGIN")]
    assert len(begins) == 1
    assert "READ ONLY" in begins[0]
    assert await answer(world, process, good.secret) == str(user_id)


async def test_made_up_issuers_are_counted_and_a_registered_one_goes_on(world: World) -> None:
    process = await world.process()
    async with identity_provider(ISSUER) as provider:
        await register(world, provider, world.tenant.id)
        user_id = await tied(world, process)
        assert await answer(world, process, provider.token(), ELSEWHERE) == str(user_id)
        for number in range(PER_ADDRESS.attempts):
            token = provider.token(iss=f"https://made-up-{number}.example")
            assert await answer(world, process, token) == "wrong"
        made_up_one = provider.token(iss="https://made-up.example")
        assert await answer(world, process, made_up_one) == "limited"
        assert await answer(world, process, provider.token(jti="2")) == str(user_id)


async def test_what_can_be_no_issuer_is_not_looked_for(world: World) -> None:
    engine = world.databases.engine(Address("127.0.0.1", 1, "nowhere"), pool_size=0)
    providers = Providers(engine, KeySets(world.http))
    for issuer, refused in (
        ("i" * LONGEST_ISSUER, Unavailable),  # the directory would be asked
        ("i" * (LONGEST_ISSUER + 1), Unauthenticated),
        ("with\0nothing", Unauthenticated),
    ):
        with pytest.raises(refused):
            await providers.verify("", Unverified("RS256", None, issuer), world.tenant, world.clock())
    await engine.dispose()
