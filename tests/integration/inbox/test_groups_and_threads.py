"""Posts in groups of ours, replies that are passed on, what actors show first, and codes that prove who somebody is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from federation.actors.local import group_of_course
from federation.identities.proofs import start_identity_link
from federation.posts.model import NewPost
from federation.posts.operations import post as publish
from federation.proofs import prove
from federation.tables.activities import activities
from federation.tables.actors import actors, group_moderators
from federation.tables.identities import federation_identities
from federation.tables.posts import announces, featured_posts, posts
from tests.fediverse import Person, here, person, told
from tests.integration.inbox.acting import address, followed_by, row, rows, send
from tests.integration.inbox.remote_server import (
    PUBLIC,
    RemoteActor,
    RemoteServer,
    deliver,
    remote_server,
    rsa_key,
)
from tests.integration.inbox.waiting import postponed, worked_on
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker")


async def group(world: World) -> tuple[int, str]:
    """The group of a public course: its id and address."""
    async with world.door.write(world.as_system("alpha")) as tx:
        made = await group_of_course(tx, world["alpha"].number("course:1"), here(world))
    return made.id, made.address


async def local_post(world: World, ann: Person) -> Any:
    """A public post of somebody here."""
    async with ann.acting() as tx:
        post_id = await publish(tx, post=NewPost(text="Hello"), here=here(world))
    return await row(world, posts, id=post_id)


async def test_post_in_a_group_is_passed_on_only_for_who_follows_it(
    world: World, remote: RemoteServer
) -> None:
    group_id, group_address = await group(world)
    bob = remote.actor("bob")
    note = remote.note(bob, to=[PUBLIC, group_address], audience=group_address)
    assert await send(world, bob, remote.create(bob, note)) == "not_theirs"
    assert await send(world, bob, remote.activity(bob, "Follow", group_address)) is None
    create = remote.create(bob, note)
    assert await send(world, bob, create) is None
    post = await row(world, posts, address=note["id"])
    assert post["group_id"] == group_id
    assert (await row(world, announces, post_id=post["id"]))["actor_id"] == group_id
    passed_on = await rows(world, activities, type="Announce", actor_id=group_id, post_id=post["id"])
    assert {one["object_address"] for one in passed_on} == {note["id"], create["id"]}
    edited = {**note, "content": "<p>Better</p>", "updated": "2026-11-02T12:00:00Z"}
    update = remote.activity(bob, "Update", edited, to=[PUBLIC])
    assert await send(world, bob, update) is None
    assert len(await rows(world, activities, type="Announce", object_address=update["id"])) == 1


async def test_reply_is_passed_on_only_with_its_authors_proof(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    parent = await local_post(world, ann)
    plain = remote.create(bob, remote.note(bob, inReplyTo=parent["address"]))
    proved = prove(
        remote.create(bob, remote.note(bob, inReplyTo=parent["address"])),
        bob.proof_key,
        verification_method=bob.proof_key_id,
        created=datetime.now(UTC),
    )
    for create, is_passed_on in ((plain, False), (proved, True)):
        assert await send(world, bob, create) is None
        stored = await row(world, activities, address=create["id"])
        events = [payload for event, payload in await told(world, stored["id"]) if event == "activity.sent"]
        assert [payload["followers_of"] for payload in events] == [[ann.actor_id]] * is_passed_on
    assert (await row(world, posts, id=parent["id"]))["replies_count"] == 2


async def test_what_an_actor_shows_first_is_its_own(world: World, remote: RemoteServer) -> None:
    ann, bob, eve = await person(world), remote.actor("bob"), remote.actor("eve", key=rsa_key(1))
    await followed_by(world, ann, remote, bob)
    await followed_by(world, ann, remote, eve)
    note = remote.note(bob)
    featured = f"{bob.address}/featured"
    forged = remote.activity(eve, "Add", note["id"], target=featured)
    assert await send(world, eve, forged) == "not_theirs"
    assert await send(world, bob, remote.activity(bob, "Add", note["id"], target=featured)) is None
    post = await row(world, posts, address=note["id"])
    assert (await row(world, featured_posts, post_id=post["id"]))["actor_id"] == post["actor_id"]
    assert await send(world, bob, remote.activity(bob, "Remove", note["id"], target=featured)) is None
    assert not await rows(world, featured_posts, post_id=post["id"])


async def test_moderators_of_a_group_abroad_are_named_by_the_group(
    world: World, remote: RemoteServer
) -> None:
    ann, band = await person(world), remote.actor("band", type="Group")
    bob = remote.actor("bob", key=rsa_key(1))
    await followed_by(world, ann, remote, band)
    target = f"{band.address}/moderators"
    assert await send(world, band, remote.activity(band, "Add", bob.address, target=target)) is None
    known = await row(world, actors, address=bob.address)
    assert len(await rows(world, group_moderators, actor_id=known["id"])) == 1


async def _in_a_group_abroad(world: World, remote: RemoteServer, band: RemoteActor) -> str:
    """Somebody follows the group; a note of a member of it is stored here. Its address."""
    bob = remote.actor("bob", key=rsa_key(1))
    await followed_by(world, await person(world), remote, band)
    note = remote.note(bob, to=[PUBLIC], audience=band.address)
    assert await send(world, band, remote.activity(band, "Announce", note["id"], to=[PUBLIC])) is None
    assert (await row(world, posts, address=note["id"]))["group_id"] is not None
    return str(note["id"])


def _says_deleted(remote: RemoteServer, actor: RemoteActor, address: str) -> dict[str, Any]:
    inner = {"id": remote.new_id("activities"), "type": "Delete", "actor": actor.address, "object": address}
    return remote.activity(actor, "Announce", inner, to=[PUBLIC])


async def test_only_the_group_of_a_post_announces_that_it_is_gone(world: World, remote: RemoteServer) -> None:
    band = remote.actor("band", type="Group")
    note = await _in_a_group_abroad(world, remote, band)
    remote.serve(note, None, status=404)
    async with remote_server("127.0.0.2") as elsewhere:
        eve = elsewhere.actor("eve")
        await followed_by(world, await person(world), elsewhere, eve)
        assert await send(world, eve, _says_deleted(elsewhere, eve, note)) == "not_theirs"
    assert (await row(world, posts, address=note))["state"] == "published"
    assert await send(world, band, _says_deleted(remote, band, note)) is None
    assert (await row(world, posts, address=note))["state"] == "deleted"


@pytest.mark.parametrize("status", [200, 401, 403, 429, 500])
async def test_post_is_gone_only_where_its_own_server_says_so(
    world: World, remote: RemoteServer, status: int
) -> None:
    band = remote.actor("band", type="Group")
    note = await _in_a_group_abroad(world, remote, band)
    if status != 200:
        remote.serve(note, None, status=status)
    said = _says_deleted(remote, band, note)
    await deliver(world, band, said)
    await (postponed if status in (429, 500) else worked_on)(world, said["id"])
    assert (await row(world, posts, address=note))["state"] == "published"


async def test_code_that_comes_back_signed_links_an_identity(world: World, remote: RemoteServer) -> None:
    ann, bob = await person(world), remote.actor("bob")
    async with ann.acting() as tx:
        started = await start_identity_link(tx, actor=bob.address, addresses=here(world), allow_http=True)
    mention = [{"type": "Mention", "href": address(world, ann), "name": "@ann"}]
    note = remote.note(bob, f"<p>my code is {started.code}</p>", to=[address(world, ann)], cc=[], tag=mention)
    assert await send(world, bob, remote.create(bob, note)) is None
    linked = await rows(world, federation_identities, user_id=ann.user_id)
    assert [one["actor_address"] for one in linked] == [bob.address]
