"""Plans: one per shape and access, each with the index that serves it, none with a client's text in it."""

import json
import re
import string
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import api.plan.documents
import api.plan.planner
from api.limits import MAX_SHAPES
from api.plan.plan import Inputs, Plan
from api.plan.planner import Planner
from api.schema.build import ENTITIES, SCHEMA
from kernel.database.roles import DatabaseRole
from tenants.model import Access, Principal, Role, Scope, access_of
from tests.integration.graphql.institutions import added
from tests.statements import counted_statements, plans
from tests.world import Institution, World

SLUG = "plans"
COURSES = 6_000
ADMIN = access_of([Role.TENANT_ADMIN])

_FILLED = f"""
insert into fediflow.org_units (tenant_id, id, code, name, kind, created_at, updated_at)
  select $1, n, 'U' || n, '{{"en": "Unit"}}', 'faculty', now(), now() from generate_series(1, 40) n;
insert into fediflow.academic_sessions (tenant_id, id, code, title, kind, starts_on, ends_on, created_at, updated_at)
  select $1, n, 'T' || n, '{{"en": "Term"}}', 'term', date '2020-01-01' + 180 * n, date '2020-06-01' + 180 * n, now(), now()
  from generate_series(1, 10) n;
insert into fediflow.courses (tenant_id, id, org_unit_id, code, title, sort_title, created_at, updated_at)
  select $1, n, 1 + n % 40, 'C' || n, jsonb_build_object('en', 'Course ' || n), 'Course ' || n, now(),
    timestamptz '2026-01-01' + n * interval '1 minute' from generate_series(1, {COURSES}) n;
insert into fediflow.course_languages (tenant_id, language, course_id)
  select $1, case when n % 100 = 0 then 'ja' else 'en' end, n from generate_series(1, {COURSES}) n;
insert into fediflow.course_external_ids (tenant_id, course_id, type, value)
  select $1, n, 'sis', 'x' || n from generate_series(1, {COURSES}) n;
insert into fediflow.offerings (tenant_id, id, course_id, academic_session_id, code, state, effective_starts_on,
    effective_ends_on, created_at, updated_at)
  select $1, n, n, 1 + n % 10, 'O' || n, 'published', date '2020-01-01' + n % 1000, date '2024-01-01', now(), now()
  from generate_series(1, {COURSES}) n;
insert into fediflow.offering_seats (tenant_id, offering_id) select $1, n from generate_series(1, {COURSES}) n;
insert into fediflow.users (tenant_id, id, handle, given_name, family_name, display_name, created_at, updated_at)
  select $1, n, 'u' || n, 'Given', 'Family', 'Person ' || n, now(), now() from generate_series(1, 3000) n;
insert into fediflow.enrollments (tenant_id, id, offering_id, user_id, role, state, state_changed_at, created_at, updated_at)
  select $1, n, 1 + n % {COURSES}, 1 + n / {COURSES} * 1000 + n % 1000, 'student', 'active', now(), now(), now()
  from generate_series(1, 12000) n;
"""


@pytest.fixture(scope="module")
async def large(world: World) -> Institution:
    """An institution of some thousands of rows, written set by set under its tenant and analysed."""
    made = await added(world, SLUG, shard="two", furnished=False)
    address = world.databases.shards["two"]
    async with world.databases.driver(address, DatabaseRole.WORKER) as driver, driver.transaction():
        await driver.execute(f"set local app.tenant_id = '{made.tenant.id}'")
        for statement in _FILLED.split(";\n"):
            if statement.strip():
                await driver.execute(statement.replace("$1", str(made.tenant.id)))
    async with world.databases.driver(address, None) as administrator:
        await administrator.execute("analyze")
    return made


def compiled(document: str, variables: Mapping[str, Any] | None = None, access: Access = ADMIN) -> Plan:
    """The plan of a document, from a planner of its own."""
    planner = Planner(SCHEMA, ENTITIES)
    operation = planner.documents.get(document).operation(None)
    return planner.query(operation, access, operation.coerce(SCHEMA, variables or {}))


async def explained(world: World, made: Institution, plan: Plan) -> list[dict[str, Any]]:
    """The nodes of PostgreSQL's generic plan for the only statement, as the application's role under the tenant."""
    (statement,) = plan.statements
    async with world.door.read(made.tenant) as driver:
        assert await driver.fetchval("select current_user") == DatabaseRole.APP.value
        await driver.execute("set local plan_cache_mode = force_generic_plan")
        await driver.execute(f"prepare asked as {statement.sql}")
        try:
            nothing = ", ".join("null" for _ in statement.binders)
            found = await driver.fetchval(f"explain (format json) execute asked ({nothing})")
        finally:
            await driver.execute("deallocate asked")
    return list(_nodes(found[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Any:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _indexes(nodes: list[dict[str, Any]], table: str) -> set[str]:
    return {node["Index Name"] for node in nodes if str(node.get("Index Name", "")).startswith(table)}


LIST = (
    "query($f: CourseFilter, $o: CourseOrder, $a: String) {"
    " courses(filter: $f, orderBy: $o, after: $a) { nodes { id code } pageInfo { hasNextPage } } }"
)
# Variables, the table they are about and the index that serves them.
SERVED: list[tuple[str, dict[str, Any], str, str]] = [
    (LIST, {}, "courses", "courses_code_id_idx"),
    (LIST, {"f": {"code": "C7"}}, "courses", "courses_tenant_id_code_key|courses_code_id_idx"),
    (LIST, {"f": {"codePrefix": "C7"}}, "courses", "courses_code_id_idx|courses_tenant_id_code_key"),
    (LIST, {"f": {"orgUnit": "unit_3"}}, "courses", "courses_org_unit_id_code_id_idx"),
    (LIST, {"o": {"field": "TITLE"}}, "courses", "courses_title_key_id_idx"),
    (LIST, {"o": {"field": "UPDATED_AT", "direction": "DESC"}}, "courses", "courses_updated_at_id_idx"),
    (
        LIST,
        {"f": {"updatedSince": "2026-01-04T00:00:00Z"}, "o": {"field": "UPDATED_AT"}},
        "courses",
        "courses_updated_at_id_idx",
    ),
    (LIST, {"f": {"language": "ja"}}, "course_languages", "course_languages_(pkey|course_id_idx)"),
    (LIST, {"f": {"externalId": {"type": "sis", "value": "x9"}}}, "course_external_ids", "course_external_ids_pkey"),
    (LIST, {"f": {"externalId": {"type": "sis", "value": "x9"}}}, "courses", "courses_pkey"),
    ("{ course(id: \"course_7\") { code } }", {}, "courses", "courses_pkey"),
    (
        "{ enrollments(filter: {user: \"user_5\"}) { nodes { id } } }",
        {},
        "enrollments",
        "enrollments_user_id_id_idx|enrollments_tenant_id_offering_id_user_id_key",
    ),
    ("{ enrollments(filter: {offering: \"offering_5\"}) { nodes { id } } }", {}, "enrollments", "enrollments_offering_id_.*"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "variables", "table", "index"), SERVED)
async def test_each_shape_has_the_index_that_serves_it(
    world: World, large: Institution, document: str, variables: dict[str, Any], table: str, index: str
) -> None:
    nodes = await explained(world, large, compiled(document, variables))
    found = _indexes(nodes, table)
    assert any(re.fullmatch(index, name) for name in found), found
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan" and node["Relation Name"] == table]


async def test_two_shapes_of_one_document_get_two_plans_with_two_indexes(
    world: World, large: Institution
) -> None:
    planner = Planner(SCHEMA, ENTITIES)
    operation = planner.documents.get(LIST).operation(None)
    by_unit = planner.query(operation, ADMIN, operation.coerce(SCHEMA, {"f": {"orgUnit": "unit_3"}}))
    changed = {"f": {"updatedSince": "2026-01-04T00:00:00Z"}, "o": {"field": "UPDATED_AT"}}
    by_change = planner.query(operation, ADMIN, operation.coerce(SCHEMA, changed))
    assert by_unit is not by_change
    one, other = [_indexes(await explained(world, large, plan), "courses_") for plan in (by_unit, by_change)]
    assert (one, other) == ({"courses_org_unit_id_code_id_idx"}, {"courses_updated_at_id_idx"})
    # And a predicate that was not asked for is not there, not even as `$n is null or …`.
    assert "org_unit_id =" not in by_change.statements[0].sql
    assert "updated_at >=" not in by_unit.statements[0].sql
    assert " IS NULL OR " not in by_unit.statements[0].sql.upper()


async def test_a_page_far_into_a_list_starts_at_its_cursor(world: World, large: Institution) -> None:
    cursor = "WyJDT0RFIiwgIkM1IiwgIjUiXQ=="  # ["CODE", "C5", "5"]
    nodes = await explained(world, large, compiled(LIST, {"a": cursor}))
    conditions = [
        node.get("Index Cond", "") for node in nodes if node.get("Index Name") == "courses_code_id_idx"
    ]
    assert any("ROW(" in condition for condition in conditions)
    assert not [node for node in nodes if node["Node Type"] == "Sort"]


async def test_a_known_shape_is_neither_parsed_nor_compiled_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = "query Known($c: String) { course(code: $c) { id code } }"
    first = await world.data(document, {"c": "C1"})

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("this was known")

    monkeypatch.setattr(api.plan.documents, "parse", refuse)
    monkeypatch.setattr(api.plan.documents, "validate", refuse)
    monkeypatch.setattr(api.plan.planner, "Compiler", refuse)
    assert await world.data(document, {"c": "C1"}) == first
    assert (await world.data(document, {"c": "C2"}))["course"]["code"] == "C2"
    assert (await world.data(document, {"c": "C1"}, at="gamma"))["course"]["code"] == "C1"  # for every tenant
    assert (await world.ask(document.replace("id", "  id"))).codes == ["INTERNAL"]  # what refuses is asked


async def test_many_shapes_of_a_document_are_all_answered(world: World) -> None:
    document = "query Shapes($f: CourseFilter) { courses(filter: $f) { totalCount } }"
    members: dict[str, Any] = {
        "code": "none has it",
        "codePrefix": "none has",
        "orgUnit": "unit_1",
        "language": "de",
        "status": "ACTIVE",
        "updatedSince": "2026-01-01T00:00:00Z",
        "externalId": {"type": "a", "value": "b"},
    }
    for number in range(MAX_SHAPES + 20):
        chosen = {name: value for bit, (name, value) in enumerate(members.items()) if number >> bit & 1}
        data = await world.data(document, {"f": chosen}, at="gamma")
        finds_any = not set(chosen) & {"code", "codePrefix", "orgUnit", "externalId"}
        assert (data["courses"]["totalCount"] > 0) is finds_any


async def test_forms_with_many_optional_members_do_not_use_up_shapes(world: World) -> None:
    document = "mutation Form($i: UpdateCourseInput!) { updateCourse(input: $i) { userErrors { code } } }"
    members: dict[str, Any] = {
        "code": "FORM",
        "eqfLevel": 5,
        "iscedF": "0610",
        "visibility": "TENANT",
        "teachingLanguages": ["de"],
        "deliveryModes": [],
        "credits": [],
        "externalIds": [],
    }
    for number in range(MAX_SHAPES + 20):
        chosen = {name: value for bit, (name, value) in enumerate(members.items()) if number >> bit & 1}
        data = await world.data(document, {"i": {"id": "course_1", **chosen}}, at="gamma")
        assert data["updateCourse"]["userErrors"] == [{"code": "NOT_FOUND"}]


EVERYTHING = """{ courses { totalCount nodes { attributes { value } offerings { nodes { sections { nodes { id } }
  enrollments { nodes { user { emails { address } roles { role } externalIds { value } } } } } } } } }"""
ACCESSES = {
    "nobody": Access(scopes=frozenset(Scope)),
    **{role.value: access_of([role]) for role in Role},
    "registrar of a unit": access_of([], [Role.REGISTRAR]),
    "auditor of a unit": access_of([Role.STUDENT], [Role.AUDITOR]),
}


def test_people_who_see_differently_never_share_a_plan() -> None:
    planner = Planner(SCHEMA, ENTITIES)
    operation = planner.documents.get(EVERYTHING).operation(None)
    shared = {name: planner.query(operation, access, {}) for name, access in ACCESSES.items()}
    for name, access in ACCESSES.items():
        alone = compiled(EVERYTHING, access=access).statements[0].sql
        assert shared[name].statements[0].sql == alone, name
    for one, first in ACCESSES.items():
        for other, second in ACCESSES.items():
            assert (shared[one] is shared[other]) is (first == second), (one, other)
    texts = {name: plan.statements[0].sql for name, plan in shared.items()}
    assert len({texts["student"], texts["tenant_admin"], texts["nobody"], texts["registrar of a unit"]}) == 4


def test_a_plan_names_neither_viewer_nor_tenant_nor_moment(world: World) -> None:
    plan = compiled(EVERYTHING, access=ACCESSES["student"])
    one, two = (
        Inputs(Principal(world[slug].tenant, world[slug].number("user:student")), {}, ["de"], None)  # type: ignore[arg-type]
        for slug in ("alpha", "beta")
    )
    (statement,) = plan.statements
    for inputs in (one, two):
        assert inputs.principal.tenant.id in statement.bind(inputs)
        assert inputs.principal.user_id in statement.bind(inputs)
        assert str(inputs.principal.tenant.id) not in statement.sql
        assert str(inputs.principal.user_id) not in statement.sql


# ---- no text of a client in SQL --------------------------------------------------------------------------------------

_WRITTEN = """query($code: String, $prefix: String, $type: String!, $unit: ID, $since: DateTime, $after: String,
    $languages: [String!], $first: Int, $ids: [ID!]!, $day: Date!) {
  courses(filter: {code: $code, codePrefix: $prefix, externalId: {type: $type, value: LITERAL}, orgUnit: $unit,
      language: "de-x-zqtag", updatedSince: $since, attribute: {name: LITERAL, value: $type}}, after: $after, first: $first) {
    totalCount nodes { title(languages: $languages) { text } } }
  course(code: LITERAL) { id } nodes(ids: $ids) { id } node(id: "course_NUMBER") { id } termAt(date: $day) { id }
  offerings(filter: {course: "course_NUMBER", code: LITERAL}) { nodes { enrollments(filter: {user: $unit2}) { nodes { id } } } } }
""".replace("{user: $unit2}", '{user: "user_NUMBER"}')
_TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(text=_TEXTS, number=st.integers(10**14, 10**17))
def test_no_value_of_a_client_is_ever_in_sql(text: str, number: int) -> None:
    marked = f"zq{text}qz"
    document = _WRITTEN.replace("LITERAL", json.dumps(marked, ensure_ascii=False)).replace(
        "NUMBER", str(number)
    )
    variables = {
        "code": marked,
        "prefix": marked,
        "type": marked,
        "unit": f"unit_{number}",
        "since": "2031-07-13T01:02:03Z",
        "after": marked,
        "languages": ["tlh"],
        "first": 73,
        "ids": [f"course_{number}", f"user_{number + 1}", f"bogus_{number}"],
        "day": "2031-07-13",
    }
    for access in (ADMIN, ACCESSES["student"], ACCESSES["nobody"]):
        sql = "\n".join(statement.sql for statement in compiled(document, variables, access).statements)
        for value in (marked, str(number), str(number + 1), "2031", "tlh", "bogus", "zq", "73"):
            assert value not in sql


_NAMES = st.builds(
    lambda head, tail: head + tail,
    st.sampled_from("_" + string.ascii_letters),
    st.text("_" + string.ascii_letters + string.digits, max_size=30),
)
_TRICKY = [
    "ff_1",
    "ff_2",
    "parameter_1",
    "tenant_id",
    "viewer_id",
    "languages",
    "n",
    "key",
    "value",
    "ff_n",
    "select",
    "from",
    "null",
    "true",
    "int4",
    "_",
    "__",
    "___",
    "A1",
    "SELECT",
    "WHERE",
    "current_user",
    "coalesce",
    "prefix",
    "number",
    "row",
    "concat_texts_1",
    "id",
    "code",
    "constructor",
    "__proto__",
    "toString",
    "data",
]


@pytest.fixture(scope="module")
async def named(world: World) -> str:
    """An institution that no other test adds to."""
    return (await added(world, "names", shard="one")).tenant.slug


@settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(names=st.lists(_NAMES | st.sampled_from(_TRICKY), min_size=4, max_size=8, unique=True))
async def test_any_legal_name_may_be_a_response_key(world: World, named: str, names: list[str]) -> None:
    root, first, second, third, *rest = names
    more = " ".join(f"{name}: version" for name in rest)
    document = f"""query {first} {{ {root}: course(code: "C1") {{ {first}: code {second}: title {{ {third}: text {first}: language }}
      {third}: offerings {{ {root}: nodes {{ {second}: code }} {first}: totalCount }} {more} }} }}"""
    data = await world.data(document, at=named)
    assert list(data) == [root]
    course = data[root]
    assert list(course) == [first, second, third, *rest]
    assert course[first] == "C1"
    assert course[second] == {third: "Kurs 1", first: "de"}
    assert course[third] == {root: [{second: "O1"}], first: 1}


def test_the_longest_name_is_no_trouble() -> None:
    name = "a" * 5_000
    assert name in compiled(f'{{ {name}: course(code: "x") {{ {name}: code }} }}').statements[0].sql


async def test_every_statement_of_an_answer_is_a_plan_or_its_transaction(world: World) -> None:
    document = "{ a: courses { nodes { id } } b: courses(last: 1) { nodes { code } } viewer { handle } }"
    await world.data(document)
    with counted_statements() as statements:
        await world.data(document)
    assert len(plans(statements)) == 3
    assert len(statements) == 6  # with BEGIN, the tenant and COMMIT, all in one write
