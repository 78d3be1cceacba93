"""Who follows whom, as others are told it: the number always, the names where both sides show them."""

from typing import Any

from tests.fediverse import following, person, stranger
from tests.integration.federation_http.fetching import get, joined, number
from tests.world import World

AT = "beta"


async def addresses(world: World, collection: str) -> tuple[int, list[str]]:
    """The number that is told, and the items of all pages."""
    whole = (await get(world, collection, at=AT)).json
    found: list[str] = []
    following_page = whole.get("first")
    while following_page is not None:
        page: dict[str, Any] = (await get(world, following_page, at=AT)).json
        found += page["orderedItems"]
        following_page = page.get("next")
    return whole["totalItems"], found


async def test_followers_are_paged_and_who_hides_is_only_counted(world: World) -> None:
    actor = await joined(world, "student", username="known", at=AT, exposedFields=["FOLLOWS"])
    remote = [await stranger(world, "fan", slug=AT) for _ in range(22)]
    shy = await person(world, "shy", slug=AT)
    open_one = await person(world, "open", slug=AT, exposed=["follows"])
    for follower in (*remote, shy.actor_id, open_one.actor_id):
        await following(world, follower, number(actor["address"]), slug=AT)
    total, found = await addresses(world, f"{actor['address']}/followers")
    assert (total, len(found), len(set(found))) == (24, 23, 23)
    assert found[0].endswith(f"/actors/{open_one.actor_id}")
    assert not any(one.endswith(f"/actors/{shy.actor_id}") for one in found)


async def test_who_shows_nothing_tells_numbers_alone(world: World) -> None:
    actor = await joined(world, "analyst", username="quiet", at=AT)
    fan = await stranger(world, "fan", slug=AT)
    await following(world, fan, number(actor["address"]), slug=AT)
    await following(world, number(actor["address"]), fan, slug=AT)
    for name in ("followers", "following"):
        assert await addresses(world, f"{actor['address']}/{name}") == (1, [])
        page = (await get(world, f"{actor['address']}/{name}?page=true", at=AT)).json
        assert page["orderedItems"] == []
    assert await addresses(world, f"{actor['address']}/liked") == (0, [])
    assert (await get(world, f"{actor['address']}/inbox", at=AT)).status in (404, 405)
