"""The tree of org units and the calendar of academic sessions."""

import asyncio
from datetime import date

import pytest

from academic.changing import NotPossibleNow, StillInUse
from academic.courses.lifecycle import archive_offering
from academic.courses.offerings import OfferingChanges, update_offering
from academic.courses.sections import NewSection, SectionChanges, create_section, update_section
from academic.structure.academic_sessions import (
    AcademicSessionChanges,
    NewAcademicSession,
    archive_academic_session,
    create_academic_session,
    update_academic_session,
)
from academic.structure.org_units import (
    NewOrgUnit,
    OrgUnitChanges,
    archive_org_unit,
    create_org_unit,
    update_org_unit,
)
from academic.tables import academic_sessions, offerings, sections
from kernel.errors import FediflowError, InvalidInput
from tenants.changing import AlreadyTaken, VersionConflict
from tenants.external_ids import ExternalId
from tenants.model import Forbidden, NotFound, Role
from tenants.tables import org_unit_ancestors, org_unit_external_ids, org_units
from tests.integration.academic.world import World, name


async def _unit(world: World, parent: int | None = None) -> int:
    async with world.as_system() as tx:
        return await create_org_unit(tx, org_unit=NewOrgUnit(name("U"), {"en": "Unit"}, parent_id=parent))


async def _change_unit(world: World, unit: int, **given: object) -> int:
    async with world.as_system() as tx:
        return await update_org_unit(tx, org_unit_id=unit, changes=OrgUnitChanges(**given))  # type: ignore[arg-type]


async def _closure_is_the_tree(world: World) -> bool:
    """Whether the stored closure is what the parents say."""
    parents = {row["id"]: row["parent_id"] for row in await world.rows(org_units)}
    expected = set()
    for unit in parents:
        above, depth = unit, 0
        while above is not None:
            expected.add((above, unit, depth))
            above, depth = parents[above], depth + 1
    stored = await world.rows(org_unit_ancestors)
    return {(row["ancestor_id"], row["descendant_id"], row["depth"]) for row in stored} == expected


async def test_moving_a_unit_moves_everything_below_it(world: World) -> None:
    faculty, other = await _unit(world), await _unit(world)
    institute = await _unit(world, faculty)
    chairs = [await _unit(world, institute) for _ in range(2)]
    await _unit(world, chairs[0])
    assert await _closure_is_the_tree(world)
    for parent in (other, None, chairs[1], faculty):
        moved = institute if parent is not chairs[1] else chairs[0]
        await _change_unit(world, moved, parent_id=parent)
        assert (await world.row(org_units, moved))["parent_id"] == parent
        assert await _closure_is_the_tree(world)


async def test_a_unit_never_comes_below_itself(world: World) -> None:
    top = await _unit(world)
    middle = await _unit(world, top)
    bottom = await _unit(world, middle)
    for parent in (top, middle, bottom):
        with pytest.raises(InvalidInput) as refused:
            await _change_unit(world, top, parent_id=parent)
        assert refused.value.details["path"] == ["input", "parentId"]
    assert await _closure_is_the_tree(world)


async def test_two_moves_at_once_make_no_cycle(world: World) -> None:
    one, other = await _unit(world), await _unit(world)
    moves = (_change_unit(world, one, parent_id=other), _change_unit(world, other, parent_id=one))
    answers = await asyncio.gather(*moves, return_exceptions=True)
    assert sorted(isinstance(answer, InvalidInput) for answer in answers) == [False, True]
    assert await _closure_is_the_tree(world)


async def test_a_code_belongs_to_one_unit(world: World) -> None:
    taken = (await world.row(org_units, world.unit))["code"]
    with pytest.raises(AlreadyTaken) as refused:
        async with world.as_system() as tx:
            await create_org_unit(tx, org_unit=NewOrgUnit(taken, {"en": "Again"}))
    assert (refused.value.code, refused.value.details["path"]) == ("CONFLICT", ["input", "code"])
    with pytest.raises(AlreadyTaken):
        await _change_unit(world, await _unit(world), code=taken)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"code": " x"}, ["input", "code"]),
        ({"code": ""}, ["input", "code"]),
        ({"code": "a\0b"}, ["input", "code"]),
        ({"name": {}}, ["input", "name"]),
        ({"name": {"english": "x", "en": "\0"}}, ["input", "name"]),
        ({"name": {"not a tag": "x"}}, ["input", "name"]),
        ({"kind": "club"}, ["input", "kind"]),
        ({"parent_id": 4711}, ["input", "parentId"]),
    ],
)
async def test_a_wrong_value_is_named(world: World, given: dict[str, object], path: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        await _change_unit(world, world.unit, **given)
    assert refused.value.details["path"] == path


async def test_a_unit_in_use_is_not_archived(world: World) -> None:
    parent = await _unit(world)
    child = await _unit(world, parent)
    for unit in (parent, world.unit):
        with pytest.raises(StillInUse):
            async with world.as_system() as tx:
                await archive_org_unit(tx, org_unit_id=unit)
    for unit in (child, parent):
        async with world.as_system() as tx:
            await archive_org_unit(tx, org_unit_id=unit)
    assert (await world.row(org_units, parent))["status"] == "archived"
    with pytest.raises(InvalidInput):
        await _unit(world, parent)


async def test_external_ids_are_replaced_as_a_set_and_belong_to_one_unit(world: World) -> None:
    one, other = await _unit(world), await _unit(world)
    await _change_unit(world, one, external_ids=[ExternalId("sis", "1"), ExternalId("ror", "x")])
    await _change_unit(world, one, external_ids=[ExternalId("sis", "2")])
    stored = await world.rows(org_unit_external_ids, org_unit_id=one)
    assert [(row["type"], row["value"]) for row in stored] == [("sis", "2")]
    with pytest.raises(AlreadyTaken):
        await _change_unit(world, other, external_ids=[ExternalId("sis", "2")])
    assert (await world.row(org_units, one))["version"] == 3


async def test_an_old_version_is_a_conflict_and_a_change_of_nothing_is_none(world: World) -> None:
    unit = await _unit(world)
    await _change_unit(world, unit, name={"en": "New"})
    await _change_unit(world, unit, name={"en": "New"})
    assert (await world.row(org_units, unit))["version"] == 2
    with pytest.raises(VersionConflict) as refused:
        async with world.as_system() as tx:
            await update_org_unit(
                tx, org_unit_id=unit, changes=OrgUnitChanges(kind="school"), expected_version=1
            )
    assert refused.value.details["current_id"] == unit
    assert [event["event"] for event in await world.events(object_id=unit)] == [
        "org_unit.created",
        "org_unit.updated",
    ]


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.STUDENT])
async def test_only_administrators_change_the_structure(world: World, role: Role) -> None:
    (user,) = await world.users(1, role=role)
    with pytest.raises(Forbidden):
        async with world.door.write(world.acting(user, role)) as tx:
            await create_org_unit(tx, org_unit=NewOrgUnit(name("U"), {"en": "U"}))
    with pytest.raises(Forbidden):
        async with world.door.write(world.acting(user, role)) as tx:
            await archive_academic_session(tx, academic_session_id=world.term)


async def test_another_tenants_unit_and_session_do_not_exist(world: World, other_world: World) -> None:
    with pytest.raises(NotFound):
        await _change_unit(other_world, world.unit, kind="school")
    with pytest.raises(NotFound):
        await _change_session(other_world, world.term, kind="quarter")
    with pytest.raises(InvalidInput):
        await _unit(other_world, world.unit)


# ---- academic sessions ---------------------------------------------------------------------------------------------


async def _session(world: World, starts: date, ends: date, parent: int | None = None, **given: date) -> int:
    async with world.as_system() as tx:
        new = NewAcademicSession(name("T"), {"en": "S"}, starts, ends, parent_id=parent, **given)  # type: ignore[arg-type]
        return await create_academic_session(tx, academic_session=new)


async def _change_session(world: World, session: int, **given: object) -> int:
    async with world.as_system() as tx:
        changes = AcademicSessionChanges(**given)  # type: ignore[arg-type]
        return await update_academic_session(tx, academic_session_id=session, changes=changes)


async def test_a_session_lies_inside_the_session_around_it(world: World) -> None:
    year = await _session(world, date(2027, 1, 1), date(2027, 12, 31))
    term = await _session(world, date(2027, 2, 1), date(2027, 6, 30), year)
    for starts, ends, member in (
        (date(2026, 12, 31), date(2027, 3, 1), "startsOn"),
        (date(2027, 12, 1), date(2028, 1, 1), "endsOn"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await _session(world, starts, ends, year)
        assert refused.value.details["path"] == ["input", member]
    with pytest.raises(InvalidInput) as refused:
        await _change_session(world, year, starts_on=date(2027, 3, 1))
    assert (await world.row(academic_sessions, term))["code"] in refused.value.message


async def test_a_session_never_comes_inside_itself(world: World) -> None:
    days = date(2027, 1, 1), date(2027, 12, 31)
    year = await _session(world, *days)
    term = await _session(world, *days, year)
    block = await _session(world, *days, term)
    for parent in (year, term, block):
        with pytest.raises(InvalidInput) as refused:
            await _change_session(world, year, parent_id=parent)
        assert refused.value.details["path"] == ["input", "parentId"]


@pytest.mark.parametrize(
    ("given", "member"),
    [
        ({"ends_on": date(2027, 1, 1)}, "endsOn"),
        ({"teaching_starts_on": date(2027, 1, 31)}, "teachingStartsOn"),
        ({"teaching_ends_on": date(2027, 7, 1)}, "teachingEndsOn"),
        ({"teaching_starts_on": date(2027, 3, 2), "teaching_ends_on": date(2027, 3, 1)}, "teachingEndsOn"),
    ],
)
async def test_dates_in_the_wrong_order_are_named(world: World, given: dict[str, date], member: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await _change_session(world, world.term, **given)
    assert refused.value.details["path"] == ["input", member]


async def test_new_dates_of_a_term_reach_what_has_none_of_its_own(world: World) -> None:
    follows = await world.offering()
    half = await world.offering(starts_on=date(2027, 3, 1))
    own = await world.offering(starts_on=date(2027, 3, 1), ends_on=date(2027, 3, 31))
    async with world.as_system() as tx:
        inherits = await create_section(tx, section=NewSection(half, name("S")))
        fixed = await create_section(tx, section=NewSection(follows, name("S"), starts_on=date(2027, 4, 1)))
    await _change_session(world, world.term, starts_on=date(2027, 2, 15), ends_on=date(2027, 7, 31))

    async def dates(table: object, object_id: int) -> tuple[date, date]:
        row = await world.row(table, object_id)  # type: ignore[arg-type]
        return row["effective_starts_on"], row["effective_ends_on"]

    assert await dates(offerings, follows) == (date(2027, 2, 15), date(2027, 7, 31))
    assert await dates(offerings, half) == (date(2027, 3, 1), date(2027, 7, 31))
    assert await dates(offerings, own) == (date(2027, 3, 1), date(2027, 3, 31))
    assert await dates(sections, inherits) == (date(2027, 3, 1), date(2027, 7, 31))
    assert await dates(sections, fixed) == (date(2027, 4, 1), date(2027, 7, 31))
    told = {event["object_id"] for event in await world.events() if event["event"].endswith(".updated")}
    assert told == {world.term, follows, half, inherits, fixed}

    async with world.as_system() as tx:
        await update_offering(tx, offering_id=half, changes=OfferingChanges(ends_on=date(2027, 5, 1)))
        await update_section(tx, section_id=fixed, changes=SectionChanges(starts_on=None))
    assert await dates(sections, inherits) == (date(2027, 3, 1), date(2027, 5, 1))
    assert await dates(sections, fixed) == (date(2027, 2, 15), date(2027, 7, 31))


async def test_dates_that_would_turn_an_offering_around_are_refused(world: World) -> None:
    offering = await world.offering(starts_on=date(2027, 6, 1))
    with pytest.raises(InvalidInput) as refused:
        await _change_session(world, world.term, ends_on=date(2027, 5, 1))
    assert (await world.row(offerings, offering))["code"] in refused.value.message
    assert (await world.row(academic_sessions, world.term))["ends_on"] == date(2027, 6, 30)


async def test_a_term_is_archived_after_its_offerings(world: World) -> None:
    offering = await world.offering()
    with pytest.raises(StillInUse):
        async with world.as_system() as tx:
            await archive_academic_session(tx, academic_session_id=world.term)
    async with world.as_system() as tx:
        await archive_offering(tx, offering_id=offering)
        await archive_academic_session(tx, academic_session_id=world.term)
    with pytest.raises(FediflowError):
        await world.offering()


async def test_an_archived_unit_or_term_takes_no_changes(world: World) -> None:
    unit = await _unit(world)
    async with world.as_system() as tx:
        year = NewAcademicSession(name("Y"), {"en": "Year"}, date(2031, 1, 1), date(2031, 12, 31))
        session = await create_academic_session(tx, academic_session=year)
        await archive_org_unit(tx, org_unit_id=unit)
        await archive_academic_session(tx, academic_session_id=session)
    with pytest.raises(NotPossibleNow, match="archived"):
        await _change_unit(world, unit, code=name("U"))
    changes = AcademicSessionChanges(code=name("Y"))
    with pytest.raises(NotPossibleNow, match="archived"):
        async with world.as_system() as tx:
            await update_academic_session(tx, academic_session_id=session, changes=changes)
