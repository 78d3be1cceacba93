"""Workers share the lanes, take over from who died, and let nobody hold back the others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic

import orjson
import pytest
from sqlalchemy import select, update

from federation.inbox import working
from federation.inbox.choosing import MOST_OF_HOST, MOST_PARKED
from federation.inbox.lanes import Lanes
from federation.inbox.queue import InboxQueue
from federation.inbox.received import received_of
from federation.inbox.receiving import receive
from federation.protocol.reading import read_activity
from federation.remote import documents
from federation.tables.actors import actors
from federation.tables.inbox import LANES, inbox_lanes
from federation.tables.posts import posts
from kernel.database.roles import DatabaseRole
from tests.fediverse import here, person
from tests.integration.inbox.acting import address, followed_by, row
from tests.integration.inbox.conftest import inbox_worker
from tests.integration.inbox.remote_server import PUBLIC, RemoteServer, deliver, remote_server
from tests.integration.inbox.waiting import DEADLINE_SECONDS, worked_on
from tests.world import World


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def queues(world: World) -> AsyncIterator[list[InboxQueue]]:
    """Three workers' views of the directory."""
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    await _leases_end(world)
    yield [InboxQueue(engine, f"worker {number}") for number in range(3)]
    await _leases_end(world)
    await engine.dispose()


async def _leases_end(world: World) -> None:
    async with world.databases.connect(world.databases.directory, DatabaseRole.WORKER) as connection:
        await connection.execute(update(inbox_lanes).values(lease_until=datetime.now(UTC)))
        await connection.commit()


async def test_workers_share_the_lanes_and_hold_none_twice(world: World, queues: list[InboxQueue]) -> None:
    workers = [Lanes(queue) for queue in queues]
    await workers[0].renew()
    assert len(workers[0].held) == LANES
    for _ in range(3):
        for worker in workers:
            await worker.renew()
        held = [lane for worker in workers for lane in worker.held]
        assert len(held) == len(set(held))
    assert sorted(len(worker.held) for worker in workers) == [20, 22, 22]
    await workers[1].give_back()
    for _ in range(2):
        for worker in (workers[0], workers[2]):
            await worker.renew()
    assert sorted(len(worker.held) for worker in workers) == [0, 32, 32]


async def test_work_begins_only_while_the_lease_surely_holds(world: World, queues: list[InboxQueue]) -> None:
    clock = Clock()
    lanes = Lanes(queues[0], now=clock)
    await lanes.renew()
    assert lanes.is_held(0)
    clock.seconds += 21  # others may begin after 30
    assert not lanes.is_held(0)


async def test_lanes_of_a_dead_worker_are_taken_when_its_lease_ends(
    world: World, queues: list[InboxQueue]
) -> None:
    dead, heir = Lanes(queues[0]), Lanes(queues[1])
    await dead.renew()
    await heir.renew()
    assert not heir.held
    await _leases_end(world)
    await heir.renew()
    assert len(heir.held) == LANES
    await dead.renew()
    assert not dead.held


async def test_server_that_hangs_holds_back_nobody_else(
    world: World, remote: RemoteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    async with inbox_worker(world):
        await followed_by(world, ann, remote, bob)
    async with remote_server() as hanging:
        shares = [remote.activity(bob, "Announce", hanging.new_id("notes"), to=[PUBLIC]) for _ in range(40)]
        notes = [remote.note(bob) for _ in range(10)]
        for activity in (*shares, *(remote.create(bob, note) for note in notes)):
            assert (await deliver(world, bob, activity)).status == 202
        hanging.hangs = True
        monkeypatch.setattr(documents, "SECONDS", 600.0)  # what waits for it does so until the test is over
        monkeypatch.setattr(working, "GRACE_SECONDS", 0.5)
        until = monotonic() + DEADLINE_SECONDS
        async with inbox_worker(world):
            while not hanging.asked or await _missing(world, [note["id"] for note in notes]):
                assert monotonic() < until, "they waited for the server that hangs"
                await asyncio.sleep(0.05)


async def test_backlog_of_one_server_is_worked_off_beside_what_others_send(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    async with inbox_worker(world):
        await followed_by(world, ann, remote, bob)
    many = MOST_OF_HOST + 2 * MOST_PARKED  # more than is at hand at one time
    backlog = [remote.activity(bob, "Delete", remote.new_id("notes")) for _ in range(many)]
    note = remote.note(bob)
    backlog += [
        remote.create(bob, note),
        remote.activity(bob, "Delete", note["id"]),
    ]  # of one object, in order
    async with remote_server("127.0.0.2") as other:
        stranger = other.actor("eve")
        backlog.append(other.activity(stranger, "Like", note["id"]))
        bodies = [orjson.dumps(activity) for activity in backlog]
        tenant = world["alpha"].tenant.id
        rows = [received_of(tenant, read_activity(body, allow_http=True), body) for body in bodies]
        engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
        for one in rows:  # one after the other, as they arrive
            await receive(engine, one)
        await engine.dispose()
        async with inbox_worker(world):
            await worked_on(world, *(activity["id"] for activity in backlog))
    assert (await row(world, posts, address=note["id"]))["state"] == "deleted"


async def test_follow_of_one_institution_by_anothers_person_needs_no_http(world: World) -> None:
    """What an institution of the platform sends another comes as a row, and its actor from its own database."""
    ann, bea = await person(world), await person(world, "bea", slug="beta")
    follow = {
        "id": here(world, "beta").activity(77),
        "type": "Follow",
        "actor": here(world, "beta").actor(bea.actor_id),
        "object": address(world, ann),
    }
    body = orjson.dumps(follow)
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    await receive(engine, received_of(world["alpha"].tenant.id, read_activity(body), body))
    await engine.dispose()
    async with inbox_worker(world):
        await worked_on(world, follow["id"])
    known = await row(world, actors, address=follow["actor"])
    assert (known["is_local"], known["host"], known["preferred_username"]) == (
        False,
        "beta.test",
        bea.username,
    )


async def _missing(world: World, addresses: list[str]) -> set[str]:
    async with world.door.write(world.as_system("alpha")) as tx:
        found = await tx.connection.execute(select(posts.c.address).where(posts.c.address.in_(addresses)))
        return set(addresses) - set(found.scalars())
