"""Adding people and changing who they are."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from kernel.errors import ErrorCode, InvalidInput
from kernel.outbox.tables import outbox
from tenants.authority import system_principal
from tenants.changing import AlreadyTaken, VersionConflict
from tenants.external_ids import ExternalId
from tenants.model import Forbidden, NotFound, Principal, Role
from tenants.people.emails import NewEmail, set_emails
from tenants.people.operations import (
    NewUser,
    UserChanges,
    create_user,
    reactivate_user,
    suspend_user,
    update_user,
)
from tenants.tables import user_emails, user_external_ids, users
from tests.integration.signin.world import World, add_tenant

ADA = NewUser("ada", "Ada", "Lovelace")


async def created(world: World, user: NewUser, principal: Principal | None = None) -> int:
    async with world.door.write(principal or system_principal(world.tenant)) as tx:
        return await create_user(tx, user=user)


async def updated(world: World, user_id: int, principal: Principal | None = None, **changes: Any) -> None:
    process = await world.process()
    async with world.door.write(principal or system_principal(world.tenant)) as tx:
        await update_user(tx, process.revocations, user_id=user_id, changes=UserChanges(**changes))


async def row_of(world: World, user_id: int) -> Mapping[str, Any]:
    async with world.door.write(world.anonymous) as tx:
        query = select(users).where(users.c.tenant_id == tx.tenant_id, users.c.id == user_id)
        return dict((await tx.connection.execute(query)).mappings().one())


async def emails_of(world: World, user_id: int) -> list[tuple[str, bool, bool]]:
    table = user_emails.c
    async with world.door.write(world.anonymous) as tx:
        query = select(table.address, table.is_primary, table.verified_at).where(
            table.tenant_id == tx.tenant_id, table.user_id == user_id
        )
        rows = (await tx.connection.execute(query.order_by(table.address))).all()
    return [(row.address, row.is_primary, row.verified_at is not None) for row in rows]


async def test_a_person_is_kept_as_given(world: World) -> None:
    user_id = await created(
        world,
        NewUser(
            " Ada.L ",
            "Ada",
            "O'Lovelace-山田",
            preferred_language="zh-hant-tw",
            pronouns="she/her",
            biography="Wrote\nthe first program. \U0001d573 مرحبا",
            avatar_url="https://cdn.example/ada.png",
            emails=(NewEmail("Ada@Example.org", is_verified=True),),
            external_ids=(ExternalId("sis", "4711"),),
        ),
    )
    row = await row_of(world, user_id)
    assert row["handle"] == "ada.l"
    assert row["display_name"] == "Ada O'Lovelace-山田"
    assert row["preferred_language"] == "zh-Hant-TW"
    assert row["biography"] == "Wrote\nthe first program. \U0001d573 مرحبا"
    assert (row["status"], row["version"]) == ("active", 1)
    assert await emails_of(world, user_id) == [("Ada@Example.org", True, True)]


@pytest.mark.parametrize(
    ("user", "path"),
    [
        (replace(ADA, handle="ada lovelace"), ["input", "handle"]),
        (replace(ADA, handle="ada@example.org"), ["input", "handle"]),
        (replace(ADA, handle="-ada"), ["input", "handle"]),
        (replace(ADA, given_name="  "), ["input", "givenName"]),
        (replace(ADA, given_name="A\0da"), ["input", "givenName"]),
        (replace(ADA, family_name="L" * 151), ["input", "familyName"]),
        (replace(ADA, display_name="Ada\nLovelace"), ["input", "displayName"]),
        (replace(ADA, preferred_language="english please"), ["input", "preferredLanguage"]),
        (replace(ADA, biography="x" * 5001), ["input", "biography"]),
        (replace(ADA, biography="\0"), ["input", "biography"]),
        (replace(ADA, avatar_url="http://cdn.example/ada.png"), ["input", "avatarUrl"]),
        (replace(ADA, avatar_url="javascript:alert(1)"), ["input", "avatarUrl"]),
        (replace(ADA, avatar_url="https://ada:secret@cdn.example/"), ["input", "avatarUrl"]),
        (replace(ADA, avatar_url="https://cdn.example/a b"), ["input", "avatarUrl"]),
        (replace(ADA, emails=(NewEmail("ada"),)), ["input", "emails", 0, "address"]),
        (replace(ADA, emails=(NewEmail("a@b.c"), NewEmail("d@e.f"))), ["input", "emails"]),
        (replace(ADA, emails=(NewEmail("a@b.c", True), NewEmail("A@B.C"))), ["input", "emails"]),
        (replace(ADA, external_ids=(ExternalId("", "1"),)), ["input", "externalIds", 0, "type"]),
        (replace(ADA, attributes={"shoeSize": 42}), ["input", "attributes", "shoeSize"]),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, list) else "",
)
async def test_a_wrong_value_is_named_by_its_path(world: World, user: NewUser, path: list[str | int]) -> None:
    with pytest.raises(InvalidInput) as refused:
        await created(world, user)
    assert refused.value.details["path"] == path
    assert await created(world, ADA)  # nothing is left of the refused one


async def test_what_must_be_unique_is_so_in_the_tenant_only(world: World) -> None:
    first = replace(ADA, emails=(NewEmail("ada@example.org"),), external_ids=(ExternalId("sis", "1"),))
    await created(world, first)
    for second, path in (
        (ADA, ["input", "handle"]),
        (replace(ADA, handle="b", emails=(NewEmail("ADA@example.ORG"),)), ["input", "emails"]),
        (replace(ADA, handle="c", external_ids=(ExternalId("sis", "1"),)), ["input", "externalIds"]),
    ):
        with pytest.raises(AlreadyTaken) as refused:
            await created(world, second)
        assert (refused.value.code, refused.value.details["path"]) == (ErrorCode.CONFLICT, path)
    slug = f"{world.tenant.slug}-other"
    await add_tenant(world.databases, slug, world.new_id())
    other = await world.directory.by_slug(slug)
    assert other is not None
    assert await created(world, first, system_principal(other))


async def test_an_address_that_is_not_primary_may_be_anothers_too(world: World) -> None:
    shared = NewEmail("family@example.org")
    await created(world, replace(ADA, emails=(NewEmail("a@example.org", True), shared)))
    await created(world, replace(ADA, handle="b", emails=(NewEmail("b@example.org", True), shared)))


async def test_people_change_of_themselves_what_is_not_official(world: World) -> None:
    user_id = await world.person("ada")
    ada = await world.principal(user_id)
    await updated(world, user_id, ada, display_name="Countess", pronouns="she", biography=None)
    row = await row_of(world, user_id)
    assert (row["display_name"], row["pronouns"], row["version"]) == ("Countess", "she", 2)
    for official in (
        {"handle": "countess"},
        {"given_name": "A"},
        {"family_name": "B"},
        {"external_ids": (ExternalId("oidc", "https://idp.example admin"),)},
    ):
        with pytest.raises(Forbidden):
            await updated(world, user_id, ada, **official)


@pytest.mark.parametrize(
    ("role", "error"),
    [(None, NotFound), (Role.INSTRUCTOR, NotFound), (Role.AUDITOR, Forbidden), (Role.REGISTRAR, None)],
)
async def test_others_are_changed_by_who_writes_users(
    world: World, role: Role | None, error: type[Exception] | None
) -> None:
    user_id = await world.person("ada")
    caller = await world.principal(await world.person(None, *([role] if role else [])))
    if error is None:
        await updated(world, user_id, caller, handle="countess")
    else:
        with pytest.raises(error):
            await updated(world, user_id, caller, handle="countess")
    assert (await row_of(world, user_id))["handle"] == ("ada" if error else "countess")


async def test_a_registrar_does_not_take_over_an_administrator(world: World) -> None:
    admin_id = await world.person("boss", Role.TENANT_ADMIN)
    registrar = await world.principal(await world.person(None, Role.REGISTRAR))
    process = await world.process()
    with pytest.raises(Forbidden):
        await updated(
            world, admin_id, registrar, external_ids=(ExternalId("oidc", "https://idp.example me"),)
        )
    async with world.door.write(registrar) as tx:
        with pytest.raises(Forbidden):
            await set_emails(tx, user_id=admin_id, emails=(NewEmail("me@example.org"),))
        with pytest.raises(Forbidden):
            await suspend_user(tx, process.revocations, user_id=admin_id)


async def test_another_tenants_people_do_not_exist(world: World) -> None:
    user_id = await world.person("ada")
    slug = f"{world.tenant.slug}-other"
    await add_tenant(world.databases, slug, world.new_id())
    other = await world.directory.by_slug(slug)
    assert other is not None
    for missing in (user_id, 1):
        with pytest.raises(NotFound, match="there is no such person"):
            await updated(world, missing, system_principal(other), handle="x")


async def test_an_update_of_an_older_version_is_a_conflict(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    await updated(world, user_id, handle="b")
    async with world.door.write(system_principal(world.tenant)) as tx:
        with pytest.raises(VersionConflict) as refused:
            await update_user(
                tx, process.revocations, user_id=user_id, changes=UserChanges(handle="c"), expected_version=1
            )
    assert (refused.value.code, refused.value.details["current_id"]) == (ErrorCode.CONFLICT, user_id)


async def test_of_two_updates_at_once_with_one_version_one_wins(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()

    async def rename(handle: str) -> int:
        async with world.door.write(system_principal(world.tenant)) as tx:
            return await update_user(
                tx,
                process.revocations,
                user_id=user_id,
                changes=UserChanges(handle=handle),
                expected_version=1,
            )

    outcomes = await asyncio.gather(*(rename(f"h{number}") for number in range(4)), return_exceptions=True)
    assert outcomes.count(user_id) == 1
    assert sum(isinstance(one, VersionConflict) for one in outcomes) == 3


async def test_an_update_that_changes_nothing_tells_nobody(world: World) -> None:
    user_id = await world.person("ada")
    await updated(world, user_id, handle="ada", pronouns=None)
    assert (await row_of(world, user_id))["version"] == 1


async def test_people_change_their_addresses_but_do_not_verify_them(world: World) -> None:
    user_id = await world.person("ada", email="ada@example.org")
    async with world.door.write(system_principal(world.tenant)) as tx:
        await set_emails(tx, user_id=user_id, emails=(NewEmail("ada@example.org", is_verified=True),))
    ada = await world.principal(user_id)
    async with world.door.write(ada) as tx:
        await set_emails(
            tx,
            user_id=user_id,
            emails=(NewEmail("new@example.org", is_primary=True), NewEmail("ADA@example.org")),
        )
        with pytest.raises(Forbidden):
            await set_emails(tx, user_id=user_id, emails=(NewEmail("x@example.org", is_verified=True),))
    assert await emails_of(world, user_id) == [
        ("ADA@example.org", False, True),
        ("new@example.org", True, False),
    ]


async def test_the_handle_and_the_primary_address_sign_in(world: World) -> None:
    user_id = await world.person("ada", email="Ada.L@Example.org")
    process = await world.process()
    for name in ("ada", " ADA ", "ada.l@example.org", "ADA.L@EXAMPLE.ORG"):
        assert (await world.sign_in(process, name)).user_id == user_id


async def test_whoever_is_let_in_again_is_active(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    async with world.door.write(system_principal(world.tenant)) as tx:
        await suspend_user(tx, process.revocations, user_id=user_id)
    assert (await row_of(world, user_id))["status"] == "suspended"
    async with world.door.write(system_principal(world.tenant)) as tx:
        await reactivate_user(tx, user_id=user_id)
    assert (await world.sign_in(process, "ada")).user_id == user_id


async def test_nobody_suspends_themselves(world: World) -> None:
    user_id = await world.person("boss", Role.TENANT_ADMIN)
    process = await world.process()
    with pytest.raises(InvalidInput):
        async with world.door.write(await world.principal(user_id)) as tx:
            await suspend_user(tx, process.revocations, user_id=user_id)


async def test_the_outbox_holds_no_personal_data(world: World) -> None:
    secret = "Zyzzyva"
    user_id = await created(
        world,
        NewUser(
            secret.lower(), secret, secret, biography=secret, emails=(NewEmail(f"{secret}@example.org"),)
        ),
    )
    await updated(world, user_id, biography=secret * 2)
    address = world.databases.shards[world.tenant.shard]
    async with world.databases.driver(address, None) as driver:
        rows = await driver.fetch(
            f"select * from {outbox.fullname} where tenant_id = $1", int(world.tenant.id)
        )
    assert len(rows) == 2
    assert secret.lower() not in str([dict(row) for row in rows]).lower()


async def test_external_ids_are_replaced_as_a_set(world: World) -> None:
    user_id = await created(world, replace(ADA, external_ids=(ExternalId("a", "1"), ExternalId("b", "2"))))
    await updated(world, user_id, external_ids=(ExternalId("b", "2"), ExternalId("c", "3")))
    ids = user_external_ids.c
    async with world.door.write(world.anonymous) as tx:
        query = select(ids.type, ids.value).where(ids.tenant_id == tx.tenant_id, ids.user_id == user_id)
        kept = {tuple(row) for row in (await tx.connection.execute(query)).all()}
    assert kept == {("b", "2"), ("c", "3")}
