"""People on the social web for tests: members of the world's institutions with an actor, and actors of other servers."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, insert, select

from federation.actors.local import insert_actor
from federation.local import addresses_of
from federation.protocol.addresses import Addresses
from federation.protocol.origins import host_of
from federation.tables.actors import actors, follows
from kernel.database.roles import DatabaseRole
from kernel.outbox.tables import outbox
from tenants.door import Transaction
from tenants.model import Principal, Tenant, access_of
from tenants.people.operations import NewUser, create_user
from tests.world import World

PUBLIC_URL = "https://gateway.test"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of an institution who joined the social web."""

    world: World
    principal: Principal
    actor_id: int
    username: str

    @property
    def user_id(self) -> int:
        """Their user's id."""
        return self.principal.viewer_id

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[Transaction]:
        """A transaction in their name."""
        async with self.world.door.write(self.principal) as tx:
            yield tx


def here(world: World, slug: str = "alpha") -> Addresses:
    """An institution's addresses."""
    return addresses_of(world[slug].tenant, PUBLIC_URL)


async def person(world: World, name: str = "person", *, slug: str = "alpha", **values: Any) -> Person:
    """A new member with an actor; `values` are columns of it."""
    username = f"{name}{next(_numbers)}"
    async with world.door.write(world.as_system(slug)) as tx:
        user_id = await create_user(
            tx, user=NewUser(handle=username, given_name=name.title(), family_name=slug)
        )
        actor_id = await actor_of(tx, user_id, username, here(world, slug), **values)
    return Person(world, member(world[slug].tenant, user_id), actor_id, username)


async def actor_of(tx: Transaction, user_id: int, username: str, at: Addresses, **values: Any) -> int:
    """The actor of a user, made."""
    actor_id = tx.new_id()
    given = {
        "kind": "person",
        "user_id": user_id,
        "display_name": username,
        "is_discoverable": True,
        **values,
    }
    assert await insert_actor(tx, at, actor_id, username, given, at.actor(actor_id))
    return actor_id


async def stranger(
    world: World, name: str = "stranger", *, host: str = "far.example", slug: str = "alpha", **values: Any
) -> int:
    """An actor of another server, as an institution knows it; gives its id here."""
    username = f"{name}{next(_numbers)}"
    address = f"https://{host}/users/{username}"
    async with world.door.write(world.as_system(slug)) as tx:
        actor_id = tx.new_id()
        row = {
            "tenant_id": tx.tenant_id,
            "id": actor_id,
            "address": address,
            "kind": "person",
            "is_local": False,
            "host": host_of(address),
            "preferred_username": username,
            "username_key": username,
            "inbox": f"{address}/inbox",
            "shared_inbox": f"https://{host}/inbox",
            "followers_address": f"{address}/followers",
            "fetched_at": tx.now,
            "created_at": tx.now,
            "updated_at": tx.now,
            **values,
        }
        await tx.connection.execute(insert(actors).values(row))
    return actor_id


async def following(world: World, follower_id: int, followed_id: int, *, slug: str = "alpha") -> None:
    """One actor follows another, accepted; without activities and events."""
    async with world.door.write(world.as_system(slug)) as tx:
        follow_id = tx.new_id()
        await tx.connection.execute(
            insert(follows).values(
                tenant_id=tx.tenant_id,
                id=follow_id,
                follower_id=follower_id,
                followed_id=followed_id,
                state="accepted",
                activity_address=f"https://far.example/follows/{follow_id}",
                created_at=tx.now,
                updated_at=tx.now,
            )
        )


def member(tenant: Tenant, user_id: int) -> Principal:
    """A person without a role."""
    return Principal(tenant, user_id, access_of(()))


async def rows(world: World, table: Table, *, slug: str = "alpha", **where: Any) -> Sequence[Any]:
    """The institution's rows of a table with these values, by their primary key."""
    given = (table.c[name] == value for name, value in where.items())
    tenant_id = world[slug].tenant.id
    query = select(table).where(table.c.tenant_id == tenant_id, *given).order_by(*table.primary_key.columns)
    async with world.door.write(world.as_system(slug)) as tx:
        return (await tx.connection.execute(query)).mappings().all()


async def row(world: World, table: Table, *, slug: str = "alpha", **where: Any) -> Any:
    """The one row there is."""
    found = await rows(world, table, slug=slug, **where)
    assert len(found) == 1, f"{len(found)} rows of {table.name} with {where}"
    return found[0]


async def told(world: World, object_id: int, *, slug: str = "alpha") -> list[tuple[str, dict[str, Any]]]:
    """What the outbox was told about an object, in order."""
    address = world.databases.shards[world[slug].tenant.shard]
    query = (
        select(outbox.c.event, outbox.c.payload)
        .where(outbox.c.tenant_id == world[slug].tenant.id, outbox.c.object_id == object_id)
        .order_by(outbox.c.sequence)
    )
    async with world.databases.connect(address, DatabaseRole.WORKER) as connection:
        return [(event, payload) for event, payload in await connection.execute(query)]
