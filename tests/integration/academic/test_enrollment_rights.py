"""Who may do what to an enrollment, and for whom it does not exist."""

from collections.abc import Awaitable, Callable

import pytest

from academic.courses.courses import NewCourse, create_course
from academic.enrollments.acting import approve, deny, reinstate, resume, suspend, withdraw
from academic.enrollments.completing import complete
from academic.enrollments.moving import move_section
from academic.model.states import EnrollmentRole
from academic.structure.org_units import NewOrgUnit, create_org_unit
from tenants.model import Forbidden, NotFound, Role
from tests.integration.academic.world import World, name

Operation = Callable[..., Awaitable[int]]


async def _teacher(world: World, offering: int, role: EnrollmentRole) -> int:
    (teacher,) = await world.users(1, role=Role.INSTRUCTOR)
    await world.enrol(teacher, offering, by=world.system, role=role)
    return teacher


@pytest.mark.parametrize("operation", [approve, deny, withdraw, suspend, resume, reinstate, complete])
async def test_another_students_enrollment_does_not_exist(world: World, operation: Operation) -> None:
    offering = await world.offering(approval_required=True)
    student, stranger = await world.users(2)
    enrollment = await world.enrol(student, offering)
    with pytest.raises(NotFound):
        await world.act(operation, enrollment, by=world.student(stranger))
    assert await world.state(enrollment) == "requested"


@pytest.mark.parametrize("operation", [approve, deny, suspend, resume, reinstate, complete])
async def test_students_only_withdraw_their_own(world: World, operation: Operation) -> None:
    offering = await world.offering(approval_required=True)
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    with pytest.raises(Forbidden):
        await world.act(operation, enrollment, by=world.student(student))
    await world.act(withdraw, enrollment, by=world.student(student))
    assert await world.state(enrollment) == "withdrawn"


@pytest.mark.parametrize("role", [EnrollmentRole.INSTRUCTOR, EnrollmentRole.ASSISTANT])
async def test_who_teaches_an_offering_decides_its_requests(world: World, role: EnrollmentRole) -> None:
    offering, other = [await world.offering(approval_required=True) for _ in range(2)]
    teacher = world.acting(await _teacher(world, offering, role), Role.INSTRUCTOR)
    one, two = await world.users(2)
    let_in, refused = await world.enrol(one, offering), await world.enrol(two, offering)
    await world.act(approve, let_in, by=teacher)
    await world.act(deny, refused, by=teacher)
    assert await world.states(offering) == ["active", "active", "denied"]
    elsewhere = await world.enrol(one, other)
    with pytest.raises(NotFound):
        await world.act(approve, elsewhere, by=teacher)


async def test_only_instructors_of_the_offering_complete_there(world: World) -> None:
    offering = await world.offering()
    instructor = await _teacher(world, offering, EnrollmentRole.INSTRUCTOR)
    assistant = await _teacher(world, offering, EnrollmentRole.ASSISTANT)
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    with pytest.raises(Forbidden):
        await world.act(complete, enrollment, by=world.acting(assistant, Role.INSTRUCTOR))
    await world.act(complete, enrollment, by=world.acting(instructor, Role.INSTRUCTOR))
    assert await world.state(enrollment) == "completed"


@pytest.mark.parametrize("operation", [withdraw, suspend])
async def test_teachers_do_not_withdraw_or_suspend(world: World, operation: Operation) -> None:
    offering = await world.offering()
    teacher = await _teacher(world, offering, EnrollmentRole.INSTRUCTOR)
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    with pytest.raises(Forbidden):
        await world.act(operation, enrollment, by=world.acting(teacher, Role.INSTRUCTOR))
    assert await world.state(enrollment) == "active"


async def test_a_teacher_who_left_decides_nothing(world: World) -> None:
    offering = await world.offering(approval_required=True)
    (teacher,) = await world.users(1, role=Role.INSTRUCTOR)
    teaching = await world.enrol(teacher, offering, by=world.system, role=EnrollmentRole.INSTRUCTOR)
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    await world.act(withdraw, teaching)
    with pytest.raises(NotFound):
        await world.act(approve, enrollment, by=world.acting(teacher, Role.INSTRUCTOR))


async def test_a_registrar_of_a_unit_acts_there_and_below_and_nowhere_else(world: World) -> None:
    async with world.as_system() as tx:
        below = await create_org_unit(
            tx, org_unit=NewOrgUnit(name("U"), {"en": "Below"}, parent_id=world.unit)
        )
        beside = await create_org_unit(tx, org_unit=NewOrgUnit(name("U"), {"en": "Beside"}))
        courses = [
            await create_course(tx, course=NewCourse(unit, name("C"), {"en": "C"}))
            for unit in (below, beside)
        ]
    inside, outside = [await world.offering(course_id=course, approval_required=True) for course in courses]
    (registrar,) = await world.users(1, role=Role.REGISTRAR, unit=world.unit)
    acting = world.acting(registrar, unit_roles=[Role.REGISTRAR])
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, inside, by=acting)
    assert await world.state(enrollment) == "active"
    await world.act(suspend, enrollment, by=acting)
    await world.act(resume, enrollment, by=acting)
    await world.act(complete, enrollment, by=acting)
    assert await world.state(enrollment) == "completed"

    with pytest.raises(Forbidden):
        await world.enrol(student, outside, by=acting)
    hidden = await world.enrol(student, outside)
    with pytest.raises(NotFound):
        await world.act(approve, hidden, by=acting)


async def test_an_auditor_reads_and_changes_nothing(world: World) -> None:
    offering = await world.offering()
    (student,) = await world.users(1)
    (auditor,) = await world.users(1, role=Role.AUDITOR)
    enrollment = await world.enrol(student, offering)
    for operation in (withdraw, suspend, complete):
        with pytest.raises(Forbidden):
            await world.act(operation, enrollment, by=world.acting(auditor, Role.AUDITOR))
    with pytest.raises(Forbidden):
        await world.act(move_section, enrollment, by=world.acting(auditor, Role.AUDITOR), section_id=None)


async def test_another_tenants_enrollment_and_offering_do_not_exist(world: World, other_world: World) -> None:
    offering = await world.offering(visibility="public")
    (student,) = await world.users(1)
    enrollment = await world.enrol(student, offering)
    (foreigner,) = await other_world.users(1)
    with pytest.raises(NotFound):
        await other_world.enrol(foreigner, offering)
    with pytest.raises(NotFound):
        await other_world.act(withdraw, enrollment)
    assert await world.state(enrollment) == "active"
