"""Queries by GET: what a client may keep of them, and who may not embed them."""

from urllib.parse import urlencode

import pytest

from tests.world import Answer, World

COURSE = '{ course(code: "C1") { code title { text } } }'
RENAME = """mutation($i: UpdateCourseInput!) { updateCourse(input: $i) { course { id } userErrors { message } } }"""


async def _get(world: World, query: str = COURSE, *, role: str | None = "student", **headers: str) -> Answer:
    sent = {"fediflow-tenant": "gamma"}
    if role is not None:
        sent["authorization"] = f"Bearer {world['gamma'].tokens[role]}"
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.request("GET", f"/graphql?{urlencode({'query': query})}", headers=sent)


@pytest.mark.parametrize("role", ["student", None])
async def test_an_answer_is_kept_by_the_one_who_asked_and_asked_about_again(
    world: World, role: str | None
) -> None:
    first = await _get(world, role=role)
    assert first.status == 200
    assert first.headers["cache-control"] == "private, no-cache"
    assert {"authorization", "fediflow-tenant", "accept-language", "accept-encoding"} <= set(
        first.headers["vary"].split(", ")
    )
    again = await _get(world, role=role, if_none_match=f'"other", {first.headers["etag"]}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "private, no-cache"
    assert "content-type" not in again.headers
    assert (await _get(world, role=role, if_none_match='W/"other"')).status == 200


async def test_what_changed_has_another_tag(world: World) -> None:
    before = (await _get(world)).headers["etag"]
    changed = {"id": world["gamma"].ids["course:1"], "title": [{"language": "en", "text": "Renamed"}]}
    answer = await world.ask(RENAME, {"i": changed}, at="gamma")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    after = await _get(world, if_none_match=before)
    assert after.status == 200
    assert after.headers["etag"] != before
    as_other_type = await _get(world, accept="application/graphql-response+json")
    assert as_other_type.headers["etag"] != after.headers["etag"]


@pytest.mark.parametrize(
    ("query", "headers"),
    [("{ nothing }", {}), (COURSE, {"authorization": "Bearer nonsense"}), (COURSE, {"accept": "text/html"})],
)
async def test_errors_are_not_kept(world: World, query: str, headers: dict[str, str]) -> None:
    answer = await _get(world, query, **headers, if_none_match="*")
    assert answer.codes
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def test_a_mutation_by_get_is_refused_and_changes_nothing(world: World) -> None:
    course = world["gamma"].ids["course:2"]
    mutation = f'mutation {{ archiveCourse(input: {{id: "{course}"}}) {{ course {{ id }} }} }}'
    answer = await _get(world, mutation, role="tenant_admin")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    data = await world.data(f'{{ course(id: "{course}") {{ code }} }}', at="gamma")
    assert data == {"course": {"code": "C2"}}


@pytest.mark.parametrize(
    ("site", "mode", "dest", "status"),
    [
        ("cross-site", "no-cors", "image", 403),
        ("cross-site", "no-cors", "script", 403),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "navigate", "document", 200),
        ("cross-site", "cors", "empty", 200),
        ("same-origin", "no-cors", "image", 200),
        ("none", "navigate", "document", 200),
    ],
)
async def test_a_page_of_others_does_not_embed_an_answer(
    world: World, site: str, mode: str, dest: str, status: int
) -> None:
    headers = {"sec_fetch_site": site, "sec_fetch_mode": mode, "sec_fetch_dest": dest}
    answer = await _get(world, role=None, **headers)
    assert answer.status == status
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
async def test_what_a_form_can_send_is_not_run(world: World, content_type: str) -> None:
    body = b'{"query": "mutation { signOut { userErrors { code } } }"}'
    headers = {"fediflow-tenant": "gamma"} | ({"content-type": content_type} if content_type else {})
    answer = await world.request("POST", "/graphql", body=body, headers=headers)
    assert (answer.status, answer.codes) == (415, ["BAD_REQUEST"])


async def test_a_query_string_that_is_none_is_refused(world: World) -> None:
    for target in ("/graphql", "/graphql?query=%ff", "/graphql?query=%7B__typename%7D&variables=%5B1%5D"):
        answer = await world.request("GET", target, headers={"fediflow-tenant": "gamma"})
        assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
