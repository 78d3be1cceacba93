"""Several operations in one request: each its own, in order, and not too many."""

import json
from typing import Any

from api.http.parameters import MAX_BATCH
from tests.world import Answer, World

CREATE = """mutation($c: String!, $u: ID!) { createCourse(input: {code: $c, orgUnitId: $u,
  title: [{language: "en", text: "Batched"}]}) { course { code } userErrors { code } } }"""


async def _batch(world: World, *operations: Any, role: str | None = "registrar", **headers: str) -> Answer:
    sent = {"content-type": "application/json", "fediflow-tenant": "beta"}
    if role is not None:
        sent["authorization"] = f"Bearer {world['beta'].tokens[role]}"
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.request("POST", "/graphql", body=json.dumps(operations).encode(), headers=sent)


async def test_each_is_answered_in_its_place(world: World) -> None:
    answer = await _batch(
        world,
        {"query": "{ tenant { slug } }"},
        {"query": "{ nothing }"},
        {"qeury": "{ tenant { slug } }"},
        {"query": "query A { __typename } query B { b: __typename }", "operationName": "B"},
        {"query": "query($c: String) { course(code: $c) { code } }", "variables": {"c": "C2"}},
    )
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    slug, invalid, misspelt, named, by_code = answer.json
    assert slug["data"] == {"tenant": {"slug": "beta"}}
    assert invalid["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert misspelt["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert named["data"] == {"b": "Query"}
    assert by_code["data"] == {"course": {"code": "C2"}}


async def test_each_mutation_is_a_transaction_that_the_next_operation_sees(world: World) -> None:
    unit = world["beta"].ids["faculty"]
    created = {"query": CREATE, "variables": {"c": "BATCH-1", "u": unit}}
    seen = {"query": '{ course(code: "BATCH-1") { code } }'}
    failing = {"query": CREATE, "variables": {"c": "BATCH-1", "u": unit}}  # there is one now
    answer = await _batch(world, seen, created, seen, failing, seen)
    before, first, after, second, still = answer.json
    assert before["data"] == {"course": None}
    assert first["data"]["createCourse"]["course"] == {"code": "BATCH-1"}
    assert after["data"] == still["data"] == {"course": {"code": "BATCH-1"}}
    assert second["data"]["createCourse"]["userErrors"]


async def test_a_batch_is_not_too_long_not_empty_and_of_objects(world: World) -> None:
    one = {"query": "{ __typename }"}
    assert len((await _batch(world, *[one] * MAX_BATCH)).json) == MAX_BATCH
    longer = await _batch(world, *[one] * (MAX_BATCH + 1))
    assert (longer.status, longer.codes) == (400, ["LIMIT_EXCEEDED"])
    assert f"at most {MAX_BATCH}" in longer.json["errors"][0]["message"]
    assert (await _batch(world)).status == 400
    strange = await _batch(world, one, "text", [one])
    assert ["errors" in answer for answer in strange.json] == [False, True, True]


async def test_who_asks_is_found_once_and_refused_once(world: World) -> None:
    one = {"query": "{ viewer { handle } }"}
    answer = await _batch(world, one, one)
    assert [part["data"]["viewer"]["handle"] for part in answer.json] == ["registrar"] * 2
    wrong = await _batch(world, one, one, role=None, authorization="Bearer nonsense")
    assert (wrong.status, wrong.codes) == (401, ["UNAUTHENTICATED"])


async def test_a_list_of_answers_is_sent_as_json_or_not_at_all(world: World) -> None:
    one = {"query": "{ __typename }"}
    new = "application/graphql-response+json"
    both = await _batch(world, one, accept=f"{new}, application/json;q=0.9")
    assert (both.status, both.headers["content-type"]) == (200, "application/json; charset=utf-8")
    only = await _batch(world, one, accept=new)
    assert (only.status, only.codes) == (406, ["BAD_REQUEST"])


async def test_a_large_batch_of_queries_is_compressed_one_with_a_mutation_is_not(world: World) -> None:
    large = {"query": "{ __schema { types { name description } } }"}
    queries = await _batch(world, large, {"query": "{ __typename }"}, accept_encoding="gzip")
    assert queries.headers["content-encoding"] == "gzip"
    mixed = await _batch(world, large, {"query": "mutation { __typename }"}, accept_encoding="gzip")
    assert "content-encoding" not in mixed.headers
