"""Suggestions, and what institutions published to each other."""

from datetime import date
from typing import Any

from search.model import Document, Facet, Kind, Point, Published, Reference
from tests.integration.search.graphql.conftest import EVERYBODY, Searched

SUGGEST = """query($text: String!, $first: Int, $kinds: [SearchKind!], $language: String) {
  suggest(text: $text, first: $first, kinds: $kinds, language: $language) {
    text language kind object { __typename id ... on Course { code } ... on OrgUnit { name { text } } } } }"""
PUBLISHED = """query($text: String!, $kinds: [SearchKind!]) { search(text: $text, scope: FEDERATION, kinds: $kinds, facets: [INSTITUTION]) {
  totalCount facets { values { value label } }
  nodes { __typename score ... on PublishedHit { kind institution title { text language } titles { language } url startsOn
    latitude longitude country region } } }
  suggest(text: $text, scope: FEDERATION) { text kind object { id } } }"""


async def _suggested(here: Searched, role: str | None = "student", **variables: Any) -> Any:
    return (await here.world.data(SUGGEST, variables, role=role))["suggest"]


async def test_suggestions_come_with_their_objects(here: Searched) -> None:
    here.shelf.put(
        "alpha", here.document("course:1", popularity=2), here.document("faculty", titles={"de": "Titel"})
    )
    ids = here.world["alpha"].ids
    assert await _suggested(here, text=" tit") == [
        {
            "text": "Title of course:1",
            "language": "en",
            "kind": "COURSE",
            "object": {"__typename": "Course", "id": ids["course:1"], "code": "C1"},
        },
        {
            "text": "Titel",
            "language": "de",
            "kind": "ORG_UNIT",
            "object": {"__typename": "OrgUnit", "id": ids["faculty"], "name": {"text": "Faculty"}},
        },
    ]
    assert [one["kind"] for one in await _suggested(here, text="tit", kinds=["ORG_UNIT"])] == ["ORG_UNIT"]


async def test_a_text_is_suggested_once_and_the_course_rather_than_its_offerings(here: Searched) -> None:
    same = {"titles": {"en": "Title"}}
    offerings = [here.document(f"offering:{n}", popularity=9, **same) for n in (1, 2, 4)]
    here.shelf.put("alpha", *offerings, here.document("course:1", popularity=5, **same))
    here.shelf.put("alpha", here.document("faculty", titles={"en": "Title of the last"}))
    people = [here.document(f"user:{role}", popularity=1, **same) for role in ("instructor", "registrar")]
    here.shelf.put("alpha", *people)
    found = await _suggested(here, role="tenant_admin", text="title", first=4)
    assert [(one["text"], one["kind"]) for one in found] == [
        ("Title", "COURSE"),
        ("Title", "USER"),
        ("Title", "USER"),
        ("Title of the last", "ORG_UNIT"),
    ]
    assert len(await _suggested(here, role="tenant_admin", text="title", first=1)) == 1


async def test_what_the_viewer_does_not_see_is_not_suggested_and_the_list_is_filled(here: Searched) -> None:
    names = ("course:3", "course:1", "course:2")
    here.shelf.put("alpha", *(here.document(name, popularity=9 - n) for n, name in enumerate(names)))
    assert [one["text"] for one in await _suggested(here, text="title", first=2)] == [
        "Title of course:1",
        "Title of course:2",
    ]
    data = await here.world.data('{ suggest(text: "title", first: 2) { text } }', role="student")
    assert [one["text"] for one in data["suggest"]] == ["Title of course:1", "Title of course:2"]
    assert len(await _suggested(here, role="registrar", text="title")) == 3


async def test_what_others_published_is_shown_as_they_published_it(here: Searched) -> None:
    document = Document(
        Reference(Kind.COURSE, 77),
        {"de": "Robotik", "en": "Robotics"},
        audience=EVERYBODY,
        facets={Facet.INSTITUTION: ("beta",), Facet.COUNTRY: ("JP",), Facet.REGION: ("JP-13",)},
        point=Point(35.5, 139.25),
        starts_on=date(2026, 4, 1),
        url="/courses/77",
    )
    members = Document(
        Reference(Kind.COURSE, 78),
        {"en": "Robots"},
        audience=frozenset({"members"}),
        facets={Facet.INSTITUTION: ("beta",)},
    )
    here.shelf.put(None, document, members)
    here.shelf.put("alpha", here.document("course:1", titles={"en": "Robo"}))
    data = await here.world.data(PUBLISHED, {"text": "rob"}, role=None, accept_language="fr, en;q=0.5")
    assert data["search"]["totalCount"] == 1
    node = dict(data["search"]["nodes"][0])
    assert sorted(one["language"] for one in node.pop("titles")) == ["de", "en"]
    assert node == {
        "__typename": "PublishedHit",
        "score": 1.0,
        "kind": "COURSE",
        "institution": "beta",
        "title": {"text": "Robotics", "language": "en"},
        "url": "http://beta.test:8000/courses/77",
        "startsOn": "2026-04-01",
        "latitude": 35.5,
        "longitude": 139.25,
        "country": "JP",
        "region": "JP-13",
    }
    assert data["search"]["facets"] == [{"values": [{"value": "beta", "label": "University of beta"}]}]
    assert {one["text"] for one in data["suggest"]} == {"Robotik", "Robotics"}
    assert all(one["object"] is None for one in data["suggest"])
    collection, query, audience = here.shelf.asked[-1]
    assert collection == Published()
    assert audience.tokens == {"public"}
    assert query.without == frozenset()
    data = await here.world.data(PUBLISHED, {"text": "rob"}, role="student")
    assert data["search"]["totalCount"] == 2
    assert here.shelf.asked[-1][2].tokens == {"public", "members"}
    assert here.shelf.asked[-1][2].without == frozenset()
