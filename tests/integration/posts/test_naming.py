"""Finding people of other servers before a post that names them is published."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from federation.content.composing import TextFormat
from federation.posts.model import NewPost
from federation.posts.naming import MOST_STRANGERS, NOTHING_PREPARED, Prepared, prepare_post
from federation.posts.operations import post
from federation.protocol.reading import RemoteActor, read_actor
from federation.remote.failures import FetchFailure, NotFetched
from federation.tables.actors import actors
from federation.tables.posts import post_mentions
from kernel.errors import InvalidInput
from tests.fediverse import Person, here, person, row, rows, stranger
from tests.world import World


@dataclass(slots=True)
class _OtherServers:
    """Servers that know these people, by handle; every question is noted."""

    people: Mapping[str, str]
    asked: list[str] = field(default_factory=list)

    async def webfinger(self, handle: str) -> str:
        self.asked.append(handle)
        if handle not in self.people:
            raise NotFetched(FetchFailure.GONE, "nobody")
        return self.people[handle]

    async def actor(self, address: str) -> RemoteActor:
        name = address.rpartition("/")[2]
        return read_actor(
            {
                "id": address,
                "type": "Person",
                "preferredUsername": name,
                "inbox": f"{address}/inbox",
                "url": f"https://new.example/@{name}",
            }
        )


async def _prepare(someone: Person, text: str, servers: _OtherServers) -> Prepared:
    world = someone.world
    return await prepare_post(
        world.door, someone.principal, text=text, format=TextFormat.PLAIN, here=here(world), finder=servers
    )


async def test_somebody_who_is_not_known_is_asked_for_and_stored(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    known = await row(world, actors, id=await stranger(world))
    servers = _OtherServers({"ada@new.example": "https://new.example/users/ada"})
    handle = f"@{known['preferred_username']}@far.example"
    text = f"Hello @Ada@new.example, {handle}, @{bea.username} and @{bea.username}@alpha.test"
    prepared = await _prepare(ana, text, servers)
    assert servers.asked == ["ada@new.example"]
    async with ana.acting() as tx:
        post_id = await post(tx, post=NewPost(text), here=here(world), prepared=prepared)
    ada = await row(world, actors, address="https://new.example/users/ada")
    named = {one["actor_id"] for one in await rows(world, post_mentions, post_id=post_id)}
    assert named == {ada["id"], known["id"], bea.actor_id}


async def test_nobody_is_asked_where_all_are_known(world: World) -> None:
    ana, servers = await person(world, "ana"), _OtherServers({})
    assert await _prepare(ana, "Hello @somebody and @else@alpha.test", servers) == NOTHING_PREPARED
    assert servers.asked == []


async def test_who_is_not_found_is_named(world: World) -> None:
    ana = await person(world, "ana")
    with pytest.raises(InvalidInput, match=r"@ghost@new\.example") as refused:
        await _prepare(ana, "Hello @ghost@new.example", _OtherServers({}))
    assert refused.value.details["path"] == ["input", "text"]


async def test_one_text_does_not_ask_for_very_many(world: World) -> None:
    ana, servers = await person(world, "ana"), _OtherServers({})
    text = " ".join(f"@ghost{number}@new.example" for number in range(MOST_STRANGERS + 1))
    with pytest.raises(InvalidInput):
        await _prepare(ana, text, servers)
    assert servers.asked == []
