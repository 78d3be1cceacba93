"""What activities of other servers do here, from the POST to the rows."""

import pytest

from federation.tables.activities import activities
from federation.tables.actors import actors, follows
from federation.tables.moderation import blocks, held_posts, reports
from federation.tables.posts import announces, likes, post_mentions, posts
from tests.fediverse import here, person
from tests.integration.inbox.acting import address, followed_by, row, rows, send
from tests.integration.inbox.remote_server import PUBLIC, RemoteServer, deliver, remote_server, rsa_key
from tests.integration.inbox.waiting import postponed, waiting, worked_on
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker")


async def test_follow_is_accepted_and_answered(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    follow = remote.activity(bob, "Follow", address(world, ann))
    assert await send(world, bob, follow) is None
    known = await row(world, actors, address=bob.address)
    assert (known["display_name"], known["inbox"], known["is_local"]) == (
        "Bob",
        f"{bob.address}/inbox",
        False,
    )
    assert (await row(world, follows, follower_id=known["id"]))["state"] == "accepted"
    accept = await row(world, activities, type="Accept", actor_id=ann.actor_id)
    assert accept["object_address"] == follow["id"]
    undo = remote.activity(bob, "Undo", follow)
    assert await send(world, bob, undo) is None
    assert not await rows(world, follows, follower_id=known["id"])


async def test_follow_of_who_approves_followers_is_pending(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world, approves_followers=True), remote.actor("bob")
    assert await send(world, bob, remote.activity(bob, "Follow", address(world, ann))) is None
    assert (await row(world, follows, followed_id=ann.actor_id))["state"] == "pending"
    assert not await rows(world, activities, type="Accept", actor_id=ann.actor_id)


async def test_follow_of_nobody_is_refused(world: World, remote: RemoteServer) -> None:
    bob = remote.actor("bob")
    assert await send(world, bob, remote.activity(bob, "Follow", here(world).actor(7))) == "unknown_object"


async def test_post_of_who_is_followed_is_stored_sanitised(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    note = remote.note(bob, "<p>Hello <script>alert(1)</script></p>", summary="careful")
    create = remote.create(bob, note)
    assert await send(world, bob, create) is None
    post = await row(world, posts, address=note["id"])
    assert (post["visibility"], post["content_warning"]) == ("public", "careful")
    assert post["content"] == "<p>Hello </p>"
    assert (await row(world, activities, address=create["id"]))["post_id"] == post["id"]


async def test_post_that_concerns_nobody_is_refused(world: World, remote: RemoteServer) -> None:
    bob = remote.actor("bob")
    note = remote.note(bob)
    assert await send(world, bob, remote.create(bob, note)) == "nobody_here"
    assert not await rows(world, posts, address=note["id"])
    assert not await rows(world, actors, address=bob.address)


async def test_direct_post_reaches_whom_it_names(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    mention = [{"type": "Mention", "href": address(world, ann), "name": "@ann"}]
    note = remote.note(bob, to=[address(world, ann)], cc=[], tag=mention)
    assert await send(world, bob, remote.create(bob, note)) is None
    post = await row(world, posts, address=note["id"])
    assert post["visibility"] == "direct"
    assert (await row(world, post_mentions, post_id=post["id"]))["actor_id"] == ann.actor_id


async def test_edit_and_delete_follow_their_post(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    note = remote.note(bob)
    assert await send(world, bob, remote.create(bob, note)) is None
    edited = {**note, "content": "<p>Better</p>", "updated": "2026-11-02T12:00:00Z"}
    assert await send(world, bob, remote.activity(bob, "Update", edited, to=[PUBLIC])) is None
    assert (await row(world, posts, address=note["id"]))["content"] == "<p>Better</p>"
    eve = remote.actor("eve", key=rsa_key(1))
    assert await send(world, eve, remote.activity(eve, "Like", note["id"])) is None
    forged = remote.activity(eve, "Delete", note["id"])
    assert await send(world, eve, forged) == "not_theirs"
    gone = remote.activity(bob, "Delete", {"id": note["id"], "type": "Tombstone"})
    assert await send(world, bob, gone) is None
    post = await row(world, posts, address=note["id"])
    assert (post["state"], post["content"], post["likes_count"]) == ("deleted", "", 0)


async def test_post_that_was_deleted_before_it_came_is_not_stored(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    note = remote.note(bob)
    assert await send(world, bob, remote.activity(bob, "Delete", note["id"])) == "nobody_here"
    assert await send(world, bob, remote.create(bob, note)) == "unknown_object"


async def test_undo_that_comes_before_its_like_has_the_last_word(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    note = remote.note(bob)
    assert await send(world, bob, remote.create(bob, note)) is None
    like = remote.activity(bob, "Like", note["id"])
    assert await send(world, bob, remote.activity(bob, "Undo", like)) is None
    assert await send(world, bob, like) is None
    assert (await row(world, posts, address=note["id"]))["likes_count"] == 0


async def test_nobody_keeps_out_what_another_is_about_to_send(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    async with remote_server("127.0.0.2") as evil:
        eve = evil.actor("eve", key=rsa_key(1))
        await followed_by(world, ann, evil, eve)
        note = remote.note(bob)
        create = remote.create(bob, note)
        assert await send(world, eve, evil.activity(eve, "Delete", note["id"])) == "nobody_here"
        assert await send(world, eve, evil.activity(eve, "Undo", create["id"])) is None
        assert await send(world, bob, create) is None
        assert len(await rows(world, posts, address=note["id"])) == 1


async def test_likes_are_counted_once_a_person(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    note = remote.note(bob)
    await send(world, bob, remote.create(bob, note))
    first, second = (remote.activity(bob, "Like", note["id"]) for _ in range(2))
    assert await send(world, bob, first) is None
    assert await send(world, bob, second) is None
    post = await row(world, posts, address=note["id"])
    assert (post["likes_count"], len(await rows(world, likes, post_id=post["id"]))) == (1, 1)


async def test_announced_post_is_fetched_where_its_announcer_is_followed(
    world: World, remote: RemoteServer
) -> None:
    ann, bob, carl = await person(world), remote.actor("bob"), remote.actor("carl", key=rsa_key(1))
    await followed_by(world, ann, remote, bob)
    note = remote.note(carl)
    assert await send(world, bob, remote.activity(bob, "Announce", note["id"], to=[PUBLIC])) is None
    post = await row(world, posts, address=note["id"])
    assert (post["announces_count"], len(await rows(world, announces, post_id=post["id"]))) == (1, 1)
    assert (await row(world, actors, address=carl.address))["id"] == post["actor_id"]
    stranger = remote.actor("dora", key=rsa_key(2))
    refused = remote.activity(stranger, "Announce", remote.note(carl)["id"], to=[PUBLIC])
    assert await send(world, stranger, refused) == "nobody_here"


async def test_announce_by_a_group_of_somebodys_post(world: World, remote: RemoteServer) -> None:
    ann, group = await person(world), remote.actor("group", type="Group")
    carl = remote.actor("carl", key=rsa_key(1))
    await followed_by(world, ann, remote, group)
    note = remote.note(carl, audience=group.address)
    wrapped = remote.create(carl, {**note, "content": "<p>forged</p>"})
    assert await send(world, group, remote.activity(group, "Announce", wrapped, to=[PUBLIC])) is None
    post = await row(world, posts, address=note["id"])
    assert post["content"] == "<p>Hello</p>"
    assert post["group_id"] == (await row(world, actors, address=group.address))["id"]


async def test_reply_brings_the_thread_above_it(world: World, remote: RemoteServer) -> None:
    ann, bob, carl = await person(world), remote.actor("bob"), remote.actor("carl", key=rsa_key(1))
    await followed_by(world, ann, remote, bob)
    root = remote.note(carl, "<p>root</p>")
    middle = remote.note(carl, "<p>middle</p>", inReplyTo=root["id"])
    reply = remote.note(bob, "<p>reply</p>", inReplyTo=middle["id"])
    assert await send(world, bob, remote.create(bob, reply)) is None
    found = [await row(world, posts, address=one["id"]) for one in (root, middle, reply)]
    assert len({post["conversation_id"] for post in found}) == 1
    assert [post["replies_count"] for post in found] == [1, 1, 0]


async def test_object_that_cannot_be_had_holds_back_only_what_is_about_it(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    note = remote.note(bob)
    remote.serve(note["id"], None, 503)
    announce = remote.activity(bob, "Announce", note["id"], to=[PUBLIC])
    like = remote.activity(bob, "Like", note["id"])
    assert (await deliver(world, bob, announce)).status == 202
    assert (await postponed(world, announce["id"]))["attempts"] == 1
    assert (await deliver(world, bob, like)).status == 202
    other = remote.note(bob)
    assert await send(world, bob, remote.create(bob, other)) is None
    assert await waiting(world, like["id"])


async def test_block_ends_follows_and_stops_more(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    known = await row(world, actors, address=bob.address)
    block = remote.activity(bob, "Block", address(world, ann))
    assert await send(world, bob, block) is None
    assert not await rows(world, follows, followed_id=known["id"])
    assert len(await rows(world, blocks, actor_id=known["id"])) == 1
    assert await send(world, bob, remote.activity(bob, "Undo", block)) is None
    assert not await rows(world, blocks, actor_id=known["id"])


async def test_flag_is_a_case_for_moderators(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob", type="Application")
    flag = remote.activity(bob, "Flag", [address(world, ann), "https://example.org/1"], content="spam")
    assert await send(world, bob, flag) is None
    report = await row(world, reports, target_id=ann.actor_id)
    assert (report["complaint"], report["is_remote"], report["state"]) == ("spam", True, "open")


async def test_move_takes_followers_along_only_where_both_say_so(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    new = remote.actor("bob2", key=rsa_key(1))
    move = remote.activity(bob, "Move", bob.address, target=new.address)
    assert await send(world, bob, move) == "unproven"
    remote.serve(new.address, new.document(alsoKnownAs=[bob.address]))
    assert await send(world, bob, {**move, "id": remote.new_id("activities")}) is None
    old = await row(world, actors, address=bob.address)
    target = await row(world, actors, address=new.address)
    assert (old["status"], old["moved_to"]) == ("moved", new.address)
    assert (await row(world, follows, follower_id=ann.actor_id))["followed_id"] == target["id"]


async def test_actor_that_is_gone_leaves_nothing_but_a_name(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    note = remote.note(bob)
    await send(world, bob, remote.create(bob, note))
    remote.serve(bob.address, None, 410)
    assert await send(world, bob, remote.activity(bob, "Delete", bob.address)) is None
    gone = await row(world, actors, address=bob.address)
    assert (gone["status"], gone["display_name"], gone["followers_count"]) == ("gone", "", 0)
    assert (await row(world, posts, address=note["id"]))["state"] == "deleted"
    assert not await rows(world, follows, followed_id=gone["id"])


async def test_changed_profile_is_stored(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    changed = bob.document(name="Bobby", summary="<p>me</p><script></script>")
    assert await send(world, bob, remote.activity(bob, "Update", changed)) is None
    known = await row(world, actors, address=bob.address)
    assert (known["display_name"], known["biography"]) == ("Bobby", "<p>me</p>")


async def test_suspended_actor_is_refused(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    async with world.door.write(world.as_system("alpha")) as tx:
        await tx.connection.execute(
            actors.update()
            .where(actors.c.tenant_id == tx.tenant_id, actors.c.address == bob.address)
            .values(restriction="suspended")
        )
    assert await send(world, bob, remote.create(bob, remote.note(bob))) == "suspended"


async def test_post_full_of_links_by_a_stranger_is_held_back(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    links = "".join(f'<a href="https://spam.example/{n}">buy</a>' for n in range(9))
    mention = [{"type": "Mention", "href": address(world, ann), "name": "@ann"}]
    note = remote.note(bob, f"<p>{links}</p>", to=[PUBLIC, address(world, ann)], tag=mention)
    assert await send(world, bob, remote.create(bob, note)) is None
    post = await row(world, posts, address=note["id"])
    assert (await row(world, held_posts, post_id=post["id"]))["why"] == "links"


async def test_institutions_work_on_their_own_copies(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world, slug="beta"), remote.actor("bob")
    mention = [{"type": "Mention", "href": here(world, "beta").actor(ann.actor_id), "name": "@ann"}]
    note = remote.note(bob, to=[PUBLIC, here(world, "beta").actor(ann.actor_id)], tag=mention)
    create = remote.create(bob, note)
    assert await send(world, bob, create) == "nobody_here"
    assert (await deliver(world, bob, create, at="beta")).status == 202
    await worked_on(world, create["id"])
    assert len(await rows(world, posts, "beta", address=note["id"])) == 1
