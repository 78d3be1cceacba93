"""Getting into an offering: who may, when, and what becomes of them."""

from datetime import timedelta

import pytest

from academic.courses.lifecycle import archive_offering, cancel_offering
from academic.enrollments.acting import approve, deny, withdraw
from academic.enrollments.entering import NewEnrollment, accept, decline, enrol, invite
from academic.model.refusals import Refusal, UnableToEnrol
from academic.model.states import EnrollmentRole, UnableToTransition
from academic.model.windows import EnrollmentWindow
from academic.tables import enrollment_transitions, enrollments
from kernel.errors import InvalidInput
from tenants.model import ANONYMOUS, Forbidden, NotFound, Principal, Role, Unauthenticated
from tests.integration.academic.world import NOW, World

HOUR = timedelta(hours=1)


async def test_a_student_takes_a_free_seat(world: World) -> None:
    offering = await world.offering(capacity=1)
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    row = await world.row(enrollments, enrollment)
    assert (row["user_id"], row["role"], row["state"], row["waitlist_rank"]) == (
        student,
        "student",
        "active",
        None,
    )
    assert await world.seats(offering) == (1, 0)


async def test_who_comes_when_all_seats_are_taken_waits_in_order(world: World) -> None:
    offering = await world.offering(capacity=1)
    ids = [await world.enrol(user, offering) for user in await world.users(3)]
    rows = [await world.row(enrollments, one) for one in ids]
    assert [row["state"] for row in rows] == ["active", "waitlisted", "waitlisted"]
    assert [row["waitlist_rank"] for row in rows] == [None, 1, 2]
    assert await world.seats(offering) == (1, 2)


async def test_without_a_limit_everybody_gets_a_seat(world: World) -> None:
    offering = await world.offering()
    for user in await world.users(3):
        await world.enrol(user, offering)
    assert await world.seats(offering) == (3, 0)


@pytest.mark.parametrize(("waitlist_capacity", "reason"), [(0, Refusal.FULL), (1, Refusal.WAITLIST_FULL)])
async def test_who_finds_no_place_to_wait_is_told_why(
    world: World, waitlist_capacity: int, reason: Refusal
) -> None:
    offering = await world.offering(capacity=1, waitlist_capacity=waitlist_capacity)
    *others, last = await world.users(2 + waitlist_capacity)
    for user in others:
        await world.enrol(user, offering)
    with pytest.raises(UnableToEnrol) as refused:
        await world.enrol(last, offering)
    assert refused.value.reason is reason
    assert await world.seats(offering) == (1, waitlist_capacity)


async def test_nobody_enrols_twice(world: World) -> None:
    offering = await world.offering()
    (student,) = await world.users(1)
    await world.enrol(student, offering)
    with pytest.raises(UnableToEnrol) as refused:
        await world.enrol(student, offering)
    assert refused.value.reason is Refusal.ALREADY_ENROLLED


async def test_who_withdrew_comes_back_on_the_same_enrollment_at_the_end_of_the_waitlist(
    world: World,
) -> None:
    offering = await world.offering(capacity=1)
    first, second, third = await world.users(3)
    enrollment = await world.enrol(first, offering)
    await world.enrol(second, offering)
    await world.act(withdraw, enrollment, by=world.student(first))
    await world.enrol(third, offering)
    assert await world.enrol(first, offering) == enrollment
    row = await world.row(enrollments, enrollment)
    assert (row["state"], row["waitlist_rank"], row["version"]) == ("waitlisted", 3, 3)
    assert await world.seats(offering) == (1, 2)


async def test_who_was_denied_stays_denied(world: World) -> None:
    offering = await world.offering(approval_required=True)
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    await world.act(deny, enrollment)
    with pytest.raises(UnableToEnrol) as refused:
        await world.enrol(student, offering)
    assert refused.value.reason is Refusal.DENIED


async def test_a_request_holds_no_seat_until_it_is_approved(world: World) -> None:
    offering = await world.offering(capacity=1, approval_required=True)
    one, other = await world.users(2)
    first, second = await world.enrol(one, offering), await world.enrol(other, offering)
    assert await world.states(offering) == ["requested", "requested"]
    assert await world.seats(offering) == (0, 0)
    await world.act(approve, second)
    await world.act(approve, first)
    assert (await world.state(second), await world.state(first)) == ("active", "waitlisted")
    assert await world.seats(offering) == (1, 1)


@pytest.mark.parametrize(
    ("opens", "closes", "reason"),
    [(HOUR, 2 * HOUR, Refusal.WINDOW_NOT_OPEN), (-2 * HOUR, -HOUR, Refusal.WINDOW_CLOSED)],
)
async def test_students_enrol_inside_their_window_only(
    world: World, opens: timedelta, closes: timedelta, reason: Refusal
) -> None:
    window = EnrollmentWindow("student", NOW + opens, NOW + closes)
    offering = await world.offering(windows=[window])
    (student,) = await world.users(1)
    with pytest.raises(UnableToEnrol) as refused:
        await world.enrol(student, offering)
    assert refused.value.reason is reason
    world.now = NOW + opens
    await world.enrol(student, offering)
    assert await world.seats(offering) == (1, 0)


async def test_a_window_for_guests_does_not_let_students_in_and_the_other_way_round(world: World) -> None:
    for_guests = await world.offering(windows=[EnrollmentWindow("guest", NOW - HOUR, None)])
    for_students = await world.offering(windows=[EnrollmentWindow("student", NOW - HOUR, None)])
    (student,) = await world.users(1)
    (guest,) = await world.users(1, role=None)
    for user, offering in ((student, for_guests), (guest, for_students)):
        with pytest.raises(UnableToEnrol) as refused:
            await world.enrol(user, offering)
        assert refused.value.reason is Refusal.NOT_AUDIENCE
    await world.enrol(guest, for_guests, role=EnrollmentRole.GUEST)
    await world.enrol(student, for_students)


async def test_a_student_by_a_role_in_a_unit_belongs_to_the_students(world: World) -> None:
    offering = await world.offering(windows=[EnrollmentWindow("student", NOW - HOUR, None)])
    (student,) = await world.users(1, unit=world.unit)
    await world.enrol(student, offering)


async def test_staff_enrol_others_outside_the_window_and_without_an_approval(world: World) -> None:
    offering = await world.offering(
        approval_required=True, windows=[EnrollmentWindow("everyone", None, NOW - HOUR)]
    )
    (student,) = await world.users(1)
    (registrar,) = await world.users(1, role=Role.REGISTRAR)
    enrollment = await world.enrol(
        student, offering, by=world.acting(registrar, Role.REGISTRAR), reason="late"
    )
    assert await world.state(enrollment) == "active"
    (step,) = await world.rows(enrollment_transitions, enrollment_id=enrollment)
    assert (step["actor_id"], step["on_behalf_of_id"], step["reason"]) == (registrar, student, "late")


async def test_capacity_binds_staff_too(world: World) -> None:
    offering = await world.offering(capacity=0, waitlist_capacity=0)
    (student,) = await world.users(1)
    with pytest.raises(UnableToEnrol) as refused:
        await world.enrol(student, offering, by=world.system)
    assert refused.value.reason is Refusal.FULL


async def test_teachers_take_no_seat(world: World) -> None:
    offering = await world.offering(capacity=0, waitlist_capacity=0, publish=False)
    (teacher,) = await world.users(1, role=Role.INSTRUCTOR)
    enrollment = await world.enrol(teacher, offering, by=world.system, role=EnrollmentRole.INSTRUCTOR)
    assert await world.state(enrollment) == "active"
    assert await world.seats(offering) == (0, 0)


async def test_nobody_makes_themselves_a_teacher(world: World) -> None:
    offering = await world.offering()
    (student,) = await world.users(1)
    with pytest.raises(Forbidden):
        await world.enrol(student, offering, role=EnrollmentRole.INSTRUCTOR)
    assert await world.states(offering) == []


async def test_students_do_not_enrol_each_other(world: World) -> None:
    offering = await world.offering()
    student, friend = await world.users(2)
    with pytest.raises(Forbidden):
        await world.enrol(friend, offering, by=world.student(student))
    assert await world.states(offering) == []


async def test_who_has_not_signed_in_cannot_enrol(world: World) -> None:
    offering = await world.offering(visibility="public")
    with pytest.raises(Unauthenticated):
        async with world.door.write(Principal(world.tenant, None, ANONYMOUS)) as tx:
            await enrol(tx, enrollment=NewEnrollment(offering))


@pytest.mark.parametrize(("given", "publish"), [({"visibility": "private"}, True), ({}, False)])
async def test_an_offering_the_student_cannot_see_does_not_exist(
    world: World, given: dict[str, str], publish: bool
) -> None:
    offering = await world.offering(publish=publish, **given)
    (student,) = await world.users(1)
    with pytest.raises(NotFound):
        await world.enrol(student, offering)


async def test_a_draft_takes_no_students_whoever_enrols_them(world: World) -> None:
    offering = await world.offering(publish=False)
    (student,) = await world.users(1)
    with pytest.raises(UnableToEnrol) as refused:
        await world.enrol(student, offering, by=world.system)
    assert refused.value.reason is Refusal.OFFERING_DRAFT


async def test_what_was_cancelled_or_archived_takes_nobody(world: World) -> None:
    student, other, invited, uninvited = await world.users(4)
    for operation, reason in (
        (cancel_offering, Refusal.OFFERING_CANCELLED),
        (archive_offering, Refusal.OFFERING_ARCHIVED),
    ):
        offering = await world.offering()
        async with world.as_system() as tx:
            invitation = await invite(tx, enrollment=NewEnrollment(offering, user_id=invited))
            await operation(tx, offering_id=offering)
        with pytest.raises(UnableToEnrol) as refused:
            await world.act(accept, invitation, by=world.student(invited))
        assert refused.value.reason is reason
        assert await world.state(invitation) == "invited"
        with pytest.raises(UnableToEnrol) as refused:
            async with world.as_system() as tx:
                await invite(tx, enrollment=NewEnrollment(offering, user_id=uninvited))
        assert refused.value.reason is reason
        for user, by in ((student, None), (other, world.system)):
            with pytest.raises(UnableToEnrol) as refused:
                await world.enrol(user, offering, by=by)
            assert refused.value.reason is reason


async def test_after_its_last_day_an_offering_without_windows_is_closed(world: World) -> None:
    student, other = await world.users(2)
    yesterday = (NOW - timedelta(days=1)).date()
    offering = await world.offering(starts_on=yesterday, ends_on=yesterday)
    with pytest.raises(UnableToEnrol) as refused:
        await world.enrol(student, offering)
    assert refused.value.reason is Refusal.WINDOW_CLOSED
    await world.enrol(other, offering, by=world.system)  # who keeps the records may
    today = await world.offering(starts_on=yesterday, ends_on=NOW.date())
    await world.enrol(student, today)


async def test_only_an_active_person_is_enrolled(world: World) -> None:
    offering = await world.offering()
    with pytest.raises(InvalidInput) as refused:
        await world.enrol(4711, offering, by=world.system)
    assert refused.value.details["path"] == ["input", "userId"]


async def test_an_offering_that_does_not_exist_is_not_found(world: World) -> None:
    (student,) = await world.users(1)
    with pytest.raises(NotFound):
        await world.enrol(student, 4711)


async def test_an_invited_person_accepts_into_a_seat_and_a_declined_invitation_ends(world: World) -> None:
    offering = await world.offering(
        capacity=1, approval_required=True, windows=[EnrollmentWindow("everyone", None, NOW - HOUR)]
    )
    one, other = await world.users(2)
    ids = []
    for user in (one, other):
        async with world.as_system() as tx:
            ids.append(await invite(tx, enrollment=NewEnrollment(offering, user_id=user)))
    assert await world.seats(offering) == (0, 0)
    await world.act(accept, ids[0], by=world.student(one))
    await world.act(decline, ids[1], by=world.student(other), reason="no time")
    assert [await world.state(one) for one in ids] == ["active", "withdrawn"]
    assert await world.seats(offering) == (1, 0)


async def test_enrolling_with_an_invitation_is_accepting_it_in_the_invited_role(world: World) -> None:
    offering = await world.offering()
    (user,) = await world.users(1)
    async with world.as_system() as tx:
        invited = await invite(
            tx, enrollment=NewEnrollment(offering, user_id=user, role=EnrollmentRole.ASSISTANT)
        )
    assert await world.enrol(user, offering) == invited
    row = await world.row(enrollments, invited)
    assert (row["state"], row["role"]) == ("active", "assistant")
    assert await world.seats(offering) == (0, 0)


async def test_nobody_accepts_what_was_not_offered(world: World) -> None:
    offering = await world.offering()
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    with pytest.raises(UnableToTransition):
        await world.act(accept, enrollment, by=world.student(student))


async def test_students_do_not_invite(world: World) -> None:
    offering = await world.offering()
    student, friend = await world.users(2)
    with pytest.raises(Forbidden):
        async with world.door.write(world.student(student)) as tx:
            await invite(tx, enrollment=NewEnrollment(offering, user_id=friend))


async def test_every_step_is_kept_and_announced(world: World) -> None:
    offering = await world.offering(capacity=1)
    first, second = await world.users(2)
    left = await world.enrol(first, offering)
    waiting = await world.enrol(second, offering)
    await world.act(withdraw, left, by=world.student(first), reason="moving away")
    steps = await world.rows(enrollment_transitions, enrollment_id=left)
    assert [(s["from_state"], s["to_state"], s["action"], s["actor_id"], s["reason"]) for s in steps] == [
        (None, "active", "enrol", first, None),
        ("active", "withdrawn", "withdraw", first, "moving away"),
    ]
    assert {step["created_at"] for step in steps} == {NOW}
    promoted = (await world.rows(enrollment_transitions, enrollment_id=waiting))[-1]
    assert (promoted["action"], promoted["actor_id"], promoted["on_behalf_of_id"]) == ("promote", None, None)
    told = [event for event in await world.events() if event["event"].startswith("enrollment")]
    assert [(event["object_id"], event["payload"]["to_state"]) for event in told] == [
        (left, "active"),
        (waiting, "waitlisted"),
        (left, "withdrawn"),
        (waiting, "active"),
    ]
    assert {event["payload"]["offering_id"] for event in told} == {offering}
    seats = [
        e["payload"] for e in await world.events(object_id=offering) if e["event"] == "offering.seats_changed"
    ]
    assert [(one["taken"], one["waitlisted"]) for one in seats] == [(1, 0), (1, 1), (1, 0)]
