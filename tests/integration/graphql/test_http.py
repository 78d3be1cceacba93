"""HTTP: media types, methods, who is meant, health, and what forged headers do not achieve."""

import json

import asyncpg
import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.world import World

QUERY = '{ course(code: "C1") { code } }'


def _body(query: str = QUERY) -> bytes:
    return json.dumps({"query": query}).encode()


def _headers(world: World, **more: str) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "authorization": f"Bearer {world['alpha'].tokens['student']}",
    } | {name.replace("_", "-"): value for name, value in more.items()}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("*/*", "application/json"),
        ("application/json;q=0.5, application/graphql-response+json", "application/graphql-response+json"),
        ("text/html, application/graphql-response+json;charset=utf-8", "application/graphql-response+json"),
    ],
)
async def test_the_answer_has_the_media_type_that_is_accepted(
    world: World, accept: str, expected: str
) -> None:
    answer = await world.request("POST", "/graphql", body=_body(), headers=_headers(world, accept=accept))
    assert answer.status == 200
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"


async def test_what_is_not_spoken_here_is_refused_by_status(world: World) -> None:
    async def status(method: str = "POST", body: bytes = b"", **headers: str) -> int:
        return (await world.request(method, "/graphql", body=body, headers=_headers(world, **headers))).status

    assert await status(body=_body(), accept="text/html") == 406
    assert await status(body=_body(), content_type="text/plain") == 415
    assert await status(body=_body(), content_type="application/json; charset=latin-1") == 415
    assert await status("PUT", body=_body()) == 405
    assert await status(body=b"\x1f\x8b\x08", content_encoding="gzip") == 415
    assert await status(body=b"{") == 400
    assert await status(body=b"[]") == 400
    assert await status(body=b'{"query": 5}') == 400
    assert await status(body=b'{"query": "{a}", "variables": []}') == 400
    assert await status(body=b"\xff\xfe") == 400
    assert await status(body=b" " * 1_000_001) == 413


async def test_errors_have_a_status_where_the_media_type_promises_one(world: World) -> None:
    invalid = _body("{ nothing }")
    new = await world.request(
        "POST", "/graphql", body=invalid, headers=_headers(world, accept="application/graphql-response+json")
    )
    old = await world.request(
        "POST", "/graphql", body=invalid, headers=_headers(world, accept="application/json")
    )
    assert (new.status, old.status) == (400, 200)


async def test_a_query_may_come_by_get(world: World) -> None:
    answer = await world.request(
        "GET", "/graphql?query=%7Btenant%7Bslug%7D%7D", headers={"fediflow-tenant": "beta"}
    )
    assert answer.data == {"tenant": {"slug": "beta"}}


async def test_the_institution_is_named_by_token_header_or_host(world: World) -> None:
    async def slug(**headers: str) -> object:
        sent = {"content-type": "application/json"} | {n.replace("_", "-"): v for n, v in headers.items()}
        answer = await world.request("POST", "/graphql", body=_body("{ tenant { slug } }"), headers=sent)
        return answer.json["data"]["tenant"]["slug"] if "data" in answer.json else answer.codes[0]

    token = f"Bearer {world['beta'].tokens['student']}"
    assert await slug(fediflow_tenant="gamma") == "gamma"
    assert await slug(host="alpha.test") == "alpha"
    assert await slug(host="alpha.test:8443") == "alpha"
    assert await slug(authorization=token) == "beta"
    assert await slug(authorization=token, fediflow_tenant="alpha") == "TENANT_MISMATCH"
    assert await slug(authorization=token, host="alpha.test") == "TENANT_MISMATCH"
    assert await slug(fediflow_tenant="beta", host="alpha.test") == "TENANT_MISMATCH"
    assert await slug() == "TENANT_REQUIRED"
    assert await slug(fediflow_tenant="nowhere") == "TENANT_REQUIRED"


async def test_without_an_institution_only_the_schema_answers(world: World) -> None:
    answer = await world.request(
        "POST",
        "/graphql",
        body=_body("{ __typename __schema { queryType { name } } }"),
        headers={"content-type": "application/json"},
    )
    assert answer.data == {"__typename": "Query", "__schema": {"queryType": {"name": "Query"}}}


async def test_forged_forwarded_headers_are_ignored(world: World) -> None:
    answer = await world.request(
        "POST",
        "/graphql",
        body=_body("{ tenant { slug } }"),
        headers={"content-type": "application/json", "x-forwarded-host": "beta.test", "host": "alpha.test"},
        peer="203.0.113.9",
    )
    assert answer.data == {"tenant": {"slug": "alpha"}}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/health/db", "/health/cache"])
async def test_health_answers(world: World, path: str) -> None:
    answer = await world.request("GET", path)
    assert answer.status == 200
    assert answer.json["status"] == "ok"


async def test_metrics_count_requests_and_plans_and_name_no_person(world: World) -> None:
    await world.data(QUERY)
    text = (await world.request("GET", "/metrics")).body.decode()
    assert 'fediflow_requests_total{kind="query",outcome="ok"}' in text
    assert "fediflow_plan_cache_hits_total" in text
    assert "fediflow_pool_in_use" in text
    assert 'fediflow_queries_in_flight{database="one"} 0.0' in text
    assert "student" not in text


async def test_home_tells_the_institution_and_its_addresses(world: World) -> None:
    answer = await world.request("GET", "/", headers={"host": "alpha.test"})
    assert answer.status == 200
    assert answer.json["tenant"]["slug"] == "alpha"
    assert answer.json["tenant"]["domains"] == ["alpha.test"]
    assert answer.json["graphql"].endswith("/graphql")
    nobody = await world.request("GET", "/")
    assert nobody.status == 200
    assert nobody.json["tenant"] is None
    assert nobody.headers["x-content-type-options"] == "nosniff"
    assert nobody.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (PoolTimeout("QueuePool limit of size 10"), 503, "UNAVAILABLE"),
        (asyncpg.AdminShutdownError("terminating connection"), 503, "UNAVAILABLE"),
        (RuntimeError("row of somebody"), 500, "INTERNAL"),
    ],
)
async def test_trouble_while_the_caller_is_found_is_an_answer_too(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    async def troubled(*_: object) -> None:
        raise error

    monkeypatch.setattr("api.http.caller.Callers.principal", troubled)
    answer = await world.ask(QUERY)
    assert (answer.status, answer.codes) == (status, [code])
    assert answer.json["errors"][0]["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert "somebody" not in answer.body.decode()
    home = await world.request("GET", "/")
    assert (home.status, home.json["code"]) == (status, code)


async def test_a_token_and_an_institution_that_is_not_there_disagree(world: World) -> None:
    token = world["alpha"].tokens["student"]
    answer = await world.ask(QUERY, at="nowhere", token=token)
    assert (answer.status, answer.codes) == (401, ["TENANT_MISMATCH"])
    assert (await world.ask(QUERY, at="nowhere", role=None)).codes == ["TENANT_REQUIRED"]
