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


@pytest.fixture(scope="module")
async def here(world: World) -> Institution:
    """An institution with a field `room` and a field `seats` for each kind of object that takes fields."""
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
        assert made["userErrors"][0]["path"] == ["input", "attributes", "seats"]
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
        {"message": "the field room is given twice", "path": ["input", "attributes", "room"]}
    ]
    unknown = await write("update", {"id": made[one]["id"], "attributes": [{"name": "colour", "value": "a"}]})
    assert unknown["userErrors"][0]["path"] == ["input", "attributes", "colour"]
