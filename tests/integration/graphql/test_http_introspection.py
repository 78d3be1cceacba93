"""The schema: shown from texts that are ready; in production not to strangers, in no answer and no error."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import get_introspection_query

from api.plan import introspection
from tests.databases import Databases
from tests.integration.graphql.gateways import BY_HTTPS, PROXY, production_of
from tests.world import Answer, World

STANDARD = get_introspection_query()


@pytest.fixture(scope="module")
async def production(world: World, databases: Databases) -> AsyncIterator[World]:
    async with production_of(world, databases) as made:
        yield made


async def _ask(
    world: World, query: str, variables: dict[str, Any] | None = None, *, role: str | None, at: str = "alpha"
) -> Answer:
    headers = {"content-type": "application/json"} | BY_HTTPS
    if at:
        headers["fediflow-tenant"] = at
    if role is not None:
        headers["authorization"] = f"Bearer {world[at].tokens[role]}"
    return await world.request("POST", "/graphql", body=_json(query, variables), headers=headers, peer=PROXY)


def _json(query: str, variables: dict[str, Any] | None) -> bytes:
    return json.dumps({"query": query, "variables": variables or {}}).encode()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"descriptions": False},
        {"specified_by_url": True, "directive_is_repeatable": True, "schema_description": True},
        {"input_value_deprecation": True, "one_of": True},
    ],
)
async def test_what_tools_ask_is_answered(world: World, options: dict[str, bool]) -> None:
    data = await world.data(get_introspection_query(**options), role=None)
    assert data["__schema"]["queryType"]["name"] == "Query"
    assert {"Course", "Offering"} <= {type_["name"] for type_ in data["__schema"]["types"]}


async def test_the_same_question_is_rendered_once_whatever_it_is_called(world: World) -> None:
    named = STANDARD.replace("query IntrospectionQuery", "query Other") + "\n# of another tool"
    first = await world.data(STANDARD, role=None)
    before = introspection.rendered()
    assert await world.data(named, role="student") == first
    assert await world.data(STANDARD, role=None, at="beta") == first
    assert introspection.rendered() == before


async def test_answers_follow_the_variables(world: World) -> None:
    query = "query($n: String!, $all: Boolean) { __type(name: $n) { name fields(includeDeprecated: $all) { name } } }"
    for name in ("Course", "Offering", "Course"):
        data = await world.data(query, {"n": name, "all": True}, role=None)
        assert data["__type"]["name"] == name
    assert (await world.data(query, {"n": "Nothing"}, role=None)) == {"__type": None}


@pytest.mark.parametrize("at", ["alpha", ""])
@pytest.mark.parametrize(
    "query",
    [
        STANDARD,
        '{ __type(name: "Course") { name } }',
        "{ tenant { slug } ...F } fragment F on Query { s: __schema { queryType { name } } }",
        '{ ... @include(if: true) { __typename __type(name: "Query") { name } } }',
    ],
)
async def test_strangers_are_not_shown_the_schema_in_production(
    production: World, query: str, at: str
) -> None:
    answer = await _ask(production, query, role=None, at=at)
    assert answer.codes in (["UNAUTHENTICATED"], ["TENANT_REQUIRED"])
    if answer.codes == ["UNAUTHENTICATED"]:
        assert answer.status == 401
        assert "sign in" in answer.json["errors"][0]["message"]
    assert "data" not in answer.json


async def test_who_is_signed_in_is_shown_it_and_strangers_keep_typenames(production: World) -> None:
    shown = await _ask(production, STANDARD, role="student")
    assert shown.data["__schema"]["queryType"]["name"] == "Query"
    named = await _ask(production, '{ __typename course(code: "C1") { __typename } }', role=None)
    assert named.data == {"__typename": "Query", "course": {"__typename": "Course"}}
    left_out = "query($s: Boolean!) { __typename __schema @include(if: $s) { queryType { name } } }"
    assert (await _ask(production, left_out, {"s": False}, role=None)).data == {"__typename": "Query"}
    assert (await _ask(production, left_out, {"s": True}, role=None)).codes == ["UNAUTHENTICATED"]


MISTAKES = [
    ('{ cours(code: "C1") { code } }', None),
    ('{ course(code: "C1") { titel { text } } }', None),
    ('{ course(cod: "C1") { code } }', None),
    ("{ courses(filter: {cod: {eq: 1}}) { totalCount } }", None),
    ("{ courses(orderBy: {field: COD, direction: ASK}) { totalCount } }", None),
    ('{ node(id: "course_1") { ... on Cours { code } } }', None),
    ("query($f: CourseFiltr) { courses(filter: $f) { totalCount } }", None),
    ('{ course(code: "C1") { code @skp(if: true) } }', None),
    ("query($o: CourseOrder) { courses(orderBy: $o) { totalCount } }", {"o": {"field": "COD"}}),
    ("query($o: CourseOrder) { courses(orderBy: $o) { totalCount } }", {"o": "COD"}),
]


@pytest.mark.parametrize(("query", "variables"), MISTAKES)
@pytest.mark.parametrize("role", [None, "student"])
async def test_errors_suggest_nothing_in_production(
    production: World, query: str, variables: dict[str, Any] | None, role: str | None
) -> None:
    answer = await _ask(production, query, variables, role=role)
    assert answer.codes
    for error in answer.json["errors"]:
        assert "did you mean" not in error["message"].lower()
        assert "it is one of" not in error["message"]


async def test_errors_help_elsewhere(world: World) -> None:
    told = [
        " ".join(error["message"] for error in (await world.ask(query, variables)).json["errors"])
        for query, variables in MISTAKES
    ]
    assert sum("did you mean" in one.lower() for one in told) >= 5
