"""Texts in which there is nothing to see, names that would turn what stands beside them, and domains in any script."""

from typing import Any

import pytest

from federation.tables.actors import actors
from tests.fediverse import row, stranger
from tests.integration.federation_http.fetching import JOIN, POST, joined
from tests.world import World

UNSEEN = "\u200b\u2060\ufeff\u00ad \u202e\u2066"
REPORT = "mutation ($input: ReportInput!) { report(input: $input) { userErrors { code path } } }"
ACTOR = "query ($handle: String!) { actor(handle: $handle) { id handle } }"
RENAME = "mutation ($input: UpdateUserInput!) { updateUser(input: $input) { userErrors { code path } } }"


async def refused(world: World, document: str, given: dict[str, Any], role: str = "instructor") -> Any:
    """The one error of a mutation."""
    data = await world.data(document, {"input": given}, role=role)
    ((payload),) = data.values()
    (error,) = payload["userErrors"]
    return error["code"], error["path"]


@pytest.mark.parametrize("text", [UNSEEN, "\u3164", "\u2800\n\u2800"])
async def test_a_post_says_something(world: World, text: str) -> None:
    await joined(world, "instructor", username=f"sayer{ord(text[0])}")
    assert await refused(world, POST, {"text": text}) == ("BAD_USER_INPUT", ["input", "text"])


async def test_titles_may_be_spelled_with_joiners(world: World) -> None:
    await joined(world, "instructor", username="titler")
    given = {"text": "x", "title": "می\u200cشود 👩\u200d🎓"}
    data = await world.data(POST, {"input": given}, role="instructor")
    assert data["createPost"]["userErrors"] == []
    code, path = await refused(world, POST, {"text": "x", "title": "\u200b"})
    assert (code, path) == ("BAD_USER_INPUT", ["input", "title"])


async def test_lines_of_a_profile_can_be_seen_and_turn_nothing(world: World) -> None:
    await world.data("mutation { leaveFederation { userErrors { code } } }", role="auditor")
    for line in ({"name": UNSEEN, "value": "x"}, {"name": "x", "value": UNSEEN}):
        code, path = await refused(world, JOIN, {"username": "liner", "profileFields": [line]}, "auditor")
        assert (code, path[:3]) == ("BAD_USER_INPUT", ["input", "profileFields", "0"])
    turning = {"name": "Web\u202egro", "value": "a\u2066b"}
    actor = await joined(world, "auditor", username="liner", profileFields=[turning])
    stored = await row(world, actors, id=int(actor["id"].partition("_")[2]))
    assert [(one["name"], one["value"]) for one in stored["attachments"]] == [("Webgro", "ab")]


async def test_a_display_name_can_be_seen_and_turns_nothing(world: World) -> None:
    student = f"user_{world['alpha'].number('user:student')}"
    given = {"id": student, "displayName": UNSEEN}
    assert (await refused(world, RENAME, given, "tenant_admin"))[0] == "BAD_USER_INPUT"
    before = await world.data(
        "query ($i: ID!) { user(id: $i) { displayName } }", {"i": student}, role="tenant_admin"
    )
    given = {"id": student, "displayName": "Sam\u202e"}
    data = await world.data(RENAME, {"input": given}, role="tenant_admin")
    assert data["updateUser"]["userErrors"] == []
    after = await world.data(
        "query ($i: ID!) { user(id: $i) { displayName } }", {"i": student}, role="tenant_admin"
    )
    assert after["user"]["displayName"] == "Sam"
    given = {"id": student, "displayName": before["user"]["displayName"]}
    await world.data(RENAME, {"input": given}, role="tenant_admin")


async def test_a_report_says_something_or_nothing(world: World) -> None:
    reported = f"actor_{await stranger(world)}"
    given = {"actorId": reported, "text": UNSEEN}
    assert await refused(world, REPORT, given) == ("BAD_USER_INPUT", ["input", "text"])
    data = await world.data(REPORT, {"input": {"actorId": reported}}, role="instructor")
    assert data["report"]["userErrors"] == []


@pytest.mark.parametrize("host", ["ü.example", "U\u0308.example", "xn--tda.example", "XN--TDA.Example"])
async def test_a_handle_is_found_by_each_spelling_of_its_domain(world: World, host: str) -> None:
    actor_id = await stranger(world, host="xn--tda.example")
    username = (await row(world, actors, id=actor_id))["preferred_username"]
    found = await world.data(ACTOR, {"handle": f"@{username}@{host}"}, role="instructor")
    assert found["actor"] == {"id": f"actor_{actor_id}", "handle": f"@{username}@xn--tda.example"}
