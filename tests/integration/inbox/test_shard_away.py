"""An institution whose shard is away: its activities wait and are worked on once, the others' are not held back."""

import asyncio
import json
from typing import Any

from federation.inbox.received import received_of
from federation.inbox.receiving import receive
from federation.protocol.reading import read_activity
from federation.tables.activities import activities
from federation.tables.posts import posts
from fediflow.processes.inbox_worker import opened_inbox_worker
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.telemetry import Metrics
from tenants.directory import Directory
from tests.fediverse import PUBLIC_URL, here, person
from tests.integration.inbox.acting import rows
from tests.integration.inbox.remote_server import PUBLIC, RemoteServer
from tests.integration.inbox.waiting import postponed, worked_on
from tests.world import World, settings_for


async def test_only_the_institution_whose_shard_is_away_waits(world: World, remote: RemoteServer) -> None:
    named = [here(world, slug).actor((await person(world, slug=slug)).actor_id) for slug in ("alpha", "beta")]
    bob = remote.actor("bob")
    first, second = (remote.create(bob, remote.note(bob, to=[PUBLIC, *named])) for _ in range(2))
    settings = settings_for(world.databases, public_url=PUBLIC_URL)
    stop = asyncio.Event()
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=8) as stack,
        stack.door() as door,
        opened_inbox_worker(stack, door, Directory(stack.directory), settings, Metrics()) as inbox,
        asyncio.TaskGroup() as group,
    ):
        away = stack.served.pop("two")
        for activity in (first, second):
            body = json.dumps(activity).encode()
            read = read_activity(body, allow_http=True)
            await receive(
                stack.directory,
                [received_of(world[slug].tenant.id, read, body) for slug in ("alpha", "beta")],
            )
        group.create_task(inbox.run(stop))
        for activity in (first, second):
            assert (await postponed(world, activity["id"]))["attempts"] in (None, 0)
            assert await _stored(world, "alpha", activity) == (1, 1)
            assert await _stored(world, "beta", activity) == (0, 0)
        stack.served["two"] = away
        await worked_on(world, first["id"], second["id"])
        stop.set()
    for slug in ("alpha", "beta"):
        for activity in (first, second):
            assert await _stored(world, slug, activity) == (1, 1)


async def _stored(world: World, slug: str, activity: dict[str, Any]) -> tuple[int, int]:
    """How many posts, and how many activities, there are of it."""
    return (
        len(await rows(world, posts, slug, address=activity["object"]["id"])),
        len(await rows(world, activities, slug, address=activity["id"])),
    )
