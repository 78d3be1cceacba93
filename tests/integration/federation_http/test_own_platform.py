"""Institutions of one platform find each other without HTTP."""

from tests.integration.federation_http.fetching import get, joined, posted
from tests.world import World

LOOK_UP = """
mutation ($input: LookUpActorInput!) {
  lookUpActor(input: $input) { actor { address handle isLocal displayName } userErrors { code message } }
}
"""


async def test_an_actor_of_another_institution_is_found_by_handle_and_address(world: World) -> None:
    actor = await joined(world, "auditor", username="neighbour", at="beta", exposedFields=["DISPLAY_NAME"])
    for given in ({"handle": "@neighbour@beta.test:8000"}, {"address": actor["address"]}):
        data = await world.data(LOOK_UP, {"input": given}, role="instructor", at="alpha")
        assert data["lookUpActor"]["userErrors"] == []
        found = data["lookUpActor"]["actor"]
        assert (found["address"], found["isLocal"]) == (actor["address"], False)
        assert found["displayName"] == "Auditor beta"


async def test_what_is_not_public_is_not_found_in_the_house_either(world: World) -> None:
    hidden = world["beta"].number("course:3")
    for given in ({"handle": "@nobody@beta.test:8000"}, {"address": "http://beta.test:8000/actors/77"}):
        data = await world.data(LOOK_UP, {"input": given}, role="instructor", at="alpha")
        assert data["lookUpActor"]["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await get(world, f"/courses/{hidden}", at="beta", accept="text/html")).status == 404


async def test_a_host_answers_for_its_own_institution_alone(world: World) -> None:
    actor = await joined(world, "auditor", username="home", at="beta")
    address = await posted(world, "auditor", "At home", at="beta")
    for target in (actor["address"], address):
        path = target.removeprefix("http://beta.test:8000")
        assert (await get(world, path, at="beta")).status == 200
        assert (await get(world, path, at="alpha")).status == 404
