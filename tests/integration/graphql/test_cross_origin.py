"""Which pages may call the gateway from a browser."""

import json

import pytest

from api.http.cross_origin import CrossOrigin
from api.http.messages import Request
from kernel.errors import Unavailable
from tenants.directory import Directory
from tests.databases import Databases
from tests.world import Answer, World

QUERY = json.dumps({"query": '{ course(code: "C1") { code } }'}).encode()


async def _preflight(world: World, origin: str) -> Answer:
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    return await world.request("OPTIONS", "/graphql", headers=headers)


async def _post(world: World, origin: str, **headers: str) -> Answer:
    sent = {"content-type": "application/json", "origin": origin, "fediflow-tenant": "alpha"}
    return await world.request("POST", "/graphql", body=QUERY, headers=sent | headers)


@pytest.mark.parametrize("origin", ["https://alpha.test", "http://alpha.test:8080", "https://beta.test"])
async def test_pages_of_institutions_may_ask(world: World, origin: str) -> None:
    answer = await _preflight(world, origin)
    assert (answer.status, answer.body) == (204, b"")
    assert "content-type" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "fediflow-tenant", "if-none-match", "last-event-id"} <= set(
        allowed
    )
    assert "access-control-allow-credentials" not in answer.headers
    assert "origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://alpha.test.evil.example",
        "ftp://alpha.test",
        "alpha.test",
        "https://[x",
    ],
)
async def test_other_pages_may_not(world: World, origin: str) -> None:
    answer = await _preflight(world, origin)
    assert (answer.status, answer.codes) == (403, ["FORBIDDEN"])
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-origin" not in (await _post(world, origin)).headers


async def test_a_page_reads_the_answers_of_its_own_institution_only(world: World) -> None:
    own = await _post(world, "https://alpha.test")
    assert own.data == {"course": {"code": "C1"}}
    assert own.headers["access-control-allow-origin"] == "https://alpha.test"
    assert {"etag", "x-request-id"} <= set(own.headers["access-control-expose-headers"].split(", "))
    other = await _post(world, "https://beta.test")
    assert "access-control-allow-origin" not in other.headers
    token = {"authorization": f"Bearer {world['beta'].tokens['student']}", "fediflow-tenant": "beta"}
    assert (await _post(world, "https://beta.test", **token)).headers[
        "access-control-allow-origin"
    ] == "https://beta.test"


async def test_a_page_can_read_why_it_was_refused(world: World) -> None:
    answer = await _post(world, "https://alpha.test", authorization="Bearer nonsense")
    assert answer.status == 401
    assert answer.headers["access-control-allow-origin"] == "https://alpha.test"


async def test_a_page_can_read_what_http_itself_refuses(world: World) -> None:
    for headers, status in (({"content-type": "text/plain"}, 415), ({"accept": "text/html"}, 406)):
        answer = await _post(world, "https://alpha.test", **headers)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "https://alpha.test"


async def test_without_the_directory_no_page_is_known_and_the_answer_comes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unavailable("the directory of institutions does not answer")

    monkeypatch.setattr("tenants.directory.Directory.by_host", away)
    answer = await _post(world, "https://alpha.test")
    assert (answer.status, answer.codes) == (503, ["UNAVAILABLE"])
    assert "access-control-allow-origin" not in answer.headers


async def test_options_that_are_no_preflight_are_no_method_of_ours(world: World) -> None:
    assert (await world.request("OPTIONS", "/graphql")).status == 405


async def test_a_gateway_behind_https_takes_no_page_over_plain_http(
    databases: Databases, world: World
) -> None:
    engine = databases.engine(databases.directory)
    cross_origin = CrossOrigin(Directory(engine), allow_http=False)

    async def allowed(origin: str) -> bool:
        request = Request("POST", "/graphql", headers={b"origin": origin.encode()})
        return bool(await cross_origin.headers(request, world["alpha"].tenant))

    assert (await allowed("https://alpha.test"), await allowed("http://alpha.test")) == (True, False)
    await engine.dispose()
