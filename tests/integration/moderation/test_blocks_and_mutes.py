"""What a person does not want to see, and whom they want nothing to do with."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from federation.tables.activities import activities
from federation.tables.actors import follows
from federation.tables.moderation import mutes
from tests.fediverse import row, rows, told
from tests.integration.graphql.social import Social, number
from tests.integration.moderation.acting import does, refused

_LISTS = """{ blocks { totalCount nodes { blocked { handle } } } mutes { nodes { muted { handle } until } }
  mutedDomains { nodes { domain } } }"""


def _actor(social: Social, name: str) -> str:
    return f"actor_{social.actors[name]}"


async def _sent(social: Social, type_: str) -> list[dict[str, Any]]:
    """The documents of what went out, in order."""
    found = await rows(social.world, activities, slug=social.slug, type=type_)
    return [
        json.loads(one["document"])
        for one in found
        if any(event == "activity.sent" for event, _ in await told(social.world, one["id"], slug=social.slug))
    ]


async def test_a_block_ends_follows_both_ways_and_the_server_is_told(social: Social) -> None:
    async with social.writing() as new:
        await new.follow("student", "ada")
        theirs = await new.follow("ada", "student")
        post = await new.post("ada", is_local=False)
    ours = f"https://{social.host}/actors/student"
    await does(social, "block", "actor { handle }", role="student", actorId=_actor(social, "ada"))
    for follower, followed in (("student", "ada"), ("ada", "student")):
        pair = {"follower_id": social.actors[follower], "followed_id": social.actors[followed]}
        assert await rows(social.world, follows, slug=social.slug, **pair) == []
    (block,) = await _sent(social, "Block")
    assert (block["actor"], block["object"]) == (ours, "https://far.example/actors/ada")
    assert [one["object"]["type"] for one in await _sent(social, "Undo")] == ["Follow"]
    (reject,) = await _sent(social, "Reject")
    assert (
        reject["to"] == ["https://far.example/actors/ada"] or reject["to"] == "https://far.example/actors/ada"
    )
    assert number(theirs)
    asked = "query($i: ID!) { post(id: $i) { id } }"
    assert (await social.ask(asked, "student", i=post))["post"] is None
    assert (await social.ask(asked, "instructor", i=post))["post"] is not None
    lists = await social.ask(_LISTS, "student")
    assert lists["blocks"] == {"totalCount": 1, "nodes": [{"blocked": {"handle": "@ada@far.example"}}]}
    assert (await social.ask(_LISTS, "instructor"))["blocks"]["totalCount"] == 0
    assert await refused(social, "follow", role="student", actorId=_actor(social, "ada")) == "CONFLICT"
    await does(social, "block", role="student", actorId=_actor(social, "ada"))
    assert len(await _sent(social, "Block")) == 1
    await does(social, "unblock", role="student", actorId=_actor(social, "ada"))
    assert (await social.ask(asked, "student", i=post))["post"] is not None
    assert [one["object"]["type"] for one in await _sent(social, "Undo")] == ["Follow", "Block"]
    assert (await _sent(social, "Undo"))[-1]["object"]["id"] == block["id"]


async def test_one_of_here_hears_nothing_of_being_blocked(social: Social) -> None:
    async with social.writing() as new:
        post = await new.post("instructor")
    await does(social, "block", role="student", actorId=_actor(social, "instructor"))
    assert (await social.ask("query($i: ID!) { post(id: $i) { id } }", "student", i=post))["post"] is None
    asked = "query($a: ID!) { activities(filter: {actor: $a}) { nodes { type } } }"
    await does(social, "unblock", role="student", actorId=_actor(social, "instructor"))
    data = await social.ask(asked, "instructor", a=_actor(social, "student"))
    assert {one["type"] for one in data["activities"]["nodes"]} & {"BLOCK", "UNDO"} == set()
    assert len(await _sent(social, "Block")) <= 1


async def test_one_blocks_neither_oneself_nor_the_institution(social: Social) -> None:
    async with social.writing() as new:
        own = await new.actor("institution", kind="application")
    assert (
        await refused(social, "block", role="student", actorId=_actor(social, "student")) == "BAD_USER_INPUT"
    )
    assert await refused(social, "block", role="student", actorId=f"actor_{own}") == "BAD_USER_INPUT"
    assert await refused(social, "block", role="student", actorId="actor_4711") == "NOT_FOUND"
    assert await refused(social, "block", role="registrar", actorId=_actor(social, "ada")) == "CONFLICT"


async def test_a_mute_lasts_as_long_as_it_is_said_to(social: Social) -> None:
    async with social.writing() as new:
        post = await new.post("eve", is_local=False)
    user = social.made.number("user:analyst")

    async def listed() -> bool:
        data = await social.ask("{ publicTimeline(first: 100) { nodes { id } } }", "analyst")
        return {"id": post} in data["publicTimeline"]["nodes"]

    assert await listed()
    await does(social, "mute", "actor { id }", role="analyst", actorId=_actor(social, "eve"), forSeconds=3600)
    assert not await listed()
    (mute,) = (await social.ask(_LISTS, "analyst"))["mutes"]["nodes"]
    left = datetime.fromisoformat(mute["until"]) - datetime.now(UTC)
    assert 3500 < left.total_seconds() <= 3600
    async with social.writing() as new:  # its time is over
        over = mutes.update().where(mutes.c.tenant_id == new.tx.tenant_id, mutes.c.user_id == user)
        await new.tx.connection.execute(over.values(until=new.tx.now))
    assert await listed()
    assert (await social.ask(_LISTS, "analyst"))["mutes"]["nodes"] == []
    await does(social, "mute", role="analyst", actorId=_actor(social, "eve"))
    assert (await row(social.world, mutes, slug=social.slug, user_id=user))["until"] is None
    assert not await listed()
    await does(social, "unmute", role="analyst", actorId=_actor(social, "eve"))
    assert await listed()


@pytest.mark.parametrize("seconds", [0, -1, 366 * 24 * 3600 + 1])
async def test_a_mute_of_no_time_or_too_long_is_refused(social: Social, seconds: int) -> None:
    given = {"actorId": _actor(social, "eve"), "forSeconds": seconds}
    assert await refused(social, "mute", role="analyst", **given) == "BAD_USER_INPUT"


async def test_a_muted_domain_and_all_below_it_leave_the_timelines(social: Social) -> None:
    async with social.writing() as new:
        await new.actor("noisy", host="eu.noise.test")
        post = await new.post("noisy", is_local=False)

    async def listed() -> bool:
        data = await social.ask("{ publicTimeline(first: 100) { nodes { id } } }", "auditor")
        return {"id": post} in data["publicTimeline"]["nodes"]

    assert await listed()
    payload = await does(social, "muteDomain", "domain", role="auditor", domain=" Noise.Test")
    assert payload["domain"] == "noise.test"
    assert not await listed()
    assert (await social.ask(_LISTS, "auditor"))["mutedDomains"]["nodes"] == [{"domain": "noise.test"}]
    assert (await social.ask(_LISTS, "student"))["mutedDomains"]["nodes"] == []
    await does(social, "unmuteDomain", role="auditor", domain="noise.test")
    assert await listed()
    assert await refused(social, "muteDomain", role="auditor", domain="no domain") == "BAD_USER_INPUT"


async def test_the_lists_ask_for_somebody_who_is_signed_in(social: Social) -> None:
    for field in ("blocks", "mutes", "mutedDomains"):
        answer = await social.world.ask(f"{{ {field} {{ totalCount }} }}", at=social.slug, role=None)
        assert set(answer.codes) == {"UNAUTHENTICATED"}, field
