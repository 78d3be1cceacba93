"""Likes and announces: one per person, counted exactly, told to those whom they concern."""

import asyncio
from typing import Any

import orjson
import pytest

from federation.posts.featuring import MOST_FEATURED, UnableToFeature, feature_post, unfeature_post
from federation.protocol.vocabulary import AS_PUBLIC
from federation.reactions.announces import add_announce, announce_at, remove_announce
from federation.reactions.likes import add_like, like_at, remove_like
from federation.reactions.operations import NotForOthers
from federation.tables.activities import activities
from federation.tables.posts import announces as announce_rows
from federation.tables.posts import featured_posts
from federation.tables.posts import likes as like_rows
from federation.tables.posts import posts as post_rows
from tests.fediverse import here, person, row, rows, stranger, told
from tests.integration.posts.acting import announces, deletes, follows, likes, posts, unannounces, unlikes
from tests.integration.posts.arriving import arrive
from tests.world import World


async def _counts(world: World, post_id: int) -> tuple[int, int]:
    post = await row(world, post_rows, id=post_id)
    return post["likes_count"], post["announces_count"]


async def _sent(world: World, **where: Any) -> list[tuple[Any, Any]]:
    """The documents of activities, with what was sent of each."""
    found = []
    for activity in await rows(world, activities, **where):
        sent = [payload for event, payload in await told(world, activity["id"]) if event == "activity.sent"]
        found.append((orjson.loads(activity["document"]), sent[0] if sent else None))
    return found


async def test_fifty_likes_at_once_of_one_person_are_one(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    post_id = await posts(ana)
    await asyncio.gather(*(likes(bea, post_id) for _ in range(50)))
    assert await _counts(world, post_id) == (1, 0)
    assert len(await rows(world, activities, post_id=post_id, type="Like")) == 1


async def test_fifty_likes_at_once_of_fifty_people_are_fifty(world: World) -> None:
    ana = await person(world, "ana")
    crowd = [await stranger(world) for _ in range(50)]
    post_id = await posts(ana)

    async def both(actor_id: int) -> None:
        async with world.door.write(world.as_system("alpha")) as tx:
            assert await add_like(tx, post_id, actor_id, f"https://far.example/likes/{actor_id}")
            assert await add_announce(tx, post_id, actor_id, f"https://far.example/shares/{actor_id}")

    async def no_more(actor_id: int) -> None:
        async with world.door.write(world.as_system("alpha")) as tx:
            assert await remove_like(tx, post_id, actor_id)
            assert await remove_announce(tx, post_id, actor_id)

    await asyncio.gather(*(both(actor_id) for actor_id in crowd))
    assert await _counts(world, post_id) == (50, 50)
    await asyncio.gather(*(no_more(actor_id) for actor_id in crowd[:20]))
    assert await _counts(world, post_id) == (30, 30)


async def test_a_reaction_is_found_by_its_activity(world: World) -> None:
    ana, far = await person(world, "ana"), await stranger(world)
    post_id = await posts(ana)
    like, share = f"https://far.example/likes/{far}", f"https://far.example/shares/{far}"
    async with world.door.write(world.as_system("alpha")) as tx:
        await add_like(tx, post_id, far, like)
        await add_announce(tx, post_id, far, share)
        liked, shared = await like_at(tx, like), await announce_at(tx, share)
        assert await like_at(tx, share) is None
    assert liked is not None
    assert shared is not None
    assert (liked.post_id, liked.actor_id) == (shared.post_id, shared.actor_id) == (post_id, far)


async def test_the_author_elsewhere_hears_of_a_like_and_of_its_end(world: World) -> None:
    ana, far = await person(world, "ana"), await stranger(world)
    async with world.door.write(world.as_system("alpha")) as tx:
        post_id = await arrive(tx, far)
    await likes(ana, post_id)
    await likes(ana, post_id)
    await unlikes(ana, post_id)
    await unlikes(ana, post_id)
    (liked, sent), (undone, sent_too) = await _sent(world, actor_id=ana.actor_id)
    assert (liked["type"], undone["type"], undone["object"]["id"]) == ("Like", "Undo", liked["id"])
    assert sent["actors"] == sent_too["actors"] == [far]
    assert await _counts(world, post_id) == (0, 0)


async def test_an_announce_goes_to_followers_and_the_author(world: World) -> None:
    ana, far = await person(world, "ana"), await stranger(world)
    async with world.door.write(world.as_system("alpha")) as tx:
        post_id = await arrive(tx, far)
    await announces(ana, post_id)
    await unannounces(ana, post_id)
    (shared, sent), (undone, _) = await _sent(world, actor_id=ana.actor_id)
    assert shared["to"] == [AS_PUBLIC]
    assert undone["object"]["id"] == shared["id"]
    assert (sent["followers_of"], sent["actors"]) == ([ana.actor_id], [far])
    assert await rows(world, announce_rows, post_id=post_id) == []


async def test_what_is_for_few_is_not_announced_and_what_is_for_the_institution_stays(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    await follows(bea, ana.actor_id)
    with pytest.raises(NotForOthers):
        await announces(bea, await posts(ana, visibility="followers"))
    await announces(bea, await posts(ana, visibility="tenant"))
    [(_, sent)] = await _sent(world, actor_id=bea.actor_id, type="Announce")
    assert sent is None


async def test_a_deleted_post_is_neither_liked_nor_announced(world: World) -> None:
    ana, bea, far = await person(world, "ana"), await person(world, "bea"), await stranger(world)
    post_id = await posts(ana)
    await likes(bea, post_id)
    await deletes(ana, post_id)
    async with world.door.write(world.as_system("alpha")) as tx:
        assert not await add_like(tx, post_id, far, "https://far.example/likes/late")
        assert not await add_announce(tx, post_id, far, "https://far.example/shares/late")
    assert await _counts(world, post_id) == (0, 0)
    assert await rows(world, like_rows, post_id=post_id) == []


async def test_a_few_posts_are_shown_first(world: World) -> None:
    ana = await person(world, "ana")
    own = [await posts(ana, str(number)) for number in range(MOST_FEATURED + 1)]
    for post_id in [*own[:-1], own[0]]:
        async with ana.acting() as tx:
            await feature_post(tx, post_id=post_id, here=here(world))
    with pytest.raises(UnableToFeature):
        async with ana.acting() as tx:
            await feature_post(tx, post_id=own[-1], here=here(world))
    async with ana.acting() as tx:
        await unfeature_post(tx, post_id=own[0], here=here(world))
    assert len(await rows(world, featured_posts, actor_id=ana.actor_id)) == MOST_FEATURED - 1
    added = await _sent(world, actor_id=ana.actor_id, type="Add")
    [(removed, _)] = await _sent(world, actor_id=ana.actor_id, type="Remove")
    assert len(added) == MOST_FEATURED
    assert removed["target"] == f"{here(world).actor(ana.actor_id)}/featured"
