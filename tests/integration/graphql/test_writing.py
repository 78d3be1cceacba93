"""Mutations: each sentence of the rules about writes."""

import asyncio
from typing import Any

import pytest

from api.plan.carrier import fetch_on
from tests.world import World

CREATE = """mutation($i: CreateCourseInput!) { createCourse(input: $i) {
  course { id code version title { text } } userErrors { code message path } } }"""
UPDATE = """mutation($i: UpdateCourseInput!) { updateCourse(input: $i) {
  course { id code version eqfLevel } userErrors { code message path } } }"""


def _course(world: World, code: str, **more: Any) -> dict[str, Any]:
    return {
        "orgUnitId": world["alpha"].ids["faculty"],
        "code": code,
        "title": [{"language": "en", "text": code}],
        **more,
    }


async def _count(world: World, prefix: str) -> int:
    data = await world.data(
        "query($p: String) { courses(filter: {codePrefix: $p}) { totalCount } }", {"p": prefix}
    )
    return int(data["courses"]["totalCount"])


async def _made(world: World, code: str, **more: Any) -> Any:
    made = (await world.data(CREATE, {"i": _course(world, code, **more)}))["createCourse"]
    assert made["userErrors"] == []
    return made["course"]


async def test_a_mutation_returns_the_changed_object(world: World) -> None:
    course = await _made(world, "W1")
    assert course["code"] == "W1"
    assert course["version"] == 1
    changed = (await world.data(UPDATE, {"i": {"id": course["id"], "eqfLevel": 6, "expectedVersion": 1}}))[
        "updateCourse"
    ]
    assert changed["course"] == {"id": course["id"], "code": "W1", "version": 2, "eqfLevel": 6}


async def test_absent_members_stay_and_null_empties(world: World) -> None:
    course = await _made(world, "W2", eqfLevel=7)
    data = await world.data(UPDATE, {"i": {"id": course["id"], "code": "W2b"}})
    assert data["updateCourse"]["course"]["eqfLevel"] == 7
    data = await world.data(UPDATE, {"i": {"id": course["id"], "eqfLevel": None}})
    assert data["updateCourse"]["course"] == {
        "id": course["id"],
        "code": "W2b",
        "version": 3,
        "eqfLevel": None,
    }


async def test_a_version_conflict_answers_with_the_current_object(world: World) -> None:
    course = await _made(world, "W3")
    await world.data(UPDATE, {"i": {"id": course["id"], "eqfLevel": 5}})
    data = (await world.data(UPDATE, {"i": {"id": course["id"], "eqfLevel": 8, "expectedVersion": 1}}))[
        "updateCourse"
    ]
    assert [error["code"] for error in data["userErrors"]] == ["CONFLICT"]
    assert data["course"] == {"id": course["id"], "code": "W3", "version": 2, "eqfLevel": 5}


async def test_a_failure_anywhere_undoes_everything_and_says_so(world: World) -> None:
    document = """mutation($a: CreateCourseInput!, $b: CreateCourseInput!, $c: CreateCourseInput!) {
      a: createCourse(input: $a) { course { id } userErrors { code } }
      b: createCourse(input: $b) { course { id } userErrors { code path } }
      c: createCourse(input: $c) { course { id } userErrors { code } } }"""
    given = {"a": _course(world, "RB1"), "b": _course(world, "RB2", eqfLevel=99), "c": _course(world, "RB3")}
    data = await world.data(document, given)
    rolled_back = {"course": None, "userErrors": [{"code": "ROLLED_BACK"}]}
    assert data["a"] == data["c"] == rolled_back
    assert data["b"]["course"] is None
    assert data["b"]["userErrors"][0]["code"] == "BAD_USER_INPUT"
    assert await _count(world, "RB") == 0


async def test_a_taken_code_is_named_with_its_path(world: World) -> None:
    await _made(world, "W4")
    data = (await world.data(CREATE, {"i": _course(world, "W4")}))["createCourse"]
    assert data["course"] is None
    (error,) = data["userErrors"]
    assert error["path"] == ["input", "code"]


async def test_the_same_idempotency_key_gives_the_same_effect_once(world: World) -> None:
    given = {"i": _course(world, "IK1", idempotencyKey="first try")}
    first = (await world.data(CREATE, given))["createCourse"]["course"]
    again = await world.data(
        "mutation($i: CreateCourseInput!) { createCourse(input: $i) { course { id status } userErrors { code } } }",
        given,
    )
    assert again["createCourse"] == {"course": {"id": first["id"], "status": "ACTIVE"}, "userErrors": []}
    assert await _count(world, "IK1") == 1


async def test_parallel_calls_with_one_key_have_one_effect(world: World) -> None:
    given = {"i": _course(world, "IK2", idempotencyKey="all at once")}
    answers = await asyncio.gather(*[world.data(CREATE, given) for _ in range(8)])
    assert len({answer["createCourse"]["course"]["id"] for answer in answers}) == 1
    assert await _count(world, "IK2") == 1


async def test_a_key_with_another_input_is_refused(world: World) -> None:
    await world.data(CREATE, {"i": _course(world, "IK3", idempotencyKey="k3")})
    data = (await world.data(CREATE, {"i": _course(world, "IK3b", idempotencyKey="k3")}))["createCourse"]
    assert [error["code"] for error in data["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert data["course"] is None


async def test_a_failed_call_does_not_use_up_its_key(world: World) -> None:
    wrong = _course(world, "IK4", idempotencyKey="k4", eqfLevel=99)
    assert (await world.data(CREATE, {"i": wrong}))["createCourse"]["userErrors"]
    right = _course(world, "IK4", idempotencyKey="k4")
    assert (await world.data(CREATE, {"i": right}))["createCourse"]["userErrors"] == []


async def test_a_key_belongs_to_its_person(world: World) -> None:
    given = {"i": _course(world, "IK5", idempotencyKey="mine")}
    await world.data(CREATE, given)
    other = (await world.data(CREATE, given, role="registrar"))["createCourse"]
    assert other["course"] is None
    assert other["userErrors"][0]["path"] == ["input", "code"]  # not a repetition: the code is taken


async def test_a_serialization_failure_runs_the_document_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, failures = fetch_on, iter([True, True, False])

    class Deadlock(Exception):
        sqlstate = "40P01"

    async def sometimes(*arguments: Any) -> Any:
        if next(failures):
            raise Deadlock
        return await original(*arguments)

    monkeypatch.setattr("api.mutations.fetch_on", sometimes)
    data = (await world.data(CREATE, {"i": _course(world, "SR1")}))["createCourse"]
    assert data["userErrors"] == []
    monkeypatch.undo()
    assert await _count(world, "SR1") == 1


async def test_a_failure_that_lasts_is_told_after_three_attempts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    class Deadlock(Exception):
        sqlstate = "40P01"

    async def always(*_: Any) -> Any:
        attempts.append(1)
        raise Deadlock

    monkeypatch.setattr("api.mutations.fetch_on", always)
    answer = await world.ask(CREATE, {"i": _course(world, "SR2")})
    assert answer.codes == ["CONFLICT"]
    assert len(attempts) == 3
    monkeypatch.undo()
    assert await _count(world, "SR2") == 0


async def test_who_may_not_is_told_so_and_who_may_not_even_see_is_told_nothing(world: World) -> None:
    ids = world["alpha"].ids
    visible = {"i": {"id": ids["course:1"], "eqfLevel": 6}}
    data = (await world.data(UPDATE, visible, role="student"))["updateCourse"]
    assert [error["code"] for error in data["userErrors"]] == ["FORBIDDEN"]
    hidden = {"i": {"id": ids["course:3"], "eqfLevel": 6}}
    data = (await world.data(UPDATE, hidden, role="student"))["updateCourse"]
    assert [error["code"] for error in data["userErrors"]] == ["NOT_FOUND"]
    foreign = {"i": {"id": world["gamma"].ids["course:1"], "eqfLevel": 6}}
    data = (await world.data(UPDATE, foreign))["updateCourse"]
    assert [error["code"] for error in data["userErrors"]] == ["NOT_FOUND"]


async def test_nobody_signed_in_changes_nothing(world: World) -> None:
    answer = await world.ask(CREATE, {"i": _course(world, "NOBODY")}, role=None)
    assert answer.codes == ["UNAUTHENTICATED"]
    assert await _count(world, "NOBODY") == 0


async def test_a_mutation_by_get_is_refused(world: World) -> None:
    answer = await world.request(
        "GET",
        "/graphql?query=mutation%20%7BsignOut%7BuserErrors%7Bcode%7D%7D%7D",
        headers={"authorization": f"Bearer {world['alpha'].tokens['student']}"},
    )
    assert answer.status == 405
    assert answer.headers["allow"] == "POST"
