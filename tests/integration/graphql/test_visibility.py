"""Who sees what: by role, by scope, by institution; the same answer by every path."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from academic.tables import course_attributes
from api.schema.build import ENTITIES, SCHEMA
from kernel.database.roles import DatabaseRole
from tenants.model import Scope
from tenants.tables import users
from tests.integration.graphql.institutions import added
from tests.statements import counted_statements
from tests.world import ROLES, Institution, World, new_token

# One document per object type that a scope guards: what it asks for and which scope it takes.
BY_TYPE = [
    ("{ users { nodes { id } } }", "users", Scope.USERS_READ),
    ("{ viewer { id } }", "viewer", Scope.USERS_READ),
    ("{ orgUnits { nodes { id } } }", "orgUnits", Scope.ORG_UNITS_READ),
    ("{ attributeDefinitions { nodes { id } } }", "attributeDefinitions", Scope.ORG_UNITS_READ),
    ("{ academicSessions { nodes { id } } }", "academicSessions", Scope.COURSES_READ),
    ("{ currentTerm { id } }", "currentTerm", Scope.COURSES_READ),
    ("{ courses { nodes { id } } }", "courses", Scope.COURSES_READ),
    ("{ offerings { nodes { id } } }", "offerings", Scope.COURSES_READ),
    ("{ sections { nodes { id } } }", "sections", Scope.COURSES_READ),
    ("{ enrollments { nodes { id } } }", "enrollments", Scope.ENROLLMENTS_READ),
]


SLUG = "sights"


@pytest.fixture(scope="module")
async def here(world: World) -> Institution:
    """An institution that no other test adds to."""
    return await added(world, SLUG, shard="one")


@pytest.mark.parametrize(("document", "path", "scope"), BY_TYPE)
async def test_a_token_without_the_scope_is_refused_and_one_with_it_is_not(
    world: World, document: str, path: str, scope: Scope
) -> None:
    without = await new_token(world.door, world["alpha"], "tenant_admin", frozenset(Scope) - {scope})
    with counted_statements() as statements:
        answer = await world.ask(document, token=without)
    assert [
        (error["path"], error["extensions"]["code"], error["extensions"]["scope"])
        for error in answer.json["errors"]
    ] == [([path], "FORBIDDEN", scope.value)]
    assert answer.json.get("data") is None
    assert not [one for one in statements if " AS ff_" in one]
    within = await new_token(world.door, world["alpha"], "tenant_admin", frozenset({scope}))
    assert "errors" not in (await world.ask(document, token=within)).json


async def test_each_forbidden_field_is_named_with_its_path(world: World) -> None:
    token = await new_token(world.door, world["alpha"], "tenant_admin", frozenset({Scope.COURSES_READ}))
    answer = await world.ask(
        "{ courses { nodes { orgUnit { code } offerings { nodes { mine: enrollments { totalCount } } } } } }",
        token=token,
    )
    assert [error["path"] for error in answer.json["errors"]] == [
        ["courses", "nodes", "orgUnit"],
        ["courses", "nodes", "offerings", "nodes", "mine"],
    ]


async def test_a_mutation_without_the_scope_changes_nothing(world: World) -> None:
    token = await new_token(world.door, world["alpha"], "tenant_admin", frozenset({Scope.COURSES_READ}))
    answer = await world.ask(
        "mutation($id: ID!) { archiveCourse(input: {id: $id}) { userErrors { code } } }",
        {"id": world["alpha"].ids["course:4"]},
        token=token,
    )
    assert answer.codes == ["FORBIDDEN"]
    data = await world.data(
        "query($id: ID!) { course(id: $id) { status } }", {"id": world["alpha"].ids["course:4"]}
    )
    assert data["course"]["status"] == "ACTIVE"


async def test_visibility_decides_who_sees_a_course(world: World, here: Institution) -> None:
    document = '{ courses(filter: {codePrefix: "C"}) { nodes { code } totalCount } }'

    async def seen(role: str | None) -> list[str]:
        found = (await world.data(document, at=SLUG, role=role))["courses"]
        codes = [node["code"] for node in found["nodes"]]
        assert found["totalCount"] == len(codes)  # a connection counts what its viewer may see
        return codes

    assert await seen(None) == ["C1", "C5"]
    assert await seen("student") == ["C1", "C2", "C4", "C5"]
    for role in ("tenant_admin", "registrar", "analyst", "auditor"):
        assert await seen(role) == ["C1", "C2", "C3", "C4", "C5"]


async def test_a_student_sees_their_own_enrollments_by_every_path(world: World, here: Institution) -> None:
    ids = here.ids
    document = """query($offering: ID!, $other: ID!, $mine: ID!) {
      a: offering(id: $offering) { seatsTaken enrollments { totalCount nodes { id } } }
      b: enrollments { nodes { id } totalCount }
      c: node(id: $other) { id }
      d: enrollment(id: $mine) { id user { handle } offering { course { code } } }
      e: viewer { enrollments { nodes { id } } }
      f: nodes(ids: [$other, $mine]) { id } }"""
    variables = {
        "offering": ids["offering:1"],
        "other": ids["enrollment:instructor"],
        "mine": ids["enrollment:student"],
    }
    mine = [{"id": ids["enrollment:student"]}]
    data = await world.data(document, variables, at=SLUG, role="student")
    assert data["a"]["enrollments"] == {"totalCount": 1, "nodes": mine}
    assert data["a"]["seatsTaken"] == 1  # a fact of the visible offering, whoever asks
    assert data["b"] == {"nodes": mine, "totalCount": 1}
    assert data["c"] is None
    assert data["d"] == {**mine[0], "user": {"handle": "student"}, "offering": {"course": {"code": "C1"}}}
    assert data["e"]["enrollments"]["nodes"] == mine
    assert data["f"] == [None, mine[0]]


async def test_an_instructor_sees_the_people_of_their_offering_and_no_others(
    world: World, here: Institution
) -> None:
    handles = [role.replace("_", "-") for role in ROLES]
    asked = " ".join(
        f'p{number}: users(filter: {{handle: "{handle}"}}) {{ nodes {{ handle }} totalCount }}'
        for number, handle in enumerate(handles)
    )
    for role, seen in (
        ("instructor", ["instructor", "student"]),
        ("student", ["instructor", "student"]),
        ("analyst", ["analyst", "instructor"]),
    ):
        pages = (await world.data(f"{{ {asked} }}", at=SLUG, role=role)).values()
        assert sorted(node["handle"] for page in pages for node in page["nodes"]) == seen
        assert sum(page["totalCount"] for page in pages) == len(seen)


async def test_the_list_of_all_people_is_for_those_who_may_read_it(world: World) -> None:
    for document in ("{ users { totalCount } }", "{ users(filter: {status: ACTIVE}) { nodes { id } } }"):
        assert (await world.data(document, role="auditor"))["users"]
        for role in ("student", "instructor"):
            answer = await world.ask(document, role=role)
            assert answer.codes == ["BAD_USER_INPUT"]
            assert "give a filter of handle, externalId" in answer.json["errors"][0]["message"]


async def test_ids_of_another_institution_do_not_exist_by_any_root_field(world: World) -> None:
    theirs, document = world["alpha"].ids, []
    arguments = {
        "unit": "orgUnit",
        "session": "academicSession",
        "course:1": "course",
        "offering:1": "offering",
        "user:student": "user",
        "enrollment:student": "enrollment",
    }
    for name, field in arguments.items():
        document.append(f'{field}(id: "{theirs[name]}") {{ id }}')
        document.append(f'n_{field}: node(id: "{theirs[name]}") {{ id }}')
    listed = ", ".join(f'"{theirs[name]}"' for name in arguments)
    document.append(f"nodes(ids: [{listed}]) {{ id }}")
    document.append(f'courses(filter: {{orgUnit: "{theirs["faculty"]}"}}) {{ totalCount }}')
    document.append(f'offerings(filter: {{course: "{theirs["course:1"]}"}}) {{ totalCount }}')
    document.append(f'enrollments(filter: {{user: "{theirs["user:student"]}"}}) {{ totalCount }}')
    for other in ("beta", "gamma"):  # another shard, and the same one
        data = await world.data("{ " + " ".join(document) + " }", at=other)
        for name, value in data.items():
            expected = {"nodes": [None] * len(arguments)}.get(name)
            expected = {"totalCount": 0} if name in ("courses", "offerings", "enrollments") else expected
            assert value == expected, (other, name)


async def test_a_token_is_good_for_its_own_institution_only(world: World) -> None:
    answer = await world.ask("{ viewer { handle } }", at="beta", token=world["alpha"].tokens["student"])
    assert answer.codes == ["TENANT_MISMATCH"]
    assert answer.status == 401


def test_every_object_type_with_an_id_is_bound_to_one_entity() -> None:
    node = SCHEMA.type_map["Node"]
    implementing = {type_.name for type_ in SCHEMA.get_possible_types(node)}  # type: ignore[arg-type]
    assert implementing == {entity.name for entity in ENTITIES if entity.prefix is not None}
    assert course_attributes.c.course_id is not None


async def test_a_filter_finds_nothing_by_a_value_that_the_viewer_may_not_read(world: World) -> None:
    instructor = world["alpha"].ids["user:instructor"]
    await world.data(
        "mutation($i: UpdateUserInput!) { updateUser(input: $i) { userErrors { message } } }",
        {"i": {"id": instructor, "externalIds": [{"type": "staff", "value": "S-1"}]}},
    )
    document = """{ a: users(filter: {role: INSTRUCTOR, handle: "instructor"}) { totalCount }
      b: users(filter: {externalId: {type: "staff", value: "S-1"}}) { totalCount }
      c: user(externalId: {type: "staff", value: "S-1"}) { id } }"""
    admin = await world.data(document)
    assert (admin["a"]["totalCount"], admin["b"]["totalCount"], admin["c"]) == (1, 1, {"id": instructor})
    student = await world.data(document, role="student")  # who sees the instructor, but neither roles nor ids
    assert student == {"a": {"totalCount": 0}, "b": {"totalCount": 0}, "c": None}


async def test_whoever_takes_part_sees_the_private_course_and_others_do_not(world: World) -> None:
    here = await added(world, "taking-part", shard="one")
    enrol = "mutation($i: EnrolInput!) { enrol(input: $i) { userErrors { message } } }"
    given = {
        "offeringId": here.ids["offering:3"],
        "userId": here.ids["user:instructor"],
        "role": "INSTRUCTOR",
    }
    assert (await world.data(enrol, {"i": given}, at="taking-part"))["enrol"]["userErrors"] == []
    document = """query($o: ID!, $c: ID!) { offering(id: $o) { course { code } } course(id: $c) { code }
      courses { nodes { code } } }"""
    ids = {"o": here.ids["offering:3"], "c": here.ids["course:3"]}
    seen = await world.data(document, ids, at="taking-part", role="instructor")
    assert (seen["offering"]["course"], seen["course"]) == ({"code": "C3"}, {"code": "C3"})
    assert "C3" in [node["code"] for node in seen["courses"]["nodes"]]
    hidden = await world.data(document, ids, at="taking-part", role="student")
    assert (hidden["offering"], hidden["course"]) == (None, None)
    assert "C3" not in [node["code"] for node in hidden["courses"]["nodes"]]


async def test_when_somebody_signed_in_is_their_own_affair(world: World) -> None:
    here = await added(world, "last-sign-in", shard="one")
    address = world.databases.shards["one"]
    async with world.databases.connect(address, DatabaseRole.WORKER) as connection:
        await connection.exec_driver_sql(f"set local app.tenant_id = '{int(here.tenant.id)}'")
        signed_in = update(users).values(last_sign_in_at=datetime(2026, 3, 1, tzinfo=UTC))
        await connection.execute(signed_in.where(users.c.tenant_id == here.tenant.id))
        await connection.commit()
    document = (
        "query($i: [ID!]!) { viewer { handle } nodes(ids: $i) { ... on User { handle lastSignInAt } } }"
    )
    people = {"i": [here.ids[f"user:{role}"] for role in ROLES]}
    for role, everybody in (("tenant_admin", True), ("instructor", False), ("student", False)):
        data = await world.data(document, people, at="last-sign-in", role=role)
        found = [node for node in data["nodes"] if node]
        known = {node["handle"] for node in found if node["lastSignInAt"]}
        seen = {node["handle"] for node in found}
        assert known == (seen if everybody else {data["viewer"]["handle"]})
        assert len(seen) > 1
