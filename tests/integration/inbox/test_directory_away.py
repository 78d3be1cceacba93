"""While the directory is away the sender is told to come again, and nothing that was answered with 202 is lost."""

import asyncio

import pytest

from federation.inbox.received import Received
from federation.inbox.receiving import Intake, receive
from kernel.database.addresses import Address
from kernel.database.engines import create_engine
from kernel.database.roles import DatabaseRole
from kernel.errors import Unavailable
from tests.integration.inbox.remote_server import RemoteServer, deliver
from tests.integration.inbox.waiting import waiting
from tests.world import World


async def test_sender_is_told_to_come_again(
    world: World, remote: RemoteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = remote.actor("ann")
    assert (await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/1"))).status == 202
    intake = world.app._inbox._inbox._intake  # type: ignore[attr-defined]  # only it loses its database
    engine = create_engine(Address("127.0.0.1", 1, "nobody"), DatabaseRole.APP, "", pool_size=1)
    activity = remote.activity(ann, "Like", "https://example.org/2")
    with monkeypatch.context() as patched:
        patched.setattr(intake, "_directory", engine)
        answer = await deliver(world, ann, activity)
        assert (answer.status, answer.json["why"]) == (503, "not_now")
        assert int(answer.headers["retry-after"]) > 0
    await engine.dispose()
    assert (await deliver(world, ann, activity)).status == 202
    assert len(await waiting(world, activity["id"])) == 1


def given(world: World, number: int, at: str = "alpha") -> Received:
    """An activity of a platform's own institution."""
    actor = "https://beta.test/actors/1"
    address = f"https://beta.test/activities/{number}"
    return Received(world[at].tenant.id, address, actor, "Like", address, "beta.test", b'{"a": "\xc3\xa9"}')


async def test_own_institutions_deliver_by_rows_once_each(world: World) -> None:
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    first, second = given(world, 1), given(world, 2)
    assert await receive(engine, [first, second, first]) == 2
    assert await receive(engine, first) == 0
    assert await receive(engine, [second, given(world, 1, "beta")]) == 1
    (row, _) = await waiting(world, first.address)
    assert (row["body"], row["lane"], row["object_hash"]) == (first.body, first.lane, first.object_hash)
    await engine.dispose()


async def test_those_who_come_together_are_written_together_and_each_told_for_itself(world: World) -> None:
    engine = world.databases.engine(world.databases.directory, DatabaseRole.APP)
    intake = Intake(engine)
    rows = [given(world, number) for number in (11, 12, 11, 13)]
    kept = await asyncio.gather(*(intake.keep(row) for row in rows))
    assert kept == [True, True, True, True]
    assert [await intake.keep(row) for row in rows] == [False, False, False, False]
    assert [len(await waiting(world, row.address)) for row in rows] == [1, 1, 1, 1]
    await intake.aclose()
    await engine.dispose()


async def test_intake_without_a_directory_says_so(world: World) -> None:
    engine = create_engine(Address("127.0.0.1", 1, "nobody"), DatabaseRole.APP, "", pool_size=1)
    with pytest.raises(Unavailable):
        await Intake(engine).keep(given(world, 21))
    await engine.dispose()
