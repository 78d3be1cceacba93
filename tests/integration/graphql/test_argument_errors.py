"""What is wrong with an argument of a query is said of its field: by the response path and the place in the document."""

from typing import Any

import pytest

from tests.world import World

# document, variables, the path, line and column of the field
FAULTS: list[tuple[str, dict[str, Any], list[str], tuple[int, int]]] = [
    ('{ a: courses(after: "zz") { totalCount nodes { id } } }', {}, ["a"], (1, 3)),
    ("{ courses(first: 101) { totalCount } }", {}, ["courses"], (1, 3)),
    ("query($n: Int) { courses(first: $n) { totalCount } }", {"n": -1}, ["courses"], (1, 18)),
    ("{ courses(first: 1, last: 1) { totalCount } }", {}, ["courses"], (1, 3)),
    (
        'query($c: String) {\n  unit: orgUnit(code: "F") {\n    courses(after: $c) { nodes { id } }\n  }\n}',
        {"c": "zz"},
        ["unit", "courses"],
        (3, 5),
    ),
    (
        '{ orgUnit(code: "F") { ...Shown } } fragment Shown on OrgUnit { mine: courses(first: 500) { totalCount } }',
        {},
        ["orgUnit", "mine"],
        (1, 65),
    ),
    (
        "query($c: String) { courses { nodes { offerings(after: $c) { totalCount nodes { id } } } } }",
        {"c": "zz"},
        ["courses", "nodes", "offerings"],
        (1, 39),
    ),
    ("query($i: ID!) { x: course(id: $i) { id } }", {"i": "garbage"}, ["x"], (1, 18)),
    ("query($i: ID!) { x: course(id: $i) { id } }", {"i": "user_5"}, ["x"], (1, 18)),
    ("query($i: ID!) { node(id: $i) { id } }", {"i": "garbage"}, ["node"], (1, 18)),
    ('{ nodes(ids: ["garbage"]) { id } }', {}, ["nodes"], (1, 3)),
    ("query($c: String) { course(code: $c) { id } }", {"c": "a\x00b"}, ["course"], (1, 21)),
    ("{ course { id } }", {}, ["course"], (1, 3)),
    (
        "query($p: String) { courses(filter: {codePrefix: $p}) { totalCount } }",
        {"p": "a\x00b"},
        ["courses"],
        (1, 21),
    ),
    (
        "query($l: [String!]) { courses { nodes { t: title(languages: $l) { text } } } }",
        {"l": ["xx yy"]},
        ["courses", "nodes", "t"],
        (1, 42),
    ),
]


@pytest.mark.parametrize(("document", "variables", "path", "at"), FAULTS)
async def test_a_wrong_argument_is_told_with_the_path_and_place_of_its_field(
    world: World, document: str, variables: dict[str, Any], path: list[str], at: tuple[int, int]
) -> None:
    for _ in range(2):  # the second time, the plan is known where there is one
        answer = await world.ask(document, variables)
        (error,) = answer.json["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["path"] == path
        assert error["locations"] == [{"line": at[0], "column": at[1]}]
        assert "inputPath" not in error["extensions"]


async def test_a_wrong_value_in_a_known_plan_is_told_of_the_field_that_got_it(world: World) -> None:
    document = "query($n: Int, $m: Int) { a: courses(first: $n) { totalCount } b: courses(first: $m) { totalCount } }"
    await world.data(document, {"n": 1, "m": 1})
    (error,) = (await world.ask(document, {"n": 1, "m": 1000})).json["errors"]
    assert error["path"] == ["b"]


async def test_a_wrong_argument_in_a_payload_is_refused_before_anything_is_changed(world: World) -> None:
    document = """mutation($i: CreateCourseInput!, $c: String) { made: createCourse(input: $i) {
      course { offerings(after: $c) { nodes { id } } } userErrors { message } } }"""
    course = {
        "orgUnitId": world["alpha"].ids["faculty"],
        "code": "ARG-1",
        "title": [{"language": "en", "text": "x"}],
    }
    answer = await world.ask(document, {"i": course, "c": "zz"})
    (error,) = answer.json["errors"]
    assert (error["path"], error["locations"]) == (
        ["made", "course", "offerings"],
        [{"line": 2, "column": 16}],
    )
    assert (await world.data('{ course(code: "ARG-1") { id } }'))["course"] is None
