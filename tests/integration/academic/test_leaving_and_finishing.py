"""Leaving, pausing, finishing and coming back; and what happens to the seats and sections."""

import pytest

from academic.courses.lifecycle import cancel_offering, change_capacity, publish_offering
from academic.courses.sections import NewSection, create_section
from academic.enrollments.acting import deny, reinstate, resume, suspend, withdraw
from academic.enrollments.completing import NewResult, complete
from academic.enrollments.moving import move_section
from academic.enrollments.places import SectionFull
from academic.model.catalogue import Credit
from academic.model.states import EnrollmentRole, UnableToTransition
from academic.tables import enrollments, results
from kernel.errors import InvalidInput
from tenants.changing import VersionConflict
from tests.integration.academic.world import NOW, World, name


async def test_the_first_who_waits_gets_the_seat_of_who_withdraws(world: World) -> None:
    offering = await world.offering(capacity=1)
    people = await world.users(3)
    ids = [await world.enrol(user, offering) for user in people]
    await world.act(withdraw, ids[0], by=world.student(people[0]))
    assert await world.states(offering) == ["withdrawn", "active", "waitlisted"]
    assert [row["waitlist_rank"] for row in await world.rows(enrollments, offering_id=offering)] == [
        None,
        None,
        2,
    ]
    assert await world.seats(offering) == (1, 1)


async def test_who_leaves_the_waitlist_frees_no_seat(world: World) -> None:
    offering = await world.offering(capacity=1)
    people = await world.users(3)
    ids = [await world.enrol(user, offering) for user in people]
    await world.act(withdraw, ids[1], by=world.student(people[1]))
    await world.act(deny, ids[2])
    assert await world.states(offering) == ["active", "withdrawn", "denied"]
    assert await world.seats(offering) == (1, 0)


async def test_who_is_suspended_or_has_completed_keeps_the_seat(world: World) -> None:
    offering = await world.offering(capacity=2)
    ids = [await world.enrol(user, offering) for user in await world.users(3)]
    await world.act(suspend, ids[0], reason="fees")
    await world.act(complete, ids[1])
    assert await world.states(offering) == ["suspended", "completed", "waitlisted"]
    await world.act(resume, ids[0])
    assert await world.states(offering) == ["active", "completed", "waitlisted"]
    assert await world.seats(offering) == (2, 1)


async def test_a_completion_carries_one_result(world: World) -> None:
    offering = await world.offering()
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    result = NewResult("de-1-5", "1.3", True, (Credit("ects", 600),))
    await world.act(complete, enrollment, result=result)
    (row,) = await world.rows(results, enrollment_id=enrollment)
    assert (row["scheme"], row["value"], row["is_passed"], row["recorded_at"]) == ("de-1-5", "1.3", True, NOW)
    assert row["credits"] == [{"scheme": "ects", "value": 600, "level": None}]
    with pytest.raises(UnableToTransition):
        await world.act(complete, enrollment, result=result)


async def test_a_result_that_is_no_result_leaves_the_enrollment_as_it_was(world: World) -> None:
    offering = await world.offering()
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    for broken in (NewResult("", "1.3", True), NewResult("x", "1" * 65, True), NewResult("x", "1\0", False)):
        with pytest.raises(InvalidInput):
            await world.act(complete, enrollment, result=broken)
    assert await world.state(enrollment) == "active"


async def test_who_is_reinstated_has_no_result_until_the_next_completion(world: World) -> None:
    offering = await world.offering(capacity=1)
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    await world.act(complete, enrollment, result=NewResult("pass-fail", "fail", False))
    await world.act(reinstate, enrollment, reason="appeal")
    assert await world.rows(results, enrollment_id=enrollment) == []
    await world.act(complete, enrollment, result=NewResult("pass-fail", "pass", True))
    assert [row["value"] for row in await world.rows(results, enrollment_id=enrollment)] == ["pass"]
    assert await world.seats(offering) == (1, 0)


async def test_a_withdrawal_undone_finds_the_seat_gone_and_waits(world: World) -> None:
    offering = await world.offering(capacity=1)
    first, second = await world.users(2)
    left = await world.enrol(first, offering)
    await world.act(withdraw, left)
    await world.enrol(second, offering)
    await world.act(reinstate, left)
    assert await world.state(left) == "waitlisted"
    assert await world.seats(offering) == (1, 1)


async def test_what_does_not_follow_from_the_state_changes_nothing(world: World) -> None:
    offering = await world.offering()
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    with pytest.raises(UnableToTransition):
        await world.act(resume, enrollment)
    row = await world.row(enrollments, enrollment)
    assert (row["state"], row["version"]) == ("active", 1)


async def test_an_old_version_is_a_conflict(world: World) -> None:
    offering = await world.offering()
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    await world.act(suspend, enrollment, expected_version=1)
    with pytest.raises(VersionConflict) as refused:
        await world.act(resume, enrollment, expected_version=1)
    assert refused.value.details["current_id"] == enrollment
    assert await world.state(enrollment) == "suspended"


async def test_more_seats_promote_who_waits_and_fewer_throw_nobody_out(world: World) -> None:
    offering = await world.offering(capacity=1)
    people = await world.users(5)
    ids = [await world.enrol(user, offering) for user in people]
    async with world.as_system() as tx:
        await change_capacity(tx, offering_id=offering, capacity=3)
    assert await world.states(offering) == ["active"] * 3 + ["waitlisted"] * 2
    async with world.as_system() as tx:
        await change_capacity(tx, offering_id=offering, capacity=2)
    assert await world.seats(offering) == (3, 2)
    await world.act(withdraw, ids[0])
    assert await world.seats(offering) == (2, 2)
    await world.act(withdraw, ids[1])
    assert await world.states(offering) == ["withdrawn", "withdrawn", "active", "active", "waitlisted"]
    async with world.as_system() as tx:
        await change_capacity(tx, offering_id=offering, capacity=None)
    assert await world.seats(offering) == (3, 0)


async def test_nobody_moves_up_in_a_cancelled_offering_until_it_is_published_again(world: World) -> None:
    offering = await world.offering(capacity=1)
    people = await world.users(2)
    ids = [await world.enrol(user, offering) for user in people]
    async with world.as_system() as tx:
        await cancel_offering(tx, offering_id=offering)
    await world.act(withdraw, ids[0], by=world.student(people[0]))
    assert await world.states(offering) == ["withdrawn", "waitlisted"]
    async with world.as_system() as tx:
        await publish_offering(tx, offering_id=offering)
    assert await world.states(offering) == ["withdrawn", "active"]
    assert await world.seats(offering) == (1, 0)


async def _sections(world: World, offering: int, *capacities: int | None) -> list[int]:
    async with world.as_system() as tx:
        return [
            await create_section(tx, section=NewSection(offering, name("S"), capacity=capacity))
            for capacity in capacities
        ]


async def test_a_full_section_takes_nobody_though_the_offering_would(world: World) -> None:
    offering = await world.offering(capacity=3)
    full, free = await _sections(world, offering, 1, None)
    one, two = await world.users(2)
    await world.enrol(one, offering, section_id=full)
    with pytest.raises(SectionFull):
        await world.enrol(two, offering, section_id=full)
    enrollment = await world.enrol(two, offering, section_id=free)
    with pytest.raises(SectionFull):
        await world.act(move_section, enrollment, section_id=full)
    await world.act(move_section, enrollment, section_id=None)
    assert (await world.row(enrollments, enrollment))["section_id"] is None
    assert await world.seats(offering) == (2, 0)


async def test_teachers_take_no_place_in_a_section(world: World) -> None:
    offering = await world.offering()
    (full,) = await _sections(world, offering, 0)
    (teacher,) = await world.users(1)
    await world.enrol(teacher, offering, by=world.system, role=EnrollmentRole.INSTRUCTOR, section_id=full)
    assert await world.states(offering) == ["active"]


async def test_another_offerings_section_is_refused(world: World) -> None:
    offering, other = await world.offering(), await world.offering()
    (foreign,) = await _sections(world, other, None)
    (student,) = await world.users(1)
    with pytest.raises(InvalidInput) as refused:
        await world.enrol(student, offering, section_id=foreign)
    assert refused.value.details["path"] == ["input", "sectionId"]
    enrollment = await world.enrol(student, offering)
    with pytest.raises(InvalidInput):
        await world.act(move_section, enrollment, section_id=foreign)


async def test_nobody_loses_their_turn_because_their_section_filled_up(world: World) -> None:
    offering = await world.offering(capacity=2)
    (section,) = await _sections(world, offering, 1)
    first, second, third, fourth = await world.users(4)
    left = await world.enrol(first, offering)
    also = await world.enrol(second, offering)
    waiting = [await world.enrol(user, offering, section_id=section) for user in (third, fourth)]
    await world.act(withdraw, left)
    await world.act(withdraw, also)
    rows = [await world.row(enrollments, one) for one in waiting]
    assert [(row["state"], row["section_id"]) for row in rows] == [("active", section), ("active", None)]


async def test_who_leaves_a_section_frees_the_place_for_who_moves_up(world: World) -> None:
    offering = await world.offering(capacity=1)
    (section,) = await _sections(world, offering, 1)
    first, second = await world.users(2)
    left = await world.enrol(first, offering, section_id=section)
    waiting = await world.enrol(second, offering, section_id=section)
    await world.act(withdraw, left)
    row = await world.row(enrollments, waiting)
    assert (row["state"], row["section_id"]) == ("active", section)


@pytest.mark.parametrize("reason", ["", " ", "a\0b", "x" * 1001])
async def test_a_reason_is_a_text_or_not_given(world: World, reason: str) -> None:
    offering = await world.offering()
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    with pytest.raises(InvalidInput) as refused:
        await world.act(suspend, enrollment, reason=reason)
    assert refused.value.details["path"] == ["input", "reason"]
    assert await world.state(enrollment) == "active"
