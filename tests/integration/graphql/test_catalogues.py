"""Real catalogues go in through the public operations and come out through GraphQL as they were."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from academic.courses.courses import NewCourse, create_course
from academic.courses.offerings import NewOffering, Place, create_offering
from academic.model.catalogue import Credit, Point
from academic.structure.org_units import NewOrgUnit, create_org_unit
from tenants.door import Transaction
from tests.world import World

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
_IN_A_TRANSACTION = 250
_AT_ONCE = 4  # the test's door has five connections


def _lines(name: str, file: str) -> list[dict[str, Any]]:
    path = DATA / name / file
    if not path.exists():
        pytest.skip(f"the catalogue {name} is not beside this checkout")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def _load(
    world: World, slug: str, rows: Sequence[Any], load: Callable[[Transaction, Any], Awaitable[Any]]
) -> None:
    """Calls `load` for every row, some hundreds in a transaction, some transactions at once."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def batch(some: Sequence[Any]) -> None:
        async with gate, world.door.write(world.as_system(slug)) as tx:
            for row in some:
                await load(tx, row)

    starts = range(0, len(rows), _IN_A_TRANSACTION)
    await asyncio.gather(*[batch(rows[at : at + _IN_A_TRANSACTION]) for at in starts])


async def _unit(world: World, slug: str, code: str) -> int:
    async with world.door.write(world.as_system(slug)) as tx:
        return await create_org_unit(tx, org_unit=NewOrgUnit(code=code, name={"en": code}, kind="school"))


async def _all_courses(world: World, slug: str, unit: int, fields: str) -> list[Any]:
    document = f"""query($u: ID!, $after: String) {{ courses(first: 100, after: $after, filter: {{orgUnit: $u}}) {{
      totalCount nodes {{ code {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    found: list[Any] = []
    after = None
    while True:
        page = (await world.data(document, {"u": f"unit_{unit}", "after": after}, at=slug))["courses"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(found)
            return found


async def test_the_japanese_catalogue_comes_back_whole(world: World) -> None:
    rows = _lines("courses-ja-tsukuba", "courses.jsonl")
    unit = await _unit(world, "beta", "KDB")

    async def load(tx: Transaction, row: tuple[int, dict[str, Any]]) -> None:
        number, given = row
        description = {"ja": given["description"]} if given["description"].strip() else None
        title = {"ja": given["name"].strip() or given["code"]}
        course = NewCourse(unit, f"{given['code']}#{number}", title, description)
        await create_course(tx, course=course)

    await _load(world, "beta", list(enumerate(rows)), load)
    found = {
        one["code"]: one
        for one in await _all_courses(
            world, "beta", unit, "title { text language } description { text language }"
        )
    }
    assert len(found) == len(rows) == 6804
    for number, given in enumerate(rows):
        course = found[f"{given['code']}#{number}"]
        assert course["title"] == {"text": given["name"].strip() or given["code"], "language": "ja"}
        if given["description"].strip():
            assert course["description"]["text"] == given["description"]


async def test_the_bilingual_catalogue_answers_in_both_languages(world: World) -> None:
    rows = _lines("courses-zh-en-ntut", "courses.jsonl")
    unit = await _unit(world, "gamma", "NTUT")

    def texts(given: dict[str, Any], name: str) -> dict[str, str]:
        both = {"zh-Hant": given[f"{name}_zh"], "en": given[f"{name}_en"]}
        return {language: text for language, text in both.items() if text and text.strip()}

    async def load(tx: Transaction, row: tuple[int, dict[str, Any]]) -> None:
        number, given = row
        course = NewCourse(
            unit,
            f"{given['code']}#{number}",
            texts(given, "name"),
            texts(given, "description") or None,
            credits=[Credit.of(scheme="local", value=str(given["credits"]))] if given.get("credits") else [],
        )
        await create_course(tx, course=course)

    await _load(world, "gamma", list(enumerate(rows)), load)
    fields = 'zh: title(languages: ["zh-Hant"]) { text language } en: title(languages: ["en-GB"]) { text language }'
    found = {one["code"]: one for one in await _all_courses(world, "gamma", unit, fields)}
    assert len(found) == len(rows) == 2257
    for number, given in enumerate(rows):
        course, names = found[f"{given['code']}#{number}"], texts(given, "name")
        for field, language in (("zh", "zh-Hant"), ("en", "en")):
            if language in names:
                assert course[field] == {"text": names[language], "language": language}


async def test_universities_keep_their_names_and_coordinates(world: World) -> None:
    rows = _lines("universities-ror", "universities.jsonl")[:400]
    unit = await _unit(world, "alpha", "ROR")
    term = world["alpha"].number("session")
    async with world.door.write(world.as_system("alpha")) as tx:
        course = await create_course(tx, course=NewCourse(unit, "OPEN-DAY", {"en": "Open day"}))

    def names(given: dict[str, Any]) -> dict[str, str]:
        return {name["lang"]: name["v"] for name in given["names"] if name.get("lang")} or {
            "en": given["names"][0]["v"]
        }

    async def load(tx: Transaction, given: dict[str, Any]) -> None:
        shown = next(name["v"] for name in given["names"] if "ror_display" in name["t"])
        offering = NewOffering(
            course,
            term,
            given["ror"],
            title=names(given),
            place=Place(shown, Point(given["lat"], given["lng"])),
        )
        await create_offering(tx, offering=offering)

    await _load(world, "alpha", rows, load)
    document = """query($c: ID!, $after: String) { offerings(first: 100, after: $after, filter: {course: $c},
      orderBy: {field: CODE, direction: ASC}) { nodes { code title { text language }
      place { name latitude longitude } } pageInfo { hasNextPage endCursor } } }"""
    found: dict[str, Any] = {}
    after, more = None, True
    while more:
        page = (await world.data(document, {"c": f"course_{course}", "after": after}))["offerings"]
        found |= {node["code"]: node for node in page["nodes"]}
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(found) == len(rows)
    for given in rows:
        one = found[given["ror"]]
        assert names(given)[one["title"]["language"]] == one["title"]["text"]
        assert one["place"]["name"] in {name["v"] for name in given["names"]}
        assert (one["place"]["latitude"], one["place"]["longitude"]) == (given["lat"], given["lng"])
