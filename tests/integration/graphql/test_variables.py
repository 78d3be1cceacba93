"""Values of variables and literals: null, absent, defaults, lists of one, numbers and days at the ends of what there is."""

import pytest

from tests.statements import counted_statements, plans
from tests.world import World


@pytest.mark.parametrize("literal", ["1e400", "-1e400"])
async def test_a_number_beyond_all_floats_is_an_error_of_the_input(world: World, literal: str) -> None:
    document = f"""mutation($id: ID!) {{ updateOffering(input: {{id: $id, place: {{latitude: {literal}, longitude: 1}}}}) {{
      offering {{ id }} userErrors {{ code path }} }} }}"""
    data = await world.data(document, {"id": world["gamma"].ids["offering:2"]}, at="gamma")
    assert data["updateOffering"] == {
        "offering": None,
        "userErrors": [{"code": "BAD_USER_INPUT", "path": ["input"]}],
    }


# A nullable variable with a default passes validation where null may not stand.
NULLS = [
    ("query($x: Boolean = true) { courses { totalCount @skip(if: $x) } }", "x"),
    ("query($x: Boolean = true) { courses { totalCount(exact: $x) } }", "x"),
    (
        "query($x: OrderDirection = DESC) { courses(orderBy: {field: CODE, direction: $x}) { totalCount } }",
        "x",
    ),
    (
        'query($x: String = "t") { courses(filter: {externalId: {type: $x, value: "v"}}) { totalCount } }',
        "x",
    ),
    ('query($x: [ID!] = ["course_1"]) { nodes(ids: $x) { id } }', "x"),
    ('query($x: ID = "course_1") { nodes(ids: [$x]) { id } }', "x"),
    ('query($x: ID = "course_1") { node(id: $x) { id } }', "x"),
    ('query($x: String = "de") { courses { nodes { title(languages: [$x]) { text } } } }', "x"),
]


@pytest.mark.parametrize(("document", "name"), NULLS)
async def test_null_where_none_may_stand_is_refused_and_never_ignored(
    world: World, document: str, name: str
) -> None:
    assert "errors" not in (await world.ask(document)).json
    for _ in range(2):  # whether a plan is there already makes no difference
        assert (await world.ask(document, {name: None})).codes == ["BAD_USER_INPUT"]
    assert "errors" not in (await world.ask(document)).json


async def test_a_null_input_of_a_mutation_is_an_error_of_its_payload(world: World) -> None:
    document = """mutation($i: ChangeInput = {id: "course_1"}) {
      archiveCourse(input: $i) { course { id } userErrors { code path } } }"""
    data = await world.data(document, {"i": None})
    assert data["archiveCourse"]["userErrors"] == [{"code": "BAD_USER_INPUT", "path": ["input"]}]


async def test_null_and_absent_are_alike_where_both_may_stand(world: World) -> None:
    document = """query($first: Int, $last: Int, $after: String, $before: String, $filter: CourseFilter,
        $order: CourseOrder, $code: String, $unit: ID, $status: ArchiveStatus, $since: DateTime,
        $outer: ExternalIdInput, $languages: [String!], $id: ID) {
      courses(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $order) {
        totalCount nodes { id title(languages: $languages) { text language } } }
      again: courses(filter: {code: $code, orgUnit: $unit, status: $status, updatedSince: $since,
        externalId: $outer}) { nodes { id } }
      course(id: $id, code: "C1") { id } }"""
    names = [
        "first",
        "last",
        "after",
        "before",
        "filter",
        "order",
        "code",
        "unit",
        "status",
        "since",
        "outer",
        "languages",
        "id",
    ]
    absent = await world.data(document)
    assert await world.data(document, dict.fromkeys(names)) == absent
    assert len(absent["again"]["nodes"]) == len(absent["courses"]["nodes"]) >= 5
    members = dict.fromkeys(("code", "codePrefix", "orgUnit", "status", "externalId", "attribute"))
    assert await world.data(document, {"filter": members}) == absent
    literal = await world.data(
        "{ courses(first: null, last: null, after: null, before: null, filter: null, orderBy: null) {"
        " totalCount nodes { id title(languages: null) { text language } } } }"
    )
    assert literal["courses"] == absent["courses"]


async def test_variables_work_inside_literals(world: World) -> None:
    alpha = world["alpha"]
    data = await world.data(
        """query($c: String, $f: CourseOrderField!, $d: OrderDirection!, $id: ID!, $u: ID!, $l: String!, $n: Int = 1) {
          a: courses(first: $n, filter: {codePrefix: $c, orgUnit: $u}, orderBy: {field: $f, direction: $d}) {
            nodes { code title(languages: ["fr", $l]) { language } } }
          b: nodes(ids: ["course_1", $id]) { id } }""",
        {
            "c": "C",
            "f": "CODE",
            "d": "DESC",
            "id": alpha.ids["user:student"],
            "u": alpha.ids["faculty"],
            "l": "en",
        },
    )
    assert data["a"]["nodes"] == [{"code": "C5", "title": {"language": "en"}}]
    assert data["b"] == [None, {"id": alpha.ids["user:student"]}]


async def test_an_exact_count_may_be_asked_by_variable(world: World) -> None:
    document = "query($x: Boolean!) { courses { totalCount(exact: $x) } }"
    for exact in (True, False):
        with counted_statements() as statements:
            await world.data(document, {"x": exact})
        assert ("LIMIT 10001" in plans(statements)[-1]) is not exact


async def test_a_single_value_is_a_list_of_one(world: World) -> None:
    course = world["alpha"].ids["course:1"]
    literal = await world.data(
        f'{{ nodes(ids: "{course}") {{ id ... on Course {{ title(languages: "en") {{ language }} }} }} }}'
    )
    assert literal["nodes"] == [{"id": course, "title": {"language": "en"}}]
    variables = await world.data(
        "query($i: [ID!]!, $l: [String!]) { nodes(ids: $i) { id ... on Course { title(languages: $l) { language } } } }",
        {"i": course, "l": "en"},
    )
    assert variables == literal


async def test_a_default_of_a_variable_is_checked_as_its_value(world: World) -> None:
    document = "query($n: Int = 100000) { courses(first: $n) { totalCount } }"
    assert (await world.ask(document)).codes == ["BAD_USER_INPUT"]
    assert "errors" not in (await world.ask(document, {"n": 1})).json


@pytest.mark.parametrize(
    "moment", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "today"]
)
async def test_a_moment_without_offset_or_out_of_time_is_refused(world: World, moment: str) -> None:
    asked = await world.ask(
        "query($d: DateTime) { courses(filter: {updatedSince: $d}) { totalCount } }", {"d": moment}
    )
    assert asked.codes == ["BAD_USER_INPUT"]
    made = await world.ask(
        "mutation($i: CreateTokenInput!) { createToken(input: $i) { userErrors { code } } }",
        {"i": {"name": "x", "scopes": ["courses:read"], "expiresAt": moment}},
    )
    assert made.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_ends_of_the_calendar_are_dates_like_others(world: World, day: str) -> None:
    assert await world.data("query($d: Date!) { termAt(date: $d) { id } }", {"d": day}) == {"termAt": None}
    assert (await world.ask("query($d: Date!) { termAt(date: $d) { id } }", {"d": "10000-01-01"})).codes == [
        "BAD_USER_INPUT"
    ]
