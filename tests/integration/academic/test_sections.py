"""Sections: what is stored, and when one can be archived."""

from datetime import date

import pytest

from academic.changing import StillInUse
from academic.courses.sections import (
    NewSection,
    SectionChanges,
    archive_section,
    create_section,
    update_section,
)
from academic.tables import (
    section_external_ids,
    sections,
)
from kernel.errors import InvalidInput
from tenants.changing import AlreadyTaken
from tenants.external_ids import ExternalId
from tests.integration.academic.world import World, name


async def test_sections_have_their_own_code_dates_and_ids(world: World) -> None:
    offering = await world.offering(ends_on=date(2027, 5, 31))
    async with world.as_system() as tx:
        new = NewSection(
            offering, "1", {"en": "Group"}, 20, date(2027, 4, 1), external_ids=[ExternalId("sis", "s1")]
        )
        section = await create_section(tx, section=new)
    row = await world.row(sections, section)
    assert (row["effective_starts_on"], row["effective_ends_on"]) == (date(2027, 4, 1), date(2027, 5, 31))
    assert (row["title"], row["capacity"], row["status"]) == ({"en": "Group"}, 20, "active")
    assert len(await world.rows(section_external_ids, section_id=section)) == 1
    with pytest.raises(AlreadyTaken):
        async with world.as_system() as tx:
            await create_section(tx, section=NewSection(offering, "1"))
    with pytest.raises(InvalidInput) as refused:
        async with world.as_system() as tx:
            await update_section(tx, section_id=section, changes=SectionChanges(starts_on=date(2027, 6, 1)))
    assert refused.value.details["path"] == ["input", "endsOn"]


async def test_a_section_with_people_in_it_is_not_archived(world: World) -> None:
    offering = await world.offering()
    async with world.as_system() as tx:
        section, empty = [await create_section(tx, section=NewSection(offering, name("S"))) for _ in range(2)]
    (student,) = await world.users(1)
    await world.enrol(student, offering, section_id=section)
    with pytest.raises(StillInUse):
        async with world.as_system() as tx:
            await archive_section(tx, section_id=section)
    async with world.as_system() as tx:
        await archive_section(tx, section_id=empty)
    (other,) = await world.users(1)
    with pytest.raises(InvalidInput):
        await world.enrol(other, offering, section_id=empty)
