"""The statuses of years and those of the draft of August 2026: an operator chooses."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.http.negotiation import GRAPHQL_JSON, JSON
from api.http.statuses import content_type_for, status_for
from kernel.errors import ErrorCode
from kernel.settings import HttpStatuses
from tests.databases import Databases
from tests.integration.graphql.gateways import gateway_of
from tests.world import Answer, World

DRAFT = HttpStatuses.DRAFT


@pytest.fixture(scope="module")
async def draft(world: World, databases: Databases) -> AsyncIterator[World]:
    async with gateway_of(world, databases, http_statuses=DRAFT) as made:
        yield made


async def _post(world: World, given: Any, accept: str, **headers: str) -> Answer:
    body = given if isinstance(given, bytes) else json.dumps(given).encode()
    sent = {"content-type": "application/json", "accept": accept, "fediflow-tenant": "alpha"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.request("POST", "/graphql", body=body, headers=sent)


TYPED = "query($n: Int) { courses(first: $n) { totalCount } }"


@pytest.mark.parametrize(
    ("given", "stable", "stable_json", "draft_status"),
    [
        ({"query": "{ tenant { slug } }"}, 200, 200, 200),
        (b"NONSENSE", 400, 400, 400),
        ({"qeury": "{ __typename }"}, 400, 400, 422),
        ({"query": "{ __typename }", "variables": [7]}, 400, 400, 422),
        ({"query": "{ __typename }", "operationName": 1}, 400, 400, 422),
        ({"query": "{"}, 400, 200, 400),
        ({"query": "{ nothing }"}, 400, 200, 422),
        ({"query": "query A { __typename } query B { __typename }"}, 400, 400, 422),
        ({"query": "{ __typename }", "operationName": "C"}, 400, 400, 422),
        ({"query": TYPED, "variables": {"n": "many"}}, 400, 200, 422),
        ({"query": "{ courses(first: 1000) { totalCount } }"}, 400, 200, 422),
        ([], 400, 400, 422),
        ([{"query": "{ __typename }"}] * 11, 400, 400, 422),
    ],
)
async def test_what_cannot_be_run_has_the_status_that_was_chosen(
    world: World, draft: World, given: Any, stable: int, stable_json: int, draft_status: int
) -> None:
    assert (await _post(world, given, GRAPHQL_JSON)).status == stable
    assert (await _post(world, given, JSON)).status == stable_json
    for accept in (GRAPHQL_JSON, JSON):
        answer = await _post(draft, given, accept)
        assert answer.status == draft_status
        expected = accept if answer.status == 200 else GRAPHQL_JSON
        assert answer.headers["content-type"] == f"{expected}; charset=utf-8"


async def test_methods_and_media_types_are_refused_alike(world: World, draft: World) -> None:
    query = {"query": "{ __typename }"}
    for gateway in (world, draft):
        assert (await _post(gateway, query, JSON, content_type="text/plain")).status == 415
        assert (await _post(gateway, query, "text/html")).status == 406
        wrong = await _post(gateway, query, JSON, authorization="Bearer nonsense")
        assert (wrong.status, wrong.codes) == (401, ["UNAUTHENTICATED"])
        assert wrong.headers["www-authenticate"].startswith("Bearer")
        changing = await gateway.request("GET", "/graphql?query=mutation%7B__typename%7D")
        assert (changing.status, changing.headers["allow"]) == (405, "POST")


def test_data_beside_errors_is_a_partial_success() -> None:
    codes = [ErrorCode.TIMEOUT]
    assert status_for(GRAPHQL_JSON, codes, has_data=True, statuses=DRAFT) == 294
    assert status_for(JSON, codes, has_data=True, statuses=DRAFT) == 294
    assert status_for(GRAPHQL_JSON, codes, has_data=True) == 200
    assert status_for(GRAPHQL_JSON, [], has_data=True, statuses=DRAFT) == 200
    assert content_type_for(JSON, 294, DRAFT) == b"application/json; charset=utf-8"
    assert content_type_for(GRAPHQL_JSON, 294, DRAFT) == f"{GRAPHQL_JSON}; charset=utf-8".encode()


@pytest.mark.parametrize("statuses", list(HttpStatuses))
@pytest.mark.parametrize("media", [JSON, GRAPHQL_JSON])
def test_every_code_has_a_status_that_is_no_success_where_it_is_refused(
    statuses: HttpStatuses, media: str
) -> None:
    for code in ErrorCode:
        status = status_for(media, [code], has_data=False, statuses=statuses)
        assert 400 <= status < 600 or (statuses is HttpStatuses.STABLE and (media, status) == (JSON, 200))
