"""What institutions published and take back: others are neither shown nor told of it, whatever the index still has."""

from dataclasses import replace
from typing import Any

import pytest

from api.searching.published import PublishedSearch
from api.searching.publishers import Publishers
from kernel.database.roles import DatabaseRole
from search.audiences import EVERYBODY as ANYBODY
from search.model import Answer, Audience, Facet, Kind, Prefix, Query, Reference
from search.remembered import RememberedAnswers
from tenants.directory import Directory
from tenants.readers import Readers
from tests.databases import Databases
from tests.fediverse import PUBLIC_URL
from tests.integration.graphql.institutions import added
from tests.integration.search.graphql.conftest import EVERYBODY, Searched, note_filled
from tests.world import Institution

SLUG = "withdrawing"
_COURSES = ("course:1", "course:2", "course:4", "course:5")
_ASK = """query($first: Int, $after: String) {
  search(text: "published", scope: FEDERATION, first: $first, after: $after, facets: [INSTITUTION]) {
    totalCount isTotalExact facets { values { count } } pageInfo { hasNextPage endCursor }
    nodes { ... on PublishedHit { title { text } } } }
  suggest(text: "published", scope: FEDERATION) { text } }"""


@pytest.fixture
async def there(here: Searched) -> Institution:
    """An institution on another shard than those who ask, with documents of four courses for everybody."""
    made = here.world.institutions.get(SLUG) or await added(here.world, SLUG, shard="two")
    for place, name in enumerate(_COURSES):
        put(here, made, name, popularity=9 - place)
    return made


def put(here: Searched, made: Institution, name: str, *, slug: str = SLUG, popularity: int = 0) -> None:
    """A course as its institution published it."""
    document = here.document("course:1", titles={"en": f"Published {name}"}, audience=EVERYBODY)
    reference = Reference(Kind.COURSE, made.number(name))
    facets = {Facet.INSTITUTION: (slug,)}
    here.shelf.put(None, replace(document, reference=reference, facets=facets, popularity=popularity))


async def withdraw(here: Searched, there: Institution, name: str) -> None:
    data = await here.world.data(
        "mutation($i: UpdateCourseInput!) { updateCourse(input: $i) { userErrors { message } } }",
        {"i": {"id": there.ids[name], "visibility": "PRIVATE"}},
        at=SLUG,
    )
    assert data["updateCourse"]["userErrors"] == []


async def asked(
    here: Searched, role: str | None = None, **variables: Any
) -> tuple[Any, list[str], list[str]]:
    """What others are answered: the connection, the titles of its hits, the suggestions."""
    data = await here.world.data(_ASK, variables, role=role)
    found = data["search"]
    return found, [one["title"]["text"] for one in found["nodes"]], [one["text"] for one in data["suggest"]]


async def test_what_an_institution_takes_back_is_neither_shown_nor_counted_nor_suggested(
    here: Searched, there: Institution
) -> None:
    titles = [f"Published {name}" for name in _COURSES]
    found, shown, suggested = await asked(here)
    assert (found["totalCount"], shown, suggested) == (4, titles, titles)
    await withdraw(here, there, "course:2")
    rest = [one for one in titles if one != "Published course:2"]
    for role in (None, "student"):
        found, shown, suggested = await asked(here, role)
        assert (found["totalCount"], shown, suggested) == (3, rest, rest)
        assert found["facets"] == [{"values": [{"count": 3}]}]
        assert found["isTotalExact"] is True
    first, shown, _ = await asked(here, first=1)  # taken back is what another page would show
    assert (first["totalCount"], shown) == (3, rest[:1])
    second, shown, _ = await asked(here, first=2, after=first["pageInfo"]["endCursor"])
    assert (second["totalCount"], shown) == (3, rest[1:])


async def test_an_institution_that_nobody_knows_any_more_shows_nothing(
    here: Searched, there: Institution
) -> None:
    put(here, there, "course:3", slug="closed-long-ago", popularity=10)
    _, shown, suggested = await asked(here)
    assert "Published course:3" not in [*shown, *suggested]
    assert shown


async def test_what_cannot_be_asked_for_is_left_out_and_nothing_is_counted(
    here: Searched, there: Institution
) -> None:
    engine = here.world.databases.engine(here.world.databases.directory, DatabaseRole.WORKER)
    nobody = Publishers(Readers({}), Directory(engine), "postgresql")
    shelf: Any = here.shelf
    searching = PublishedSearch(shelf, RememberedAnswers(shelf), nobody, PUBLIC_URL)
    asker, kinds = here.world["alpha"].tenant, frozenset({Kind.COURSE})
    try:
        found = await searching.search(asker, Query("published", kinds=kinds, first=1), ANYBODY)
        assert {hit.reference for hit in found.answer.hits} <= found.hidden
        assert not found.is_counted
        assert await searching.suggest(asker, Prefix("published", kinds=kinds), ANYBODY) == []
    finally:
        await engine.dispose()


async def test_publishers_whose_index_another_engine_keeps_are_left_out(
    here: Searched, there: Institution, databases: Databases
) -> None:
    await note_filled(databases, "postgresql")
    engine = here.world.databases.engine(here.world.databases.directory, DatabaseRole.WORKER)
    query = Query("published", kinds=frozenset({Kind.COURSE}), first=1)
    shelf: Any = here.shelf
    try:
        for name, is_asked in (("opensearch", False), ("postgresql", True)):
            publishers = Publishers(here.readers, Directory(engine), name)
            searching = PublishedSearch(shelf, RememberedAnswers(shelf), publishers, PUBLIC_URL)
            found = await searching.search(here.world["alpha"].tenant, query, ANYBODY)
            shown = {hit.reference for hit in found.answer.hits} - found.hidden
            assert (bool(shown), found.is_counted) == (is_asked, is_asked)
    finally:
        await engine.dispose()


class _Slow:
    """The shelf, before whose answers arrive a course is taken back."""

    def __init__(self, here: Searched, there: Institution) -> None:
        self._here = here
        self._there = there

    async def search(self, collection: Any, query: Query, audience: Audience) -> Answer:
        answer = await self._here.shelf.search(collection, query, audience)
        if not query.without:
            await withdraw(self._here, self._there, "course:5")
        return answer


async def test_what_is_taken_back_while_the_engine_answers_is_not_shown(
    here: Searched, there: Institution
) -> None:
    engine = here.world.databases.engine(here.world.databases.directory, DatabaseRole.WORKER)
    slow: Any = _Slow(here, there)
    searching = PublishedSearch(
        slow, RememberedAnswers(slow), Publishers(here.readers, Directory(engine), "postgresql"), PUBLIC_URL
    )
    query = Query("published", kinds=frozenset({Kind.COURSE}))
    try:
        found = await searching.search(here.world["alpha"].tenant, query, ANYBODY)
    finally:
        await engine.dispose()
    shown = {hit.reference for hit in found.answer.hits} - found.hidden
    assert shown
    assert Reference(Kind.COURSE, there.number("course:5")) not in shown
