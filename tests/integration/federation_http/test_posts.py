"""Posts as others fetch them: who sees which, what is left of a deleted one, and collections that stay in order."""

from typing import Any

import pytest

from tests.integration.federation_http.fetching import HTML, get, joined, number, posted
from tests.world import World

AT = "gamma"
DELETE = "mutation ($id: ID!) { deletePost(input: {id: $id}) { userErrors { code message } } }"


@pytest.fixture(scope="module")
async def author(world: World) -> dict[str, Any]:
    """Somebody who posts."""
    return await joined(world, "registrar", username="author", at=AT, isDiscoverable=True)


async def pages(world: World, first: str) -> list[dict[str, Any]]:
    """The pages of a collection, in order."""
    found = []
    following: str | None = first
    while following is not None:
        page = (await get(world, following, at=AT)).json
        assert page["type"] == "OrderedCollectionPage"
        assert page["id"] == following
        found.append(page)
        following = page.get("next")
    return found


async def test_a_public_post_is_its_document_and_its_page(world: World, author: dict[str, Any]) -> None:
    address = await posted(
        world, "registrar", "Hello #Fediverse <img src=x onerror=alert(1)>", at=AT, language="en"
    )
    answer = await get(world, address, at=AT)
    note = answer.json
    assert (note["id"], note["type"], note["attributedTo"]) == (address, "Note", author["address"])
    assert note["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
    assert note["contentMap"]["en"] == note["content"]
    assert [tag["name"] for tag in note["tag"]] == ["#Fediverse"]
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "accept" in answer.headers["vary"]

    page = await get(world, address, at=AT, accept=HTML)
    text = page.body.decode()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<link rel="alternate" type="application/activity+json" href="{address}">' in text
    assert "<img" not in text
    assert "script" not in page.headers["content-security-policy"].replace("default-src", "")
    tagged = (await get(world, note["tag"][0]["href"] + "?page=true", at=AT)).json
    assert address in tagged["orderedItems"]


async def test_what_the_client_has_is_not_sent_again(world: World, author: dict[str, Any]) -> None:
    address = await posted(world, "registrar", "Once", at=AT)
    first = await get(world, address, at=AT)
    again = await get(world, address, at=AT, if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    page = await get(world, address, at=AT, accept=HTML, if_none_match=first.headers["etag"])
    assert page.status == 200


@pytest.mark.parametrize("visibility", ["FOLLOWERS", "TENANT", "DIRECT"])
async def test_what_is_not_public_does_not_exist_for_others(
    world: World, author: dict[str, Any], visibility: str
) -> None:
    given: dict[str, Any] = {}
    if visibility == "DIRECT":
        other = await joined(world, "auditor", username=f"other{visibility.lower()}", at=AT)
        given = {"mentionedIds": [other["id"]]}
    address = await posted(world, "registrar", "Not for all", at=AT, visibility=visibility, **given)
    for target in (address, f"{address}/replies", f"{address}/likes", f"{address}/context"):
        assert (await get(world, target, at=AT)).status == 404
    assert (await get(world, address, at=AT, accept=HTML)).status == 404
    outbox = (await get(world, f"{author['address']}/outbox?page=true", at=AT)).body.decode()
    assert address not in outbox


async def test_a_deleted_post_is_a_tombstone_and_so_is_its_create(
    world: World, author: dict[str, Any]
) -> None:
    address = await posted(world, "registrar", "Soon gone", at=AT)
    outbox = (await get(world, f"{author['address']}/outbox?page=true", at=AT)).json
    (create,) = [one for one in outbox["orderedItems"] if one["object"]["id"] == address]
    sent = (await get(world, create["id"], at=AT)).json
    assert (sent["type"], sent["object"]["content"]) == ("Create", "<p>Soon gone</p>")
    await world.data(DELETE, {"id": f"post_{number(address)}"}, at=AT, role="registrar")
    for target in (address, create["id"]):
        answer = await get(world, target, at=AT)
        assert (answer.status, answer.json["type"], answer.json["id"]) == (410, "Tombstone", address)
        assert b"Soon gone" not in answer.body
    assert (await get(world, address, at=AT, accept=HTML)).status == 410
    after = await get(world, f"{author['address']}/outbox?page=true", at=AT)
    assert address not in after.body.decode()


async def test_pages_of_an_outbox_stay_in_order_while_it_grows(world: World, author: dict[str, Any]) -> None:
    for index in range(25):
        await posted(world, "registrar", f"Number {index}", at=AT)
    collection = (await get(world, f"{author['address']}/outbox", at=AT)).json
    first = (await get(world, collection["first"], at=AT)).json
    await posted(world, "registrar", "Later", at=AT)
    rest = await pages(world, first["next"])
    told = [one["object"]["id"] for page in (first, *rest) for one in page["orderedItems"]]
    assert len(told) == len(set(told)) == collection["totalItems"]
    assert told == sorted(told, key=number, reverse=True)
    assert (await get(world, f"{author['address']}/outbox", at=AT)).json["totalItems"] == len(told) + 1


async def test_replies_are_listed_oldest_first_with_their_number(
    world: World, author: dict[str, Any]
) -> None:
    parent = await posted(world, "registrar", "Ask me", at=AT)
    replies = [
        await posted(world, "registrar", f"Answer {index}", at=AT, inReplyToId=f"post_{number(parent)}")
        for index in range(22)
    ]
    whole = (await get(world, f"{parent}/replies", at=AT)).json
    assert whole["totalItems"] == len(replies)
    found = await pages(world, whole["first"])
    assert [one for page in found for one in page["orderedItems"]] == replies
    context = (await get(world, (await get(world, replies[0], at=AT)).json["context"], at=AT)).json
    assert context["totalItems"] == len(replies) + 1
    likes = (await get(world, f"{parent}/likes", at=AT)).json
    assert (likes["totalItems"], "first" in likes) == (0, False)


async def test_odd_addresses_are_nothing(world: World, author: dict[str, Any]) -> None:
    for target in (
        "/posts/x",
        "/posts/0",
        "/posts/99999999999999999999999",
        "/actors/-1",
        f"{author['address']}/secrets",
        f"{author['address']}/moderators",
        "/activities/1",
        "/offerings/1",
        "/places/1",
        "/@nobody",
        "/@%00",
    ):
        answer = await get(world, target, at=AT)
        assert answer.status == 404, target
