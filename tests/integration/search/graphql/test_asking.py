"""What may be asked: arguments that cannot be, kinds that the scopes do not reach, places, prices."""

from datetime import date
from typing import Any

import pytest

from search.model import Box, Facet, Kind, Point, Range
from tenants.model import Scope
from tests.integration.search.graphql.conftest import Searched
from tests.world import new_token

WHOLE = """query($near: NearInput, $within: WithinInput, $filters: SearchFilter) {
             search(text: "  Künstliche Intelligenz ", language: "DE", kinds: [COURSE], near: $near, within: $within,
                    onlineAnywhere: true, filters: $filters, facets: [LEVEL, LEVEL, SEATS], sort: DISTANCE, first: 7)
             { totalCount } }"""
_SOUTH_NORTH = "southWest: {latitude: 1, longitude: 2}, northEast: {latitude: 3, longitude: 4}"

_TOO_LONG, _LONG = ('"' + "x" * length + '"' for length in (501, 201))
_MANY = ",".join(f'"{number}"' for number in range(101))


@pytest.mark.parametrize(
    ("arguments", "said", "argument"),
    [
        (f"text: {_TOO_LONG}", "501 characters", "text"),
        ('text: "\\u0000"', "U+0000", "text"),
        ('language: "no language"', "BCP 47", "language"),
        ("near: {point: {latitude: 90.1, longitude: 0}}", "latitude", "near"),
        ("near: {point: {latitude: 0, longitude: -181}}", "longitude", "near"),
        ("near: {}", "exactly one", "near"),
        ('near: {institution: "alpha", point: {latitude: 0, longitude: 0}}', "exactly one", "near"),
        ('near: {institution: "nowhere-such"}', "no such institution", "near"),
        ('near: {institution: "beta"}', "where it is", "near"),
        ('near: {offering: "course_1"}', "Offering", "near.offering"),
        ('near: {offering: "offering_1"}', "no such offering", "near"),
        ("within: {kilometres: 1}", "give `near`", "within"),
        ("near: {point: {latitude: 0, longitude: 0}}, within: {metres: 0.5}", "from 1 metre", "within"),
        ("near: {point: {latitude: 0, longitude: 0}}, within: {kilometres: 20001}", "20,000", "within"),
        (
            "within: {box: {southWest: {latitude: 3, longitude: 2}, northEast: {latitude: 1, longitude: 4}}}",
            "south",
            "within",
        ),
        (f"within: {{box: {{{_SOUTH_NORTH}}}, metres: 5}}", "exactly one", "within"),
        ("sort: DISTANCE", "give `near`", "sort"),
        ("first: 101", "0 to 100", "first"),
        ("first: -1", "0 to 100", "first"),
        ('after: "nonsense"', "not a cursor", "after"),
        ('after: "WyJhIiwxXQ=="', "not a cursor", "after"),
        ('after: "WyJhIixbXV0="', "not a cursor", "after"),
        ('filters: {term: ["unit_1"]}', "AcademicSession", "filters.term"),
        ('filters: {orgUnit: ["x"]}', "is not an id", "filters.orgUnit"),
        ('filters: {credits: ["many"]}', "ECTS:7.50", "filters.credits"),
        (f"filters: {{country: [{_MANY}]}}", "101 values", "filters"),
        (f"filters: {{level: [{_LONG}]}}", "201 characters", "filters.level"),
        ('filters: {startsFrom: "2026-02-02", startsUntil: "2026-02-01"}', "after startsUntil", "filters"),
    ],
)
async def test_arguments_that_cannot_be_are_named(
    here: Searched, arguments: str, said: str, argument: str | None
) -> None:
    error = await here.refused(arguments)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert said in error["message"]
    assert error["path"] == ["search"]
    if argument is not None:
        assert error["extensions"]["argument"].rpartition("(")[2].rstrip(":)") == argument
    assert here.shelf.asked == []


async def test_what_is_asked_reaches_the_engine(here: Searched) -> None:
    term, unit = here.world["alpha"].number("session"), here.world["alpha"].number("faculty")
    await here.world.data(
        WHOLE,
        {
            "near": {"point": {"latitude": 52.5, "longitude": 13.4}},
            "within": {"kilometres": 2.5},
            "filters": {
                "language": ["DE"],
                "level": ["6", "7"],
                "term": [f"session_{term}"],
                "orgUnit": [f"unit_{unit}"],
                "region": ["de-be"],
                "startsFrom": "2026-04-01",
            },
        },
        role="student",
    )
    _, query, _ = here.shelf.asked[-1]
    assert (query.text, query.languages) == ("Künstliche Intelligenz", ("de",))
    assert query.kinds == {Kind.COURSE}
    assert (query.near, query.within, query.online_anywhere) == (Point(52.5, 13.4), 2_500.0, True)
    assert query.filters == {
        Facet.LANGUAGE: {"de"},
        Facet.LEVEL: {"6", "7"},
        Facet.TERM: {str(term)},
        Facet.ORG_UNIT: {str(unit)},
        Facet.REGION: {"DE-BE"},
    }
    assert query.starts == Range(date(2026, 4, 1), None)
    assert (query.facets, query.sort.value, query.first) == ((Facet.LEVEL, Facet.SEATS), "distance", 7)
    await here.world.data(f"{{ search(within: {{box: {{{_SOUTH_NORTH}}}}}) {{ totalCount }} }}")
    assert here.shelf.asked[-1][1].within == Box(Point(1, 2), Point(3, 4))


async def test_a_cursor_is_of_one_search_alone(here: Searched) -> None:
    here.shelf.put("alpha", here.document("course:1"), here.document("course:2"))
    found = await here.hits(text="title", first=1)
    cursor = found["pageInfo"]["endCursor"]
    assert (await here.hits(text="title", first=5, after=cursor, facets=["KIND"]))["totalCount"] == 2
    for other in ('text: "other"', 'text: "title", sort: START', 'text: "title", filters: {level: ["6"]}'):
        error = await here.refused(f'{other}, after: "{cursor}"')
        assert "another search" in error["message"]


async def test_pinned_results_come_first_by_relevance_and_in_no_other_order(here: Searched) -> None:
    given = {"text": "pinned here", "results": [here.world["alpha"].ids["course:1"]]}
    change = "mutation($i: CreateSearchPinInput!) { createSearchPin(input: $i) { userErrors { message } } }"
    made = await here.world.data(change, {"i": given}, role="tenant_admin")
    assert made["createSearchPin"]["userErrors"] == []
    for sort, pinned in (("RELEVANCE", (here.reference("course:1"),)), ("START", ()), ("TITLE", ())):
        await here.world.data(f'{{ search(text: "pinned here", sort: {sort}) {{ totalCount }} }}')
        assert here.shelf.asked[-1][1].pinned == pinned, sort


async def test_nobody_finds_what_is_for_everybody_and_no_people(here: Searched) -> None:
    here.shelf.put("alpha", here.document("course:1"), here.document("user:instructor"))
    found = await here.hits(None)
    assert [edge["node"]["__typename"] for edge in found["edges"]] == ["CourseHit"]
    _, query, audience = here.shelf.asked[-1]
    assert query.kinds == {Kind.COURSE, Kind.OFFERING, Kind.ORG_UNIT, Kind.POST}
    assert audience.tokens == {"public"}
    assert audience.without == frozenset()
    error = await here.refused("kinds: [COURSE, USER]", role=None)
    assert (error["extensions"]["code"], error["extensions"]["scope"]) == ("UNAUTHENTICATED", "users:read")
    assert error["path"] == ["search"]


async def test_a_token_finds_the_kinds_that_its_scopes_reach(here: Searched) -> None:
    here.shelf.put("alpha", here.document("course:1"), here.document("faculty"), here.document("offering:1"))
    scopes = frozenset({Scope.ORG_UNITS_READ})
    token = await new_token(here.world.door, here.world["alpha"], "tenant_admin", scopes)
    text = """{ search(facets: [TERM]) { totalCount facets { values { label } } nodes { ... on OrgUnitHit { orgUnit { code } }
                ... on CourseHit { course { code } } } } suggest(text: "title") { text kind } }"""
    data = await here.world.data(text, token=token)
    assert data["search"]["nodes"] == [{"orgUnit": {"code": "F"}}]
    assert (data["search"]["totalCount"], [one["kind"] for one in data["suggest"]]) == (1, ["ORG_UNIT"])
    answer = await here.world.ask('{ suggest(text: "title", kinds: [COURSE]) { text } }', token=token)
    assert (answer.codes, answer.json["errors"][0]["path"]) == (["FORBIDDEN"], ["suggest"])
    token = await new_token(
        here.world.door, here.world["alpha"], "tenant_admin", frozenset({Scope.POSTS_WRITE})
    )
    answer = await here.world.ask("{ search { totalCount } }", token=token)
    assert set(answer.codes) == {"FORBIDDEN"}


async def test_distances_are_from_a_place_that_the_viewer_sees(here: Searched) -> None:
    alpha = here.world["alpha"]
    for name in ("offering:2", "offering:3"):
        given: dict[str, Any] = {"id": alpha.ids[name], "place": {"latitude": 52.25, "longitude": 13.5}}
        changed = await here.world.data(
            "mutation($i: UpdateOfferingInput!) { updateOffering(input: $i) { userErrors { message } } }",
            {"i": given},
        )
        assert changed["updateOffering"]["userErrors"] == []
    ask = "query($id: ID) { search(near: {offering: $id}, sort: DISTANCE) { totalCount } }"
    await here.world.data(ask, {"id": alpha.ids["offering:2"]}, role="student")
    assert here.shelf.asked[-1][1].near == Point(52.25, 13.5)
    hidden = await here.world.ask(ask, {"id": alpha.ids["offering:3"]}, role="student")
    assert "no such offering" in hidden.json["errors"][0]["message"]
    await here.world.data(ask, {"id": alpha.ids["offering:3"]}, role="registrar")
    foreign = await here.world.ask(ask, {"id": here.world["beta"].ids["offering:1"]}, role="student")
    assert "no such offering" in foreign.json["errors"][0]["message"]
    none = await here.world.ask(ask, {"id": None}, role="student")
    assert "exactly one" in none.json["errors"][0]["message"]


async def test_a_search_costs_by_its_hits_and_facets(here: Searched) -> None:
    async def requested(text: str) -> int:
        answer = await here.world.ask(text, role="student")
        assert "errors" not in answer.json, answer.json
        return int(answer.json["extensions"]["cost"]["requested"])

    alone = await requested("{ search(first: 10) { pageInfo { hasNextPage } } }")
    hits = await requested("{ search(first: 10) { nodes { score highlights { parts { text } } } } }")
    courses = await requested("{ search(first: 10) { nodes { ... on CourseHit { course { code } } } } }")
    either = await requested(
        "{ search(first: 10) { nodes { ... on CourseHit { course { code } } ... on OrgUnitHit { orgUnit { code } } } } }"
    )
    facets = await requested("{ search(first: 10) { facets { values { label } } pageInfo { hasNextPage } } }")
    assert alone < hits < courses
    assert courses == either
    assert facets > alone
    few = await requested('{ suggest(text: "a", first: 2) { object { id } } }')
    many = await requested('{ suggest(text: "a", first: 50) { object { id } } }')
    assert many - few == 48
