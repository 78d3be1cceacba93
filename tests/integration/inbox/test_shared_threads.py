"""An answer that is shared comes with what it answers."""

import pytest

from federation.tables.posts import posts
from tests.fediverse import person
from tests.integration.inbox.acting import followed_by, row, send
from tests.integration.inbox.remote_server import PUBLIC, RemoteServer, rsa_key
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker")


async def test_what_a_shared_answer_answers_is_fetched_too(world: World, remote: RemoteServer) -> None:
    ann, bob, carl = await person(world), remote.actor("bob"), remote.actor("carl", key=rsa_key(1))
    await followed_by(world, ann, remote, bob)
    root = remote.note(carl, "<p>root</p>")
    answer = remote.note(carl, "<p>answer</p>", inReplyTo=root["id"])
    assert await send(world, bob, remote.activity(bob, "Announce", answer["id"], to=[PUBLIC])) is None
    first, second = [await row(world, posts, address=one["id"]) for one in (root, answer)]
    assert second["in_reply_to_id"] == first["id"]
    assert second["conversation_id"] == first["conversation_id"]


async def test_a_shared_answer_is_shown_where_what_it_answers_is_gone(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await followed_by(world, ann, remote, bob)
    answer = remote.note(bob, "<p>answer</p>", inReplyTo=f"{remote.base}/notes/gone")
    assert await send(world, bob, remote.activity(bob, "Announce", answer["id"], to=[PUBLIC])) is None
    stored = await row(world, posts, address=answer["id"])
    assert (stored["in_reply_to_id"], stored["in_reply_to_address"]) == (None, answer["inReplyTo"])
