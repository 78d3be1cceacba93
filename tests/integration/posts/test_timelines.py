"""Home timelines: what comes in, at which place, what stays out, and what leaves again."""

from typing import Any

import pytest
from sqlalchemy import Text, insert, select
from sqlalchemy.dialects.postgresql import ARRAY

from federation.follows.operations import remove_follower, unfollow
from federation.posts.storing import release_post
from federation.tables.moderation import blocks, muted_domains, mutes
from federation.tables.posts import announces as announce_rows
from federation.tables.posts import conversation_members, timeline_entries
from federation.timelines import entries
from federation.timelines.operations import mark_conversation_read
from tenants.model import NotFound
from tests.fediverse import Person, following, here, person, row, rows, stranger
from tests.integration.posts.acting import announces, answers, deletes, follows, posts, unannounces
from tests.integration.posts.arriving import arrive
from tests.integration.posts.keeping import Keeper
from tests.world import World


async def _timeline(someone: Person) -> list[tuple[int, str]]:
    """The posts in somebody's timeline with why, the newest first."""
    found = await rows(someone.world, timeline_entries, user_id=someone.user_id)
    return [(one["post_id"], one["reason"]) for one in sorted(found, key=lambda one: -one["id"])]


async def _arrives(world: World, actor_id: int, **given: Any) -> int:
    async with world.door.write(world.as_system("alpha")) as tx:
        return await arrive(tx, actor_id, **given)


async def test_a_post_comes_to_its_author_and_those_who_follow(world: World, keeper: Keeper) -> None:
    ana, bea, cem = [await person(world, name) for name in ("ana", "bea", "cem")]
    await follows(bea, ana.actor_id)
    wide = [await posts(ana, visibility=one) for one in ("public", "unlisted", "followers", "tenant")]
    await posts(ana, f"@{bea.username} psst", visibility="direct")
    await keeper.caught_up()
    newest = list(reversed(wide))
    assert await _timeline(bea) == [(post_id, "followed") for post_id in newest]
    assert await _timeline(ana) == [(post_id, "own") for post_id in newest]
    assert await _timeline(cem) == []


async def test_posts_of_other_servers_come_to_those_who_follow(world: World, keeper: Keeper) -> None:
    ana = await person(world, "ana")
    far = await stranger(world)
    await following(world, ana.actor_id, far)
    post_id = await _arrives(world, far)
    await keeper.caught_up()
    assert await _timeline(ana) == [(post_id, "followed")]


async def test_what_is_held_back_comes_when_it_is_released(world: World, keeper: Keeper) -> None:
    ana = await person(world, "ana")
    far = await stranger(world)
    await following(world, ana.actor_id, far)
    post_id = await _arrives(world, far, held_because="links")
    await keeper.caught_up()
    assert await _timeline(ana) == []
    async with world.door.write(world.as_system("alpha")) as tx:
        assert await release_post(tx, post_id)
    await keeper.caught_up()
    assert await _timeline(ana) == [(post_id, "followed")]


async def test_an_answer_comes_to_those_who_follow_both(world: World, keeper: Keeper) -> None:
    ana, bea, both, one = [await person(world, name) for name in ("ana", "bea", "both", "one")]
    for reader in (both, one):
        await follows(reader, bea.actor_id)
    await follows(both, ana.actor_id)
    asked = await posts(ana)
    answer = await answers(bea, asked)
    own = await answers(bea, answer)
    await keeper.caught_up()
    assert await _timeline(both) == [(own, "followed"), (answer, "followed"), (asked, "followed")]
    assert await _timeline(one) == [(own, "followed")]
    assert answer in [post_id for post_id, _ in await _timeline(bea)]


async def test_an_announce_comes_once_and_leaves_with_it(world: World, keeper: Keeper) -> None:
    ana, bea, cem, reader = [await person(world, name) for name in ("ana", "bea", "cem", "reader")]
    for followed in (bea, cem):
        await follows(reader, followed.actor_id)
    # who begins to follow gets what was announced until then, in the order of following
    await keeper.caught_up()
    post_id = await posts(ana)
    await announces(bea, post_id)
    await announces(cem, post_id)
    await keeper.caught_up()
    entry = await row(world, timeline_entries, user_id=reader.user_id)
    place = await row(world, announce_rows, post_id=post_id, actor_id=bea.actor_id)
    assert (entry["id"], entry["announced_by_id"], entry["reason"]) == (
        place["id"],
        bea.actor_id,
        "announced",
    )
    await unannounces(cem, post_id)
    await keeper.caught_up()
    assert await _timeline(reader) == [(post_id, "announced")]
    await unannounces(bea, post_id)
    await keeper.caught_up()
    assert await _timeline(reader) == []


async def test_blocked_and_muted_people_and_servers_stay_out(world: World, keeper: Keeper) -> None:
    far = await stranger(world, host="loud.example")
    quiet, muter, domain_muter, former_muter, blocker, blocked = [
        await person(world, name) for name in ("quiet", "muter", "domain", "former", "blocker", "blocked")
    ]
    for reader in (quiet, muter, domain_muter, former_muter, blocker, blocked):
        await following(world, reader.actor_id, far)
    async with world.door.write(world.as_system("alpha")) as tx:
        own = {"tenant_id": tx.tenant_id, "created_at": tx.now}
        for reader, until in ((muter, None), (former_muter, tx.now)):
            await tx.connection.execute(
                insert(mutes).values(**own, id=tx.new_id(), user_id=reader.user_id, muted_id=far, until=until)
            )
        await tx.connection.execute(
            insert(muted_domains).values(**own, user_id=domain_muter.user_id, domain="loud.example")
        )
        for by, of in ((blocker.actor_id, far), (far, blocked.actor_id)):
            address = f"https://loud.example/blocks/{by}"
            await tx.connection.execute(
                insert(blocks).values(
                    **own, id=tx.new_id(), actor_id=by, blocked_id=of, activity_address=address
                )
            )
    post_id = await _arrives(world, far)
    await keeper.caught_up()
    for reader in (quiet, former_muter):
        assert await _timeline(reader) == [(post_id, "followed")]
    for reader in (muter, domain_muter, blocker, blocked):
        assert await _timeline(reader) == []


async def test_who_begins_to_follow_finds_the_last_forty(world: World, keeper: Keeper) -> None:
    ana, bea, cem = [await person(world, name) for name in ("ana", "bea", "cem")]
    of_bea = await posts(bea)
    written = [await posts(ana, f"Number {number}") for number in range(entries.BACKFILLED)]
    await announces(ana, of_bea)
    await posts(ana, f"@{cem.username}", visibility="direct")
    await keeper.caught_up()  # what comes in later is brought to followers one by one
    await follows(cem, ana.actor_id)
    await keeper.caught_up()
    expected = [(of_bea, "announced"), *((post_id, "followed") for post_id in reversed(written[1:]))]
    assert await _timeline(cem) == expected


async def test_what_somebody_wrote_leaves_when_they_are_no_longer_followed(
    world: World, keeper: Keeper
) -> None:
    ana, bea, reader = [await person(world, name) for name in ("ana", "bea", "reader")]
    for followed in (ana, bea):
        await follows(reader, followed.actor_id)
    await keeper.caught_up()  # so that ana's post comes by her, and not by bea's announce
    of_ana, of_bea = await posts(ana), await posts(bea)
    mine = await posts(reader)
    await announces(bea, of_ana)
    await keeper.caught_up()
    async with reader.acting() as tx:
        await unfollow(tx, actor_id=ana.actor_id, here=here(world))
    await keeper.caught_up()
    assert await _timeline(reader) == [(mine, "own"), (of_bea, "followed")]
    async with bea.acting() as tx:
        await remove_follower(tx, actor_id=reader.actor_id, here=here(world))
    await keeper.caught_up()
    assert await _timeline(reader) == [(mine, "own")]


async def test_a_deleted_post_leaves_every_timeline(world: World, keeper: Keeper) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    await follows(bea, ana.actor_id)
    post_id = await posts(ana)
    await keeper.caught_up()
    assert await _timeline(bea) == [(post_id, "followed")]
    await deletes(ana, post_id)
    await keeper.caught_up()
    assert await _timeline(bea) == await _timeline(ana) == []


async def test_a_timeline_is_cut_to_its_newest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "KEPT", 20)
    monkeypatch.setattr(entries, "_CUT_ONE_IN", 5)  # as many lots as it takes to be drawn for sure
    ana, far = await person(world, "ana"), await stranger(world)
    await following(world, ana.actor_id, far)
    async with world.door.write(world.as_system("alpha")) as tx:
        lines = entries.Timelines(tx.driver, tx.tenant_id)
        written = [await arrive(tx, far) for _ in range(300)]
        for post_id in written:
            await lines.enter_post(post_id)
        # before the commit, after which the keeper of other tests enters them as well
        entry = timeline_entries.c
        own = select(entry.post_id).where(entry.tenant_id == tx.tenant_id, entry.user_id == ana.user_id)
        left = list((await tx.connection.execute(own.order_by(entry.id.desc()))).scalars())
    assert left == list(reversed(written))[: len(left)]
    assert 20 <= len(left) < 300


async def _conversation(someone: Person, conversation_id: int) -> Any:
    member = conversation_members.c
    query = select(
        member.last_post_id, member.is_read, member.participants.cast(ARRAY(Text)).label("participants")
    ).where(
        member.tenant_id == someone.principal.tenant.id,
        member.user_id == someone.user_id,
        member.id == conversation_id,
    )
    async with someone.acting() as tx:
        return (await tx.connection.execute(query)).mappings().one_or_none()


async def test_who_is_addressed_or_answered_is_part_of_a_conversation(world: World, keeper: Keeper) -> None:
    ana, bea, cem = [await person(world, name) for name in ("ana", "bea", "cem")]
    alone = await posts(ana)
    direct = await posts(ana, f"@{bea.username} psst", visibility="direct")
    await keeper.caught_up()
    assert await _conversation(ana, alone) is None
    assert (await _conversation(ana, direct))["is_read"] is True
    assert (await _conversation(bea, direct))["is_read"] is False
    assert await _conversation(cem, direct) is None
    answer = await answers(bea, direct, visibility="direct")
    public = await answers(bea, alone)
    await keeper.caught_up()
    assert (await _conversation(ana, direct))["last_post_id"] == answer
    assert (await _conversation(ana, direct))["is_read"] is False
    assert (await _conversation(bea, direct))["is_read"] is True
    assert set((await _conversation(ana, alone))["participants"]) == {
        str(ana.actor_id),
        str(bea.actor_id),
    }
    aside = await answers(cem, public)
    await keeper.caught_up()
    assert (await _conversation(ana, alone))["last_post_id"] == aside
    await deletes(cem, aside)
    await deletes(bea, answer)
    await deletes(ana, direct)
    await keeper.caught_up()
    assert (await _conversation(ana, alone))["last_post_id"] == public
    assert await _conversation(bea, direct) is None


async def test_a_conversation_is_read_up_to_what_was_seen(world: World, keeper: Keeper) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    first = await posts(ana, f"@{bea.username} psst", visibility="direct")
    second = await answers(ana, first, f"@{bea.username} and", visibility="direct")
    await keeper.caught_up()
    for seen, is_read in ((first, False), (second, True), (first, False), (None, True)):
        async with bea.acting() as tx:
            await mark_conversation_read(tx, conversation_id=first, last_post_id=seen)
        assert (await _conversation(bea, first))["is_read"] is is_read
    with pytest.raises(NotFound):
        async with bea.acting() as tx:
            await mark_conversation_read(tx, conversation_id=second)
