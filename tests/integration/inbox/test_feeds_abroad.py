"""What stands in the feed of a group of another server: its own posts, what names it, and what it announces."""

from typing import Any

import pytest

from federation.tables.posts import posts
from tests.fediverse import person
from tests.integration.inbox.acting import followed_by, row, send
from tests.integration.inbox.remote_server import PUBLIC, RemoteActor, RemoteServer, rsa_key
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker")


async def band_followed_here(world: World, remote: RemoteServer) -> RemoteActor:
    """A group of another server that somebody here follows."""
    band = remote.actor("band", type="Group")
    await followed_by(world, await person(world), remote, band)
    return band


async def feed_of(world: World, note: dict[str, Any]) -> tuple[Any, bool]:
    """The address of the group in whose feed a post stands, and whether it is an announcement of it."""
    stored = await row(world, posts, address=note["id"])
    async with world.door.write(world.as_system("alpha")) as tx:
        sql = "select address from fediflow.actors where tenant_id = $1 and id = $2"
        address = await tx.driver.fetchval(sql, tx.tenant_id, stored["group_id"])
    return address, stored["is_announcement"]


async def test_a_groups_own_post_is_its_announcement(world: World, remote: RemoteServer) -> None:
    band = await band_followed_here(world, remote)
    note = remote.note(band, to=[PUBLIC], audience=band.address)
    assert await send(world, band, remote.create(band, note)) is None
    assert await feed_of(world, note) == (band.address, True)


async def test_a_members_post_stands_in_the_feed_that_it_names(world: World, remote: RemoteServer) -> None:
    band, bob = await band_followed_here(world, remote), remote.actor("bob", key=rsa_key(1))
    await followed_by(world, await person(world), remote, bob)
    note = remote.note(bob, to=[PUBLIC], audience=band.address)
    assert await send(world, bob, remote.create(bob, note)) is None
    assert await feed_of(world, note) == (band.address, False)


async def test_what_a_group_announces_stands_in_its_feed(world: World, remote: RemoteServer) -> None:
    band, bob = await band_followed_here(world, remote), remote.actor("bob", key=rsa_key(1))
    note = remote.note(bob, to=[PUBLIC])
    assert await send(world, band, remote.activity(band, "Announce", note["id"], to=[PUBLIC])) is None
    assert await feed_of(world, note) == (band.address, False)


async def test_what_a_person_announces_stands_in_no_feed(world: World, remote: RemoteServer) -> None:
    ann, bob = remote.actor("ann"), remote.actor("bob", key=rsa_key(1))
    await followed_by(world, await person(world), remote, ann)
    note = remote.note(bob, to=[PUBLIC])
    assert await send(world, ann, remote.activity(ann, "Announce", note["id"], to=[PUBLIC])) is None
    assert (await row(world, posts, address=note["id"]))["group_id"] is None


async def test_what_is_not_for_everybody_stands_in_no_feed(world: World, remote: RemoteServer) -> None:
    band, bob = await band_followed_here(world, remote), remote.actor("bob", key=rsa_key(1))
    await followed_by(world, await person(world), remote, bob)
    note = remote.note(bob, to=[bob.document()["followers"]], audience=band.address)
    assert await send(world, bob, remote.create(bob, note)) is None
    assert (await row(world, posts, address=note["id"]))["group_id"] is None
