"""Reading: the thin line through all layers, then every way in."""

from datetime import date, timedelta

from tests.statements import counted_statements, plans
from tests.world import World

FIVE_LEVELS = """
query { orgUnit(code: "F") { code courses(filter: {codePrefix: "C"}) { nodes { code offerings { nodes { code
  enrollments { totalCount nodes { role user { handle } } } } } } } } }
"""


async def test_course_by_id_comes_back_as_asked(world: World) -> None:
    alpha = world["alpha"]
    data = await world.data(
        "query($id: ID!) { course(id: $id) { id code title { text language } credits { scheme value }"
        " orgUnit { code } __typename } }",
        {"id": alpha.ids["course:1"]},
    )
    assert data["course"] == {
        "id": alpha.ids["course:1"],
        "code": "C1",
        "title": {"text": "Kurs 1", "language": "de"},
        "credits": [{"scheme": "ects", "value": "7.50"}],
        "orgUnit": {"code": "F"},
        "__typename": "Course",
    }


async def test_a_query_five_levels_deep_is_one_statement(world: World) -> None:
    await world.data(FIVE_LEVELS)
    with counted_statements() as statements:
        data = await world.data(FIVE_LEVELS)
    assert len(plans(statements)) == 1
    assert len(statements) == 4  # BEGIN, the tenant, the plan, COMMIT: in one write
    courses = data["orgUnit"]["courses"]["nodes"]
    assert [course["code"] for course in courses] == ["C1", "C2", "C3", "C4", "C5"]
    enrollments = courses[0]["offerings"]["nodes"][0]["enrollments"]
    handles = [one["user"]["handle"] for one in enrollments["nodes"]]
    assert enrollments["totalCount"] == len(handles)
    assert handles[:2] == ["instructor", "student"]


async def test_every_root_field_is_one_statement(world: World) -> None:
    document = (
        '{ a: course(code: "C1") { id } b: courses { totalCount } c: currentTerm { code } tenant { slug } }'
    )
    await world.data(document)
    with counted_statements() as statements:
        await world.data(document)
    assert len(plans(statements)) == 3


async def test_objects_are_found_by_id_code_and_external_id(world: World) -> None:
    alpha = world["alpha"]
    made = await world.data(
        "mutation($i: CreateCourseInput!) { createCourse(input: $i) { course { id } userErrors { message } } }",
        {
            "i": {
                "orgUnitId": alpha.ids["faculty"],
                "code": "EXT-1",
                "title": [{"language": "en", "text": "By its other names"}],
                "externalIds": [{"type": "sis", "value": "4711"}],
            }
        },
    )
    course = made["createCourse"]["course"]["id"]
    data = await world.data(
        'query($id: ID!) { a: course(id: $id) { id } b: course(code: "EXT-1") { id }'
        ' c: course(externalId: {type: "sis", value: "4711"}) { id externalIds { type value } }'
        ' d: courses(filter: {externalId: {type: "sis", value: "4711"}}) { nodes { id } totalCount } }',
        {"id": course},
    )
    assert data["a"]["id"] == data["b"]["id"] == data["c"]["id"] == course
    assert data["c"]["externalIds"] == [{"type": "sis", "value": "4711"}]
    assert data["d"] == {"nodes": [{"id": course}], "totalCount": 1}


async def test_exactly_one_key_is_asked_for(world: World) -> None:
    answer = await world.ask('{ course(code: "C1", id: "course_1") { id } }')
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "exactly one of id, code, externalId" in answer.json["errors"][0]["message"]


async def test_node_and_nodes_answer_in_the_order_asked_and_null_for_what_is_not_there(world: World) -> None:
    ids = world["alpha"].ids
    data = await world.data(
        "query($a: ID!, $many: [ID!]!) { node(id: $a) { id __typename ... on User { handle } }"
        " nodes(ids: $many) { id __typename ... on Course { code } } }",
        {"a": ids["user:student"], "many": [ids["offering:1"], "course_1", ids["course:2"], "nonsense_5"]},
    )
    assert data["node"] == {"id": ids["user:student"], "__typename": "User", "handle": "student"}
    assert data["nodes"] == [
        {"id": ids["offering:1"], "__typename": "Offering"},
        None,
        {"id": ids["course:2"], "__typename": "Course", "code": "C2"},
        None,
    ]


async def test_terms_are_found_by_date(world: World) -> None:
    data = await world.data(
        "query($then: Date!) { currentTerm { code } termAt(date: $then) { code } }",
        {"then": (date.today() - timedelta(days=400)).isoformat()},
    )
    assert data == {"currentTerm": {"code": "T1"}, "termAt": None}


async def test_viewer_is_the_one_who_asks(world: World) -> None:
    as_student = await world.data("{ viewer { handle roles { role } } }", role="student")
    assert as_student == {"viewer": {"handle": "student", "roles": [{"role": "STUDENT"}]}}


async def test_languages_are_tried_in_the_order_asked_and_the_answer_says_which_came(world: World) -> None:
    document = """{ course(code: "C1") {
        default: title { language } asked: title(languages: ["fr", "en-GB", "de"]) { language text }
        none: title(languages: ["fr"]) { language } } }"""
    data = (await world.data(document))["course"]
    assert data["default"]["language"] == "de"
    assert data["asked"] == {"language": "en", "text": "Course 1"}
    assert data["none"]["language"] in ("de", "en")
    accepting = await world.data(document, accept_language="en;q=0.9, fr")
    assert accepting["course"]["default"]["language"] == "en"


async def test_introspection_answers(world: World) -> None:
    data = await world.data(
        '{ __schema { queryType { name } } __type(name: "Course") { name kind } __typename }'
    )
    assert data == {
        "__schema": {"queryType": {"name": "Query"}},
        "__type": {"name": "Course", "kind": "OBJECT"},
        "__typename": "Query",
    }


async def test_fragments_aliases_and_merged_selections_come_back_once(world: World) -> None:
    data = await world.data(
        """query { a: course(code: "C1") { ...F code title { language } title { text } ... on Node { nodeId: id } } }
        fragment F on Course { orgUnit { code } orgUnit { kind } }"""
    )
    course = data["a"]
    assert course["orgUnit"] == {"code": "F", "kind": "FACULTY"}
    assert course["title"] == {"language": "de", "text": "Kurs 1"}
    assert course["nodeId"] == world["alpha"].ids["course:1"]


async def test_skip_and_include_make_plans_of_their_own(world: World) -> None:
    document = 'query($x: Boolean!) { course(code: "C1") { code id @include(if: $x) version @skip(if: $x) } }'
    assert set((await world.data(document, {"x": True}))["course"]) == {"code", "id"}
    assert set((await world.data(document, {"x": False}))["course"]) == {"code", "version"}
