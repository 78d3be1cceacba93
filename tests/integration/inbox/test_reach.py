"""Who of other servers may do something with a post of ours: those who may see it, to others it does not exist."""

from typing import Any

import pytest

from federation.actors.local import group_of_course
from federation.posts.model import NewPost
from federation.posts.operations import post as publish
from federation.tables.activities import activities
from federation.tables.actors import actors
from federation.tables.posts import announces, likes, post_mentions, post_versions, posts
from tests.fediverse import Person, following, here, person
from tests.integration.inbox.acting import address, row, rows, send
from tests.integration.inbox.remote_server import PUBLIC, RemoteActor, RemoteServer, rsa_key
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker")


async def _known(world: World, ann: Person, remote: RemoteServer, actor: RemoteActor) -> int:
    """The id of a remote actor who wrote to somebody here once."""
    note = remote.note(actor, to=[address(world, ann)], cc=[])
    assert await send(world, actor, remote.create(actor, note)) is None
    return int((await row(world, actors, address=actor.address))["id"])


async def _post(world: World, ann: Person, visibility: str, *mentioned: int) -> Any:
    async with ann.acting() as tx:
        new = NewPost(text="For you", visibility=visibility, mentioned_ids=mentioned)
        post_id = await publish(tx, post=new, here=here(world))
    return await row(world, posts, id=post_id)


async def _reacts(world: World, remote: RemoteServer, actor: RemoteActor, post: Any) -> list[str | None]:
    """Why a like, an answer and an announce of the post were refused."""
    answer = remote.note(actor, to=[PUBLIC], cc=[], inReplyTo=post["address"])
    return [
        await send(world, actor, remote.activity(actor, "Like", post["address"])),
        await send(world, actor, remote.create(actor, answer)),
        await send(world, actor, remote.activity(actor, "Announce", post["address"], to=[PUBLIC])),
    ]


@pytest.mark.parametrize("visibility", ["tenant", "direct", "followers"])
async def test_who_may_not_see_a_post_does_nothing_with_it(
    world: World, remote: RemoteServer, visibility: str
) -> None:
    ann, bea, eve = await person(world), await person(world), remote.actor("eve")
    await _known(world, ann, remote, eve)
    post = await _post(world, ann, visibility, bea.actor_id)
    refused = await _reacts(world, remote, eve, post)
    assert refused == ["nobody_here", "unknown_object", "not_theirs"]
    after = await row(world, posts, id=post["id"])
    assert (after["likes_count"], after["replies_count"], after["announces_count"]) == (0, 0, 0)
    assert not await rows(world, posts, in_reply_to_address=post["address"])


async def test_followers_and_those_who_are_addressed_like_and_answer(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    bob_id = await _known(world, ann, remote, bob)
    direct = await _post(world, ann, "direct", bob_id)
    assert (await _reacts(world, remote, bob, direct))[:2] == [None, None]
    await following(world, bob_id, ann.actor_id)
    for_followers = await _post(world, ann, "followers")
    assert (await _reacts(world, remote, bob, for_followers))[:2] == [None, None]
    liked = [one["post_id"] for one in await rows(world, likes, actor_id=bob_id)]
    assert sorted(liked) == [direct["id"], for_followers["id"]]


async def test_likes_of_others_are_as_public_as_they_were_made(world: World, remote: RemoteServer) -> None:
    ann, bob, eve = await person(world), remote.actor("bob"), remote.actor("eve", key=rsa_key(1))
    post = await _post(world, ann, "public")
    quiet = remote.activity(bob, "Like", post["address"])
    loud = {**remote.activity(eve, "Like", post["address"]), "to": [PUBLIC]}
    quiet.pop("to", None)
    for actor, like in ((bob, quiet), (eve, loud)):
        assert await send(world, actor, like) is None
    seen = {one["address"]: one["visibility"] for one in await rows(world, activities, post_id=post["id"])}
    assert (seen[quiet["id"]], seen[loud["id"]]) == ("direct", "public")
    asked = "query($p: ID!) { activities(filter: {object: $p, type: LIKE}) { nodes { address } } }"
    data = await world.data(asked, {"p": f"post_{post['id']}"}, at="alpha", role=None)
    assert [one["address"] for one in data["activities"]["nodes"]] == [loud["id"]]


async def test_what_is_written_to_a_group_alone_is_for_its_staff(world: World, remote: RemoteServer) -> None:
    async with world.door.write(world.as_system("alpha")) as tx:
        group = await group_of_course(tx, world["alpha"].number("course:1"), here(world))
    data = await world.data(
        'mutation { joinFederation(input: {username: "teacher_of_1"}) { actor { id } userErrors { code } } }',
        at="alpha",
        role="instructor",
    )
    teacher = data["joinFederation"]["actor"]["id"]
    bob = remote.actor("bob")
    assert await send(world, bob, remote.activity(bob, "Follow", group.address)) is None
    before = len(await rows(world, activities, actor_id=group.id, type="Announce"))
    for to in ([group.address], [f"{bob.address}/followers", group.address]):
        note = remote.note(bob, "<p>I am ill</p>", to=to, cc=[], audience=group.address)
        assert await send(world, bob, remote.create(bob, note)) is None
        post = await row(world, posts, address=note["id"])
        assert post["group_id"] is None
        assert not await rows(world, announces, post_id=post["id"])
        named = await rows(world, post_mentions, post_id=post["id"])
        assert teacher in [f"actor_{one['actor_id']}" for one in named]
        asked = "query($p: ID!) { post(id: $p) { id } }"
        for role, sees in (("instructor", True), ("student", False), (None, False)):
            data = await world.data(asked, {"p": f"post_{post['id']}"}, at="alpha", role=role)
            assert (data["post"] is not None) is sees
    assert len(await rows(world, activities, actor_id=group.id, type="Announce")) == before


async def test_a_letter_that_names_somebody_else_later_shows_them_nothing_of_before(
    world: World, remote: RemoteServer
) -> None:
    ann, bea, bob = await person(world), await person(world), remote.actor("bob")
    note = remote.note(bob, "<p>Only for Ann</p>", to=[address(world, ann)], cc=[])
    assert await send(world, bob, remote.create(bob, note)) is None
    edited = {
        **note,
        "content": "<p>For Bea</p>",
        "to": [address(world, bea)],
        "updated": "2026-11-02T12:00:00Z",
    }
    assert await send(world, bob, remote.activity(bob, "Update", edited, to=[address(world, bea)])) is None
    post = await row(world, posts, address=note["id"])
    assert "For Bea" in post["content"]
    assert not await rows(world, post_versions, post_id=post["id"])
    named = {one["actor_id"] for one in await rows(world, post_mentions, post_id=post["id"])}
    assert named == {ann.actor_id, bea.actor_id}


async def test_likes_and_announces_of_an_actor_that_was_deleted_are_taken_back(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    post = await _post(world, ann, "public")
    assert await send(world, bob, remote.activity(bob, "Like", post["address"])) is None
    assert await send(world, bob, remote.activity(bob, "Announce", post["address"], to=[PUBLIC])) is None
    before = await row(world, posts, id=post["id"])
    assert (before["likes_count"], before["announces_count"]) == (1, 1)
    assert await send(world, bob, remote.activity(bob, "Delete", bob.address)) is None
    after = await row(world, posts, id=post["id"])
    assert (after["likes_count"], after["announces_count"]) == (0, 0)
    assert (await row(world, actors, address=bob.address))["status"] == "gone"
