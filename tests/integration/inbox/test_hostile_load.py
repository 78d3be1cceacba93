"""Much that waits, much that hangs: others' activities are found as if it were not there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import orjson
import pytest

from federation.inbox import ingress, queue
from federation.inbox.choosing import choose
from federation.inbox.processing import MOST_FETCHED
from federation.inbox.queue import _SQL, ROWS_PER_SERVER, SERVERS_PER_LANE, InboxQueue
from federation.remote import documents
from federation.tables.actors import actors
from federation.tables.inbox import LANES
from federation.tables.posts import posts
from kernel.database.roles import DatabaseRole
from tests.fediverse import person
from tests.integration.inbox.acting import address, followed_by, row, rows, send
from tests.integration.inbox.conftest import inbox_worker
from tests.integration.inbox.remote_server import PUBLIC, RemoteServer, deliver, remote_server
from tests.integration.inbox.waiting import DEADLINE_SECONDS, postponed, worked_on
from tests.sinks import Reply, sinks
from tests.statements import counted_statements
from tests.world import World

MANY = 100_000
_FILL = """insert into fediflow.inbox_activities
    (tenant_id, lane, object_hash, address, actor_address, type, sender_host, body, attempts, not_before)
select $1::text::bigint, mod(n, 64), n * 64 + mod(n, 64), 'http://' || $2 || '/activities/' || n, $3, 'Create', $2,
    convert_to(replace($4, 'NUMBER', n::text), 'UTF8'), 1, $5::text::timestamptz
from generate_series($6::text::bigint, $6::text::bigint + $7::text::bigint - 1) as n"""
_LANES = [str(lane) for lane in range(LANES)]


@pytest.fixture
async def directory(world: World) -> AsyncIterator[Any]:
    """A worker's connection to the directory, whose inbox is empty, whatever others left there, and again afterwards."""
    async with world.databases.driver(world.databases.directory, DatabaseRole.WORKER) as connection:
        await connection.execute("delete from fediflow.inbox_activities")
        yield connection
        await connection.execute("delete from fediflow.inbox_activities")
        await connection.execute("update fediflow.remote_hosts set inbox_full_until = null")


async def fill(
    directory: Any, world: World, host: str, *, first: int, until: str | None, count: int = MANY
) -> None:
    """So many Creates of a server, of posts that are to be read there."""
    actor = f"http://{host}/users/eve"
    body = {
        "id": f"http://{host}/activities/NUMBER",
        "type": "Create",
        "actor": actor,
        "object": f"http://{host}/notes/NUMBER",
        "to": [PUBLIC],
    }
    text, tenant = orjson.dumps(body).decode(), str(int(world["alpha"].tenant.id))
    await directory.execute(_FILL, tenant, host, actor, text, until, str(first), str(count))


async def test_however_much_waits_or_is_ready_of_others_a_look_reads_as_little(
    world: World, directory: Any
) -> None:
    await fill(directory, world, "later.example", first=1, until="2100-01-01")
    await fill(directory, world, "hanging.example", first=1_000_000, until=None)
    await fill(directory, world, "healthy.example", first=3_000_000, until=None, count=1)
    for full in ([], ["hanging.example"]):
        asked = (_LANES, [""] * LANES, full, str(SERVERS_PER_LANE), str(ROWS_PER_SERVER))
        assert await rows_read(directory, "ready", *asked) <= LANES * (2 + 2 * ROWS_PER_SERVER + 2)
    assert await rows_read(directory, "wake", _LANES, "8") == 0
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    after = dict.fromkeys(range(LANES), "")
    found = await InboxQueue(engine, "looking").ready(after, full=["hanging.example"])
    await engine.dispose()
    turn = choose(found, after=after, busy=lambda _: False, room=256, left=lambda _: 32)
    assert turn.begin == [3_000_000 * 64 + 3_000_000 % 64]


async def test_a_healthy_servers_activity_is_worked_on_beside_all_that(world: World, directory: Any) -> None:
    ann = await person(world)
    async with remote_server("127.0.0.3") as hanging, remote_server("127.0.0.4") as healthy:
        hanging.hangs = True
        host = hanging.base.removeprefix("http://")
        await fill(directory, world, "later.example", first=1, until="2100-01-01")
        await fill(directory, world, host, first=1_000_000, until=None)
        async with inbox_worker(world):
            await _until(lambda: len(hanging.asked) > 0)
            bob = healthy.actor("bob")
            for _ in range(3):
                follow = healthy.activity(bob, "Follow", address(world, ann))
                assert (await deliver(world, bob, follow)).status == 202
                await worked_on(world, follow["id"])
        left = await directory.fetchval("select count(*) from fediflow.inbox_activities")
    assert left > 1.5 * MANY  # it was not waited for


async def test_what_is_behind_what_waits_is_written_once_and_comes_in_order(
    world: World, remote: RemoteServer, directory: Any
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    async with inbox_worker(world):
        await followed_by(world, ann, remote, bob)
        note = remote.note(bob)
        remote.serve(note["id"], None, status=503)
        create = remote.activity(bob, "Create", note["id"], to=[PUBLIC])
        assert (await deliver(world, bob, create)).status == 202
        await postponed(world, create["id"])
        update = remote.activity(bob, "Update", {**note, "content": "new", "updated": "2026-11-01T13:00:00Z"})
        behind = [update, *(remote.activity(bob, "Like", note["id"]) for _ in range(20))]
        for activity in behind:
            assert (await deliver(world, bob, activity)).status == 202
        held = [await postponed(world, activity["id"]) for activity in behind]
        assert {one["attempts"] for one in held} == {None}
        later = remote.activity(bob, "Follow", address(world, ann))
        await send(world, bob, later)  # looks at what is ready, and not at them
        assert [await postponed(world, activity["id"]) for activity in behind] == held
        remote.serve(note["id"], {"@context": "https://www.w3.org/ns/activitystreams", **note})
        await directory.execute(
            "update fediflow.inbox_activities set not_before = now() where address = $1", create["id"]
        )
        await worked_on(world, *(activity["id"] for activity in (create, *behind)))
    assert (await row(world, posts, address=note["id"]))["content"] == "new"


async def test_what_is_behind_what_was_given_up_goes_on(
    world: World, remote: RemoteServer, directory: Any
) -> None:
    """Also where the worker that held it back is no more."""
    ann, bob = await person(world), remote.actor("bob")
    note = remote.note(bob)
    async with inbox_worker(world):
        await followed_by(world, ann, remote, bob)
    first, behind = remote.activity(bob, "Question", note["id"]), remote.create(bob, note)
    for activity, until in ((first, "now()"), (behind, "now() + interval '1 hour'")):
        assert (await deliver(world, bob, activity)).status == 202
        await directory.execute(
            f"update fediflow.inbox_activities set not_before = {until} where address = $1", activity["id"]
        )
    async with inbox_worker(world):
        await worked_on(world, first["id"], behind["id"])
    await row(world, posts, address=note["id"])


async def test_of_a_server_of_which_too_much_waits_no_more_is_taken(
    world: World, remote: RemoteServer, directory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_OF_SERVER", 50)
    monkeypatch.setattr(queue, "FULL", timedelta(hours=1))  # also where gateways are late to read it
    bob, note = remote.actor("bob"), remote.new_id("notes")
    host = remote.base.removeprefix("http://")
    await fill(directory, world, host, first=1, until="2100-01-01", count=30)
    await fill(directory, world, host, first=100, until=None, count=20)
    await fill(directory, world, "other.example", first=200, until=None, count=49)
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    await InboxQueue(engine, "counting").mark_full()
    await engine.dispose()
    full = await directory.fetch("select host from fediflow.remote_hosts where inbox_full_until > now()")
    assert [one["host"] for one in full] == [host]
    until = monotonic() + DEADLINE_SECONDS  # gateways read it now and then
    while (answer := await deliver(world, bob, remote.activity(bob, "Like", note))).status == 202:
        assert monotonic() < until, "it is still taken"
        await asyncio.sleep(0.1)
    assert (answer.status, int(answer.headers["retry-after"]) > 0) == (429, True)


async def test_keys_on_servers_that_hang_keep_no_other_sender_waiting(
    world: World, remote: RemoteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingress, "PATIENCE_SECONDS", 600.0)
    monkeypatch.setattr(documents, "SECONDS", 600.0)  # nobody's turn comes because a fetch was given up
    ann, healthy = await person(world), remote.actor("healthy")
    async with sinks(80, first=30) as servers:
        for server in servers:
            server.answer = lambda _: Reply(hang=True)
        tasks = []
        for number, server in enumerate(servers):
            who = replace(healthy, address=f"http://{server.host}/users/x")
            follow = {
                **remote.activity(who, "Follow", address(world, ann)),
                "id": f"http://{server.host}/1",
            }
            peer = f"2001:db8:0:1::{number:x}"  # all of one subscriber
            tasks.append(asyncio.create_task(deliver(world, who, follow, peer=peer)))
        await _until(lambda: len([one for one in servers if one.posted]) >= ingress.MOST_UNKNOWN_OF_PEER)
        answer = await deliver(
            world, healthy, remote.activity(healthy, "Follow", address(world, ann)), peer="192.0.2.7"
        )
        assert answer.status == 202
        assert len([one for one in servers if one.posted]) == ingress.MOST_UNKNOWN_OF_PEER
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_keys_that_nobody_answers_for_count_against_who_names_them(
    world: World, remote: RemoteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingress, "MOST_FAILURES", 3)
    bob = remote.actor("bob")
    statuses = []
    for number in range(5):
        who = replace(bob, address=f"http://127.0.0.1:1/users/{number}")
        follow = {**remote.activity(who, "Follow", PUBLIC), "id": f"http://127.0.0.1:1/{number}"}
        answer = await deliver(world, who, follow, peer=f"2001:db8:0:2::{number}")
        statuses.append(answer.status)
    assert statuses == [503, 503, 503, 429, 429]


@pytest.mark.usefixtures("worker")
async def test_addressees_here_are_read_together(world: World, remote: RemoteServer, directory: Any) -> None:
    people, bob = [await person(world) for _ in range(30)], remote.actor("bob")
    await followed_by(world, people[0], remote, bob)
    counts = []
    for some in (people[:2], people):
        note = remote.note(bob, to=[PUBLIC, *(address(world, one) for one in some)])
        with counted_statements() as asked:
            assert await send(world, bob, remote.create(bob, note)) is None
        counts.append(len([one for one in asked if "FROM fediflow.actors" in one]))
    assert 0 < counts[1] <= counts[0]


@pytest.mark.usefixtures("worker")
async def test_actor_who_left_very_much_is_wholly_deleted(
    world: World, remote: RemoteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many transactions it takes: only what is fetched for an activity is limited."""
    monkeypatch.setattr("federation.actors.clearing.AT_ONCE", 1)
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    creates = [remote.create(bob, remote.note(bob)) for _ in range(MOST_FETCHED + 6)]
    for create in creates:
        assert (await deliver(world, bob, create)).status == 202
    await worked_on(world, *(create["id"] for create in creates))
    assert await send(world, bob, remote.activity(bob, "Delete", bob.address)) is None
    assert (await row(world, actors, address=bob.address))["status"] == "gone"
    left = await rows(world, posts, actor_id=(await row(world, actors, address=bob.address))["id"])
    assert {one["state"] for one in left} == {"deleted"}
    assert len(left) == len(creates)


async def _until(is_so: Callable[[], bool]) -> None:
    until = monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert monotonic() < until, "it does not happen"
        await asyncio.sleep(0.02)


async def rows_read(directory: Any, name: str, *values: Any) -> int:
    """How many rows of the inbox a statement looks at."""
    (found,) = await directory.fetchrow(f"explain (analyze, format json) {_SQL[name]}", *values)
    return sum(_looked_at(orjson.loads(found)[0]["Plan"]))


def _looked_at(plan: Any) -> Iterator[int]:
    if plan.get("Relation Name") == "inbox_activities":
        seen = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        yield round(seen * plan["Actual Loops"])
    for part in plan.get("Plans", ()):
        yield from _looked_at(part)
