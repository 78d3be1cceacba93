"""Moving: out of here, announced; and people here going along with somebody who moved."""

from typing import Any

import orjson
import pytest

from federation.actors.consumer import actors_consumer
from federation.actors.moving import moved
from federation.local import addresses_of
from federation.tables.activities import activities
from federation.tables.actors import actors, follows
from kernel.database.roles import DatabaseRole
from kernel.outbox.event import Event
from tenants.directory import Directory
from tests.fediverse import following, person, row, rows, stranger
from tests.integration.federation_http.fetching import get, joined, number, posted
from tests.integration.inbox.remote_server import RemoteServer
from tests.world import World

AT = "alpha"
PUBLIC_URL = "http://localhost:8000"
ALIASES = """
mutation ($aliases: [String!]!) {
  setAliases(input: {aliases: $aliases}) { actor { alsoKnownAs } userErrors { code message path } }
}
"""
MOVE = """
mutation ($target: String!) {
  moveActor(input: {target: $target}) { actor { status movedTo } userErrors { code message path } }
}
"""


async def test_aliases_are_published_and_wrong_ones_refused(world: World, remote: RemoteServer) -> None:
    actor = await joined(world, "instructor", username="alias", at=AT)
    other = remote.actor("elsewhere")
    data = await world.data(ALIASES, {"aliases": [other.address]}, role="instructor", at=AT)
    assert data["setAliases"]["actor"]["alsoKnownAs"] == [other.address]
    assert (await get(world, actor["address"])).json["alsoKnownAs"] == [other.address]
    for wrong in ("ftp://x.example/a", actor["address"], "nobody"):
        data = await world.data(ALIASES, {"aliases": [wrong]}, role="instructor", at=AT)
        (error,) = data["setAliases"]["userErrors"]
        assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "aliases", "0"])


async def test_a_move_is_announced_only_where_the_new_actor_names_the_old_one(
    world: World, remote: RemoteServer
) -> None:
    actor = await joined(world, "student", username="mover", at=AT)
    fan = await stranger(world, "fan", slug=AT)
    await following(world, fan, number(actor["address"]), slug=AT)
    stranger_elsewhere = remote.actor("notme")
    data = await world.data(MOVE, {"target": stranger_elsewhere.address}, role="student", at=AT)
    assert data["moveActor"]["userErrors"][0]["code"] == "CONFLICT"

    new = remote.actor("newme", alsoKnownAs=[actor["address"]])
    data = await world.data(MOVE, {"target": new.address}, role="student", at=AT)
    assert data["moveActor"]["userErrors"] == []
    assert (await get(world, actor["address"])).json["movedTo"] == new.address
    (sent,) = await rows(world, activities, slug=AT, type="Move", actor_id=number(actor["address"]))
    document = orjson.loads(sent["document"])
    assert (document["object"], document["target"]) == (actor["address"], new.address)
    page = (await get(world, actor["address"], accept="text/html")).body.decode()
    assert new.address in page
    again = await world.data(MOVE, {"target": new.address}, role="student", at=AT)
    assert "moved" in again["moveActor"]["userErrors"][0]["message"]


async def test_people_here_follow_the_new_actor_instead(world: World) -> None:
    old, new = await stranger(world, "old", slug=AT), await stranger(world, "new", slug=AT)
    fans = [await person(world, "fan", slug=AT) for _ in range(3)]
    for fan in fans:
        await following(world, fan.actor_id, old, slug=AT)
    await following(world, fans[0].actor_id, new, slug=AT)
    here = addresses_of(world[AT].tenant, PUBLIC_URL)
    async with world.door.write(world.as_system(AT)) as tx:
        assert await moved(tx, old, new, here, most=2)
    async with world.door.write(world.as_system(AT)) as tx:
        assert not await moved(tx, old, new, here, most=2)
    assert await rows(world, follows, slug=AT, followed_id=old) == []
    states = {
        one["follower_id"]: one["state"] for one in await rows(world, follows, slug=AT, followed_id=new)
    }
    assert states == {
        fans[0].actor_id: "accepted",
        fans[1].actor_id: "pending",
        fans[2].actor_id: "pending",
    }
    asked = await rows(world, activities, slug=AT, type="Follow", object_actor_id=new)
    assert {one["actor_id"] for one in asked} == {fans[1].actor_id, fans[2].actor_id}
    undone = await rows(world, activities, slug=AT, type="Undo", object_actor_id=old)
    assert len(undone) == 3


@pytest.fixture
async def consume(world: World) -> Any:
    """Hands events to the consumer as the worker does."""
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    consumer = actors_consumer(world.door, Directory(engine), PUBLIC_URL)

    async def hand(event: str, object_id: int, **payload: Any) -> None:
        tenant_id = world[AT].tenant.id
        told = Event(1, 1, tenant_id, event, event.partition(".")[0], object_id, payload, None)  # type: ignore[arg-type]
        await consumer.handle([told, told])

    yield hand
    await engine.dispose()


async def test_what_somebody_left_behind_goes(world: World, consume: Any) -> None:
    actor = await joined(world, "tenant_admin", username="leaver", at=AT)
    address = await posted(world, "tenant_admin", "I was here", at=AT)
    fan = await stranger(world, "fan", slug=AT)
    await following(world, fan, number(actor["address"]), slug=AT)
    await world.data("mutation { leaveFederation { userErrors { code } } }", role="tenant_admin", at=AT)
    assert (await get(world, address)).status == 410
    (sent,) = await rows(world, activities, slug=AT, type="Delete", actor_id=number(actor["address"]))
    assert orjson.loads(sent["document"])["object"] == actor["address"]
    await consume("actor.gone", number(actor["address"]))
    assert await rows(world, follows, slug=AT, followed_id=number(actor["address"])) == []
    gone = (await get(world, address)).json
    assert gone["type"] == "Tombstone"
    left = await row(world, actors, slug=AT, id=number(actor["address"]))
    assert (left["user_id"], left["display_name"], left["status"]) == (None, "", "gone")


async def test_an_actor_follows_what_its_institution_knows(world: World, consume: Any) -> None:
    actor = await joined(world, "registrar", username="renamed", at=AT)
    change = """mutation ($id: ID!) { updateUser(input: {id: $id, displayName: "New Name"}) { userErrors { code } } }"""
    await world.data(change, {"id": world[AT].ids["user:registrar"]}, role="registrar", at=AT)
    await consume("user.updated", world[AT].number("user:registrar"))
    assert (await get(world, actor["address"])).json["name"] == "New Name"
    sent = await rows(world, activities, slug=AT, type="Update", actor_id=number(actor["address"]))
    assert len(sent) == 1  # handed the same twice, it told others once
