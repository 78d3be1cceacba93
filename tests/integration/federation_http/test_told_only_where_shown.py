"""Likes of people who do not show them, people who are not to be listed, posts that are not for lists, names of others."""

from typing import Any

from federation.actors.local import group_of_course
from federation.local import addresses_of
from tenants.people.operations import NewUser, create_user
from tests.fediverse import following, stranger
from tests.integration.federation_http.changing import change
from tests.integration.federation_http.fetching import BASE, JOIN, get, joined, new_course, number, posted
from tests.world import World

LIKES = """query($a: ID!) { activities(filter: {actor: $a}) { nodes { type objectAddress } } }"""


async def _listed(world: World, role: str | None, actor: int) -> list[str]:
    data = await world.data(LIKES, {"a": f"actor_{actor}"}, role=role)
    return [one["type"] for one in data["activities"]["nodes"] if one["type"] in ("LIKE", "UNDO")]


async def _activity_of(world: World, actor: int) -> str:
    """The address of the newest activity of an actor, as a moderator sees it."""
    asked = "query($a: ID!) { activities(filter: {actor: $a}, first: 1) { nodes { address } } }"
    data = await world.data(asked, {"a": f"actor_{actor}"}, role="tenant_admin")
    address: str = data["activities"]["nodes"][0]["address"]
    return address


async def test_likes_are_told_to_others_only_where_the_person_shows_them(world: World) -> None:
    author = await joined(world, "student", username="likes_writer")
    liker = await joined(world, "analyst", username="likes_liker")
    await joined(world, "auditor", username="likes_bystander")
    post = await posted(world, "student", "Like me")
    await change(world, "like", id=f"post_{number(post)}", role="analyst", input_type="PostInput")
    like = await _activity_of(world, number(liker["address"]))
    await change(world, "unlike", id=f"post_{number(post)}", role="analyst", input_type="PostInput")
    undo = await _activity_of(world, number(liker["address"]))
    for shows in (False, True, False):
        fields = ["LIKES"] if shows else ["DISPLAY_NAME"]
        await change(world, "updateFederationProfile", role="analyst", exposedFields=fields)
        for role, sees in (
            ("analyst", True),
            ("student", True),
            ("tenant_admin", True),
            ("auditor", shows),
            (None, shows),
        ):
            found = await _listed(world, role, number(liker["address"]))
            assert sorted(found) == (["LIKE", "UNDO"] if sees else []), (role, shows)
        for address in (like, undo):
            assert (await get(world, address)).status == (200 if shows else 404)
    assert number(author["address"]) != number(liker["address"])


async def test_what_is_unlisted_stands_in_no_list_of_everybody(world: World) -> None:
    actor = await joined(world, "student", username="quiet_writer")
    post = await posted(world, "student", "Psst", visibility="UNLISTED")
    asked = "query($f: ActivityFilter) { activities(filter: $f) { nodes { post { address } } } }"

    async def listed(**filters: Any) -> bool:
        data = await world.data(asked, {"f": filters}, role=None)
        return post in [one["post"] and one["post"]["address"] for one in data["activities"]["nodes"]]

    assert not await listed()
    assert not await listed(type="CREATE")
    assert await listed(actor=f"actor_{number(actor['address'])}")
    assert await listed(object=f"post_{number(post)}")


async def test_who_is_not_discoverable_stands_in_no_list_of_followers(world: World) -> None:
    star = await joined(world, "student", username="listed_star", exposedFields=["FOLLOWS"])
    fan = await joined(world, "analyst", username="shy_fan", exposedFields=["FOLLOWS"], isDiscoverable=False)
    ids = {"star": number(star["address"]), "fan": number(fan["address"])}
    far = await stranger(world, "far")
    await following(world, ids["fan"], ids["star"])
    await following(world, far, ids["star"])
    await following(world, ids["star"], ids["fan"])
    asked = """query($i: ID!) { actor(id: $i) {
      followers { totalCount nodes { follower { preferredUsername } } }
      following { nodes { followed { preferredUsername } } } } }"""

    async def listed(role: str | None) -> list[bool]:
        actor = (await world.data(asked, {"i": f"actor_{ids['star']}"}, role=role))["actor"]
        followers = [one["follower"]["preferredUsername"] for one in actor["followers"]["nodes"]]
        followed = [one["followed"]["preferredUsername"] for one in actor["following"]["nodes"]]
        assert actor["followers"]["totalCount"] == len(followers)
        return ["shy_fan" in followers, "shy_fan" in followed]

    for role, is_listed in ((None, False), ("registrar", True), ("student", True), ("analyst", True)):
        assert await listed(role) == [is_listed] * 2, role
    for collection in ("followers", "following"):
        page = (await get(world, f"{star['address']}/{collection}?page=true")).json
        assert fan["address"] not in page["orderedItems"]
    await change(world, "updateFederationProfile", role="analyst", isDiscoverable=True)
    assert await listed(None) == [True] * 2
    page = (await get(world, f"{star['address']}/followers?page=true")).json
    assert fan["address"] in page["orderedItems"]


async def _refused(world: World, role: str, username: str) -> str:
    await world.data("mutation { leaveFederation { userErrors { code } } }", role=role)
    data = await world.data(JOIN, {"input": {"username": username}}, role=role)
    (error,) = data["joinFederation"]["userErrors"]
    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "username"])
    message: str = error["message"]
    return message


async def test_nobody_takes_the_name_of_a_member_a_course_or_a_unit(world: World) -> None:
    handle = (await world.data("{ viewer { handle } }", role="instructor"))["viewer"]["handle"]
    assert "another member" in await _refused(world, "student", handle.upper())
    await new_course(world, "Ökonomie 7/b")
    assert "course" in await _refused(world, "student", "okonomie_7_b")
    await new_course(world, "HID-9", visibility="private")
    await joined(world, "student", username="hid_9")
    assert "taken" in await _refused(world, "analyst", "hid_9")


async def test_everybody_joins_under_their_own_handle_and_no_group_takes_it(world: World) -> None:
    async with world.door.write(world.as_system("alpha")) as tx:
        await create_user(tx, user=NewUser(handle="namesake_1", given_name="Nam", family_name="Esake"))
    course, _ = await new_course(world, "NAMESAKE-1")
    assert (await get(world, "/@namesake_1")).status == 404
    async with world.door.write(world.as_system("alpha")) as tx:
        group = await group_of_course(
            tx, course, addresses_of(world["alpha"].tenant, BASE.format(slug="alpha"))
        )
    assert group.preferred_username == f"namesake_1_{group.id}"


async def test_a_group_says_of_itself_what_its_course_says(world: World) -> None:
    await new_course(world, "BIO1")
    group = (await get(world, "/@bio1")).json
    asked = "query($i: ID!) { actor(id: $i) { biography } }"
    found = (await world.data(asked, {"i": f"actor_{number(group['id'])}"}, role=None))["actor"]
    assert found == {"biography": group["summary"]}
    assert "About BIO1" in found["biography"]
