"""Personal access tokens, and what every token has in common."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput, Unavailable
from tenants.authority import system_principal
from tenants.directory import TTL_SECONDS
from tenants.model import (
    Forbidden,
    NotFound,
    Permission,
    Principal,
    Role,
    Scope,
    TenantMismatch,
    TenantRequired,
    TenantSuspended,
    Unauthenticated,
)
from tenants.people.operations import reactivate_user, suspend_user
from tenants.people.roles import grant_role
from tenants.signin.operations import NewToken, create_token, revoke_token
from tenants.signin.revocation_list import BLIND_SECONDS
from tenants.tables import personal_access_tokens, role_assignments, tenants
from tests.integration.signin.world import Process, World, add_tenant

READ = (Scope.COURSES_READ,)


async def token_of(
    world: World, principal: Principal, scopes: Iterable[Scope] = READ, user_id: int | None = None
) -> NewToken:
    async with world.door.write(principal) as tx:
        ends = tx.now + timedelta(days=1)
        return await create_token(tx, name="script", scopes=scopes, expires_at=ends, user_id=user_id)


async def known(process: Process, token: str) -> Principal:
    return await process.authenticator.authenticate(token=token, tenant=None)


async def test_a_personal_token_acts_for_its_person_with_its_scopes(world: World) -> None:
    user_id = await world.person("ada", Role.REGISTRAR)
    process = await world.process()
    token = await token_of(world, await world.principal(user_id))
    assert token.secret.startswith(f"ff_{world.tenant.slug}_{token.id}_")
    principal = await known(process, token.secret)
    assert (principal.user_id, principal.token_id, principal.session_id) == (user_id, token.id, None)
    assert principal.access.scopes == {Scope.COURSES_READ}
    assert principal.access.may(Permission.WRITE_CATALOG)


async def test_only_a_digest_of_the_secret_is_kept(world: World) -> None:
    user_id = await world.person()
    token = await token_of(world, await world.principal(user_id))
    async with world.door.write(world.anonymous) as tx:
        query = select(personal_access_tokens).where(personal_access_tokens.c.id == token.id)
        row = (await tx.connection.execute(query)).mappings().one()
    assert not any(token.secret.rsplit("_", 1)[1] in str(value) for value in row.values())


async def test_every_token_that_does_not_hold_gets_the_same_answer(world: World) -> None:
    process = await world.process()
    principal = await world.principal(await world.person())
    token = (await token_of(world, principal)).secret
    last = "a" if token[-1] != "a" else "b"
    parts = token.split("_")
    answers = set()
    for wrong in (
        "",
        "ff_",
        "no token at all",
        "a.b.c",
        "x" * 10_000,
        "\ud800",
        token[:-1] + last,
        token[:-1],
        "_".join((*parts[:2], "1", parts[3])),
        "_".join((*parts[:2], "9" * 19, parts[3])),
        "_".join((parts[0], "no-such-tenant", *parts[2:])),
        "ffr" + token[2:],
    ):
        with pytest.raises(Unauthenticated) as refused:
            await known(process, wrong)
        answers.add(str(refused.value))
    assert len(answers) == 1


async def test_a_token_ends_when_it_was_said_to(world: World) -> None:
    process = await world.process()
    token = await token_of(world, await world.principal(await world.person()))
    await known(process, token.secret)
    world.clock.pass_by(timedelta(days=1))
    await process.known.read()
    with pytest.raises(Unauthenticated):
        await known(process, token.secret)


async def test_a_revoked_token_is_refused_at_once(world: World) -> None:
    process = await world.process()
    principal = await world.principal(await world.person())
    token = await token_of(world, principal)
    await known(process, token.secret)
    async with world.door.write(principal) as tx:
        await revoke_token(tx, process.revocations, token_id=token.id)
    with pytest.raises(Unauthenticated):
        await known(process, token.secret)


async def test_nobody_revokes_another_persons_token_but_who_manages_tokens(world: World) -> None:
    process = await world.process()
    token = await token_of(world, await world.principal(await world.person()))
    other = await world.principal(await world.person(None, Role.REGISTRAR))
    with pytest.raises(NotFound):
        async with world.door.write(other) as tx:
            await revoke_token(tx, process.revocations, token_id=token.id)
    admin = await world.principal(await world.person(None, Role.TENANT_ADMIN))
    async with world.door.write(admin) as tx:
        await revoke_token(tx, process.revocations, token_id=token.id)
    with pytest.raises(Unauthenticated):
        await known(process, token.secret)


async def test_a_token_follows_the_roles_of_its_person(world: World) -> None:
    process = await world.process()
    user_id = await world.person()
    token = await token_of(world, await world.principal(user_id))
    assert not (await known(process, token.secret)).access.may(Permission.READ_REPORTS)
    async with world.door.write(system_principal(world.tenant)) as tx:
        await grant_role(tx, process.revocations, user_id=user_id, role=Role.ANALYST)
    assert (await known(process, token.secret)).access.may(Permission.READ_REPORTS)


async def test_a_token_is_read_anew_after_fifteen_minutes_without_any_revocation(world: World) -> None:
    process = await world.process()
    user_id = await world.person(None, Role.ANALYST)
    token = await token_of(world, await world.principal(user_id))
    await known(process, token.secret)
    async with world.door.write(world.anonymous) as tx:
        of_user = (role_assignments.c.tenant_id == tx.tenant_id) & (role_assignments.c.user_id == user_id)
        await tx.connection.execute(role_assignments.delete().where(of_user))
    assert (await known(process, token.secret)).access.may(Permission.READ_REPORTS)
    world.clock.pass_by(timedelta(minutes=15))
    await process.known.read()
    assert not (await known(process, token.secret)).access.may(Permission.READ_REPORTS)


async def test_a_suspended_persons_token_gives_nothing_until_they_are_back(world: World) -> None:
    process = await world.process()
    user_id = await world.person()
    token = await token_of(world, await world.principal(user_id))
    await known(process, token.secret)
    async with world.door.write(system_principal(world.tenant)) as tx:
        await suspend_user(tx, process.revocations, user_id=user_id)
    with pytest.raises(Unauthenticated):
        await known(process, token.secret)
    async with world.door.write(system_principal(world.tenant)) as tx:
        await reactivate_user(tx, user_id=user_id)
    assert (await known(process, token.secret)).user_id == user_id


async def test_a_token_cannot_give_more_than_the_one_it_was_made_with(world: World) -> None:
    process = await world.process()
    principal = await world.principal(await world.person())
    narrow = await token_of(world, principal, (Scope.TOKENS_WRITE,))
    acting = await known(process, narrow.secret)
    with pytest.raises(Forbidden):
        await token_of(world, acting, (Scope.USERS_WRITE,))
    assert await token_of(world, acting, (Scope.TOKENS_WRITE,))


async def test_a_token_made_with_a_token_does_not_outlive_it(world: World) -> None:
    process = await world.process()
    admin_id = await world.person(None, Role.TENANT_ADMIN)
    other_id = await world.person()
    brief = await token_of(world, await world.principal(admin_id), (Scope.TOKENS_WRITE,))
    acting = await known(process, brief.secret)
    latest = world.clock() + timedelta(days=1)
    for user_id in (None, other_id):
        async with world.door.write(acting) as tx:
            with pytest.raises(InvalidInput, match=re.escape(latest.isoformat())) as refused:
                await create_token(
                    tx,
                    name="for ever",
                    scopes=(Scope.TOKENS_WRITE,),
                    expires_at=latest + timedelta(microseconds=1),
                    user_id=user_id,
                )
        assert refused.value.details["path"] == ["input", "expiresAt"]
        async with world.door.write(acting) as tx:
            scopes = (Scope.TOKENS_WRITE,)
            assert await create_token(tx, name="x", scopes=scopes, expires_at=latest, user_id=user_id)


async def test_tokens_for_others_are_made_by_who_manages_tokens(world: World) -> None:
    process = await world.process()
    student = await world.person()
    registrar = await world.principal(await world.person(None, Role.REGISTRAR))
    with pytest.raises(Forbidden):
        await token_of(world, registrar, user_id=student)
    made = await token_of(world, system_principal(world.tenant), user_id=student)
    assert (await known(process, made.secret)).user_id == student


@pytest.mark.parametrize("days", [-1, 0, 367])
async def test_a_token_ends_some_day_within_a_year(world: World, days: int) -> None:
    principal = await world.principal(await world.person())
    with pytest.raises(InvalidInput, match="366 days"):
        async with world.door.write(principal) as tx:
            await create_token(tx, name="x", scopes=READ, expires_at=tx.now + timedelta(days=days))


async def test_a_token_of_another_tenant_than_the_request_names_is_a_mismatch(world: World) -> None:
    process = await world.process()
    user_id = await world.person("ada")
    personal = await token_of(world, await world.principal(user_id))
    access = (await world.sign_in(process, "ada")).access_token
    slug = f"{world.tenant.slug}-other"
    await add_tenant(world.databases, slug, world.new_id(), "two")
    other = await world.directory.by_slug(slug)
    for token in (personal.secret, access):
        assert (await process.authenticator.authenticate(token=token, tenant=world.tenant)).user_id == user_id
        with pytest.raises(TenantMismatch):
            await process.authenticator.authenticate(token=token, tenant=other)


async def test_a_token_does_not_follow_its_tenants_name_to_another_tenant(world: World) -> None:
    process = await world.process()
    await world.person("ada")
    access = (await world.sign_in(process, "ada")).access_token
    impostor = replace(world.tenant, id=type(world.tenant.id)(world.new_id()))
    with pytest.raises(Unauthenticated):
        await process.authenticator.authenticate(token=access, tenant=impostor)


async def test_without_a_token_there_is_nobody_and_without_a_tenant_an_error(world: World) -> None:
    process = await world.process()
    nobody = await process.authenticator.authenticate(token=None, tenant=world.tenant)
    assert (nobody.user_id, nobody.access.is_member) == (None, False)
    with pytest.raises(TenantRequired):
        await process.authenticator.authenticate(token=None, tenant=None)


async def test_a_suspended_tenant_serves_nobody_not_even_remembered_tokens(world: World) -> None:
    process = await world.process()
    token = await token_of(world, await world.principal(await world.person()))
    await known(process, token.secret)
    async with world.databases.connect(world.databases.directory, DatabaseRole.WORKER) as connection:
        await connection.execute(
            update(tenants).where(tenants.c.id == world.tenant.id).values(status="suspended")
        )
        await connection.commit()
    world.directory.forget()  # or five seconds later
    assert TTL_SECONDS <= 5
    with pytest.raises(TenantSuspended):
        await known(process, token.secret)
    with pytest.raises(TenantSuspended):
        await process.authenticator.authenticate(
            token=None, tenant=await world.directory.by_id(world.tenant.id)
        )


async def test_no_token_holds_when_the_revocations_could_not_be_read_for_a_minute(world: World) -> None:
    process = await world.process()
    token = await token_of(world, await world.principal(await world.person()))
    world.clock.pass_by(timedelta(seconds=BLIND_SECONDS))
    await known(process, token.secret)
    world.clock.pass_by(timedelta(seconds=1))
    with pytest.raises(Unavailable):
        await known(process, token.secret)
    nobody = await process.authenticator.authenticate(token=None, tenant=world.tenant)
    assert nobody.user_id is None
    await process.known.read()
    await known(process, token.secret)


async def test_a_role_for_a_unit_is_a_permission_by_unit_only(world: World) -> None:
    process = await world.process()
    user_id = await world.person()
    unit_id = await world.org_unit("science")
    async with world.door.write(system_principal(world.tenant)) as tx:
        await grant_role(tx, process.revocations, user_id=user_id, role=Role.REGISTRAR, org_unit_id=unit_id)
    token = await token_of(world, await world.principal(user_id))
    access = (await known(process, token.secret)).access
    assert Permission.WRITE_CATALOG in access.by_unit
    assert not access.may(Permission.WRITE_CATALOG)
