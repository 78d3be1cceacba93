"""Answering a post of another server that nobody here knows, by its address: it is fetched, with the thread above it."""

from typing import Any

import pytest

from federation.tables.activities import activities
from tests.fediverse import rows, told
from tests.integration.graphql.social import Social, made_social, number, unhurried
from tests.integration.inbox.remote_server import RemoteServer, remote_server, rsa_key
from tests.world import World

_REPLY = """mutation($i: ReplyInput!) {
  reply(input: $i) { post { %s } userErrors { code path } }
}"""
_SELECTION = """id address inReplyToAddress mentions { actor { preferredUsername } }
  inReplyTo { address repliesCount inReplyTo { address content } }
  conversation { nodes { address } }"""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    unhurried(monkeypatch)


@pytest.fixture(scope="module")
async def social(world: World) -> Social:
    """An institution on the social web."""
    return await made_social(world, "answering")


async def _replies(social: Social, *, selection: str = _SELECTION, **given: Any) -> Any:
    data = await social.ask(_REPLY % selection, "student", i={"text": "I see", **given})
    return data["reply"]


def _thread(far: RemoteServer) -> list[dict[str, Any]]:
    grace, alan = far.actor("grace"), far.actor("alan", key=rsa_key(1))
    root = far.note(grace, "<p>root</p>")
    return [root, far.note(alan, "<p>middle</p>", inReplyTo=root["id"])]


async def test_the_post_its_author_and_its_thread_are_fetched_and_the_author_hears(social: Social) -> None:
    async with remote_server() as far:
        root, middle = _thread(far)
        said = await _replies(social, toAddress=middle["id"])
        assert said["userErrors"] == []
        post = said["post"]
        assert post["inReplyToAddress"] == middle["id"]
        assert post["inReplyTo"]["repliesCount"] == 1
        assert post["inReplyTo"]["inReplyTo"] == {"address": root["id"], "content": "<p>root</p>"}
        assert [one["actor"]["preferredUsername"] for one in post["mentions"]] == ["alan"]
        found = [one["address"] for one in post["conversation"]["nodes"]]
        assert set(found) == {root["id"], middle["id"], post["address"]}
        (create,) = await rows(
            social.world, activities, slug=social.slug, post_id=number(post["id"]), type="Create"
        )
        assert "activity.sent" in [
            event for event, _ in await told(social.world, create["id"], slug=social.slug)
        ]
        asked = len(far.asked)
        again = await _replies(social, toAddress=middle["id"], selection="inReplyTo { repliesCount }")
        assert again["post"]["inReplyTo"]["repliesCount"] == 2
        assert len(far.asked) == asked  # it is known now


async def test_while_its_server_does_not_answer_it_is_answered_all_the_same(social: Social) -> None:
    async with remote_server() as far:
        grace = far.actor("grace")
        note = far.note(grace)
        far.serve(note["id"], None, 503)
        said = await _replies(social, toAddress=note["id"], selection="id inReplyToAddress inReplyTo { id }")
        assert said["userErrors"] == []
        assert said["post"] | {"id": ""} == {"id": "", "inReplyToAddress": note["id"], "inReplyTo": None}


async def test_what_is_no_public_post_is_not_answered(social: Social) -> None:
    async with remote_server() as far:
        grace = far.actor("grace")
        hidden = far.note(grace, to=[f"{grace.address}/followers"], cc=[])
        for address in (grace.address, hidden["id"], f"{far.base}/notes/gone"):
            said = await _replies(social, toAddress=address, selection="id")
            assert [one["code"] for one in said["userErrors"]] == ["NOT_FOUND"], address


async def test_exactly_one_post_is_named(social: Social) -> None:
    for given in ({}, {"toId": "post_1", "toAddress": "https://far.example/1"}, {"toAddress": "far.example"}):
        said = await _replies(social, selection="id", **given)
        assert [one["code"] for one in said["userErrors"]] == ["BAD_USER_INPUT"], given


async def test_a_post_of_here_is_answered_by_its_address_too(social: Social) -> None:
    first = (await social.ask(_CREATE, "instructor"))["createPost"]["post"]
    said = await _replies(social, toAddress=first["address"], selection="inReplyTo { id }")
    assert said["post"]["inReplyTo"]["id"] == first["id"]


@pytest.mark.parametrize("visibility", ["PUBLIC", "UNLISTED", "TENANT"])
async def test_without_a_visibility_an_answer_is_as_wide_as_what_it_answers(
    social: Social, visibility: str
) -> None:
    created = await social.ask(
        _CREATE.replace('"Ask me"', f'"Ask me", visibility: {visibility}'), "instructor"
    )
    for given in (
        {"toId": created["createPost"]["post"]["id"]},
        {"toAddress": created["createPost"]["post"]["address"]},
    ):
        said = await _replies(social, selection="visibility", **given)
        assert said == {"post": {"visibility": visibility}, "userErrors": []}


async def test_an_answer_to_what_cannot_be_had_is_for_followers(social: Social) -> None:
    async with remote_server() as far:
        note = far.note(far.actor("grace"))
        far.serve(note["id"], None, 503)
        said = await _replies(social, toAddress=note["id"], selection="visibility")
        assert said["post"] == {"visibility": "FOLLOWERS"}


_CREATE = 'mutation { createPost(input: {text: "Ask me"}) { post { id address } userErrors { code } } }'
