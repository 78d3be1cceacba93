"""Frequent queries of everybody: the engine is asked once, and what was withdrawn does not come back."""

from typing import Any

import pytest

from search import remembered
from search.model import Document, Kind, Reference
from tests.integration.graphql.institutions import added
from tests.integration.search.graphql.conftest import EVERYBODY, Searched
from tests.world import Institution

SLUG = "remembering"
_ASK = "query($text: String) { search(text: $text) { totalCount nodes { ... on CourseHit { course { code } } } } }"


@pytest.fixture(autouse=True)
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are remembered for as long as a busy machine needs for a test."""
    monkeypatch.setattr(remembered, "_SECONDS", 3_600.0)


@pytest.fixture
async def there(here: Searched) -> Institution:
    """An institution of its own, with documents of two courses for everybody."""
    made = here.world.institutions.get(SLUG) or await added(here.world, SLUG, shard="two")
    courses = [Reference(Kind.COURSE, made.number(name)) for name in ("course:1", "course:5")]
    here.shelf.put(SLUG, *(Document(one, {"en": "Title"}, audience=EVERYBODY) for one in courses))
    return made


async def asked(here: Searched, role: str | None = None, text: str = "title") -> Any:
    """The answer of the same query, and how often the engine was asked so far."""
    data = await here.world.data(_ASK, {"text": text}, at=SLUG, role=role)
    return data["search"]["totalCount"], len(here.shelf.asked)


async def test_the_engine_is_asked_once_for_what_everybody_asks_alike(
    here: Searched, there: Institution
) -> None:
    assert [await asked(here), await asked(here), await asked(here)] == [(2, 1)] * 3
    assert await asked(here, text="other") == (0, 2)
    assert await asked(here, "student") == (2, 3)
    assert await asked(here, "student") == (2, 4)  # a person has tokens of their own


async def test_what_was_withdrawn_does_not_come_back(here: Searched, there: Institution) -> None:
    assert await asked(here, text="Titl") == (2, 1)
    data = await here.world.data(
        "mutation($i: UpdateCourseInput!) { updateCourse(input: $i) { userErrors { message } } }",
        {"i": {"id": there.ids["course:5"], "visibility": "PRIVATE"}},
        at=SLUG,
    )
    assert data["updateCourse"]["userErrors"] == []
    assert await asked(here, text="Titl") == (1, 2)
    assert Reference(Kind.COURSE, there.number("course:5")) in here.shelf.asked[-1][1].without
    assert await asked(here, text="Titl") == (1, 2)


async def test_an_engine_that_is_away_is_not_answered_for_beyond_what_is_known(
    here: Searched, there: Institution
) -> None:
    total, times = await asked(here, text="itle")
    here.shelf.is_away = True
    assert await asked(here, text="itle") == (total, times)
    answer = await here.world.ask(_ASK, {"text": "tle"}, at=SLUG, role=None)
    assert answer.codes == ["UNAVAILABLE"]


async def test_while_nobody_can_say_what_changed_there_are_hits_and_nothing_else_of_the_index(
    here: Searched,
) -> None:
    slug = "uncounted"
    made = await added(here.world, slug, shard="two")
    course = Reference(Kind.COURSE, made.number("course:1"))
    here.shelf.put(slug, Document(course, {"en": "Title"}, audience=EVERYBODY))
    here.shelf.meant = "Titles"
    data = await here.world.data(
        "mutation($i: UpdateOrgUnitInput!) { updateOrgUnit(input: $i) { userErrors { message } } }",
        {"i": {"id": made.ids["faculty"], "parentId": None}},
        at=slug,
    )
    assert data["updateOrgUnit"]["userErrors"] == []
    for times in (1, 2):
        data = await here.world.data(
            """{ search(text: "title", facets: [KIND]) { totalCount isTotalExact facets { facet } didYouMean
                 nodes { highlights { language } ... on CourseHit { course { code } } } } suggest(text: "title") { text } }""",
            at=slug,
            role=None,
        )
        assert data["search"] == {
            "totalCount": None,
            "isTotalExact": False,
            "facets": None,
            "didYouMean": None,
            "nodes": [{"highlights": [], "course": {"code": "C1"}}],
        }
        assert data["suggest"] == []
        assert len(here.shelf.asked) == times
