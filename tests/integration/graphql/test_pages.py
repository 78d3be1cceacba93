"""Connections: pages, cursors, orders, filters and counts."""

from typing import Any

import pytest

from tests.world import World

WALK = """query($first: Int, $last: Int, $after: String, $before: String, $order: CourseOrder, $filter: CourseFilter) {
  courses(first: $first, last: $last, after: $after, before: $before, orderBy: $order, filter: $filter) {
    totalCount nodes { code } edges { cursor node { code } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def _courses(world: World, **variables: Any) -> Any:
    return (await world.data(WALK, variables, at="gamma"))["courses"]


def _codes(page: Any) -> list[str]:
    return [node["code"] for node in page["nodes"]]


@pytest.mark.parametrize("field", ["CODE", "TITLE", "UPDATED_AT", "ID"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_walking_forwards_and_backwards_sees_every_row_once(
    world: World, field: str, direction: str
) -> None:
    order = {"field": field, "direction": direction}
    whole = _codes(await _courses(world, first=100, order=order))
    forwards: list[str] = []
    cursor = None
    while True:
        page = await _courses(world, first=2, after=cursor, order=order)
        forwards += _codes(page)
        assert page["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        assert page["edges"][0]["cursor"] == page["pageInfo"]["startCursor"]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    backwards: list[str] = []
    cursor = None
    while True:
        page = await _courses(world, last=2, before=cursor, order=order)
        backwards = _codes(page) + backwards
        assert page["pageInfo"]["hasNextPage"] is (cursor is not None)
        cursor = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert forwards == backwards == whole
    assert len(whole) == len(set(whole)) >= 5


async def test_cursors_survive_inserts_and_deletes_before_them(world: World) -> None:
    first = await _courses(world, first=2)
    cursor = first["pageInfo"]["endCursor"]
    rest = _codes(await _courses(world, first=50, after=cursor))
    made = await world.data(
        "mutation($i: CreateCourseInput!) { createCourse(input: $i) { course { id } userErrors { message } } }",
        {
            "i": {
                "orgUnitId": world["gamma"].ids["faculty"],
                "code": "A0",
                "title": [{"language": "fr", "text": "Avant"}],
            }
        },
        at="gamma",
    )
    assert made["createCourse"]["userErrors"] == []
    assert _codes(await _courses(world, first=50, after=cursor)) == rest


async def test_counts_do_not_depend_on_the_page(world: World) -> None:
    whole = await _courses(world, first=100)
    assert whole["totalCount"] == len(whole["nodes"])
    assert (await _courses(world, first=0))["totalCount"] == whole["totalCount"]
    counted = await world.data("{ courses { totalCount(exact: true) totalCountIsCapped } }", at="gamma")
    assert counted["courses"] == {"totalCount": whole["totalCount"], "totalCountIsCapped": False}


async def test_filters_narrow_the_list_and_its_count(world: World) -> None:
    faculty = world["gamma"].ids["faculty"]
    assert _codes(await _courses(world, first=9, filter={"code": "C2"})) == ["C2"]
    assert _codes(await _courses(world, first=9, filter={"codePrefix": "C"})) == [
        "C1",
        "C2",
        "C3",
        "C4",
        "C5",
    ]
    assert _codes(await _courses(world, first=9, filter={"language": "de"})) == ["C2", "C4"]
    assert "C1" in _codes(await _courses(world, first=9, filter={"orgUnit": faculty}))
    assert _codes(await _courses(world, first=9, filter={"orgUnit": world["gamma"].ids["unit"]})) == []
    both = await _courses(world, first=9, filter={"language": "de", "code": "C4"})
    assert (_codes(both), both["totalCount"]) == (["C4"], 1)
    assert _codes(await _courses(world, first=9, filter={"updatedSince": "2999-01-01T00:00:00Z"})) == []


async def test_enrollments_are_filtered_by_state_role_term_and_user(world: World) -> None:
    ids = world["alpha"].ids
    document = "query($f: EnrollmentFilter) { enrollments(filter: $f) { nodes { id } totalCount } }"
    for given in (
        {"role": "STUDENT", "offering": ids["offering:1"]},
        {"user": ids["user:student"], "offering": ids["offering:1"]},
        {"academicSession": ids["session"], "user": ids["user:student"], "offering": ids["offering:1"]},
        {"state": "ACTIVE", "user": ids["user:student"], "offering": ids["offering:1"]},
    ):
        found = (await world.data(document, {"f": given}))["enrollments"]
        assert found == {"nodes": [{"id": ids["enrollment:student"]}], "totalCount": 1}, given
    none = await world.data(document, {"f": {"state": "DENIED"}})
    assert none["enrollments"]["totalCount"] == 0


async def test_a_page_says_when_it_is_too_large_or_ambiguous(world: World) -> None:
    too_large = await world.ask("{ courses(first: 101) { nodes { id } } }")
    assert too_large.codes == ["BAD_USER_INPUT"]
    assert "courses(first:) is 101; a page holds 0 to 100 rows" in too_large.json["errors"][0]["message"]
    by_variable = await world.ask("query($n: Int) { courses(first: $n) { nodes { id } } }", {"n": -1})
    assert by_variable.codes == ["BAD_USER_INPUT"]
    both = await world.ask("{ courses(first: 1, last: 1) { nodes { id } } }")
    assert both.codes == ["BAD_USER_INPUT"]


async def test_twenty_come_when_nobody_says_how_many(world: World) -> None:
    beta = world["beta"]
    inputs = ", ".join(
        f'm{n}: createCourse(input: {{orgUnitId: "{beta.ids["faculty"]}", code: "P{n:02}",'
        f' title: [{{language: "en", text: "Page {n}"}}]}}) {{ userErrors {{ message }} }}'
        for n in range(25)
    )
    await world.data("mutation { " + inputs + " }", at="beta")
    page = await world.data(
        '{ courses(filter: {codePrefix: "P"}) { nodes { code } pageInfo { hasNextPage } totalCount } }',
        at="beta",
    )
    assert [node["code"] for node in page["courses"]["nodes"]] == [f"P{n:02}" for n in range(20)]
    assert page["courses"]["pageInfo"]["hasNextPage"] is True
    assert page["courses"]["totalCount"] == 25


@pytest.mark.parametrize(
    "cursor",
    ["x", "", "bm90IGpzb24=", "WyJDT0RFIl0=", "WyJDT0RFIiwiYSIsImIiXQ==", "bnVsbA==", "é", "W1tbW1tb"],
)
async def test_a_malformed_cursor_is_named(world: World, cursor: str) -> None:
    answer = await world.ask("query($c: String) { courses(after: $c) { nodes { id } } }", {"c": cursor})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "cursor" in answer.json["errors"][0]["message"]


async def test_a_cursor_of_another_order_is_named(world: World) -> None:
    page = await _courses(world, first=1, order={"field": "CODE"})
    answer = await world.ask(
        "query($c: String) { courses(after: $c, orderBy: {field: UPDATED_AT}) { nodes { id } } }",
        {"c": page["pageInfo"]["endCursor"]},
    )
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "another order" in answer.json["errors"][0]["message"]


async def test_too_many_rows_in_one_answer_are_refused_before_they_are_read(world: World) -> None:
    answer = await world.ask(
        "{ courses(first: 100) { nodes { offerings(first: 100) { nodes { enrollments(first: 100) { nodes { id } } } } } } }"
    )
    assert answer.codes == ["LIMIT_EXCEEDED"]
