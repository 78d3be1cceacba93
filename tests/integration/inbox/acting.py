"""Actors of other servers doing things to an institution, and what is then stored there."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select

from federation.tables.actors import actors, follows
from tests.fediverse import Person, here
from tests.integration.inbox.remote_server import RemoteActor, RemoteServer, deliver
from tests.integration.inbox.waiting import refusal, worked_on
from tests.world import World


async def send(
    world: World, actor: RemoteActor, activity: Mapping[str, Any], at: str = "alpha"
) -> str | None:
    """Delivers an activity and waits until it was worked on; why it was refused, if it was."""
    answer = await deliver(world, actor, activity, at=at)
    assert answer.status == 202, answer.body
    await worked_on(world, activity["id"])
    return await refusal(world, activity["id"])


async def rows(world: World, table: Table, at: str = "alpha", **where: Any) -> list[Mapping[str, Any]]:
    """Rows of an institution, by their primary key."""
    given = (table.c[name] == value for name, value in where.items())
    query = select(table).where(*given).order_by(*table.primary_key.columns)
    async with world.door.write(world.as_system(at)) as tx:
        return [dict(row) for row in (await tx.connection.execute(query)).mappings()]


async def row(world: World, table: Table, at: str = "alpha", **where: Any) -> Mapping[str, Any]:
    """The one row."""
    (found,) = await rows(world, table, at, **where)
    return found


async def followed_by(world: World, ann: Person, remote: RemoteServer, actor: RemoteActor) -> None:
    """Somebody here follows the remote actor: it accepted."""
    follow = remote.activity(actor, "Follow", address(world, ann))
    assert await send(world, actor, follow) is None
    known = await row(world, actors, address=actor.address)
    async with world.door.write(world.as_system("alpha")) as tx:
        await tx.connection.execute(
            follows.insert().values(
                tenant_id=tx.tenant_id,
                id=tx.new_id(),
                follower_id=ann.actor_id,
                followed_id=known["id"],
                state="accepted",
                activity_address=f"https://alpha.test/activities/{tx.new_id()}",
                created_at=tx.now,
                updated_at=tx.now,
            )
        )


def address(world: World, who: Person) -> str:
    """An actor of ours."""
    return here(world).actor(who.actor_id)
