"""How an institution is found: WebFinger, host-meta, NodeInfo."""

import pytest

from federation.actors.usernames import code_spellings, username_from
from tests.integration.federation_http.fetching import BASE, get, new_course
from tests.world import World

BETA = BASE.format(slug="beta")


@pytest.mark.parametrize(
    "resource",
    [
        "acct:beta@beta.test:8000",
        "acct:beta@beta.test",
        "acct:BETA@Beta.test",
        "beta@beta.test",
        "@beta@beta.test:8000",
        f"{BETA}/actor",
        f"{BETA}/@beta",
        f"{BETA}/",
        BETA,
    ],
)
async def test_the_institution_is_found_by_handle_and_address(world: World, resource: str) -> None:
    answer = await get(world, f"/.well-known/webfinger?resource={resource}", at="beta", accept="*/*")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/jrd+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json["subject"] == "acct:beta@beta.test:8000"
    assert {link["href"] for link in answer.json["links"]} == {f"{BETA}/actor", f"{BETA}/@beta"}


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ("acct:alpha@alpha.test:8000", 404),
        ("acct:beta@elsewhere.test", 404),
        ("acct:nobody@beta.test", 404),
        (f"{BETA}/actors/7", 404),
        (f"{BETA}/posts/7", 404),
        ("https://beta.test/actor", 404),
        ("nonsense", 404),
        ("%00", 404),
        ("", 400),
        ("x" * 3000, 400),
    ],
)
async def test_others_are_not_found(world: World, resource: str, status: int) -> None:
    answer = await get(world, f"/.well-known/webfinger?resource={resource}", at="beta")
    assert answer.status == status


async def test_no_institution_no_answer(world: World) -> None:
    headers = {"host": "nobody.test:8000"}
    assert (await world.request("GET", "/actor", headers=headers)).status == 404


async def test_public_courses_are_found_by_their_code_and_others_are_not(world: World) -> None:
    await new_course(world, "INF-101 b", at="beta")
    await new_course(world, "INF-102", at="beta", visibility="tenant")
    found = await get(world, "/.well-known/webfinger?resource=acct:inf_101_b@beta.test", at="beta")
    assert found.status == 404  # mixed separators are not guessed; what is shown elsewhere has the address
    course, _ = await new_course(world, "MAT/7", at="beta")
    found = await get(world, "/.well-known/webfinger?resource=acct:mat_7@beta.test", at="beta")
    assert found.json["subject"] == "acct:mat_7@beta.test:8000"
    hidden = await get(world, "/.well-known/webfinger?resource=acct:inf_102@beta.test", at="beta")
    assert hidden.status == 404
    page = await get(world, f"/courses/{course}", at="beta", accept="text/html")
    assert (page.status, page.headers["location"]) == (303, f"{BETA}/@mat_7")


@pytest.mark.parametrize("code", ["C1", "INF-101", "inf 101", "Mat.7", "A/B"])
def test_a_course_is_found_by_the_username_that_its_code_gives(code: str) -> None:
    assert code in code_spellings(username_from(code))


async def test_node_info_says_what_runs_here_and_how_much_there_is(world: World) -> None:
    links = (await get(world, "/.well-known/nodeinfo", accept="*/*")).json["links"]
    document = await get(world, links[0]["href"], accept="application/json")
    assert document.headers["content-type"].startswith("application/json; profile=")
    assert document.json["software"]["name"] == "fediflow"
    assert document.json["protocols"] == ["activitypub"]
    assert set(document.json["usage"]["users"]) == {"total", "activeHalfyear", "activeMonth"}


async def test_host_meta_comes_as_xml_and_as_json(world: World) -> None:
    template = f"{BASE.format(slug='alpha')}/.well-known/webfinger?resource={{uri}}"
    plain = await get(world, "/.well-known/host-meta", accept="*/*")
    assert plain.headers["content-type"].startswith("application/xrd+xml")
    assert f'template="{template}"' in plain.body.decode()
    for target, accept in (
        ("/.well-known/host-meta.json", "*/*"),
        ("/.well-known/host-meta", "application/json"),
    ):
        answer = await get(world, target, accept=accept)
        assert answer.json["links"][0]["template"] == template
