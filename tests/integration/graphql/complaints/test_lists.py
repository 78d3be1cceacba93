"""Lists that are filtered by what belongs together, counted, paged without a loss, and read by several at once."""

import asyncio
from typing import Any

from graphql import GraphQLObjectType

from api.plan.encoders import list_item
from api.schema.build import SCHEMA
from tests.integration.graphql.complaints.conftest import SLUG
from tests.world import Institution, World

# ---- "one cannot filter by section or by the id of another system" ---------------------------------------------------


async def test_enrollments_are_filtered_by_section(world: World, here: Institution) -> None:
    document = (
        "query($f: EnrollmentFilter) { enrollments(filter: $f) { totalCount nodes { id section { code } } } }"
    )
    one = await world.data(document, {"f": {"section": here.ids["section:1"]}}, at=SLUG)
    assert one["enrollments"] == {
        "totalCount": 1,
        "nodes": [{"id": here.ids["enrollment:student"], "section": {"code": "S1"}}],
    }
    none = await world.data(document, {"f": {"section": here.ids["section:2"]}}, at=SLUG)
    assert none["enrollments"] == {"totalCount": 0, "nodes": []}


async def test_offerings_and_sections_are_filtered_by_what_they_belong_to(
    world: World, here: Institution
) -> None:
    document = """query($u: ID!, $o: ID!, $t: ID!) {
      ofUnit: offerings(filter: {orgUnit: $u}, first: 100) { totalCount nodes { course { orgUnit { id } } } }
      allOfferings: offerings { totalCount }
      ofOffering: sections(filter: {offering: $o}, first: 100) { totalCount nodes { offering { id } } }
      ofTerm: sections(filter: {academicSession: $t}, first: 100) { totalCount nodes { offering { academicSession { id } } } }
      allSections: sections { totalCount } }"""
    ids = {"u": here.ids["faculty"], "o": here.ids["offering:1"], "t": here.ids["session"]}
    data = await world.data(document, ids, at=here.tenant.slug)
    assert data["ofUnit"]["totalCount"] == data["allOfferings"]["totalCount"] > 0
    assert {node["course"]["orgUnit"]["id"] for node in data["ofUnit"]["nodes"]} == {ids["u"]}
    assert {node["offering"]["id"] for node in data["ofOffering"]["nodes"]} == {ids["o"]}
    assert {node["offering"]["academicSession"]["id"] for node in data["ofTerm"]["nodes"]} == {ids["t"]}
    assert (
        data["ofTerm"]["totalCount"] == data["allSections"]["totalCount"] >= data["ofOffering"]["totalCount"]
    )
    other = await world.data(document, {**ids, "u": here.ids["unit"]}, at=here.tenant.slug)
    assert other["ofUnit"]["totalCount"] == 0


async def test_a_language_is_found_however_it_is_written(world: World, here: Institution) -> None:
    document = "query($l: String!) { courses(filter: {language: $l}) { totalCount } }"
    counts = [
        (await world.data(document, {"l": tag}, at=here.tenant.slug))["courses"]["totalCount"]
        for tag in ("en", "EN")
    ]
    assert counts[0] == counts[1] > 0
    refused = await world.ask(document, {"l": "not a tag"}, at=here.tenant.slug)
    assert refused.codes == ["BAD_USER_INPUT"]


async def test_everything_with_external_ids_is_found_by_them(world: World, here: Institution) -> None:
    data = await world.data(
        """{ sections(filter: {externalId: {type: "sis", value: "sec-2"}}) { nodes { code } }
             section(externalId: {type: "sis", value: "sec-1"}) { code externalIds { type value } }
             users(filter: {externalId: {type: "sis", value: "m-1"}}) { nodes { handle } }
             user(externalId: {type: "sis", value: "m-1"}) { handle } none: user(externalId: {type: "x", value: "m-1"}) { handle } }""",
        at=SLUG,
    )
    assert data["sections"]["nodes"] == [{"code": "S2"}]
    assert data["section"] == {"code": "S1", "externalIds": [{"type": "sis", "value": "sec-1"}]}
    assert data["users"]["nodes"] == [data["user"]] == [{"handle": "student"}]
    assert data["none"] is None


def test_every_list_of_objects_with_external_ids_can_be_filtered_by_them() -> None:
    for field in _connections():
        node = list_item(_object(field).fields["nodes"].type)
        assert isinstance(node, GraphQLObjectType)
        if "externalIds" in node.fields:
            filters: Any = field.args["filter"].type
            assert "externalId" in filters.fields, node.name


# ---- "there are no counts" -------------------------------------------------------------------------------------------


def _connections() -> list[Any]:
    return [
        field
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for field in type_.fields.values()
        # what a search found is of many types and goes on forwards alone
        if (str(field.type).rstrip("!").endswith("Connection") and str(field.type) != "SearchConnection")
    ]


def _object(field: Any) -> GraphQLObjectType:
    type_ = list_item(field.type)
    assert isinstance(type_, GraphQLObjectType)
    return type_


def test_every_connection_counts_and_says_where_its_page_stands() -> None:
    connections = _connections()
    assert len(connections) >= 15
    for field in connections:
        assert {"totalCount", "pageInfo", "nodes", "edges"} <= set(_object(field).fields)
        assert {"first", "after", "last", "before"} <= set(field.args)


async def test_counts_are_what_a_walk_finds_for_everybody(world: World, here: Institution) -> None:
    for role in ("tenant_admin", "student", "instructor", "analyst"):
        names = ("courses", "offerings", "enrollments", *(("users",) if role == "tenant_admin" else ()))
        counts = " ".join(f"{name} {{ totalCount }}" for name in names)
        data = await world.data(f"{{ {counts} }}", at=SLUG, role=role)
        for name, counted in data.items():
            assert len(await _walked(world, name, 7, role=role)) == counted["totalCount"], (role, name)


async def _walked(world: World, name: str, size: int, **options: Any) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = (
            await world.data(
                f"query($n: Int, $a: String) {{ {name}(first: $n, after: $a) {{ nodes {{ id }}"
                " pageInfo { hasNextPage endCursor } } }",
                {"n": size, "a": after},
                at=SLUG,
                **options,
            )
        )[name]
        found += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


# ---- "pages are cut without a word" ----------------------------------------------------------------------------------


async def test_a_page_that_is_not_all_says_so_and_a_larger_one_than_allowed_is_an_error(
    world: World, here: Institution
) -> None:
    document = "query($n: Int) { courses(first: $n) { totalCount nodes { id } pageInfo { hasNextPage } } }"
    default = (await world.data(document, at=SLUG))["courses"]
    assert (len(default["nodes"]), default["totalCount"], default["pageInfo"]) == (
        20,
        135,
        {"hasNextPage": True},
    )
    largest = (await world.data(document, {"n": 100}, at=SLUG))["courses"]
    assert (len(largest["nodes"]), largest["pageInfo"]["hasNextPage"]) == (100, True)
    for too_large in (101, 1000, 2**31 - 1):
        assert (await world.ask(document, {"n": too_large}, at=SLUG)).codes == ["BAD_USER_INPUT"]
    assert len(set(await _walked(world, "courses", 100))) == 135


async def test_nested_pages_say_so_too(world: World, here: Institution) -> None:
    data = await world.data(
        '{ orgUnit(code: "U") { courses(first: 3) { totalCount nodes { code } pageInfo { hasNextPage } }'
        " rest: courses(last: 2) { nodes { code } pageInfo { hasPreviousPage } } } }",
        at=SLUG,
    )
    unit = data["orgUnit"]
    assert [node["code"] for node in unit["courses"]["nodes"]] == ["M000", "M001", "M002"]
    assert (unit["courses"]["totalCount"], unit["courses"]["pageInfo"]["hasNextPage"]) == (130, True)
    assert [node["code"] for node in unit["rest"]["nodes"]] == ["M128", "M129"]
    assert unit["rest"]["pageInfo"]["hasPreviousPage"] is True


# ---- "two readers of one list break each other's cursors" -------------------------------------------------------------


async def test_readers_at_the_same_time_each_see_every_row_once(world: World, here: Institution) -> None:
    walks = [
        _walked(world, "courses", size, role=role)
        for size in (3, 17, 50)
        for role in ("student", "tenant_admin")
    ]
    found = await asyncio.gather(*walks)
    for walk in found:
        assert len(walk) == len(set(walk))
    students, admins = found[0::2], found[1::2]
    assert students[0] == students[1] == students[2]
    assert admins[0] == admins[1] == admins[2]
    assert len(admins[0]) == 135 > len(students[0])


async def test_a_cursor_is_good_again_and_again_and_for_another_reader(
    world: World, here: Institution
) -> None:
    document = "query($a: String) { courses(first: 2, after: $a) { nodes { code } pageInfo { endCursor } } }"
    first = (await world.data(document, at=SLUG))["courses"]
    cursor = {"a": first["pageInfo"]["endCursor"]}
    second = await world.data(document, cursor, at=SLUG)
    await world.data(document, {"a": second["courses"]["pageInfo"]["endCursor"]}, at=SLUG)
    assert await world.data(document, cursor, at=SLUG) == second
    other = await world.data(document, cursor, at=SLUG, role="registrar")
    assert other == second
