"""The institution that complaints are about."""

from typing import Any

import pytest

from tests.integration.graphql.institutions import added
from tests.world import Institution, World

SLUG = "complaints"


@pytest.fixture(scope="session")
async def here(world: World) -> Institution:
    """An institution with sections and external ids, and 130 more courses than fit on one page."""
    made = await added(world, SLUG, shard="two")
    for number in range(1, 3):
        data = await world.data(
            "mutation($i: CreateSectionInput!) { createSection(input: $i) { section { id } userErrors { message } } }",
            {"i": _section(made, number)},
            at=SLUG,
        )
        made.ids[f"section:{number}"] = data["createSection"]["section"]["id"]
    placed = await world.data(
        """mutation($m: MoveSectionInput!, $u: UpdateUserInput!) {
          moveSection(input: $m) { enrollment { section { code } } userErrors { message } }
          updateUser(input: $u) { userErrors { message } } }""",
        {
            "m": {"id": made.ids["enrollment:student"], "sectionId": made.ids["section:1"]},
            "u": {"id": made.ids["user:student"], "externalIds": [{"type": "sis", "value": "m-1"}]},
        },
        at=SLUG,
    )
    assert placed["moveSection"]["enrollment"]["section"] == {"code": "S1"}
    assert placed["updateUser"]["userErrors"] == []
    for start in range(0, 130, 26):
        inputs = " ".join(_many(made, number) for number in range(start, start + 26))
        await world.data("mutation { " + inputs + " }", at=SLUG)
    return made


def _section(made: Institution, number: int) -> dict[str, Any]:
    return {
        "offeringId": made.ids["offering:1"],
        "code": f"S{number}",
        "externalIds": [{"type": "sis", "value": f"sec-{number}"}],
    }


def _many(made: Institution, number: int) -> str:
    return (
        f'm{number}: createCourse(input: {{orgUnitId: "{made.ids["unit"]}", code: "M{number:03}",'
        f' title: [{{language: "en", text: "Many {number}"}}]}}) {{ userErrors {{ message }} }}'
    )
