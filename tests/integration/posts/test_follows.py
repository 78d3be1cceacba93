"""Following: states, counts, and what the other server is told."""

import asyncio
from typing import Any

import orjson
import pytest
from sqlalchemy import insert

from federation.follows.operations import (
    UnableToFollow,
    accept_follow_request,
    reject_follow_request,
    remove_follower,
    unfollow,
)
from federation.follows.rows import accept, follow_at, request
from federation.tables.activities import activities
from federation.tables.actors import actors
from federation.tables.actors import follows as follow_rows
from federation.tables.moderation import blocks
from tenants.model import NotFound
from tests.fediverse import Person, here, person, row, rows, stranger, told
from tests.integration.posts.acting import follows
from tests.world import World


async def _counts(world: World, actor_id: int) -> tuple[int, int]:
    actor = await row(world, actors, id=actor_id)
    return actor["followers_count"], actor["following_count"]


async def _said(world: World, someone: Person) -> list[tuple[str, list[int]]]:
    """The types of what an actor did, with those it was sent to."""
    found = []
    for one in await rows(world, activities, actor_id=someone.actor_id):
        sent = [payload for event, payload in await told(world, one["id"]) if event == "activity.sent"]
        found.append((one["type"], sent[0]["actors"] if sent else []))
    return found


async def test_one_of_ours_is_followed_at_once(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    follow_id = await follows(bea, ana.actor_id)
    assert await follows(bea, ana.actor_id) == follow_id
    assert (await row(world, follow_rows, id=follow_id))["state"] == "accepted"
    assert (await _counts(world, ana.actor_id), await _counts(world, bea.actor_id)) == ((1, 0), (0, 1))
    assert await _said(world, bea) == [("Follow", [])]
    assert await _said(world, ana) == [("Accept", [])]
    ends = {"follower": bea.actor_id, "followed": ana.actor_id}
    assert await told(world, follow_id) == [("follow.accepted", ends)]


async def test_ten_follows_at_once_are_one(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    found = await asyncio.gather(*(follows(bea, ana.actor_id) for _ in range(10)))
    assert len(set(found)) == 1
    assert await _said(world, bea) == [("Follow", [])]
    assert await _counts(world, ana.actor_id) == (1, 0)


async def test_two_who_follow_each_other_at_once_do_not_wait_for_ever(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    for _ in range(5):
        await asyncio.gather(follows(ana, bea.actor_id), follows(bea, ana.actor_id))
        assert await _counts(world, ana.actor_id) == await _counts(world, bea.actor_id) == (1, 1)
        for one, other in ((ana, bea), (bea, ana)):
            async with one.acting() as tx:
                await unfollow(tx, actor_id=other.actor_id, here=here(world))


async def test_somebody_elsewhere_is_asked_and_answers(world: World) -> None:
    ana, far = await person(world, "ana"), await stranger(world)
    follow_id = await follows(ana, far)
    asked = await row(world, follow_rows, id=follow_id)
    assert asked["state"] == "pending"
    assert await _counts(world, far) == (0, 0)
    assert await _said(world, ana) == [("Follow", [far])]
    async with world.door.write(world.as_system("alpha")) as tx:
        found = await follow_at(tx, asked["activity_address"])
        assert found is not None
        assert await accept(tx, found) is not None
        assert await accept(tx, found) is None
    assert await _counts(world, far) == (1, 0)
    async with ana.acting() as tx:
        await unfollow(tx, actor_id=far, here=here(world))
    assert await _counts(world, far) == (0, 0)
    assert await _said(world, ana) == [("Follow", [far]), ("Undo", [far])]
    undone = await row(world, activities, actor_id=ana.actor_id, type="Undo")
    assert orjson.loads(undone["document"])["object"]["id"] == asked["activity_address"]


async def _asks(world: World, far: int, of: Person) -> int:
    address = f"https://far.example/follows/{far}-{of.actor_id}"
    async with world.door.write(world.as_system("alpha")) as tx:
        asked = await request(tx, follower_id=far, followed_id=of.actor_id, activity_address=address)
    return asked.id


async def test_who_approves_followers_is_asked(world: World) -> None:
    ana = await person(world, "ana", approves_followers=True)
    bea, far, other = await person(world, "bea"), await stranger(world), await stranger(world)
    by_bea, by_far, by_other = (
        await follows(bea, ana.actor_id),
        await _asks(world, far, ana),
        await _asks(world, other, ana),
    )
    assert await _counts(world, ana.actor_id) == (0, 0)
    with pytest.raises(NotFound):
        async with bea.acting() as tx:
            await accept_follow_request(tx, follow_id=by_far, here=here(world))
    async with ana.acting() as tx:
        for asked in (by_bea, by_far, by_far):
            await accept_follow_request(tx, follow_id=asked, here=here(world))
        await reject_follow_request(tx, follow_id=by_other, here=here(world))
    assert await _counts(world, ana.actor_id) == (2, 0)
    assert await _said(world, ana) == [("Accept", []), ("Accept", [far]), ("Reject", [other])]
    async with ana.acting() as tx:
        await remove_follower(tx, actor_id=far, here=here(world))
    assert await _counts(world, ana.actor_id) == (1, 0)
    events = [event for event, _ in await told(world, by_far)]
    assert events == ["follow.requested", "follow.accepted", "follow.ended"]


async def test_who_was_rejected_may_ask_again(world: World) -> None:
    ana, bea = await person(world, "ana", approves_followers=True), await person(world, "bea")
    follow_id = await follows(bea, ana.actor_id)
    async with ana.acting() as tx:
        await reject_follow_request(tx, follow_id=follow_id, here=here(world))
    assert await follows(bea, ana.actor_id) == follow_id
    assert (await row(world, follow_rows, id=follow_id))["state"] == "pending"


@pytest.mark.parametrize("by_them", [True, False])
async def test_between_blocked_nobody_follows(world: World, by_them: bool) -> None:
    ana, far = await person(world, "ana"), await stranger(world)
    by, of = (far, ana.actor_id) if by_them else (ana.actor_id, far)
    async with world.door.write(world.as_system("alpha")) as tx:
        values: dict[str, Any] = {"tenant_id": tx.tenant_id, "id": tx.new_id(), "created_at": tx.now}
        address = f"https://far.example/blocks/{by}"
        await tx.connection.execute(
            insert(blocks).values(**values, actor_id=by, blocked_id=of, activity_address=address)
        )
    with pytest.raises(UnableToFollow):
        await follows(ana, far)


async def test_who_has_moved_is_not_followed(world: World) -> None:
    ana, far = (
        await person(world, "ana"),
        await stranger(world, status="moved", moved_to="https://new.example/x"),
    )
    with pytest.raises(UnableToFollow, match=r"new\.example"):
        await follows(ana, far)
