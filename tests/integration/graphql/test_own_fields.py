"""The fields an institution declares for itself: written through every mutation that takes them, read, and filtered by."""

from typing import Any

import pytest

from tests.integration.graphql.institutions import added
from tests.world import Institution, World

SLUG = "ownfields"
# Owner -> its type, the root field of one and of all, the inputs' members beside the fields.
OWNERS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "ORG_UNIT": ("OrgUnit", "orgUnit", "orgUnits", {}),
    "COURSE": ("Course", "course", "courses", {"orgUnitId": "faculty"}),
    "OFFERING": (
        "Offering",
        "offering",
        "offerings",
        {"courseId": "course:1", "academicSessionId": "session"},
    ),
    "USER": ("User", "user", "users", {}),
}


_SECRET = {
    "owner": "COURSE",
    "name": "dismissalReason",
    "valueType": "TEXT",
    "label": [{"language": "en", "text": "Reason"}],
    "readableBy": ["tenant_admin"],
    "writableBy": ["registrar"],
    "isFilterable": True,
}
_PLAIN = {**_SECRET, "name": "notFilterable", "readableBy": ["everyone"], "isFilterable": False}


@pytest.fixture(scope="module")
async def here(world: World) -> Institution:
    """An institution with a field `room` and a field `seats` for each kind of object that takes fields, and two more."""
    made = await added(world, SLUG, shard="two")
    for owner in OWNERS:
        for name, type_ in (("room", "TEXT"), ("seats", "INTEGER")):
            given = {
                "owner": owner,
                "name": name,
                "valueType": type_,
                "label": [{"language": "en", "text": name}],
                "readableBy": ["everyone"],
                "writableBy": ["tenant_admin"],
                "isFilterable": True,
            }
            data = await world.data(
                "mutation($i: DeclareAttributeInput!) { declareAttribute(input: $i) { userErrors { message } } }",
                {"i": given},
                at=SLUG,
            )
            assert data["declareAttribute"]["userErrors"] == []
    for given in (_SECRET, _PLAIN):
        data = await world.data(
            "mutation($i: DeclareAttributeInput!) { declareAttribute(input: $i) { userErrors { message } } }",
            {"i": given},
            at=SLUG,
        )
        assert data["declareAttribute"]["userErrors"] == []
    return made


def _fields(owner: str, ids: dict[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {member: ids[name] for member, name in OWNERS[owner][3].items()}
    if owner == "USER":
        return given | {"handle": "own-fields", "givenName": "A", "familyName": "B"}
    given["code"] = "OWN"
    if owner == "ORG_UNIT":
        return given | {"name": [{"language": "en", "text": "Own"}]}
    return given if owner == "OFFERING" else given | {"title": [{"language": "en", "text": "Own"}]}


@pytest.mark.parametrize("owner", OWNERS)
async def test_own_fields_are_made_changed_taken_away_and_filtered_by(
    world: World, here: Institution, owner: str
) -> None:
    type_, one, many, _ = OWNERS[owner]
    shown = "id attributes { __typename value definition { name label { text } } }"

    async def write(verb: str, given: dict[str, Any]) -> Any:
        name = f"{verb}{type_}"
        document = f"""mutation($i: {name[0].upper()}{name[1:]}Input!) {{
          {name}(input: $i) {{ {one} {{ {shown} }} userErrors {{ message path }} }} }}"""
        return (await world.data(document, {"i": given}, at=SLUG))[name]

    def values(found: Any) -> dict[str, str]:
        assert all(one["__typename"] == "Attribute" for one in found["attributes"])
        return {one["definition"]["name"]: one["value"] for one in found["attributes"]}

    fields = [{"name": "room", "value": "H 1 ✓"}, {"name": "seats", "value": "042"}]
    made = await write("create", _fields(owner, here.ids) | {"attributes": fields})
    if made["userErrors"]:  # 042 is no number as it is kept
        assert made["userErrors"][0]["path"] == ["input", "attributes", "1"]
        fields[1]["value"] = "42"
        made = await write("create", _fields(owner, here.ids) | {"attributes": fields})
    assert made["userErrors"] == []
    assert values(made[one]) == {"room": "H 1 ✓", "seats": "42"}
    changed = await write("update", {"id": made[one]["id"], "attributes": [{"name": "seats", "value": "7"}]})
    assert values(changed[one]) == {"room": "H 1 ✓", "seats": "7"}
    filtered = await world.data(
        f"query($f: {type_}Filter) {{ {many}(filter: $f) {{ totalCount nodes {{ id }} }} }}",
        {"f": {"attribute": {"name": "seats", "value": "7"}}},
        at=SLUG,
    )
    assert filtered[many] == {"totalCount": 1, "nodes": [{"id": made[one]["id"]}]}
    gone = await write(
        "update", {"id": made[one]["id"], "attributes": [{"name": "room", "value": None}, {"name": "seats"}]}
    )
    assert values(gone[one]) == {}
    twice = [{"name": "room", "value": "a"}, {"name": "room", "value": "b"}]
    refused = await write("update", {"id": made[one]["id"], "attributes": twice})
    assert refused["userErrors"] == [
        {"message": "the field room is given twice", "path": ["input", "attributes", "1", "name"]}
    ]
    unknown = await write("update", {"id": made[one]["id"], "attributes": [{"name": "colour", "value": "a"}]})
    assert unknown["userErrors"][0]["path"] == ["input", "attributes", "0"]


async def test_a_filter_by_a_field_that_cannot_be_filtered_by_is_refused(
    world: World, here: Institution
) -> None:
    by = 'query($n: String!) { courses(filter: {attribute: {name: $n, value: "x"}}) { totalCount } }'

    async def codes(name: str, role: str | None) -> list[str]:
        return (await world.ask(by, {"n": name}, at=SLUG, role=role)).codes

    assert await codes("dismissalReason", "tenant_admin") == []
    assert await codes("room", None) == []
    # not declared, of another type, not filterable, not readable: nobody learns which
    answers = [
        (await world.ask(by, {"n": name}, at=SLUG, role=role)).json["errors"][0]["message"]
        for name, role in (
            ("nothingOfTheKind", "tenant_admin"),
            ("notFilterable", "tenant_admin"),
            ("dismissalReason", "student"),
            ("dismissalReason", None),
        )
    ]
    assert len(set(answers)) == 1
    assert await codes("nothingOfTheKind", "student") == ["BAD_USER_INPUT"]


async def test_declarations_are_seen_by_who_reads_or_writes_the_field(
    world: World, here: Institution
) -> None:
    document = """{ attributeDefinitions(filter: {owner: COURSE}, orderBy: {field: NAME}, first: 100) {
      totalCount nodes { name readableBy writableBy isFilterable } } }"""

    async def names(role: str | None) -> list[str]:
        found = (await world.data(document, at=SLUG, role=role))["attributeDefinitions"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["name"] for node in found["nodes"]]

    everybody = ["notFilterable", "room", "seats"]
    assert await names(None) == await names("student") == everybody
    assert await names("registrar") == await names("tenant_admin") == sorted(["dismissalReason", *everybody])
