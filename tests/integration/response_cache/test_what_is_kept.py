"""Which answers are kept, and for whom."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from api.app import Gateway, create_app
from api.response_cache.entries import LARGEST_ENTRY
from api.response_cache.fills import Answered
from fediflow.local.redis import RedisServer
from fediflow.processes.opened import opened_gateway
from kernel.settings.secret import Secret
from kernel.telemetry import Metrics
from tests.integration.response_cache.stage import (
    COURSE,
    Gate,
    Worker,
    kept_in,
    made_offering,
    until,
    with_lease,
)
from tests.statements import counted_statements, plans
from tests.world import World, settings_for

PAGE = "query Page($p: String) { courses(first: 50, filter: {codePrefix: $p}) { nodes { code } totalCount } }"


async def _plans(gate: Gate, document: str, variables: Any = None, **options: Any) -> tuple[Any, int]:
    """The answer, and how many plans it took."""
    with counted_statements() as seen:
        answer = await gate.world.data(document, variables, **options)
    return answer, len(plans(seen))


async def _warm(gate: Gate, document: str, variables: Any = None, **options: Any) -> None:
    """Asks until it is answered without the database."""

    async def is_kept() -> bool:
        return (await _plans(gate, document, variables, **options))[1] == 0

    await until(is_kept)


async def test_the_same_question_is_asked_of_the_database_once(
    world: World, reader: Gate, worker: Worker
) -> None:
    async def ask_twice() -> tuple[Any, Any]:
        first = await _plans(reader, PAGE, {"p": "C"}, role=None)
        return first, await _plans(reader, PAGE, {"p": "C"}, role=None)

    (first, asked), (again, asked_again) = await with_lease(reader, ask_twice)
    assert first == again
    assert asked_again == 0
    assert asked <= 1 == reader.answered(Answered.MISS)


async def test_another_process_finds_it_in_redis(
    world: World, reader: Gate, writer: Gate, worker: Worker, own_redis: RedisServer
) -> None:
    await _warm(reader, PAGE, {"p": "C"}, role=None)
    await until(lambda: kept_in(own_redis.url))
    answer, asked = await with_lease(writer, lambda: _plans(writer, PAGE, {"p": "C"}, role=None))
    assert asked == 0
    assert answer["courses"]["nodes"]
    assert writer.answered(Answered.SHARED_HIT) == 1


async def test_a_hundred_who_ask_at_once_ask_the_database_once(
    world: World, reader: Gate, worker: Worker
) -> None:
    async def ask_together() -> tuple[int, int, int]:
        course = (await made_offering(world, "alpha"))[0]
        told = (Answered.JOINED, Answered.BYPASS)
        joined, missed = reader.answered(*told), reader.answered(Answered.MISS)
        reader.readers.goes_on.clear()
        reader.readers.pauses = True
        with counted_statements() as seen:
            asked = [asyncio.create_task(reader.title(course)) for _ in range(100)]
            await until(lambda: reader.answered(*told) >= joined + 99)
            reader.readers.goes_on.set()
            assert set(await asyncio.gather(*asked)) == {"As made"}
        return len(plans(seen)), reader.answered(Answered.MISS) - missed, reader.answered(*told) - joined

    assert await with_lease(reader, ask_together) == (1, 1, 99)


async def test_one_who_leaves_does_not_take_the_answer_from_the_others(
    world: World, reader: Gate, worker: Worker
) -> None:
    async def leave() -> tuple[list[Any], int]:
        course = (await made_offering(world, "alpha"))[0]
        bypassed, missed = reader.answered(Answered.BYPASS), reader.answered(Answered.MISS)
        reader.readers.goes_on.clear()
        reader.readers.has_read.clear()
        reader.readers.pauses = True
        asked = [asyncio.create_task(reader.title(course)) for _ in range(5)]
        await until(lambda: reader.readers.has_read.is_set() or reader.answered(Answered.BYPASS) > bypassed)
        asked[0].cancel()
        reader.readers.goes_on.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return answers, reader.answered(Answered.MISS) - missed

    answers, missed = await with_lease(reader, leave)
    assert missed == 1
    assert isinstance(answers[0], asyncio.CancelledError)
    assert set(answers[1:]) == {"As made"}


async def test_everybody_gets_what_they_may_see(world: World, reader: Gate, worker: Worker) -> None:
    await made_offering(world, "alpha", visibility="tenant")
    seen = {}
    for _ in range(3):
        for role in (None, "student", "registrar", "analyst", "tenant_admin"):
            page = (await reader.world.data(PAGE, {"p": ""}, role=role))["courses"]
            plain = (await world.data(PAGE, {"p": ""}, role=role))["courses"]
            assert page == plain
            seen[role] = page["totalCount"]
    assert seen[None] < seen["student"] < seen["registrar"]


async def test_institutions_do_not_share(world: World, reader: Gate, worker: Worker) -> None:
    document = "{ orgUnits { nodes { id } } }"
    for _ in range(2):
        alpha = await reader.world.data(document, role=None, at="alpha")
        gamma = await reader.world.data(document, role=None, at="gamma")
        assert alpha["orgUnits"]["nodes"] != gamma["orgUnits"]["nodes"]


async def test_languages_are_part_of_the_question(world: World, reader: Gate, worker: Worker) -> None:
    course = world["alpha"].ids["course:4"]
    for _ in range(2):
        german = await reader.world.data(COURSE, {"id": course}, role="registrar", accept_language="de")
        english = await reader.world.data(COURSE, {"id": course}, role="registrar", accept_language="en")
        assert german["course"]["title"]["text"] == "Kurs 4"
        assert english["course"]["title"]["text"] == "Course 4"


async def test_people_who_see_the_same_share(world: World, reader: Gate, worker: Worker) -> None:
    document = "{ academicSessions { nodes { code } } orgUnits { totalCount } }"
    await _warm(reader, document, role=None, accept_language="en")
    for role in ("student", "registrar"):
        as_role = partial(_plans, reader, document, role=role, accept_language="en")
        _, asked = await with_lease(reader, as_role)
        assert asked == 0


@pytest.mark.parametrize(
    ("document", "role"),
    [
        ("{ viewer { id } }", "student"),
        ("{ courses { nodes { code } } }", "student"),  # depends on what they take part in
        ("{ courses { nodes { code } } viewer { id } }", "registrar"),
        ("{ offerings { nodes { seatsFree } } }", None),
        ("{ offerings { nodes { seatsTaken waitlistLength } } }", "registrar"),
        ("{ users { nodes { id } } }", "registrar"),
        ("{ enrollments { nodes { id } } }", "registrar"),
    ],
)
async def test_what_depends_on_people_is_never_kept(
    world: World, reader: Gate, worker: Worker, document: str, role: str | None
) -> None:
    for _ in range(3):
        _, asked = await _plans(reader, document, role=role)
        assert asked >= 1
    assert sum(reader.counts.by_answer.values()) == 0


async def test_errors_are_not_kept(world: World, reader: Gate, worker: Worker) -> None:
    for _ in range(2):
        refused = await reader.world.ask(PAGE.replace("50", "500"), {"p": "C"}, role=None)
        assert refused.codes
    assert reader.answered(Answered.HIT, Answered.SHARED_HIT) == 0


async def test_a_large_answer_is_not_kept(
    world: World, reader: Gate, worker: Worker, course: str, own_redis: RedisServer
) -> None:
    fields = " ".join(f"f{number}: description {{ text }}" for number in range(60))
    text = "x" * 5000
    await reader.world.data(
        "mutation Long($id: ID!, $text: String!) { updateCourse(input: {id: $id, description:"
        ' [{language: "en", text: $text}]}) { userErrors { message } } }',
        {"id": course, "text": text},
    )
    document = f"query Large($id: ID!) {{ course(id: $id) {{ {fields} }} }}"

    async def ask_twice() -> list[tuple[Any, int]]:
        return [await _plans(reader, document, {"id": course}, role=None) for _ in range(2)]

    (answer, asked), (_, asked_again) = await with_lease(reader, ask_twice)
    assert answer["course"]["f0"]["text"] == text
    assert len(str(answer)) > LARGEST_ENTRY
    assert asked == asked_again == 1


@pytest.mark.parametrize("is_on", [True, False])
async def test_a_setting_switches_it_off(
    world: World, own_redis: RedisServer, worker: Worker, is_on: bool
) -> None:
    settings = settings_for(world.databases, redis_url=Secret(own_redis.url), response_cache=is_on)
    async with opened_gateway(settings, Metrics()) as gateway:
        app = replace(world, app=create_app(gateway))
        for _ in range(5):
            await app.data(PAGE, {"p": "C"}, role=None)
        if is_on:
            await until(lambda: _hits(gateway, app))
        else:
            assert await _hits(gateway, app) == 0


async def _hits(gateway: Gateway, world: World) -> float:
    await world.data(PAGE, {"p": "C"}, role=None)
    lines = gateway.metrics().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if 'cached_answers_total{outcome="hit"}' in line)
