"""The tenant's own fields."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from kernel.errors import InvalidInput
from tenants.attributes.operations import NewAttribute, declare_attribute
from tenants.authority import system_principal
from tenants.changing import AlreadyTaken
from tenants.model import Forbidden, Principal, Role
from tenants.people.operations import UserChanges, update_user
from tenants.tables import attribute_definitions, user_attributes
from tests.integration.signin.world import World

BADGE = NewAttribute(
    "user", "badge", "text", {"de": "Ausweis", "en": "Badge"}, writable_by=("registrar",), is_filterable=True
)


async def declare(world: World, attribute: NewAttribute, principal: Principal | None = None) -> int:
    async with world.door.write(principal or system_principal(world.tenant)) as tx:
        return await declare_attribute(tx, attribute=attribute)


async def write(world: World, user_id: int, principal: Principal | None = None, **values: Any) -> None:
    process = await world.process()
    async with world.door.write(principal or system_principal(world.tenant)) as tx:
        await update_user(tx, process.revocations, user_id=user_id, changes=UserChanges(attributes=values))


async def kept(world: World, user_id: int) -> Mapping[str, str]:
    table, definition = user_attributes.c, attribute_definitions.c
    async with world.door.write(world.anonymous) as tx:
        query = (
            select(definition.name, table.value)
            .join(
                attribute_definitions,
                (definition.tenant_id == table.tenant_id) & (definition.id == table.definition_id),
            )
            .where(table.tenant_id == tx.tenant_id, table.user_id == user_id)
        )
        return {row.name: row.value for row in (await tx.connection.execute(query)).all()}


@pytest.mark.parametrize(
    ("value_type", "given", "stored"),
    [
        ("text", " as it is ", " as it is "),
        ("integer", 42, "42"),
        ("integer", "-7", "-7"),
        ("integer", -(2**63), str(-(2**63))),
        ("boolean", True, "true"),
        ("boolean", "false", "false"),
        ("date", "2026-02-28", "2026-02-28"),
        ("date", date(2026, 2, 28), "2026-02-28"),
        ("choice", "green", "green"),
    ],
)
async def test_a_value_is_kept_in_one_form(world: World, value_type: str, given: Any, stored: str) -> None:
    choices = ("red", "green") if value_type == "choice" else None
    await declare(world, replace(BADGE, value_type=value_type, choices=choices))
    user_id = await world.person()
    await write(world, user_id, badge=given)
    assert await kept(world, user_id) == {"badge": stored}


@pytest.mark.parametrize(
    ("value_type", "given"),
    [
        ("text", 1),
        ("text", "a\0b"),
        ("text", "x" * 2001),
        ("integer", "seven"),
        ("integer", "007"),
        ("integer", 2**63),
        ("integer", True),
        ("integer", "٣"),
        ("boolean", 1),
        ("boolean", "yes"),
        ("date", "2026-02-30"),
        ("date", "28.2.2026"),
        ("choice", "blue"),
        ("choice", 1),
    ],
)
async def test_a_value_of_another_type_is_refused_by_the_fields_name(
    world: World, value_type: str, given: Any
) -> None:
    choices = ("red", "green") if value_type == "choice" else None
    await declare(world, replace(BADGE, value_type=value_type, choices=choices))
    user_id = await world.person()
    with pytest.raises(InvalidInput, match="badge") as refused:
        await write(world, user_id, badge=given)
    assert refused.value.details["path"] == ["input", "attributes", "badge"]
    assert await kept(world, user_id) == {}


async def test_values_that_are_not_named_stay_and_null_takes_one_away(world: World) -> None:
    for name in ("one", "two", "three"):
        await declare(world, replace(BADGE, name=name))
    user_id = await world.person()
    await write(world, user_id, one="1", two="2")
    await write(world, user_id, two="22", three="3", one=None)
    assert await kept(world, user_id) == {"two": "22", "three": "3"}


async def test_a_field_is_written_by_the_roles_it_names(world: World) -> None:
    await declare(world, replace(BADGE, name="official", writable_by=("registrar",)))
    await declare(world, replace(BADGE, name="nickname", writable_by=("owner",)))
    user_id = await world.person("ada")
    ada = await world.principal(user_id)
    registrar = await world.principal(await world.person(None, Role.REGISTRAR))
    admin = await world.principal(await world.person(None, Role.TENANT_ADMIN))
    await write(world, user_id, ada, nickname="Countess")
    await write(world, user_id, registrar, official="1")
    for caller, name in ((ada, "official"), (registrar, "nickname")):
        with pytest.raises(Forbidden) as refused:
            await write(world, user_id, caller, **{name: "x"})
        assert refused.value.details["path"] == ["input", "attributes", name]
    assert await kept(world, user_id) == {"official": "1", "nickname": "Countess"}
    await write(world, user_id, admin, official="2", nickname="Ada")
    assert await kept(world, user_id) == {"official": "2", "nickname": "Ada"}


async def test_a_field_of_courses_is_none_of_people(world: World) -> None:
    await declare(world, replace(BADGE, owner="course"))
    with pytest.raises(InvalidInput, match="no field 'badge'"):
        await write(world, await world.person(), badge="x")


async def test_only_administrators_declare_fields(world: World) -> None:
    registrar = await world.principal(await world.person(None, Role.REGISTRAR))
    with pytest.raises(Forbidden):
        await declare(world, BADGE, registrar)
    admin = await world.principal(await world.person(None, Role.TENANT_ADMIN))
    assert await declare(world, BADGE, admin)
    with pytest.raises(AlreadyTaken):
        await declare(world, BADGE, admin)
    assert await declare(world, replace(BADGE, owner="course"))


@pytest.mark.parametrize(
    ("attribute", "member"),
    [
        (replace(BADGE, owner="planet"), "owner"),
        (replace(BADGE, name="Badge"), "name"),
        (replace(BADGE, name="x" * 64), "name"),
        (replace(BADGE, value_type="money"), "valueType"),
        (replace(BADGE, label={}), "label"),
        (replace(BADGE, label={"not a tag": "x"}), "label"),
        (replace(BADGE, value_type="choice"), "choices"),
        (replace(BADGE, value_type="choice", choices=("a", "a")), "choices"),
        (replace(BADGE, choices=("a",)), "choices"),
        (replace(BADGE, readable_by=("nobody",)), "readableBy"),
        (replace(BADGE, writable_by=("everyone",)), "writableBy"),
        (replace(BADGE, owner="course", writable_by=("owner",)), "writableBy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_wrong_declaration_is_named_by_its_member(
    world: World, attribute: NewAttribute, member: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await declare(world, attribute)
    path = refused.value.details["path"]
    assert isinstance(path, list)
    assert path[:2] == ["input", member]
