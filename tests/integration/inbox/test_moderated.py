"""What moderators decide holds for what comes in: held back and let go, refused, taken again."""

from typing import Any

import pytest

from federation.tables.actors import actors, follows
from federation.tables.moderation import held_posts, reports
from federation.tables.posts import posts
from tests.fediverse import person
from tests.integration.inbox.acting import address, row, rows, send
from tests.integration.inbox.remote_server import PUBLIC, RemoteServer
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker")


async def decide(world: World, mutation: str, kind: str, **given: Any) -> Any:
    """What a moderator is answered."""
    data = await world.data(
        f"mutation($i: {kind}!) {{ {mutation}(input: $i) {{ userErrors {{ code message }} }} }}", {"i": given}
    )
    assert data[mutation]["userErrors"] == [], data


async def _is_seen(world: World, post_id: int) -> bool:
    asked = "query($i: ID!) { post(id: $i) { id } publicTimeline(first: 100) { nodes { id } } }"
    data = await world.data(asked, {"i": f"post_{post_id}"}, role="student")
    assert (data["post"] is not None) is ({"id": f"post_{post_id}"} in data["publicTimeline"]["nodes"])
    return data["post"] is not None


async def test_posts_of_a_limited_server_are_held_until_a_moderator_lets_them_go(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await decide(world, "limitHost", "ModerateHostInput", domain="127.0.0.1", reason="Loud")
    try:
        note = remote.note(bob, to=[PUBLIC, address(world, ann)])
        assert await send(world, bob, remote.create(bob, note)) is None
    finally:
        await decide(world, "restoreHost", "ModerateHostInput", domain="127.0.0.1", reason="Over")
    post_id = (await row(world, posts, address=note["id"]))["id"]
    assert not await _is_seen(world, post_id)
    queue = await world.data("{ heldPosts(last: 100) { nodes { why post { id } } } }", role="registrar")
    assert {"why": "limited", "post": {"id": f"post_{post_id}"}} in queue["heldPosts"]["nodes"]
    await decide(world, "releasePost", "ModeratePostInput", id=f"post_{post_id}", reason="Harmless")
    assert await _is_seen(world, post_id)
    assert not await rows(world, held_posts, post_id=post_id)
    data = await world.data("{ moderationActions(first: 3) { nodes { action reason } } }")
    assert data["moderationActions"]["nodes"] == [
        {"action": "RELEASE_POST", "reason": "Harmless"},
        {"action": "RESTORE_HOST", "reason": "Over"},
        {"action": "LIMIT_HOST", "reason": "Loud"},
    ]


async def test_posts_of_a_limited_actor_are_held_and_removed_for_good(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    assert await send(world, bob, remote.activity(bob, "Follow", address(world, ann))) is None
    actor_id = (await row(world, follows, followed_id=ann.actor_id))["follower_id"]
    await decide(world, "limitActor", "ModerateActorInput", actorId=f"actor_{actor_id}", reason="Loud")
    note = remote.note(bob, to=[PUBLIC, address(world, ann)])
    assert await send(world, bob, remote.create(bob, note)) is None
    post_id = (await row(world, posts, address=note["id"]))["id"]
    assert await rows(world, held_posts, post_id=post_id)
    await decide(world, "removePost", "ModeratePostInput", id=f"post_{post_id}", reason="Spam")
    assert (await row(world, posts, address=note["id"]))["state"] == "deleted"
    assert not await rows(world, held_posts, post_id=post_id)


async def test_links_of_strangers_are_as_many_as_the_institution_says(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    kind = "UpdateFederationSettingsInput"
    links = '<p><a href="https://a.test/">a</a> <a href="https://b.test/">b</a></p>'
    held = []
    for most in (1, 2):
        await decide(world, "updateFederationSettings", kind, linksOfStrangers=most)
        note = remote.note(bob, to=[PUBLIC, address(world, ann)], content=links)
        assert await send(world, bob, remote.create(bob, note)) is None
        held.append(
            await rows(world, held_posts, post_id=(await row(world, posts, address=note["id"]))["id"])
        )
    await decide(world, "updateFederationSettings", kind, linksOfStrangers=5)
    assert [[one["why"] for one in those] for those in held] == [["links"], []]


async def test_links_that_come_later_hold_a_post_back_again(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    note = remote.note(bob, to=[PUBLIC, address(world, ann)])
    assert await send(world, bob, remote.create(bob, note)) is None
    post_id = (await row(world, posts, address=note["id"]))["id"]
    assert await _is_seen(world, post_id)
    links = "".join(f'<a href="https://a.test/{number}">x</a>' for number in range(6))
    edited = note | {"content": links, "updated": "2026-11-01T12:05:00Z"}
    assert await send(world, bob, remote.activity(bob, "Update", edited, to=note["to"])) is None
    assert [one["why"] for one in await rows(world, held_posts, post_id=post_id)] == ["links"]
    assert not await _is_seen(world, post_id)
    await decide(world, "releasePost", "ModeratePostInput", id=f"post_{post_id}", reason="Fine")
    assert await _is_seen(world, post_id)
    posted = (await row(world, actors, address=bob.address))["posts_count"]
    assert posted == 1  # counted again, once


async def test_nothing_of_a_suspended_actor_is_taken_until_it_is_restored(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    assert await send(world, bob, remote.activity(bob, "Follow", address(world, ann))) is None
    actor = f"actor_{(await row(world, follows, followed_id=ann.actor_id))['follower_id']}"
    await decide(world, "suspendActor", "ModerateActorInput", actorId=actor, reason="Spam")
    note = remote.note(bob, to=[PUBLIC, address(world, ann)])
    assert await send(world, bob, remote.create(bob, note)) == "suspended"
    assert await send(world, bob, remote.activity(bob, "Flag", address(world, ann))) == "suspended"
    assert not await rows(world, reports, target_id=ann.actor_id)
    await decide(world, "restoreActor", "ModerateActorInput", actorId=actor, reason="Sorry")
    again = remote.note(bob, to=[PUBLIC, address(world, ann)])
    assert await send(world, bob, remote.create(bob, again)) is None
    assert await _is_seen(world, (await row(world, posts, address=again["id"]))["id"])


async def test_a_report_from_elsewhere_stands_in_the_queue(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    sent = remote.activity(bob, "Flag", address(world, ann)) | {"content": "They are rude"}
    assert await send(world, bob, sent) is None
    asked = "query($t: ID!) { reports(filter: {target: $t}) { nodes { isRemote complaint state reporter { host } } } }"
    data = await world.data(asked, {"t": f"actor_{ann.actor_id}"})
    (report,) = data["reports"]["nodes"]
    assert report["reporter"]["host"].startswith("127.0.0.1")
    assert report | {"reporter": None} == {
        "isRemote": True,
        "complaint": "They are rude",
        "state": "OPEN",
        "reporter": None,
    }


async def test_nothing_of_a_blocked_server_is_taken_and_its_follows_end(
    world: World, remote: RemoteServer
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    follow = remote.activity(bob, "Follow", address(world, ann))
    assert await send(world, bob, follow) is None
    await decide(world, "blockHost", "BlockHostInput", domain="0.0.1", reason="Spam")
    try:
        assert not await rows(world, follows, followed_id=ann.actor_id)
        assert (
            await send(world, bob, remote.create(bob, remote.note(bob, to=[address(world, ann)])))
            == "blocked"
        )
    finally:
        await decide(world, "restoreHost", "ModerateHostInput", domain="0.0.1", reason="Over")
    assert await send(world, bob, remote.activity(bob, "Follow", address(world, ann))) is None
    assert await rows(world, follows, followed_id=ann.actor_id)
