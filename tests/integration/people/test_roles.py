"""Who is what, and where."""

import asyncio

import pytest
from sqlalchemy import select

from tenants.authority import holds_for_unit, require_for_unit, system_principal
from tenants.changing import AlreadyTaken
from tenants.model import Forbidden, NotFound, Permission, Role
from tenants.people.administrators import LastAdministrator
from tenants.people.operations import suspend_user
from tenants.people.roles import grant_role, revoke_role
from tenants.tables import role_assignments
from tests.integration.signin.world import World, add_tenant


async def grant(world: World, user_id: int, role: Role, org_unit_id: int | None = None) -> int:
    process = await world.process()
    async with world.door.write(system_principal(world.tenant)) as tx:
        return await grant_role(tx, process.revocations, user_id=user_id, role=role, org_unit_id=org_unit_id)


async def holds(world: World, user_id: int, org_unit_id: int | None) -> bool:
    async with world.door.write(await world.principal(user_id)) as tx:
        return await holds_for_unit(tx, Permission.WRITE_CATALOG, org_unit_id)


async def test_a_role_for_a_unit_counts_there_and_below_and_nowhere_else(world: World) -> None:
    science, arts = await world.org_unit("science"), await world.org_unit("arts")
    physics = await world.org_unit("physics", science)
    dean, other = await world.person(), await world.person()
    await grant(world, dean, Role.REGISTRAR, science)
    units = (science, physics, arts, None, 1)
    assert [await holds(world, dean, unit) for unit in units] == [True, True, False, False, False]
    assert [await holds(world, other, unit) for unit in units] == [False] * 5
    everywhere = await world.person(None, Role.REGISTRAR)
    assert all([await holds(world, everywhere, unit) for unit in units])
    async with world.door.write(await world.principal(dean)) as tx:
        await require_for_unit(tx, Permission.WRITE_CATALOG, physics, "change courses")
        with pytest.raises(Forbidden, match="change courses"):
            await require_for_unit(tx, Permission.WRITE_CATALOG, arts, "change courses")


async def test_a_role_below_does_not_count_above(world: World) -> None:
    science = await world.org_unit("science")
    physics = await world.org_unit("physics", science)
    user_id = await world.person()
    await grant(world, user_id, Role.REGISTRAR, physics)
    assert [await holds(world, user_id, unit) for unit in (physics, science)] == [True, False]


@pytest.mark.parametrize("role", [None, Role.REGISTRAR, Role.INSTRUCTOR, Role.AUDITOR, Role.ANALYST])
async def test_only_administrators_grant_and_take_back(world: World, role: Role | None) -> None:
    process = await world.process()
    caller_id = await world.person(None, *([role] if role else []))
    assignment_id = await grant(world, await world.person(), Role.STUDENT)
    async with world.door.write(await world.principal(caller_id)) as tx:
        with pytest.raises(Forbidden):
            await grant_role(tx, process.revocations, user_id=caller_id, role=Role.STUDENT)
        with pytest.raises((Forbidden, NotFound)):
            await revoke_role(tx, process.revocations, assignment_id=assignment_id)


async def test_an_administrator_of_a_unit_grants_nothing(world: World) -> None:
    process = await world.process()
    science = await world.org_unit("science")
    user_id = await world.person()
    await grant(world, user_id, Role.TENANT_ADMIN, science)
    async with world.door.write(await world.principal(user_id)) as tx:
        with pytest.raises(Forbidden):
            await grant_role(tx, process.revocations, user_id=user_id, role=Role.STUDENT, org_unit_id=science)


async def test_a_role_is_held_once_in_one_place(world: World) -> None:
    user_id, science = await world.person(), await world.org_unit("science")
    await grant(world, user_id, Role.STUDENT)
    await grant(world, user_id, Role.STUDENT, science)
    for unit in (None, science):
        with pytest.raises(AlreadyTaken):
            await grant(world, user_id, Role.STUDENT, unit)


async def test_a_role_taken_back_is_gone(world: World) -> None:
    process = await world.process()
    user_id = await world.person()
    assignment_id = await grant(world, user_id, Role.ANALYST)
    assert (await world.principal(user_id)).access.roles == {Role.ANALYST}
    async with world.door.write(system_principal(world.tenant)) as tx:
        assert await revoke_role(tx, process.revocations, assignment_id=assignment_id) == user_id
    assert (await world.principal(user_id)).access.roles == frozenset()
    async with world.door.write(system_principal(world.tenant)) as tx:
        with pytest.raises(NotFound):
            await revoke_role(tx, process.revocations, assignment_id=assignment_id)


async def test_another_tenants_people_units_and_assignments_do_not_exist(world: World) -> None:
    process = await world.process()
    user_id, science = await world.person(), await world.org_unit("science")
    assignment_id = await grant(world, user_id, Role.STUDENT)
    slug = f"{world.tenant.slug}-other"
    await add_tenant(world.databases, slug, world.new_id())
    other = await world.directory.by_slug(slug)
    assert other is not None
    async with world.door.write(system_principal(other)) as tx:
        with pytest.raises(NotFound):
            await grant_role(tx, process.revocations, user_id=user_id, role=Role.STUDENT)
        with pytest.raises(NotFound):
            await revoke_role(tx, process.revocations, assignment_id=assignment_id)
        assert not await holds_for_unit(tx, Permission.WRITE_CATALOG, science) or tx.principal.user_id is None


async def _assignment(world: World, user_id: int) -> int:
    query = select(role_assignments.c.id).where(
        role_assignments.c.tenant_id == world.tenant.id, role_assignments.c.user_id == user_id
    )
    async with world.door.write(system_principal(world.tenant)) as tx:
        return int((await tx.connection.execute(query)).scalar_one())


async def test_the_last_administrator_stays_one(world: World) -> None:
    process = await world.process()
    boss = await world.person(None, Role.TENANT_ADMIN)
    await world.person(None, Role.TENANT_ADMIN, status="suspended")
    dean = await world.person()
    await grant(world, dean, Role.TENANT_ADMIN, await world.org_unit("science"))
    own = await _assignment(world, boss)
    with pytest.raises(LastAdministrator):
        async with world.door.write(await world.principal(boss)) as tx:
            await revoke_role(tx, process.revocations, assignment_id=own)
    second = await world.person(None, Role.TENANT_ADMIN)
    async with world.door.write(await world.principal(boss)) as tx:
        await revoke_role(tx, process.revocations, assignment_id=own)
    async with world.door.write(system_principal(world.tenant)) as tx:  # the operator may
        assignment_id = await _assignment(world, second)
        await revoke_role(tx, process.revocations, assignment_id=assignment_id)


async def test_of_two_administrators_who_shut_each_other_out_one_stays(world: World) -> None:
    process = await world.process()
    people = [await world.person(None, Role.TENANT_ADMIN) for _ in range(2)]
    principals = [await world.principal(user_id) for user_id in people]

    async def suspend(by: int) -> None:
        async with world.door.write(principals[by]) as tx:
            await suspend_user(tx, process.revocations, user_id=people[1 - by])

    outcomes = await asyncio.gather(suspend(0), suspend(1), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastAdministrator", "NoneType"]
