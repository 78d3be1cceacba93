"""Signing in, going on, signing out."""

import asyncio
from datetime import timedelta

import pytest

from tenants.model import Principal, Role, Unauthenticated
from tenants.signin.operations import SignedIn, refresh, sign_out
from tests.integration.signin.world import Process, World


async def go_on(world: World, process: Process, token: str) -> SignedIn:
    async with world.door.write(world.anonymous) as tx:
        return await refresh(tx, process.services, refresh_token=token, address=None)


async def test_whoever_signs_in_is_known_by_the_access_token(world: World) -> None:
    user_id = await world.person("ada", Role.REGISTRAR)
    process = await world.process()
    signed_in = await world.sign_in(process, "ada")
    principal = await process.authenticator.authenticate(token=signed_in.access_token, tenant=None)
    assert (principal.user_id, principal.tenant) == (user_id, world.tenant)
    assert principal.session_id == signed_in.session_id
    assert principal.access.roles == {Role.REGISTRAR}


async def test_unknown_wrong_and_suspended_are_one_answer_after_the_same_work(world: World) -> None:
    await world.person("ada")
    await world.person("gone", status="suspended")
    process = await world.process()
    answers = set()
    for handle, password in (
        ("ada", "wrong"),
        ("nobody", "wrong"),
        ("gone", "wrong"),
        ("x@y.example", "wrong"),
    ):
        before = world.hasher.checked
        with pytest.raises(Unauthenticated) as refused:
            await world.sign_in(process, handle, password)
        answers.add((str(refused.value), tuple(refused.value.details.items())))
        assert world.hasher.checked == before + 1
    with pytest.raises(Unauthenticated) as refused:
        await world.sign_in(process, "gone")
    answers.add((str(refused.value), tuple(refused.value.details.items())))
    assert len(answers) == 1


async def test_an_access_token_ends_after_fifteen_minutes(world: World) -> None:
    await world.person("ada")
    process = await world.process()
    token = (await world.sign_in(process, "ada")).access_token
    await process.authenticator.authenticate(token=token, tenant=None)
    world.clock.pass_by(timedelta(minutes=15, seconds=6))
    await process.known.read()
    with pytest.raises(Unauthenticated):
        await process.authenticator.authenticate(token=token, tenant=None)


async def test_a_refresh_token_gives_the_next_one_and_the_session_stays(world: World) -> None:
    await world.person("ada")
    process = await world.process()
    first = await world.sign_in(process, "ada")
    second = await go_on(world, process, first.refresh_token)
    third = await go_on(world, process, second.refresh_token)
    assert first.session_id == second.session_id == third.session_id
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3


async def test_a_refresh_token_used_twice_ends_the_session_for_both(world: World) -> None:
    await world.person("ada")
    process = await world.process()
    first = await world.sign_in(process, "ada")
    second = await go_on(world, process, first.refresh_token)
    with pytest.raises(Unauthenticated):
        await go_on(world, process, first.refresh_token)
    with pytest.raises(Unauthenticated):
        await go_on(world, process, second.refresh_token)
    for access in (first.access_token, second.access_token):
        with pytest.raises(Unauthenticated):
            await process.authenticator.authenticate(token=access, tenant=None)


async def test_of_two_refreshes_at_once_one_at_most_is_answered_and_none_goes_on(world: World) -> None:
    await world.person("ada")
    process = await world.process()
    first = await world.sign_in(process, "ada")
    outcomes = await asyncio.gather(
        *(go_on(world, process, first.refresh_token) for _ in range(5)), return_exceptions=True
    )
    answered = [one for one in outcomes if isinstance(one, SignedIn)]
    assert len(answered) <= 1
    assert sum(isinstance(one, Unauthenticated) for one in outcomes) == 5 - len(answered)
    for one in answered:
        with pytest.raises(Unauthenticated):
            await go_on(world, process, one.refresh_token)
        with pytest.raises(Unauthenticated):
            await process.authenticator.authenticate(token=one.access_token, tenant=None)


async def test_signing_out_ends_access_and_refresh_before_it_answers(world: World) -> None:
    await world.person("ada")
    process = await world.process()
    other = await world.sign_in(process, "ada")
    signed_in = await world.sign_in(process, "ada")
    principal = await process.authenticator.authenticate(token=signed_in.access_token, tenant=None)
    async with world.door.write(principal) as tx:
        await sign_out(tx, process.revocations)
    with pytest.raises(Unauthenticated):
        await process.authenticator.authenticate(token=signed_in.access_token, tenant=None)
    with pytest.raises(Unauthenticated):
        await go_on(world, process, signed_in.refresh_token)
    still: Principal = await process.authenticator.authenticate(token=other.access_token, tenant=None)
    assert still.session_id == other.session_id
