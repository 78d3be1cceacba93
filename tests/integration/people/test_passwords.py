"""Setting passwords."""

import asyncio

import pytest
from sqlalchemy import select

from kernel.errors import InvalidInput
from tenants.authority import system_principal
from tenants.model import Forbidden, NotFound, Principal, Role, Unauthenticated
from tenants.people.passwords import set_password
from tenants.signin.limits import PER_NAME, RateLimited
from tenants.signin.operations import SignedIn, refresh
from tenants.tables import credentials
from tests.integration.signin.world import PASSWORD, Process, World

NEW = "an entirely new password"


async def change(
    world: World,
    process: Process,
    principal: Principal,
    user_id: int,
    new: str = NEW,
    current: str | None = None,
) -> None:
    async with world.door.write(principal) as tx:
        await set_password(tx, process.services, user_id=user_id, password=new, current_password=current)


async def go_on(world: World, process: Process, signed_in: SignedIn) -> SignedIn:
    async with world.door.write(world.anonymous) as tx:
        return await refresh(tx, process.services, refresh_token=signed_in.refresh_token, address=None)


async def test_ones_own_password_takes_the_current_one_and_ends_the_other_sessions(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    here, elsewhere = await world.sign_in(process, "ada"), await world.sign_in(process, "ada")
    ada = await process.authenticator.authenticate(token=here.access_token, tenant=None)
    for wrong in (None, "", "wrong"):
        with pytest.raises(InvalidInput) as refused:
            await change(world, process, ada, user_id, current=wrong)
        assert refused.value.details["path"] == ["input", "currentPassword"]
    await change(world, process, ada, user_id, current=PASSWORD)
    assert (await go_on(world, process, here)).user_id == user_id
    with pytest.raises(Unauthenticated):
        await go_on(world, process, elsewhere)
    with pytest.raises(Unauthenticated):
        await world.sign_in(process, "ada")
    assert (await world.sign_in(process, "ada", NEW)).user_id == user_id


async def test_the_current_password_is_not_guessed_from_an_open_session(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    ada = await world.principal(user_id)
    for _ in range(PER_NAME.attempts):
        with pytest.raises(InvalidInput):
            await change(world, process, ada, user_id, current="wrong")
    with pytest.raises(RateLimited):
        await change(world, process, ada, user_id, current=PASSWORD)


async def test_nobody_else_uses_up_the_attempts_at_ones_own_password(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    for name in (f"own {user_id}", str(user_id)):
        for _ in range(PER_NAME.attempts):
            with pytest.raises(Unauthenticated):
                await world.sign_in(process, name, "wrong")
    await change(world, process, await world.principal(user_id), user_id, current=PASSWORD)
    assert (await world.sign_in(process, "ada", NEW)).user_id == user_id


async def test_who_has_no_password_yet_uses_up_no_attempt(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    async with world.door.write(world.anonymous) as tx:
        this = (credentials.c.tenant_id == tx.tenant_id) & (credentials.c.user_id == user_id)
        await tx.connection.execute(credentials.delete().where(this))
    ada = await world.principal(user_id)
    for _ in range(PER_NAME.attempts + 1):
        with pytest.raises(InvalidInput, match="no current password"):
            await change(world, process, ada, user_id, current="whatever")
    await change(world, process, system_principal(world.tenant), user_id, PASSWORD)
    await change(world, process, ada, user_id, current=PASSWORD)


async def test_another_persons_password_is_set_by_who_writes_users_and_ends_all_their_sessions(
    world: World,
) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    session = await world.sign_in(process, "ada")
    for role, error in ((None, NotFound), (Role.AUDITOR, Forbidden)):
        caller = await world.principal(await world.person(None, *([role] if role else [])))
        with pytest.raises(error):
            await change(world, process, caller, user_id)
    registrar = await world.principal(await world.person(None, Role.REGISTRAR))
    await change(world, process, registrar, user_id)
    with pytest.raises(Unauthenticated):
        await go_on(world, process, session)
    assert (await world.sign_in(process, "ada", NEW)).user_id == user_id


async def test_nobody_sets_the_password_of_somebody_who_may_do_more(world: World) -> None:
    process = await world.process()
    admin_id = await world.person(None, Role.TENANT_ADMIN)
    registrar = await world.principal(await world.person(None, Role.REGISTRAR))
    with pytest.raises(Forbidden):
        await change(world, process, registrar, admin_id)


@pytest.mark.parametrize("password", ["short", "x" * 9, "x" * 257, "with a \0 inside"])
async def test_a_password_has_a_length(world: World, password: str) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    with pytest.raises(InvalidInput) as refused:
        await change(world, process, system_principal(world.tenant), user_id, password)
    assert refused.value.details["path"] == ["input", "password"]
    assert password not in str(refused.value)


async def test_two_spellings_of_one_password_are_one(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    await change(world, process, system_principal(world.tenant), user_id, "pa\u0308ssword one")
    assert (await world.sign_in(process, "ada", "p\u00e4ssword one")).user_id == user_id


async def test_passwords_are_kept_as_argon2id(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    await change(world, process, system_principal(world.tenant), user_id)
    async with world.door.write(world.anonymous) as tx:
        query = select(credentials.c.password_hash).where(
            credentials.c.tenant_id == tx.tenant_id, credentials.c.user_id == user_id
        )
        kept = (await tx.connection.execute(query)).scalar_one()
    assert kept.startswith("$argon2id$")


async def test_no_session_of_the_old_password_survives_a_change_that_races_its_sign_in(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    old = PASSWORD
    for round_number in range(5):
        new = f"the password of round {round_number}"
        sign_ins = [world.sign_in(process, "ada", old) for _ in range(3)]
        outcomes = await asyncio.gather(
            *sign_ins,
            change(world, process, system_principal(world.tenant), user_id, new),
            return_exceptions=True,
        )
        for signed_in in (one for one in outcomes if isinstance(one, SignedIn)):
            with pytest.raises(Unauthenticated):
                await process.authenticator.authenticate(token=signed_in.access_token, tenant=None)
            with pytest.raises(Unauthenticated):
                await go_on(world, process, signed_in)
        old = new
