"""What cannot be processed is set aside with its error, holds nothing back, and can be replayed or given up."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.inbox.operating import Which, discard, replay, set_aside
from federation.inbox.processing import MOST_DEFECTS
from federation.protocol.origins import host_of
from federation.tables.inbox import inbox_activities
from federation.tables.posts import posts
from kernel.database.roles import DatabaseRole
from tests.fediverse import person
from tests.integration.inbox.acting import followed_by, row, rows, send
from tests.integration.inbox.conftest import inbox_worker
from tests.integration.inbox.remote_server import RemoteActor, RemoteServer, deliver
from tests.integration.inbox.waiting import DEADLINE_SECONDS, postponed, refusal, waiting, worked_on
from tests.world import World

_REFUSE = "alter table fediflow.posts add constraint no_poison check (content not like '%poison%') not valid"
_REFUSE_NO_MORE = "alter table fediflow.posts drop constraint if exists no_poison"


async def test_what_cannot_be_processed_is_set_aside_and_replayed(world: World, remote: RemoteServer) -> None:
    bob = await _followed(world, remote)
    async with _directory(world) as directory, _poisoned(world):
        create = await _stumbled_over(world, remote, bob)
        like = remote.activity(bob, "Like", create["object"]["id"])
        async with inbox_worker(world):
            kept = await _set_aside(directory, create["id"])
            assert await send(world, bob, like) == "nobody_here"  # what comes later does not wait
        assert (kept["sender_host"], kept["type"], kept["attempts"]) == (
            host_of(remote.base),
            "Create",
            MOST_DEFECTS,
        )
        assert "Check" in kept["last_error"]
        await _heal(world)
        assert await replay(directory, Which(world["beta"].tenant.id)) == 0
        assert (
            await replay(directory, Which(world["alpha"].tenant.id, host_of(remote.base), kept["arrival"]))
            == 1
        )
        async with inbox_worker(world):
            await worked_on(world, create["id"])
        await row(world, posts, address=create["object"]["id"])
        assert not await set_aside(directory, Which(arrival=kept["arrival"]), most=10)


async def test_what_was_set_aside_can_be_given_up(world: World, remote: RemoteServer) -> None:
    bob = await _followed(world, remote)
    async with _directory(world) as directory, _poisoned(world):
        create = await _stumbled_over(world, remote, bob)
        async with inbox_worker(world):
            kept = await _set_aside(directory, create["id"])
        assert await discard(directory, Which(arrival=kept["arrival"])) == 1
        assert not await waiting(world, create["id"])
        assert await refusal(world, create["id"]) == "defect"
        assert not await rows(world, posts, address=create["object"]["id"])


async def _followed(world: World, remote: RemoteServer) -> RemoteActor:
    ann, bob = await person(world), remote.actor("bob")
    async with inbox_worker(world):
        await followed_by(world, ann, remote, bob)
    return bob


async def _stumbled_over(world: World, remote: RemoteServer, bob: RemoteActor) -> dict[str, Any]:
    """A post that the database does not take, tried for the last time but one."""
    create = remote.create(bob, remote.note(bob, "<p>poison</p>"))
    async with inbox_worker(world):
        assert (await deliver(world, bob, create)).status == 202
        assert (await postponed(world, create["id"]))["attempts"] == 1
    async with world.databases.connect(world.databases.directory, DatabaseRole.WORKER) as connection:
        await connection.execute(
            update(inbox_activities)
            .where(inbox_activities.c.address == create["id"])
            .values(attempts=MOST_DEFECTS - 1, not_before=None)
        )
        await connection.commit()
    return create


async def _set_aside(directory: AsyncEngine, address: str) -> Mapping[str, Any]:
    until = monotonic() + DEADLINE_SECONDS
    while True:
        found = await set_aside(directory, Which(), most=100)
        if kept := [one for one in found if one["address"] == address]:
            return kept[0]
        assert monotonic() < until, "nothing was set aside"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def _directory(world: World) -> AsyncIterator[AsyncEngine]:
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    yield engine
    await engine.dispose()


@asynccontextmanager
async def _poisoned(world: World) -> AsyncIterator[None]:
    """The shard does not take some posts while the block lasts, or until it is healed."""
    async with world.databases.driver(world.databases.shards["one"], DatabaseRole.OWNER) as connection:
        await connection.execute(_REFUSE)
    try:
        yield
    finally:
        await _heal(world)


async def _heal(world: World) -> None:
    async with world.databases.driver(world.databases.shards["one"], DatabaseRole.OWNER) as connection:
        await connection.execute(_REFUSE_NO_MORE)
