"""Sign-ins and invitations that are over are forgotten, those under way are not."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select, update

from federation.signin.housekeeping import forget_old_sign_ins
from federation.tables.signin import invitations, openid_flows
from kernel.clock import system_clock
from tests.integration.identities.asked import somebody
from tests.integration.openid.browser import INVITE, Browser, register
from tests.integration.openid.provider import Provider
from tests.world import World


async def _ids(world: World, table: Table, column: str, value: int) -> list[Any]:
    async with world.door.write(world.as_system("beta")) as tx:
        query = select(table.c.id).where(table.c.tenant_id == tx.tenant_id, table.c[column] == value)
        return list((await tx.connection.execute(query.order_by(table.c.id))).scalars())


async def _forget(world: World) -> None:
    engine = world.databases.engine(world.databases.shards["two"])
    try:
        await forget_old_sign_ins(engine, world["beta"].tenant.id, system_clock())
    finally:
        await engine.dispose()


async def test_flows_are_forgotten_when_they_are_over(world: World, provider: Provider) -> None:
    provider_id = await register(world, provider, at="beta")
    for _ in range(2):
        await Browser(world, "beta").begin(provider_id, return_to="/")
    number = int(provider_id.rpartition("_")[2])
    old, fresh = await _ids(world, openid_flows, "provider_id", number)
    async with world.door.write(world.as_system("beta")) as tx:
        this = (openid_flows.c.tenant_id == tx.tenant_id) & (openid_flows.c.id == old)
        await tx.connection.execute(update(openid_flows).where(this).values(expires_at=tx.now))
    await _forget(world)
    assert await _ids(world, openid_flows, "provider_id", number) == [fresh]


async def test_invitations_are_forgotten_when_they_are_no_use(world: World, provider: Provider) -> None:
    provider_id = await register(world, provider, at="beta")
    replaced, over = await somebody(world, at="beta"), await somebody(world, at="beta")
    for person in (replaced, replaced, over):
        given = {"userId": person.id, "providerId": provider_id}
        assert (await world.data(INVITE, {"i": given}, at="beta"))["createInvitation"]["url"]
    async with world.door.write(world.as_system("beta")) as tx:
        this = (invitations.c.tenant_id == tx.tenant_id) & (invitations.c.user_id == over.number)
        past = tx.now - timedelta(seconds=1)
        await tx.connection.execute(update(invitations).where(this).values(expires_at=past))
    _, last = await _ids(world, invitations, "user_id", replaced.number)
    await _forget(world)
    assert await _ids(world, invitations, "user_id", replaced.number) == [last]
    assert await _ids(world, invitations, "user_id", over.number) == []
