"""Documents that GraphQL allows and few people write: each has the answer that the specification gives it."""

import json
from typing import Any

import pytest

from academic.tables import offering_seats
from kernel.database.roles import DatabaseRole
from tests.world import World

_SKIPPED = "@skip(if: true)"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ __typename }", {"__typename": "Query"}),
        (f"{{ courses {_SKIPPED} {{ totalCount }} }}", {}),
        (f"{{ tenant {_SKIPPED} {{ slug }} again: __typename }}", {"again": "Query"}),
        (f"{{ courses {{ totalCount {_SKIPPED} }} }}", {"courses": {}}),
        (f"{{ courses {{ pageInfo {{ hasNextPage {_SKIPPED} }} }} }}", {"courses": {"pageInfo": {}}}),
        (
            "{ courses { pageInfo { hasPreviousPage } } }",
            {"courses": {"pageInfo": {"hasPreviousPage": False}}},
        ),
        (
            '{ courses(filter: {code: "none"}) { pageInfo { __typename } } }',
            {"courses": {"pageInfo": {"__typename": "PageInfo"}}},
        ),
        (
            f"{{ courses(first: 2) {{ edges {{ cursor {_SKIPPED} }} nodes {{ id {_SKIPPED} }} }} }}",
            {"courses": {"edges": [{}, {}], "nodes": [{}, {}]}},
        ),
        (f'{{ course(code: "C1") {{ id {_SKIPPED} }} }}', {"course": {}}),
        (f'{{ course(code: "C1") {{ title {{ text {_SKIPPED} }} }} }}', {"course": {"title": {}}}),
        (f'{{ course(code: "C1") {{ credits {{ value {_SKIPPED} }} }} }}', {"course": {"credits": [{}]}}),
        ("{ nodes(ids: []) { id } }", {"nodes": []}),
        ("mutation { __typename }", {"__typename": "Mutation"}),
        (f"mutation {{ signOut {_SKIPPED} {{ userErrors {{ code }} }} t: __typename }}", {"t": "Mutation"}),
    ],
)
async def test_what_is_left_when_fields_are_skipped(
    world: World, document: str, expected: dict[str, Any]
) -> None:
    assert await world.data(document) == expected


async def test_every_object_says_its_type(world: World) -> None:
    ids = world["gamma"].ids
    data = await world.data(
        """mutation($o: ID!, $c: ID!) {
          __typename
          updateCourse(input: {id: $c, externalIds: [{type: "t", value: "typename"}]}) { __typename
            course { __typename title { __typename } credits { __typename } orgUnit { __typename }
              externalIds { __typename } offerings { __typename edges { __typename node { __typename } }
                nodes { __typename enrollments { nodes { __typename transitions { nodes { __typename } } user { __typename
                  emails { __typename } roles { __typename } } } } } pageInfo { __typename } } }
            userErrors { __typename } }
          updateOffering(input: {id: $o, place: {latitude: 1.5, longitude: 2.5},
              enrollmentWindows: [{audience: EVERYONE}]}) {
            offering { place { __typename } enrollmentWindows { __typename } } userErrors { __typename } } }""",
        {"o": ids["offering:1"], "c": ids["course:1"]},
        at="gamma",
    )
    assert data["__typename"] == "Mutation"
    changed = data["updateCourse"]
    assert (changed["__typename"], changed["userErrors"]) == ("UpdateCoursePayload", [])
    course = changed["course"]
    assert course["__typename"] == "Course"
    assert course["externalIds"] == [{"__typename": "ExternalId"}]
    offerings = course["offerings"]
    assert offerings["__typename"] == "OfferingConnection"
    assert offerings["edges"] == [{"__typename": "OfferingEdge", "node": {"__typename": "Offering"}}]
    assert offerings["pageInfo"] == {"__typename": "PageInfo"}
    enrollment = offerings["nodes"][0]["enrollments"]["nodes"][0]
    assert enrollment["transitions"]["nodes"][0] == {"__typename": "EnrollmentTransition"}
    assert enrollment["user"]["roles"] == [{"__typename": "RoleAssignment"}]
    assert data["updateOffering"]["offering"] == {
        "place": {"__typename": "Place"},
        "enrollmentWindows": [{"__typename": "EnrollmentWindow"}],
    }
    failed = await world.data(
        'mutation { updateCourse(input: {id: "course_1"}) { userErrors { __typename code } } }', at="gamma"
    )
    assert failed["updateCourse"]["userErrors"] == [{"__typename": "UserError", "code": "NOT_FOUND"}]


async def test_a_place_without_a_name_keeps_its_coordinates(world: World) -> None:
    document = """mutation($i: UpdateOfferingInput!) { updateOffering(input: $i) {
      offering { place { name latitude longitude } } userErrors { message } } }"""
    given = {"id": world["gamma"].ids["offering:2"], "place": {"latitude": 48.25, "longitude": 11.5}}
    data = await world.data(document, {"i": given}, at="gamma")
    assert data["updateOffering"]["offering"]["place"] == {"name": None, "latitude": 48.25, "longitude": 11.5}
    data = await world.data(document, {"i": given | {"place": {}}}, at="gamma")
    assert data["updateOffering"]["offering"]["place"] is None


async def test_ids_asked_twice_come_twice_in_their_order(world: World) -> None:
    one, two = world["alpha"].ids["course:1"], world["alpha"].ids["user:student"]
    asked = [two, one, two, "course_5", one]
    data = await world.data("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": asked})
    assert data["nodes"] == [{"id": id_} if id_ != "course_5" else None for id_ in asked]
    too_many = await world.ask("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": [one] * 101})
    assert too_many.codes == ["BAD_USER_INPUT"]


async def test_a_malformed_id_is_an_error_whichever_was_asked_before(world: World) -> None:
    for document, shaped in (
        ("query($i: ID!) { node(id: $i) { id } }", lambda one: one),
        ("query($i: [ID!]!) { nodes(ids: $i) { id } }", lambda one: [one]),
        ("query($i: ID!) { course(id: $i) { id } }", lambda one: one),
    ):
        await world.ask(document, {"i": shaped("nonsense_5")})
        for wrong in ("nonsense_-5", "nonsense", "", "course_01", "course_1 "):
            assert (await world.ask(document, {"i": shaped(wrong)})).codes == ["BAD_USER_INPUT"], wrong
        assert "errors" not in (await world.ask(document, {"i": shaped("course_5")})).json


async def test_pages_under_many_nodes_are_counted(world: World) -> None:
    document = """query($i: [ID!]!) { nodes(ids: $i) { ... on OrgUnit { courses(first: 100) { nodes {
      offerings(first: 10) { nodes { id } } } } } } }"""
    unit = world["alpha"].ids["faculty"]
    assert "errors" not in (await world.ask(document, {"i": [unit]})).json
    assert (await world.ask(document, {"i": [unit] * 100})).codes == ["LIMIT_EXCEEDED"]


async def test_a_page_of_none_still_says_what_there_is(world: World) -> None:
    for size in ("first", "last"):
        data = await world.data(
            f"{{ courses({size}: 0) {{ totalCount nodes {{ id }} edges {{ cursor }}"
            " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
        )
        page = data["courses"]
        assert (page["nodes"], page["edges"], page["totalCount"] >= 5) == ([], [], True)
        more = "hasNextPage" if size == "first" else "hasPreviousPage"
        assert page["pageInfo"][more] is True
        assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == (None, None)


async def test_selections_of_one_key_are_merged_over_fragments_and_interfaces(world: World) -> None:
    data = await world.data(
        """fragment N on Node { id ... on Course { orgUnit { code } } }
        fragment C on CourseConnection { totalCount nodes { ...N orgUnit { kind } } edges { node { version } } }
        { courses(first: 1, filter: {codePrefix: "C"}) { ...C edges { cursor node { ...N code } } nodes { ... { code } ... on Node { nid: id } }
            pageInfo { ... on PageInfo { hasNextPage } endCursor } }
          courses(first: 1, filter: {codePrefix: "C"}) { ... on CourseConnection { nodes { orgUnit { parent { code } } } } }
          viewer { ...N handle }  node(id: "course_1") { ...N } }"""
    )
    (node,) = data["courses"]["nodes"]
    assert set(node) == {"id", "orgUnit", "code", "nid"}
    assert node["orgUnit"] == {"code": "F", "kind": "FACULTY", "parent": {"code": "U"}}
    (edge,) = data["courses"]["edges"]
    assert edge["node"].pop("version") >= 1
    assert edge["node"] == {"id": node["id"], "orgUnit": {"code": "F"}, "code": "C1"}
    assert data["courses"]["pageInfo"] == {"hasNextPage": True, "endCursor": edge["cursor"]}
    assert set(data["viewer"]) == {"id", "handle"}
    assert data["node"] is None


async def test_introspection_takes_variables_beside_others(world: World) -> None:
    data = await world.data(
        """query($n: String!, $old: Boolean, $x: Boolean!, $o: CourseOrder) {
          __type(name: $n) { ...T kind @skip(if: $x) } courses(first: 1, orderBy: $o) { nodes { code } } }
        fragment T on __Type { name fields(includeDeprecated: $old) { name } }""",
        {"n": "PageInfo", "old": True, "x": True, "o": {"field": "CODE", "direction": "DESC"}},
    )
    assert data["__type"]["name"] == "PageInfo"
    assert "kind" not in data["__type"]
    assert len(data["__type"]["fields"]) == 4
    assert (await world.data("query($n: String!) { __type(name: $n) { name } }", {"n": "No"})) == {
        "__type": None
    }


async def test_no_viewer_is_an_answer_and_a_hidden_type_asks_to_sign_in(world: World) -> None:
    data = await world.data("{ viewer { handle } tenant { slug } }", role=None)
    assert data == {"viewer": None, "tenant": {"slug": "alpha"}}
    refused = await world.ask(
        "{ users { totalCount } courses { nodes { offerings { nodes { enrollments { totalCount } } } } } }",
        role=None,
    )
    assert [(error["path"], error["extensions"]["code"]) for error in refused.json["errors"]] == [
        (["users"], "UNAUTHENTICATED"),
        (["courses", "nodes", "offerings", "nodes", "enrollments"], "UNAUTHENTICATED"),
    ]
    assert refused.status == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")


async def test_without_an_institution_only_names_of_types_are_answered(world: World) -> None:
    async def asked(document: str) -> Any:
        answer = await world.request(
            "POST",
            "/graphql",
            body=json.dumps({"query": document}).encode(),
            headers={"content-type": "application/json"},
        )
        return answer.codes or answer.data

    assert await asked("{ ...F } fragment F on Query { __typename }") == {"__typename": "Query"}
    assert await asked("mutation { __typename }") == {"__typename": "Mutation"}
    assert await asked("{ ...F } fragment F on Query { courses { totalCount } }") == ["TENANT_REQUIRED"]
    assert await asked("mutation { signOut { userErrors { code } } }") == ["TENANT_REQUIRED"]


async def test_rows_that_no_operation_writes_do_not_break_an_answer(world: World) -> None:
    """What an import gone wrong or a hand could leave behind: no seats, infinite dates."""
    gamma = world["gamma"]
    offering = gamma.number("offering:4")
    changes = [
        f"delete from {offering_seats.fullname} where offering_id = {offering}",
        f"update fediflow.offerings set effective_ends_on = 'infinity', updated_at = 'infinity' where id = {offering}",
    ]
    address = world.databases.shards[gamma.tenant.shard]
    async with world.databases.driver(address, DatabaseRole.WORKER) as driver:
        kept: list[str] = []
        async with driver.transaction():
            await driver.execute(f"set local app.tenant_id = '{gamma.tenant.id}'")
            row = await driver.fetchrow(
                "select updated_at, effective_ends_on from fediflow.offerings where id = $1", offering
            )
            kept = list(row)
            for change in changes:
                await driver.execute(change)
        try:
            data = await world.data(
                """query($o: ID!) { offering(id: $o) { seatsTaken waitlistLength capacity effectiveEndsOn updatedAt }
                  offerings { totalCount nodes { id } } }""",
                {"o": gamma.ids["offering:4"]},
                at="gamma",
            )
        finally:
            async with driver.transaction():
                await driver.execute(f"set local app.tenant_id = '{gamma.tenant.id}'")
                await driver.execute(
                    "update fediflow.offerings set updated_at = $1, effective_ends_on = $2 where id = $3",
                    *kept,
                    offering,
                )
                await driver.execute(
                    f"insert into {offering_seats.fullname} (tenant_id, offering_id, capacity) values ($1, $2, 2)",
                    gamma.tenant.id,
                    offering,
                )
    assert data["offering"] == {
        "seatsTaken": 0,
        "waitlistLength": 0,
        "capacity": None,
        "effectiveEndsOn": "infinity",
        "updatedAt": "infinity",
    }
    assert data["offerings"]["totalCount"] == len(data["offerings"]["nodes"])
