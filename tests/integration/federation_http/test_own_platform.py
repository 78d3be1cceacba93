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
    given: dict[str, str]
    for given in (
        {"handle": "@neighbour@beta.test:8000"},
        {"address": actor["address"]},
        {"address": "http://beta.test:8000/@neighbour"},
        {"address": "http://beta.test:8000/@Neighbour/"},
    ):
        data = await world.data(LOOK_UP, {"input": given}, role="instructor", at="alpha")
        assert data["lookUpActor"]["userErrors"] == []
        found = data["lookUpActor"]["actor"]
        assert (found["address"], found["isLocal"]) == (actor["address"], False)
        assert found["displayName"] == "Auditor beta"


async def test_the_group_of_a_course_is_found_by_the_courses_page(world: World) -> None:
    for name, handle in (("course:1", "@c1@beta.test:8000"), ("course:3", None)):
        given = {"address": f"http://beta.test:8000/courses/{world['beta'].number(name)}"}
        data = await world.data(LOOK_UP, {"input": given}, role="instructor", at="alpha")
        found = data["lookUpActor"]["actor"]
        assert (found and found["handle"]) == handle
    for path in ("/courses/0", "/courses/99999999999999999999", "/courses/1x"):
        data = await world.data(
            LOOK_UP, {"input": {"address": f"http://beta.test:8000{path}"}}, role="instructor"
        )
        assert data["lookUpActor"]["userErrors"][0]["code"] == "NOT_FOUND"


async def test_an_actor_of_the_own_institution_is_found_by_its_page(world: World) -> None:
    actor = await joined(world, "auditor", username="at_home", at="beta")
    given = {"address": "http://beta.test:8000/@at_home"}
    data = await world.data(LOOK_UP, {"input": given}, role="instructor", at="beta")
    assert data["lookUpActor"]["userErrors"] == []
    assert data["lookUpActor"]["actor"] == {
        "address": actor["address"],
        "handle": "@at_home@beta.test:8000",
        "isLocal": True,
        "displayName": actor["displayName"],
    }


async def test_what_is_not_public_is_not_found_in_the_house_either(world: World) -> None:
    hidden = world["beta"].number("course:3")
    for given in ({"handle": "@nobody@beta.test:8000"}, {"address": "http://beta.test:8000/@nobody"}):
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
