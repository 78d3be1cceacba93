"""The whole way: rows become documents, an engine finds them, and the gateway shows them."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from api.app import create_app
from fediflow.processes.opened import opened_gateway
from kernel.telemetry import Metrics
from search.documents.reading import read_documents
from search.model import Institution, Kind, Put, Reference
from tests.databases import Databases
from tests.integration.search.engines import Opened
from tests.integration.search.hearing import hear_everything
from tests.world import World, settings_for

_ASK = """query($text: String, $first: Int, $after: String, $sort: SearchSort! = RELEVANCE, $filters: SearchFilter) {
  search(text: $text, first: $first, after: $after, sort: $sort, filters: $filters, facets: [KIND, ORG_UNIT, LANGUAGE]) {
    totalCount isTotalExact didYouMean language pageInfo { hasNextPage endCursor }
    facets { facet values { value label count } }
    edges { cursor node { __typename score highlights { field language parts { text isMatch } }
      ... on CourseHit { course { code } } ... on OfferingHit { offering { code } }
      ... on OrgUnitHit { orgUnit { code } } ... on UserHit { user { handle } } } } } }"""


@pytest.fixture(scope="module")
async def asked(world: World, databases: Databases, opened: Opened) -> AsyncIterator[World]:
    """The world behind a gateway with the engine, which has the documents of `beta` as they are now."""
    await hear_everything(databases)
    made = world["beta"]
    kinds = {"course": Kind.COURSE, "offering": Kind.OFFERING, "user": Kind.USER}
    kinds |= {"unit": Kind.ORG_UNIT, "faculty": Kind.ORG_UNIT}
    references = [
        Reference(kind, made.number(name))
        for name in made.ids
        if (kind := kinds.get(name.partition(":")[0])) is not None
    ]
    async with world.door.read(made.tenant) as connection:
        read = await read_documents(connection, made.tenant, references)
    changes = [Put(one.document, read.version) for one in read.documents.values()]
    assert await opened.engine.store(Institution(made.tenant), changes) == []
    await opened.engine.refresh()
    async with opened_gateway(settings_for(databases), Metrics()) as gateway:
        yield replace(world, app=create_app(replace(gateway, search=opened.engine)))
    await opened.engine.forget(Institution(made.tenant))


async def _found(asked: World, role: str | None = "student", **variables: Any) -> Any:
    return (await asked.data(_ASK, variables, at="beta", role=role))["search"]


async def test_words_find_courses_in_any_of_their_languages(asked: World) -> None:
    for text in ("Kurs 5", "course 5", "C5"):
        found = await _found(asked, text=text)
        first = found["edges"][0]["node"]
        assert (first["__typename"], first.get("course", first.get("offering"))["code"][-1]) in {
            ("CourseHit", "5"),
            ("OfferingHit", "5"),
        }, text
        assert any(part["isMatch"] for one in first["highlights"] for part in one["parts"]), text


async def test_everything_is_found_page_by_page_as_the_viewer_sees_it(asked: World) -> None:
    for role in ("tenant_admin", "student", None):
        seen: list[str] = []
        after, total = None, None
        while True:
            found = await _found(asked, role, first=3, after=after, sort="TITLE")
            total = found["totalCount"]
            seen += [str(edge["node"]) for edge in found["edges"]]
            if not found["pageInfo"]["hasNextPage"]:
                break
            after = found["pageInfo"]["endCursor"]
        assert len(seen) == total, role
        counted = {one["value"]: one["count"] for one in found["facets"][0]["values"]}
        assert sum(counted.values()) == total, role
        assert ("USER" in counted) is (role is not None)


@pytest.mark.parametrize("sort", ["RELEVANCE", "START", "TITLE"])
async def test_a_cursor_that_no_engine_wrote_is_refused(asked: World, sort: str) -> None:
    found = await _found(asked, text="kurs", first=1, sort=sort)
    key, seal, *values = json.loads(base64.b64decode(found["pageInfo"]["endCursor"]))
    for forged in (
        [],
        ["x"],
        [None] * len(values),
        ["x"] * len(values),
        [*values, 1],
        [10**18] * len(values),
    ):
        cursor = base64.b64encode(json.dumps([key, seal, *forged]).encode()).decode()
        answer = await asked.ask(
            _ASK, {"text": "kurs", "after": cursor, "sort": sort}, at="beta", role="student"
        )
        assert answer.codes == ["BAD_USER_INPUT"], (forged, answer.json)


async def test_facets_are_named_and_narrow_what_is_found(asked: World) -> None:
    found = await _found(asked)
    units = {one["label"]: one for one in found["facets"][1]["values"]}
    faculty = units["Faculty"]
    narrowed = await _found(asked, filters={"orgUnit": [faculty["value"]]})
    assert narrowed["totalCount"] == faculty["count"]


async def test_suggestions_and_spelling(asked: World) -> None:
    data = await asked.data(
        '{ suggest(text: "facu") { text kind object { ... on OrgUnit { code } } } search(text: "facluty") { didYouMean } }',
        at="beta",
        role=None,
    )
    assert data["suggest"][0]["object"] == {"code": "F"}
    assert (data["search"]["didYouMean"] or "faculty").lower() == "faculty"
