"""What was found is read again: under the viewer's rules, with all that the engine said around it."""

from dataclasses import replace
from typing import Any

from search.model import Document, Facet, Kind, Reference
from tests.integration.search.graphql.conftest import Searched


async def test_hits_of_every_kind_come_with_their_objects_in_the_engines_order(here: Searched) -> None:
    names = ("course:1", "offering:1", "unit", "faculty")
    here.shelf.put("alpha", *(here.document(name, popularity=9 - n) for n, name in enumerate(names)))
    ids = here.world["alpha"].ids
    found = await here.hits(text="title")
    nodes = [edge["node"] for edge in found["edges"]]
    assert [one["__typename"] for one in nodes] == ["CourseHit", "OfferingHit", "OrgUnitHit", "OrgUnitHit"]
    assert nodes[0]["course"] == {"id": ids["course:1"], "code": "C1", "title": {"text": "Kurs 1"}}
    assert nodes[1]["offering"] == {"id": ids["offering:1"], "course": {"code": "C1"}}
    assert nodes[3]["orgUnit"] == {"id": ids["faculty"], "name": {"text": "Faculty"}}
    assert nodes[0]["highlights"] == [
        {
            "field": "TITLE",
            "language": "en",
            "parts": [{"text": "", "isMatch": False}, {"text": "Title", "isMatch": True}],
        }
    ]
    assert found["nodes"][0] == {"course": {"id": ids["course:1"]}, "score": 1.0}
    assert (found["totalCount"], found["isTotalExact"]) == (4, True)


async def test_a_row_that_the_viewer_does_not_see_is_neither_shown_nor_counted_and_the_page_is_filled(
    here: Searched,
) -> None:
    names = ("course:3", "course:1", "user:auditor", "course:2")  # hidden from students
    here.shelf.put("alpha", *(here.document(name, popularity=9 - n) for n, name in enumerate(names)))
    found = await here.hits(first=2, facets=["KIND"])
    assert [edge["node"]["course"]["code"] for edge in found["edges"]] == ["C1", "C2"]
    assert (found["totalCount"], found["pageInfo"]["hasNextPage"]) == (2, False)
    assert here.shelf.asked[-1][1].without >= {here.reference("course:3"), here.reference("user:auditor")}
    assert [one["node"]["__typename"] for one in (await here.hits("registrar"))["edges"]] == [
        "CourseHit",
        "CourseHit",
        "UserHit",
        "CourseHit",
    ]


async def test_a_total_alone_counts_no_row_that_the_viewer_does_not_see(here: Searched) -> None:
    here.shelf.put("alpha", here.document("course:3"), here.document("course:1"))
    for selection in ("totalCount", "pageInfo { hasNextPage } totalCount", "facets { facet } totalCount"):
        data = await here.world.data(f"{{ search {{ {selection} }} }}", role="student")
        assert data["search"]["totalCount"] == 1, selection


async def test_where_too_much_is_hidden_the_page_is_short_and_nothing_is_counted(here: Searched) -> None:
    ghosts = [
        Document(Reference(Kind.COURSE, 10**17 + n), {"en": "x"}, audience=frozenset({"public"}))
        for n in range(9)
    ]
    here.shelf.put("alpha", *(replace(one, popularity=5) for one in ghosts), here.document("course:1"))
    found = await here.hits(first=2, facets=["KIND"])
    assert len(here.shelf.asked) == 4
    assert found["edges"] == []
    assert (found["totalCount"], found["isTotalExact"], found["facets"]) == (None, False, None)
    assert found["pageInfo"]["hasNextPage"] is True
    found = await here.hits(first=2, after=found["pageInfo"]["endCursor"], facets=["KIND"])
    assert [edge["node"]["course"]["code"] for edge in found["edges"]] == ["C1"]


async def test_pages_follow_each_other_by_cursors(here: Searched) -> None:
    names = ("course:1", "course:2", "course:4", "course:5", "offering:1")
    here.shelf.put("alpha", *(here.document(name, popularity=9 - n) for n, name in enumerate(names)))
    seen: list[Any] = []
    after = None
    while True:
        found = await here.hits(text="title", first=2, after=after)
        assert [edge["cursor"] for edge in found["edges"]][-1] == found["pageInfo"]["endCursor"]
        assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
        seen += [edge["node"] for edge in found["edges"]]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]
    assert [
        next(iter(one[name] for name in ("course", "offering") if name in one))["id"] for one in seen
    ] == [here.world["alpha"].ids[name] for name in names]


async def test_a_page_of_none_counts(here: Searched) -> None:
    here.shelf.put("alpha", here.document("course:1"))
    found = await here.hits(first=0)
    assert (found["edges"], found["totalCount"], found["pageInfo"]["hasNextPage"]) == ([], 1, True)


async def test_one_document_may_search_several_times_beside_other_fields(here: Searched) -> None:
    here.shelf.put("alpha", here.document("course:1"), here.document("faculty"))
    data = await here.world.data(
        """{ courses(first: 1) { nodes { code } }
             one: search(kinds: [COURSE]) { nodes { __typename ...of score } again: nodes { score } totalCount }
             two: search(kinds: [ORG_UNIT]) { __typename edges { __typename node { ...of } } }
             suggest(text: "title") { kind object { __typename id } }
             tenant { slug } }
           fragment of on SearchHit { ... on CourseHit { c: course { code orgUnit { code } offerings(first: 1) { nodes { code } } } }
             ... on OrgUnitHit { orgUnit { code } } }""",
        role="student",
    )
    assert data["one"] == {
        "nodes": [
            {
                "__typename": "CourseHit",
                "c": {"code": "C1", "orgUnit": {"code": "F"}, "offerings": {"nodes": [{"code": "O1"}]}},
                "score": 1.0,
            }
        ],
        "again": [{"score": 1.0}],
        "totalCount": 1,
    }
    assert data["two"] == {
        "__typename": "SearchConnection",
        "edges": [{"__typename": "SearchEdge", "node": {"orgUnit": {"code": "F"}}}],
    }
    assert sorted(one["kind"] for one in data["suggest"]) == ["COURSE", "ORG_UNIT"]
    assert data["courses"]["nodes"] == [{"code": "C1"}]
    assert data["tenant"] == {"slug": "alpha"}


async def test_values_of_facets_are_what_filters_take_and_have_the_names_of_rows(here: Searched) -> None:
    alpha = here.world["alpha"]
    facets = {
        Facet.KIND: ("course",),
        Facet.ORG_UNIT: (str(alpha.number("faculty")), "123"),
        Facet.TERM: (str(alpha.number("session")),),
        Facet.CREDITS: ("ECTS:750",),
        Facet.SEATS: ("free",),
        Facet.INSTITUTION: ("alpha",),
        Facet.COUNTRY: ("DE",),
    }
    here.shelf.put("alpha", here.document("course:1", facets=facets))
    asked = [facet.name for facet in facets]
    found = await here.hits(facets=[*asked, "KIND"])
    said = {
        one["facet"]: [(v["value"], v["label"], v["count"]) for v in one["values"]] for one in found["facets"]
    }
    assert [one["facet"] for one in found["facets"]] == asked
    assert said == {
        "KIND": [("COURSE", None, 1)],
        "ORG_UNIT": [(alpha.ids["faculty"], "Faculty", 1), ("unit_123", None, 1)],
        "TERM": [(alpha.ids["session"], "Term one", 1)],
        "CREDITS": [("ECTS:7.50", None, 1)],
        "SEATS": [("FREE", None, 1)],
        "INSTITUTION": [("alpha", "Universität alpha", 1)],
        "COUNTRY": [("DE", None, 1)],
    }
    filters = {
        "orgUnit": [alpha.ids["faculty"]],
        "term": [alpha.ids["session"]],
        "credits": ["ects:7.5"],
        "seats": ["FREE", "FULL"],
        "institution": ["ALPHA"],
        "country": ["de"],
    }
    assert (await here.hits(filters=filters))["totalCount"] == 1
    assert (await here.hits(filters=filters | {"level": ["none has this"]}))["totalCount"] == 0


async def test_while_the_engine_is_away_the_search_is_null_with_its_error_and_all_else_is_answered(
    here: Searched,
) -> None:
    here.shelf.is_away = True
    answer = await here.world.ask(
        '{ tenant { slug } found: search { totalCount } suggest(text: "a") { text } courses(first: 1) { nodes { code } } }'
    )
    assert answer.status == 200
    assert answer.json["data"] == {
        "tenant": {"slug": "alpha"},
        "found": None,
        "suggest": None,
        "courses": {"nodes": [{"code": "C1"}]},
    }
    assert answer.codes == ["UNAVAILABLE", "UNAVAILABLE"]
    assert [one["path"] for one in answer.json["errors"]] == [["found"], ["suggest"]]
    assert answer.json["errors"][0]["locations"] == [{"line": 1, "column": 19}]
    assert "shelf" not in answer.body.decode()


async def test_while_an_index_is_built_the_error_says_so(here: Searched) -> None:
    here.shelf.is_built = False
    answer = await here.world.ask("{ search { totalCount } }")
    assert answer.json["data"] == {"search": None}
    assert answer.codes == ["UNAVAILABLE"]
    assert "is being built" in answer.json["errors"][0]["message"]


async def test_a_search_with_variables_is_compiled_once(here: Searched) -> None:
    here.shelf.put("alpha", here.document("course:1"))
    for text in ("title", "course", "nothing"):
        await here.hits(text=text, kinds=["COURSE"])
    assert len({one[1].text for one in here.shelf.asked}) == 3
