"""An idempotency key stands for what an input means and not for how it is written."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLNonNull

from api.schema.build import SCHEMA
from tests.world import World

CREATE = """mutation($i: CreateCourseInput!) { createCourse(input: $i) {
  course { id } userErrors { code message path } } }"""
TOKEN = """mutation($i: CreateTokenInput!) { createToken(input: $i) {
  secret personalAccessToken { id name } userErrors { code path } } }"""

# (one way to write it, another way to write the same)
SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"credits": [{"scheme": "ects", "value": "5.0"}]},
        {"credits": [{"scheme": "ECTS", "value": "5.00", "level": None}]},
    ),
    ({"eqfLevel": None, "description": None, "attributes": None, "externalIds": None}, {}),
    ({"visibility": "TENANT"}, {}),
    ({"credits": []}, {"credits": None}),
    ({"title": [{"language": "en", "text": "x"}]}, {"title": [{"language": "EN", "text": "x"}]}),
]
# (one input, another that means something else)
OTHER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"visibility": "PUBLIC"}, {}),
    ({"credits": [{"scheme": "ects", "value": "5"}]}, {"credits": [{"scheme": "ects", "value": "50"}]}),
    (
        {"externalIds": [{"type": "a", "value": "bc"}]},
        {"externalIds": [{"type": "ab", "value": "c"}]},
    ),
]


async def _twice(world: World, code: str, first: dict[str, Any], second: dict[str, Any]) -> Any:
    given = {
        "orgUnitId": world["alpha"].ids["faculty"],
        "code": code,
        "title": [{"language": "en", "text": "x"}],
        "idempotencyKey": code,
    }
    made = (await world.data(CREATE, {"i": given | first}))["createCourse"]
    assert made["userErrors"] == []
    return made, (await world.data(CREATE, {"i": given | second}))["createCourse"]


@pytest.mark.parametrize("number", range(len(SAME)))
async def test_the_same_written_otherwise_is_a_repetition(world: World, number: int) -> None:
    made, again = await _twice(world, f"SAME-{number}", *SAME[number])
    assert again == made


@pytest.mark.parametrize("number", range(len(OTHER)))
async def test_what_means_something_else_is_another_input(world: World, number: int) -> None:
    _, again = await _twice(world, f"OTHER-{number}", *OTHER[number])
    assert [error["code"] for error in again["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_characters(world: World, key: str) -> None:
    given = {
        "orgUnitId": world["alpha"].ids["faculty"],
        "code": "KEY",
        "title": [{"language": "en", "text": "x"}],
        "idempotencyKey": key,
    }
    made = (await world.data(CREATE, {"i": given}))["createCourse"]
    (error,) = made["userErrors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "idempotencyKey"])
    assert "1 to 255 characters" in error["message"]
    assert made["course"] is None


async def test_a_repeated_token_is_the_same_one_and_its_secret_is_shown_once(world: World) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=30)
    given = {
        "name": "ci",
        "scopes": ["courses:read"],
        "expiresAt": ends.isoformat(),
        "idempotencyKey": "token-1",
    }
    made = (await world.data(TOKEN, {"i": given}, role="student"))["createToken"]
    assert made["secret"]
    elsewhere = ends.astimezone().isoformat()
    again = (await world.data(TOKEN, {"i": given | {"expiresAt": elsewhere}}, role="student"))["createToken"]
    assert again == made | {"secret": None}
    other = (await world.data(TOKEN, {"i": given | {"name": "cd"}}, role="student"))["createToken"]
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


def test_every_input_that_creates_takes_a_key() -> None:
    assert SCHEMA.mutation_type is not None
    for name, field in SCHEMA.mutation_type.fields.items():
        if name.startswith(("create", "declare", "grant", "enrol", "invite")):
            type_: Any = field.args["input"].type
            assert isinstance(type_, GraphQLNonNull)
            assert "idempotencyKey" in type_.of_type.fields, name
