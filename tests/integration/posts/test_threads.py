"""Threads: parents and answers of other servers find each other in whatever order they come."""

import asyncio
from typing import Any

from federation.posts.storing import bury_post
from federation.tables.posts import posts as post_rows
from tests.fediverse import person, row, rows, stranger
from tests.integration.posts.acting import posts
from tests.integration.posts.arriving import arrive
from tests.world import World


def _note(number: int, tag: str) -> str:
    return f"https://far.example/thread/{tag}/{number}"


async def _comes(world: World, far: int, number: int, to: int | None, tag: str, **given: Any) -> int:
    answered = _note(to, tag) if to is not None else None
    fields = {"in_reply_to_address": answered, **given.pop("fields", {})}
    async with world.door.write(world.as_system("alpha")) as tx:
        return await arrive(tx, far, address=_note(number, tag), fields=fields, **given)


async def test_answers_that_come_first_are_joined_by_what_they_answer(world: World) -> None:
    far = await stranger(world)
    third = await _comes(world, far, 3, 2, "back")
    other = await _comes(world, far, 4, 1, "back")
    assert (await row(world, post_rows, id=third))["in_reply_to_id"] is None
    second = await _comes(world, far, 2, 1, "back")
    first = await _comes(world, far, 1, None, "back")
    stored = {one["id"]: one for one in await rows(world, post_rows, actor_id=far)}
    assert {one["conversation_id"] for one in stored.values()} == {third}
    assert stored[third]["in_reply_to_id"] == second
    assert stored[second]["in_reply_to_id"] == stored[other]["in_reply_to_id"] == first
    assert (stored[first]["replies_count"], stored[second]["replies_count"]) == (2, 1)


async def test_parent_and_answer_that_come_at_once_are_joined(world: World) -> None:
    far = await stranger(world)
    for number in range(10):
        tag = f"race{number}"
        parent, answer = await asyncio.gather(_comes(world, far, 1, None, tag), _comes(world, far, 2, 1, tag))
        joined = await row(world, post_rows, id=answer)
        assert joined["in_reply_to_id"] == parent
        assert (await row(world, post_rows, id=parent))["replies_count"] == 1


async def test_one_post_that_comes_often_is_stored_once(world: World) -> None:
    far = await stranger(world)

    async def comes() -> int | None:
        try:
            return await _comes(world, far, 1, None, "often")
        except AssertionError:
            return None

    found = await asyncio.gather(*(comes() for _ in range(10)))
    assert len([one for one in found if one is not None]) == 1


async def test_answers_that_others_may_not_see_are_not_counted(world: World) -> None:
    ana, far = await person(world, "ana"), await stranger(world)
    asked = await row(world, post_rows, id=await posts(ana))
    ids = {}
    for visibility in ("public", "unlisted", "followers", "direct"):
        fields = {"in_reply_to_address": asked["address"], "visibility": visibility}
        async with world.door.write(world.as_system("alpha")) as tx:
            ids[visibility] = await arrive(tx, far, fields=fields)
    async with world.door.write(world.as_system("alpha")) as tx:
        held = {"in_reply_to_address": asked["address"]}
        await arrive(tx, far, fields=held, held_because="links")
    assert (await row(world, post_rows, id=asked["id"]))["replies_count"] == 2
    async with world.door.write(world.as_system("alpha")) as tx:
        assert await bury_post(tx, ids["direct"])
        assert await bury_post(tx, ids["public"])
        assert not await bury_post(tx, ids["public"])
    assert (await row(world, post_rows, id=asked["id"]))["replies_count"] == 1
