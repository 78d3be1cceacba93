"""Who is told that somebody leaves, or shows something no more, and what goes with them."""

from typing import Any

import orjson
import pytest
from sqlalchemy import insert

from federation.actors.clearing import clear_some, clear_some_of_user
from federation.actors.joining import ProfileChanges, update_profile
from federation.actors.leaving import leave
from federation.actors.local import group_of_org_unit
from federation.posts.model import GroupRef, PostChanges
from federation.posts.operations import update_post
from federation.reactions.announces import add_announce
from federation.reactions.likes import add_like
from federation.tables.activities import activities
from federation.tables.notifications import notifications
from federation.tables.posts import announces as announce_rows
from federation.tables.posts import likes as like_rows
from federation.tables.posts import post_mentions, post_versions, timeline_entries
from federation.tables.posts import posts as post_rows
from kernel.errors import InvalidInput
from tests.fediverse import Person, following, here, person, row, rows, stranger, told
from tests.integration.posts.acting import announces, answers, likes, posts
from tests.integration.posts.arriving import arrive
from tests.world import World


async def _elsewhere(world: World, ana: Person, why: str) -> int:
    """Somebody on a server of their own."""
    return await stranger(world, why, host=f"{why.replace('_', '-')}.{ana.username}.example")


async def _sent_to(world: World, someone: Person, type: str) -> set[int]:
    sent = await rows(world, activities, type=type, object_actor_id=someone.actor_id)
    [payload] = [said for event, said in await told(world, sent[-1]["id"]) if event == "activity.sent"]
    return set(payload["actors"])


async def _acquainted(world: World, ana: Person) -> dict[str, int]:
    """Actors of other servers that know a person, by why."""
    why = [
        "follower",
        "followed",
        "mentioned",
        "answered",
        "liked",
        "announced",
        "liker",
        "announcer",
        "answerer",
        "in_group",
        "named_her",
    ]
    known = {one: await _elsewhere(world, ana, one) for one in why}
    await following(world, known["follower"], ana.actor_id)
    await following(world, ana.actor_id, known["followed"])
    await posts(ana, "Only for you", visibility="direct", mentioned_ids=[known["mentioned"]])
    async with world.door.write(world.as_system("alpha")) as tx:
        group = await group_of_org_unit(tx, world["alpha"].number("unit"), here(world))
        arrived = {one: await arrive(tx, known[one]) for one in ("answered", "liked", "announced")}
        naming = await arrive(tx, known["named_her"])
        mention = {"tenant_id": tx.tenant_id, "post_id": naming, "actor_id": ana.actor_id, "is_named": True}
        await tx.connection.execute(insert(post_mentions).values(mention))
    await answers(ana, arrived["answered"])
    await likes(ana, arrived["liked"])
    await announces(ana, arrived["announced"])
    await following(world, ana.actor_id, group.id)
    await following(world, known["in_group"], group.id)
    own = await posts(ana, "In the group", in_group=GroupRef(actor_id=group.id))
    address = (await row(world, post_rows, id=own))["address"]
    async with world.door.write(world.as_system("alpha")) as tx:
        await add_like(tx, own, known["liker"], f"https://liker.example/{own}")
        await add_announce(tx, own, known["announcer"], f"https://announcer.example/{own}")
        await arrive(tx, known["answerer"], fields={"in_reply_to_address": address})
    return known


async def test_every_server_that_knows_somebody_is_told_that_they_leave(world: World) -> None:
    ana = await person(world, "ana")
    known = await _acquainted(world, ana)
    unknown = await _elsewhere(world, ana, "unknown")
    async with ana.acting() as tx:
        await leave(tx, here=here(world))
    sent = await _sent_to(world, ana, "Delete")
    assert {why for why, one in known.items() if one not in sent} == set()
    assert unknown not in sent


async def test_what_a_person_shows_no_more_is_told_to_every_server_that_knows_them(world: World) -> None:
    ana = await person(world, "ana", exposed=["display_name"])
    known = await _acquainted(world, ana)
    async with ana.acting() as tx:
        await update_profile(tx, changes=ProfileChanges(exposed_fields=[]), here=here(world))
    sent = await _sent_to(world, ana, "Update")
    assert {why for why, one in known.items() if one not in sent} == set()
    [told_last] = await rows(world, activities, type="Update", actor_id=ana.actor_id)
    assert orjson.loads(told_last["document"])["object"]["name"] == ana.username


async def test_two_behind_one_inbox_are_told_once(world: World) -> None:
    ana = await person(world, "ana")
    for _ in range(3):
        await following(world, await stranger(world, "many", host="shared.example"), ana.actor_id)
    async with ana.acting() as tx:
        await leave(tx, here=here(world))
    assert len(await _sent_to(world, ana, "Delete")) == 1


async def _cleared(world: World, clear: Any, *given: Any) -> None:
    is_more = True
    while is_more:
        async with world.door.write(world.as_system("alpha")) as tx:
            is_more = await clear(tx, *given)


async def test_likes_announces_and_notices_of_who_left_go_with_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.actors.clearing.AT_ONCE", 2)
    ana, bea = await person(world, "ana"), await person(world, "bea")
    liked = [await posts(bea) for _ in range(5)]
    for post_id in liked:
        await likes(ana, post_id)
        await announces(ana, post_id)
    async with world.door.write(world.as_system("alpha")) as tx:
        notice = {
            "tenant_id": tx.tenant_id,
            "user_id": bea.user_id,
            "kind": "mention",
            "actor_id": ana.actor_id,
            "created_at": tx.now,
        }
        for number in range(3):
            given = {**notice, "id": tx.new_id(), "once_key": f"leaving {ana.actor_id} {number}"}
            await tx.connection.execute(insert(notifications).values(given))
    async with ana.acting() as tx:
        await leave(tx, here=here(world))
    await _cleared(world, clear_some, ana.actor_id)
    for post_id in liked:
        post = await row(world, post_rows, id=post_id)
        assert (post["likes_count"], post["announces_count"]) == (0, 0)
        assert "post.unliked" in [event for event, _ in await told(world, post_id)]
    for table in (like_rows, announce_rows, notifications):
        assert not await rows(world, table, actor_id=ana.actor_id)


async def test_the_timeline_of_who_left_is_empty_and_that_of_who_joined_again_is_kept(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    old = await posts(bea, "Before")
    async with ana.acting() as tx:
        await leave(tx, here=here(world))
    [gone] = [payload for event, payload in await told(world, ana.actor_id) if event == "actor.gone"]
    assert int(gone["user"]) == ana.user_id
    new = await posts(bea, "After")
    async with world.door.write(world.as_system("alpha")) as tx:
        for post_id in (old, new):
            entry = {"tenant_id": tx.tenant_id, "user_id": ana.user_id, "id": post_id, "post_id": post_id}
            await tx.connection.execute(insert(timeline_entries).values(**entry, reason="followed"))
    await _cleared(world, clear_some_of_user, ana.user_id, int(gone["before"]))
    assert [one["id"] for one in await rows(world, timeline_entries, user_id=ana.user_id)] == [new]


async def _edits(someone: Person, post_id: int, text: str) -> None:
    async with someone.acting() as tx:
        await update_post(tx, post_id=post_id, changes=PostChanges(text=text), here=here(someone.world))


async def test_a_direct_post_is_not_handed_to_somebody_else_by_an_edit(world: World) -> None:
    ana, bea, cleo = [await person(world, name) for name in ("ana", "bea", "cleo")]
    post_id = await posts(ana, f"@{bea.username} a secret", visibility="direct")
    with pytest.raises(InvalidInput, match="direct post"):
        await _edits(ana, post_id, f"@{cleo.username} hello")
    await _edits(ana, post_id, "A better word")
    assert [one["actor_id"] for one in await rows(world, post_mentions, post_id=post_id)] == [bea.actor_id]
    assert len(await rows(world, post_versions, post_id=post_id)) == 1


async def test_whom_a_post_for_followers_names_later_sees_no_former_version(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    post_id = await posts(ana, "Among us", visibility="followers")
    await _edits(ana, post_id, "Among us all")
    assert len(await rows(world, post_versions, post_id=post_id)) == 1
    await _edits(ana, post_id, f"Hello @{bea.username}")
    assert not await rows(world, post_versions, post_id=post_id)
