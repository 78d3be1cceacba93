"""What people are told of the social web: once, never of themselves, never of whom they do not want to see."""

from typing import Any

from sqlalchemy import delete, insert

from federation.follows.operations import accept_follow_request
from federation.follows.rows import request
from federation.tables.moderation import blocks, muted_domains, mutes
from federation.tables.notifications import notification_emails, notifications
from federation.tables.posts import post_mentions
from tests.fediverse import Person, following, here, person, row, rows, stranger, told
from tests.integration.notifications.told import (
    items_of,
    kinds_of,
    letters_of,
    reachable,
    tell,
    told_of,
    wants,
)
from tests.integration.posts.acting import announces, answers, deletes, follows, likes, posts, unlikes
from tests.world import World


async def test_likes_announces_and_follows_are_told_to_whom_they_are_about(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    post_id = await posts(ana)
    await likes(bea, post_id)
    await announces(bea, post_id)
    await follows(bea, ana.actor_id)
    await tell(world)
    found = await told_of(world, ana.user_id)
    assert [one["kind"] for one in found] == ["like", "announce", "follow"]
    assert {one["actor_id"] for one in found} == {bea.actor_id}
    assert [one["post_id"] for one in found] == [post_id, post_id, None]
    assert await told_of(world, bea.user_id) == []
    for one in found:
        assert await told(world, one["id"]) == [
            ("notification.created", {"user": ana.user_id, "kind": one["kind"]})
        ]


async def test_nobody_is_told_of_what_they_do_themselves(world: World) -> None:
    ana = await person(world, "ana")
    post_id = await posts(ana, f"@{ana.username} hears herself")
    await likes(ana, post_id)
    await answers(ana, post_id)
    await tell(world)
    assert await told_of(world, ana.user_id) == []


async def test_a_post_is_told_once_for_the_best_of_its_reasons(world: World) -> None:
    ana, bea, cem = [await person(world, name) for name in ("ana", "bea", "cem")]
    post_id = await posts(ana)
    await answers(bea, post_id, f"@{ana.username} @{cem.username} look")
    await posts(bea, f"@{cem.username} between us", visibility="direct")
    await tell(world)
    assert await kinds_of(world, ana.user_id) == ["reply"]
    assert await kinds_of(world, cem.user_id) == ["mention", "direct_message"]


async def test_whoever_may_not_see_a_post_is_not_told_of_it(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    post_id = await posts(ana)
    for _ in range(2):
        answer_id = await answers(bea, post_id, "for my followers", visibility="followers")
        async with world.door.write(
            world.as_system("alpha")
        ) as tx:  # as other servers answer without naming anybody
            own = (post_mentions.c.tenant_id == tx.tenant_id, post_mentions.c.post_id == answer_id)
            await tx.connection.execute(delete(post_mentions).where(*own))
        await tell(world)
        if not await told_of(world, ana.user_id):
            await following(world, ana.actor_id, bea.actor_id)
    assert [one["post_id"] for one in await told_of(world, ana.user_id)] == [answer_id]


async def _mutes(someone: Person, actor_id: int) -> None:
    async with someone.acting() as tx:
        own = {"tenant_id": tx.tenant_id, "id": tx.new_id(), "user_id": someone.user_id}
        await tx.connection.execute(insert(mutes).values(**own, muted_id=actor_id, created_at=tx.now))


async def _blocks(world: World, actor_id: int, blocked_id: int) -> None:
    async with world.door.write(world.as_system("alpha")) as tx:
        block_id = tx.new_id()
        values: dict[str, Any] = {
            "tenant_id": tx.tenant_id,
            "id": block_id,
            "actor_id": actor_id,
            "blocked_id": blocked_id,
        }
        values |= {"activity_address": f"https://far.example/blocks/{block_id}", "created_at": tx.now}
        await tx.connection.execute(insert(blocks).values(values))


async def test_muted_and_blocked_actors_are_not_heard_of(world: World) -> None:
    ana, loud, blocked, blocking = [
        await person(world, one) for one in ("ana", "loud", "blocked", "blocking")
    ]
    post_id = await posts(ana)
    for one in (loud, blocked, blocking):
        await likes(one, post_id)
    await _mutes(ana, loud.actor_id)
    await _blocks(world, ana.actor_id, blocked.actor_id)
    await _blocks(world, blocking.actor_id, ana.actor_id)
    await tell(world)
    assert await kinds_of(world, ana.user_id) == []


async def test_a_muted_server_is_not_heard_of_nor_are_those_below_it(world: World) -> None:
    ana = await person(world, "ana")
    async with ana.acting() as tx:
        own = {"tenant_id": tx.tenant_id, "user_id": ana.user_id, "created_at": tx.now}
        await tx.connection.execute(insert(muted_domains).values(**own, domain="noise.example"))
    for host in ("noise.example", "deep.noise.example", "otherwise.example"):
        actor_id = await stranger(world, host=host)
        async with world.door.write(world.as_system("alpha")) as tx:
            await request(
                tx,
                follower_id=actor_id,
                followed_id=ana.actor_id,
                activity_address=f"https://{host}/follows/{actor_id}",
                is_accepted=True,
            )
    await tell(world)
    found = await told_of(world, ana.user_id)
    assert [one["kind"] for one in found] == ["follow"]


async def test_limited_actors_are_heard_of_by_their_followers_alone(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    limited = await person(world, "limited", restriction="limited")
    await following(world, bea.actor_id, limited.actor_id)
    for one in (ana, bea):
        await likes(limited, await posts(one))
    await tell(world)
    assert await kinds_of(world, ana.user_id) == []
    assert await kinds_of(world, bea.user_id) == ["like"]


async def test_who_lets_followers_in_by_hand_is_asked_and_who_asked_is_told(world: World) -> None:
    ana, bea = await person(world, "ana", approves_followers=True), await person(world, "bea")
    follow_id = await follows(bea, ana.actor_id)
    await tell(world)
    assert await kinds_of(world, ana.user_id) == ["follow_request"]
    async with ana.acting() as tx:
        await accept_follow_request(tx, follow_id=follow_id, here=here(world))
    await tell(world)
    assert await kinds_of(world, ana.user_id) == ["follow_request"]
    assert await kinds_of(world, bea.user_id) == ["follow_accepted"]


async def test_what_is_taken_back_is_not_shown_and_in_no_letter(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    await reachable(ana)
    await wants(ana, "like", email="at_once")
    post_id = await posts(ana)
    await likes(bea, post_id)
    await tell(world, sends_mail=True)
    (letter,) = await letters_of(world, ana.user_id)
    assert len(await items_of(world, letter["id"])) == 1
    await unlikes(bea, post_id)
    await tell(world, sends_mail=True)
    assert await kinds_of(world, ana.user_id) == []
    assert await items_of(world, letter["id"]) == []
    await likes(bea, post_id)
    await tell(world, sends_mail=True)
    assert await kinds_of(world, ana.user_id) == ["like"]
    assert len(await letters_of(world, ana.user_id)) == 1
    assert await items_of(world, letter["id"]) == []
    await deletes(ana, post_id)
    await tell(world, sends_mail=True)
    assert await kinds_of(world, ana.user_id) == []


async def test_ten_likes_are_one_letter_and_what_is_daily_another(world: World) -> None:
    ana = await person(world, "ana")
    await reachable(ana)
    await wants(ana, "like", email="at_once")
    post_id = await posts(ana)
    for number in range(10):
        await likes(await person(world, f"fan{number}"), post_id)
    await answers(await person(world, "bea"), post_id)
    await tell(world, sends_mail=True)
    soon, digest = sorted(await letters_of(world, ana.user_id), key=lambda one: one["is_digest"])
    assert (soon["is_digest"], digest["is_digest"]) == (False, True)
    assert len(await items_of(world, soon["id"])) == 10
    assert len(await items_of(world, digest["id"])) == 1
    assert (soon["due_at"] - soon["created_at"]).total_seconds() == 60


async def test_what_nobody_wants_is_not_written_and_what_is_for_letters_alone_not_shown(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    await wants(ana, "like", in_app=False)
    await wants(ana, "announce", in_app=False, email="at_once")
    post_id = await posts(ana)
    await likes(bea, post_id)
    await announces(bea, post_id)
    await tell(world, sends_mail=True)
    assert await rows(world, notifications, user_id=ana.user_id) == []
    await reachable(ana)
    await announces(await person(world, "cem"), post_id)
    await tell(world, sends_mail=True)
    one = await row(world, notifications, user_id=ana.user_id)
    assert (one["kind"], one["is_shown"]) == ("announce", False)
    assert await told(world, one["id"]) == []


async def test_an_address_that_nobody_verified_gets_no_letters(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    await reachable(ana, is_verified=False)
    await wants(ana, "like", email="at_once")
    await likes(bea, await posts(ana))
    await tell(world, sends_mail=True)
    assert await kinds_of(world, ana.user_id) == ["like"]
    assert await rows(world, notification_emails, user_id=ana.user_id) == []
