"""A gateway knows which documents are out of date."""

from typing import Any

from academic.enrollments.acting import withdraw
from academic.enrollments.entering import NewEnrollment, enrol
from federation.moderation.actors import suspend_actor
from federation.moderation.history import Because
from search.model import Kind, Reference
from tests.fediverse import person
from tests.integration.posts.acting import deletes, likes, posts
from tests.integration.search.indexing.libraries import Library
from tests.integration.search.indexing.test_consumer import rename


async def test_nothing_waits_where_everything_is_indexed(library: Library) -> None:
    waiting = await library.waiting()
    assert waiting.is_complete
    assert not waiting.references


async def test_a_change_waits_until_it_is_indexed(library: Library) -> None:
    world = library.world["alpha"]
    expected = {
        Reference(Kind.COURSE, world.number("course:2")),
        Reference(Kind.OFFERING, world.number("offering:2")),
    }
    await rename(library, "course:2", "Another")
    assert (await library.waiting()).references == expected  # has no position yet
    await library.number()
    waiting = await library.waiting()
    assert waiting.references == expected
    assert waiting.is_complete
    assert not (await library.waiting("gamma")).references
    await library.catch_up()
    assert not (await library.waiting()).references


async def test_what_was_indexed_after_a_position_waits_for_who_asked_the_index_then(library: Library) -> None:
    await rename(library, "course:2", "One")
    await library.catch_up()
    heard = await library.heard()
    await rename(library, "course:2", "Another")
    await library.catch_up()
    assert not (await library.waiting()).references
    course = Reference(Kind.COURSE, library.world["alpha"].number("course:2"))
    assert course in (await library.waiting(since=heard)).references
    assert not (await library.waiting(since=await library.heard())).references


async def test_posts_of_somebody_who_is_hidden_wait(library: Library) -> None:
    author = await person(library.world)
    shown, gone = await posts(author, "One"), await posts(author, "Two")
    await library.catch_up()
    await deletes(author, gone)
    assert (await library.waiting()).references == {Reference(Kind.POST, gone)}
    moderator = await library.world.principal("alpha", "tenant_admin")
    async with library.world.door.write(moderator) as tx:
        await suspend_actor(tx, actor_id=author.actor_id, because=Because("spam"))
    assert Reference(Kind.POST, shown) in (await library.waiting()).references


async def test_what_hides_nothing_does_not_wait(library: Library) -> None:
    author = await person(library.world)
    await library.catch_up()
    await likes(author, await posts(author, "New"))
    waiting = await library.waiting()
    assert waiting.is_complete
    assert not waiting.references


async def test_who_leaves_an_offering_waits_and_who_comes_does_not(library: Library) -> None:
    world = library.world
    offering = world["alpha"].number("offering:4")
    user_id = world["alpha"].number("user:registrar")
    async with world.door.write(world.as_system("alpha")) as tx:
        enrollment = await enrol(tx, enrollment=NewEnrollment(offering_id=offering, user_id=user_id))
    assert not (await library.waiting()).references
    await library.catch_up()
    async with world.door.write(world.as_system("alpha")) as tx:
        await withdraw(tx, enrollment_id=enrollment)
    assert Reference(Kind.USER, user_id) in (await library.waiting()).references


async def test_where_much_waits_it_says_that_there_is_more(library: Library) -> None:
    world = library.world
    async with world.door.write(world.as_system("alpha")) as tx:
        for number in range(1_001):
            await tx.announce("user.updated", "user", 10**6 + number)
    waiting = await library.waiting()
    assert not waiting.is_complete
    assert len(waiting.references) <= 1_001


async def test_people_wait_where_the_unit_of_a_course_may_have_changed_and_nowhere_else(
    library: Library,
) -> None:
    world = library.world
    course = world["alpha"].number("course:1")
    student = Reference(Kind.USER, world["alpha"].number("user:student"))
    said: tuple[tuple[dict[str, Any], bool], ...] = (
        ({"changed": ["title"]}, False),
        ({"changed": ["code", "org_unit_id"]}, True),
        ({}, True),  # nobody knows
    )
    for payload, may_have_moved in said:
        async with world.door.write(world.as_system("alpha")) as tx:
            await tx.announce("course.updated", "course", course, **payload)
        waiting = await library.waiting()
        assert waiting.is_complete
        assert (student in waiting.references) is may_have_moved
        before = library.version(student)
        await library.catch_up()
        assert (library.version(student) > before) is may_have_moved


async def test_people_wait_where_an_offering_may_have_another_course(library: Library) -> None:
    world = library.world
    offering, course = (world["alpha"].number(f"{name}:1") for name in ("offering", "course"))
    student = Reference(Kind.USER, world["alpha"].number("user:student"))
    for payload, may_have_moved in (
        ({"changed": ["title"]}, False),
        ({"course_id": course, "is_moved": False}, False),
        ({"course_id": course, "is_moved": True}, True),
        ({"course_id": course}, True),  # nobody knows
    ):
        async with world.door.write(world.as_system("alpha")) as tx:
            await tx.announce("offering.updated", "offering", offering, **payload)
        assert (student in (await library.waiting()).references) is may_have_moved
        before = library.version(student)
        await library.catch_up()
        assert (library.version(student) > before) is may_have_moved


async def test_posts_wait_where_their_group_may_be_shown_to_others_than_before(library: Library) -> None:
    author = await person(library.world)
    post = Reference(Kind.POST, await posts(author, "Still here"))
    await library.catch_up()
    for payload, may_be_hidden in (
        ({"changed": ["display_name"]}, False),
        ({"changed": ["status"]}, True),
        ({}, True),
    ):
        async with library.world.door.write(library.world.as_system("alpha")) as tx:
            await tx.announce("actor.changed", "actor", author.actor_id, **payload)
        assert (post in (await library.waiting()).references) is may_be_hidden
        before = library.version(post)
        await library.catch_up()
        assert (library.version(post) > before) is may_be_hidden
