"""Groups of courses: who speaks for them, who posts in them, what they pass on."""

from typing import Any

import orjson
import pytest

from academic.enrollments.entering import NewEnrollment, enrol
from academic.model.states import EnrollmentRole
from federation.actors.local import group_of_course, group_of_org_unit
from federation.actors.rows import ActorRow
from federation.posts.model import GroupRef
from federation.tables.activities import activities
from federation.tables.posts import announces as announce_rows
from federation.tables.posts import posts as post_rows
from federation.tables.posts import timeline_entries
from kernel.errors import InvalidInput
from tenants.model import Forbidden
from tests.fediverse import Person, here, member, person, row, rows, told
from tests.integration.federation_http.fetching import new_course
from tests.integration.posts.acting import announces, answers, deletes, follows, likes, posts
from tests.integration.posts.keeping import Keeper
from tests.world import World


async def _group(world: World) -> ActorRow:
    async with world.door.write(world.as_system("alpha")) as tx:
        return await group_of_course(tx, world["alpha"].number("course:1"), here(world))


def _course(world: World) -> GroupRef:
    return GroupRef(course_id=world["alpha"].number("course:1"))


def _staff(world: World, role: str = "instructor") -> Person:
    """Somebody of the world, without an actor of their own."""
    principal = member(world["alpha"].tenant, world["alpha"].number(f"user:{role}"))
    return Person(world, principal, 0, role)


async def _announced(world: World, group: ActorRow, post_id: int) -> list[Any]:
    """What a group announced about a post: addresses, or the types of embedded activities."""
    found = []
    for activity in await rows(world, activities, actor_id=group.id, type="Announce", post_id=post_id):
        what = orjson.loads(activity["document"])["object"]
        found.append(what if isinstance(what, str) else what["type"])
        sent = [payload for event, payload in await told(world, activity["id"]) if event == "activity.sent"]
        assert [one["followers_of"] for one in sent] == [[group.id]]
    return found


async def test_staff_speak_for_the_group_of_their_course(world: World, keeper: Keeper) -> None:
    group, reader = await _group(world), await person(world, "reader")
    await follows(reader, group.id)
    teacher = _staff(world)
    post_id = await posts(teacher, "The exam is moved", on_behalf_of=_course(world), title="Exam")
    stored = await row(world, post_rows, id=post_id)
    assert (stored["actor_id"], stored["group_id"], stored["is_announcement"]) == (group.id, group.id, True)
    assert (stored["written_by_id"], stored["kind"]) == (teacher.user_id, "article")
    activity = await row(world, activities, post_id=post_id, type="Create")
    assert orjson.loads(activity["document"])["actor"] == group.address
    await keeper.caught_up()
    entry = await row(world, timeline_entries, user_id=reader.user_id, post_id=post_id)
    assert (entry["post_id"], entry["reason"]) == (post_id, "group")
    await deletes(teacher, post_id)
    assert (await row(world, post_rows, id=post_id))["state"] == "deleted"


@pytest.mark.parametrize("role", ["student", "auditor"])
async def test_others_do_not_speak_for_a_group(world: World, role: str) -> None:
    with pytest.raises(Forbidden):
        await posts(_staff(world, role), on_behalf_of=_course(world))


async def test_who_may_change_the_catalogue_of_a_unit_speaks_for_its_group(world: World) -> None:
    registrar = Person(world, await world.principal("alpha", "registrar"), 0, "registrar")
    unit = GroupRef(org_unit_id=world["alpha"].number("faculty"))
    post_id = await posts(registrar, "Welcome", on_behalf_of=unit)
    async with world.door.write(world.as_system("alpha")) as tx:
        group = await group_of_org_unit(tx, unit.org_unit_id or 0, here(world))
    assert (await row(world, post_rows, id=post_id))["actor_id"] == group.id


async def test_a_group_passes_on_what_its_followers_post_in_it(world: World, keeper: Keeper) -> None:
    group = await _group(world)
    shown = {"exposed": ["likes"]}
    ana, reader, outside = [await person(world, name, **shown) for name in ("ana", "reader", "outside")]
    with pytest.raises(Forbidden):
        await posts(outside, in_group=_course(world))
    for follower in (ana, reader):
        await follows(follower, group.id)
    post_id = await posts(ana, "A question", in_group=_course(world))
    stored = await row(world, post_rows, id=post_id)
    assert (stored["group_id"], stored["announces_count"]) == (group.id, 1)
    assert await _announced(world, group, post_id) == [stored["address"], "Create"]
    answer = await answers(reader, post_id)
    assert (await row(world, post_rows, id=answer))["group_id"] == group.id
    assert await _announced(world, group, answer) == ["Create"]
    assert await rows(world, announce_rows, post_id=answer) == []
    await likes(reader, post_id)
    await likes(outside, post_id)
    assert await _announced(world, group, post_id) == [stored["address"], "Create", "Like"]
    await keeper.caught_up()
    entry = await row(world, timeline_entries, user_id=reader.user_id, post_id=post_id)
    assert (entry["reason"], entry["announced_by_id"]) == ("group", group.id)
    await deletes(ana, post_id)
    assert (await _announced(world, group, post_id))[-1] == "Delete"


async def test_who_takes_part_posts_in_the_group_of_their_course(world: World) -> None:
    ana = await person(world, "ana")
    course_id, offering_id = await new_course(world, "TAKING-PART")
    async with world.door.write(world.as_system("alpha")) as tx:
        await enrol(
            tx,
            enrollment=NewEnrollment(
                offering_id=offering_id,
                user_id=ana.user_id,
                role=EnrollmentRole.STUDENT,
            ),
        )
    course = GroupRef(course_id=course_id)
    inside = await posts(ana, "Among us", in_group=course, visibility="tenant")
    assert await rows(world, announce_rows, post_id=inside) != []
    for activity in await rows(world, activities, post_id=inside):
        assert "activity.sent" not in [event for event, _ in await told(world, activity["id"])]
    with pytest.raises(InvalidInput):
        await posts(ana, in_group=course, visibility="followers")


async def test_a_course_that_is_not_public_says_nothing_publicly(world: World) -> None:
    registrar = Person(world, await world.principal("alpha", "registrar"), 0, "registrar")
    with pytest.raises(InvalidInput) as refused:
        await posts(registrar, on_behalf_of=GroupRef(course_id=world["alpha"].number("course:3")))
    assert refused.value.details["path"] == ["input", "visibility"]


async def test_staff_announce_what_others_wrote(world: World) -> None:
    group, ana = await _group(world), await person(world, "ana")
    post_id = await posts(ana, "News of elsewhere")
    await announces(_staff(world), post_id, on_behalf_of=_course(world))
    assert [one["actor_id"] for one in await rows(world, announce_rows, post_id=post_id)] == [group.id]
