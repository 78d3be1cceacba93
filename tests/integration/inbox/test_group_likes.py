"""Likes of posts in groups of ours, and what takes them back: the group tells its followers, as of posts (FEP-1b12)."""

from typing import Any

import orjson
import pytest

from federation.actors.local import group_of_course
from federation.actors.rows import ActorRow
from federation.posts.model import GroupRef, NewPost
from federation.posts.operations import post as publish
from federation.reactions.operations import like, unlike
from federation.tables.activities import activities
from federation.tables.posts import posts
from tests.fediverse import Person, following, here, person, told
from tests.integration.federation_http.fetching import new_course
from tests.integration.inbox.acting import row, rows, send
from tests.integration.inbox.remote_server import RemoteActor, RemoteServer, rsa_key
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker")


@pytest.fixture(scope="module")
async def group(world: World) -> ActorRow:
    """The group of a course that no other test posts in."""
    course_id, _ = await new_course(world, "LIKED")
    async with world.door.write(world.as_system("alpha")) as tx:
        return await group_of_course(tx, course_id, here(world))


async def _post_in(world: World, ann: Person, group: ActorRow) -> Any:
    await following(world, ann.actor_id, group.id)
    async with ann.acting() as tx:
        new = NewPost(text="A question", in_group=GroupRef(actor_id=group.id))
        post_id = await publish(tx, post=new, here=here(world))
    return await row(world, posts, id=post_id)


async def _passed_on(world: World, group: ActorRow, post_id: int) -> list[Any]:
    """What of Likes and Undos the group announced to its followers, in order."""
    found = []
    for one in await rows(world, activities, actor_id=group.id, type="Announce", post_id=post_id):
        what = orjson.loads(one["document"])["object"]
        if not isinstance(what, str) and what["type"] in ("Like", "Undo"):
            (sent,) = [said for event, said in await told(world, one["id"]) if event == "activity.sent"]
            assert sent["followers_of"] == [group.id]
            found.append(what)
    return found


def _like(remote: RemoteServer, actor: RemoteActor, post: Any) -> dict[str, Any]:
    return remote.activity(actor, "Like", post["address"])


async def test_likes_of_followers_elsewhere_are_passed_on_once_and_so_is_what_takes_them_back(
    world: World, remote: RemoteServer, group: ActorRow
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    post = await _post_in(world, ann, group)
    assert await send(world, bob, remote.activity(bob, "Follow", group.address)) is None
    like_of_bob = {**_like(remote, bob, post), "content": "<script>", "secret": "not for others"}
    assert await send(world, bob, like_of_bob) is None
    assert await send(world, bob, _like(remote, bob, post)) is None  # counted once, so told once
    cited = {"id": like_of_bob["id"], "type": "Like", "actor": bob.address, "object": post["address"]}
    assert await _passed_on(world, group, post["id"]) == [cited]
    undo = remote.activity(bob, "Undo", like_of_bob)
    assert await send(world, bob, undo) is None
    undone = {"id": undo["id"], "type": "Undo", "actor": bob.address, "object": cited}
    assert await _passed_on(world, group, post["id"]) == [cited, undone]


async def test_what_strangers_to_the_group_like_is_counted_and_not_passed_on(
    world: World, remote: RemoteServer, group: ActorRow
) -> None:
    ann, eve = await person(world), remote.actor("eve", key=rsa_key(1))
    post = await _post_in(world, ann, group)
    liked = _like(remote, eve, post)
    assert await send(world, eve, liked) is None
    assert (await row(world, posts, id=post["id"]))["likes_count"] == 1
    assert await send(world, eve, remote.activity(eve, "Undo", liked["id"])) is None
    assert (await row(world, posts, id=post["id"]))["likes_count"] == 0
    assert await _passed_on(world, group, post["id"]) == []


async def test_likes_of_people_here_who_show_them_are_passed_on_and_taken_back(
    world: World, group: ActorRow
) -> None:
    ann = await person(world, exposed=["likes"])
    post = await _post_in(world, ann, group)
    for operation in (like, unlike):
        async with ann.acting() as tx:
            await operation(tx, post_id=post["id"], here=here(world))
    liked, undone = await _passed_on(world, group, post["id"])
    assert (liked["type"], undone["type"], undone["object"]["id"]) == ("Like", "Undo", liked["id"])


async def test_likes_of_people_here_who_do_not_show_them_stay_with_the_author(
    world: World, group: ActorRow
) -> None:
    ann, bea = await person(world), await person(world)
    post = await _post_in(world, ann, group)
    await following(world, bea.actor_id, group.id)
    for operation in (like, unlike):
        async with bea.acting() as tx:
            await operation(tx, post_id=post["id"], here=here(world))
    assert await _passed_on(world, group, post["id"]) == []
