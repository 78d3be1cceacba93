"""What others find for the first time is new; what they found before is not, whatever became of it since."""

from datetime import datetime

from academic.courses.courses import CourseChanges, NewCourse, create_course, update_course
from academic.courses.lifecycle import cancel_offering, publish_offering
from academic.courses.offerings import NewOffering, OfferingChanges, create_offering, update_offering
from search.model import Kind, Reference
from tests.integration.search.indexing.libraries import Library


def appeared_at(library: Library, reference: Reference) -> datetime:
    """Since when it is there to be found."""
    found = library.stored(reference).appeared_at
    assert found is not None
    return found


async def see_course(library: Library, course_id: int, visibility: str) -> datetime:
    """Since when a course is there to be found, once it has this visibility."""
    async with library.world.door.write(library.world.as_system("alpha")) as tx:
        await update_course(tx, course_id=course_id, changes=CourseChanges(visibility=visibility))
    await library.catch_up()
    return appeared_at(library, Reference(Kind.COURSE, course_id))


async def see_offering(library: Library, offering_id: int, visibility: str) -> datetime:
    """Since when an offering is."""
    async with library.world.door.write(library.world.as_system("alpha")) as tx:
        await update_offering(tx, offering_id=offering_id, changes=OfferingChanges(visibility=visibility))
    await library.catch_up()
    return appeared_at(library, Reference(Kind.OFFERING, offering_id))


async def new_course(library: Library, code: str, visibility: str) -> int:
    """A course of the institution."""
    unit = library.world["alpha"].number("unit")
    course = NewCourse(org_unit_id=unit, code=code, title={"en": code}, visibility=visibility)
    async with library.world.door.write(library.world.as_system("alpha")) as tx:
        return await create_course(tx, course=course)


async def test_a_course_that_was_found_is_not_new_again(library: Library) -> None:
    course = await new_course(library, "A1", "tenant")
    await library.catch_up()
    made = appeared_at(library, Reference(Kind.COURSE, course))
    for visibility in ("public", "tenant", "private", "public"):
        assert await see_course(library, course, visibility) == made


async def test_a_course_appears_once_when_it_is_shown_to_others(library: Library) -> None:
    course = await new_course(library, "A2", "private")
    await library.catch_up()
    made = appeared_at(library, Reference(Kind.COURSE, course))
    appeared = await see_course(library, course, "tenant")
    assert appeared > made
    for visibility in ("private", "public", "federation"):
        assert await see_course(library, course, visibility) == appeared


async def test_what_happened_to_a_course_in_one_batch_counts_in_its_order(library: Library) -> None:
    found = await new_course(library, "A3", "tenant")
    async with library.world.door.write(library.world.as_system("alpha")) as tx:
        for visibility in ("private", "public"):
            await update_course(tx, course_id=found, changes=CourseChanges(visibility=visibility))
        made = tx.now
    await library.catch_up()
    assert appeared_at(library, Reference(Kind.COURSE, found)) <= made


async def test_an_offering_appears_when_it_is_no_draft_any_more(library: Library) -> None:
    world = library.world["alpha"]
    async with library.world.door.write(library.world.as_system("alpha")) as tx:
        offering = await create_offering(
            tx,
            offering=NewOffering(
                course_id=world.number("course:1"),
                academic_session_id=world.number("session"),
                code="A4",
                visibility="private",
            ),
        )
    reference = Reference(Kind.OFFERING, offering)
    await library.catch_up()
    made = appeared_at(library, reference)
    assert await see_offering(library, offering, "tenant") == made  # a draft
    async with library.world.door.write(library.world.as_system("alpha")) as tx:
        await publish_offering(tx, offering_id=offering)
    await library.catch_up()
    appeared = appeared_at(library, reference)
    assert appeared > made
    async with library.world.door.write(library.world.as_system("alpha")) as tx:
        await cancel_offering(tx, offering_id=offering)
        await publish_offering(tx, offering_id=offering)
    assert await see_offering(library, offering, "public") == appeared
