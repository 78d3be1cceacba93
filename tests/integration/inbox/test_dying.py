"""kill -9 between any two steps of receiving, then the sender tries again: nothing is missing, nothing there twice."""

import asyncio
import json
import pickle
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from federation.tables.activities import activities
from federation.tables.inbox import inbox_lanes
from federation.tables.posts import posts
from kernel.database.roles import DatabaseRole
from tests.fediverse import Person, person
from tests.integration.inbox.acting import address, row, rows
from tests.integration.inbox.conftest import inbox_worker
from tests.integration.inbox.dying import GATEWAY_STEPS, WORKER_STEPS, Death
from tests.integration.inbox.remote_server import PUBLIC, RemoteActor, RemoteServer, deliver, signed_headers
from tests.integration.inbox.waiting import waiting, worked_on
from tests.world import World


@pytest.mark.parametrize("step", GATEWAY_STEPS)
async def test_gateway_dies_while_it_takes_an_activity_in(
    world: World, remote: RemoteServer, step: str
) -> None:
    bob, create = await _mentioning(world, remote)
    body = json.dumps(create).encode()
    earlier = datetime.now(UTC) - timedelta(seconds=30)
    headers = signed_headers(
        body, host="alpha.test", target="/inbox", key=bob.key, key_id=bob.key_id, now=earlier
    )
    await _die(Death(step, create["id"], world.databases, headers, body))
    assert len(await waiting(world, create["id"])) == (step == "before the answer")
    await _sender_tries_again(world, bob, create)


@pytest.mark.parametrize("step", WORKER_STEPS)
async def test_worker_dies_while_it_works_on_an_activity(
    world: World, remote: RemoteServer, step: str
) -> None:
    bob, create = await _mentioning(world, remote)
    assert (await deliver(world, bob, create)).status == 202
    await _die(Death(step, create["id"], world.databases, {}, b""))
    stored = await rows(world, posts, address=create["object"]["id"])
    assert len(stored) == (step != "before the commit")
    await _leases_end(world)
    await _sender_tries_again(world, bob, create)


async def _mentioning(world: World, remote: RemoteServer) -> tuple[RemoteActor, dict[str, Any]]:
    """Somebody abroad writes to somebody here."""
    ann: Person = await person(world)
    bob = remote.actor("bob")
    to = [PUBLIC, address(world, ann)]
    return bob, remote.create(bob, remote.note(bob, to=to))


async def _sender_tries_again(world: World, bob: RemoteActor, create: dict[str, Any]) -> None:
    assert (await deliver(world, bob, create)).status == 202
    async with inbox_worker(world):
        await worked_on(world, create["id"])
    post = await row(world, posts, address=create["object"]["id"])
    assert (await row(world, activities, address=create["id"]))["post_id"] == post["id"]


async def _die(death: Death) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.inbox.dying", stdin=asyncio.subprocess.PIPE
    )
    await asyncio.wait_for(process.communicate(pickle.dumps(death)), 180)
    assert process.returncode == -signal.SIGKILL


async def _leases_end(world: World) -> None:
    """As they would half a minute after the worker died."""
    now = datetime.now(UTC)
    async with world.databases.connect(world.databases.directory, DatabaseRole.WORKER) as connection:
        await connection.execute(update(inbox_lanes).values(lease_until=now))
        await connection.commit()
