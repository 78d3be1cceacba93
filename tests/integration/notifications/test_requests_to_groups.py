"""Who asks to follow a group that approves its followers: its staff are told, see it and decide."""

import itertools
from typing import Any

import orjson

from academic.enrollments.entering import NewEnrollment, enrol
from academic.model.states import EnrollmentRole
from federation.actors.local import group_of_course, group_of_org_unit
from federation.actors.rows import ActorRow
from federation.follows.operations import unfollow
from federation.tables.activities import activities
from federation.tables.actors import actors, follows
from tests.fediverse import Person, here, person, row, rows
from tests.integration.federation_http.fetching import new_course
from tests.integration.notifications.told import kinds_of, tell, told_of
from tests.integration.posts.acting import follows as asks_to_follow
from tests.world import World

_numbers = itertools.count(1)
_REQUESTS = """query($i: ID!) {
  actor(id: $i) { followRequests { nodes { id state follower { preferredUsername } } } }
}"""
_ANSWER = """mutation($i: ID!) {
  %s(input: {id: $i}) { follow { state } userErrors { code } }
}"""

_CHANGE = """mutation($i: UpdateGroupProfileInput!) {
  updateGroupProfile(input: $i) { actor { approvesFollowers } userErrors { code } }
}"""


async def _approving(world: World, *, of_unit: bool = False) -> ActorRow:
    async with world.door.write(world.as_system("alpha")) as tx:
        if of_unit:
            group = await group_of_org_unit(tx, world["alpha"].number("faculty"), here(world))
        else:
            group = await group_of_course(tx, await _taught_course(world), here(world))
    changed = await _changes(world, group, "registrar" if of_unit else "instructor", approvesFollowers=True)
    assert changed == {"actor": {"approvesFollowers": True}, "userErrors": []}
    return group


async def _taught_course(world: World) -> int:
    """A course of its own, which the instructor teaches."""
    course_id, offering_id = await new_course(world, f"ASK{next(_numbers)}")
    teaches = NewEnrollment(
        offering_id=offering_id, user_id=_user(world, "instructor"), role=EnrollmentRole.INSTRUCTOR
    )
    async with world.door.write(world.as_system("alpha")) as tx:
        await enrol(tx, enrollment=teaches)
    return course_id


async def _changes(world: World, group: ActorRow, role: str, **given: Any) -> Any:
    variables = {"i": {"group": {"actorId": f"actor_{group.id}"}, **given}}
    return (await world.data(_CHANGE, variables, at="alpha", role=role))["updateGroupProfile"]


def _user(world: World, role: str) -> int:
    return world["alpha"].number(f"user:{role}")


async def _asked(world: World, role: str, *by: Person) -> list[Any]:
    """What one of the staff is told of these people's requests."""
    found = await told_of(world, _user(world, role))
    own = [one for one in found if one["actor_id"] in {person.actor_id for person in by}]
    return [one for one in own if one["kind"] == "follow_request" and one["is_shown"]]


async def _listed(world: World, group: ActorRow, role: str | None) -> list[str]:
    data = await world.data(_REQUESTS, {"i": f"actor_{group.id}"}, at="alpha", role=role)
    return [one["follower"]["preferredUsername"] for one in data["actor"]["followRequests"]["nodes"]]


async def _answers(world: World, follow_id: int, mutation: str, role: str) -> Any:
    data = await world.data(_ANSWER % mutation, {"i": f"follow_{follow_id}"}, at="alpha", role=role)
    return data[mutation]


async def test_staff_of_a_course_are_asked_and_accept(world: World) -> None:
    group, ana = await _approving(world), await person(world, "ana")
    follow_id = await asks_to_follow(ana, group.id)
    assert (await row(world, follows, id=follow_id))["state"] == "pending"
    await tell(world)
    (told,) = await _asked(world, "instructor", ana)
    assert told["actor_id"] == ana.actor_id
    assert told["details"]["about"] == f"follow_{follow_id}"
    for role in ("student", "registrar", "tenant_admin"):  # those who have staff need nobody else
        assert await _asked(world, role, ana) == []
    assert await _listed(world, group, "instructor") == [ana.username]
    assert await _listed(world, group, "student") == []
    assert await _listed(world, group, None) == []
    refused = await _answers(world, follow_id, "acceptFollowRequest", "student")
    assert [one["code"] for one in refused["userErrors"]] == ["NOT_FOUND"]
    accepted = await _answers(world, follow_id, "acceptFollowRequest", "instructor")
    assert accepted["userErrors"] == []
    assert (await row(world, follows, id=follow_id))["state"] == "accepted"
    await tell(world)
    assert await kinds_of(world, ana.user_id) == ["follow_accepted"]
    assert await _listed(world, group, "instructor") == []


async def test_a_group_that_is_not_public_just_now_answers_nobody(world: World) -> None:
    group, ana = await _approving(world), await person(world, "ana")
    follow_id = await asks_to_follow(ana, group.id)
    async with world.door.write(world.as_system("alpha")) as tx:
        await tx.connection.execute(
            actors.update()
            .where(actors.c.tenant_id == tx.tenant_id, actors.c.id == group.id)
            .values(status="withdrawn")
        )
    for mutation in ("acceptFollowRequest", "rejectFollowRequest"):
        refused = await _answers(world, follow_id, mutation, "instructor")
        assert [one["code"] for one in refused["userErrors"]] == ["FORBIDDEN"]
    assert (await row(world, follows, id=follow_id))["state"] == "pending"
    assert await rows(world, activities, actor_id=group.id, type="Accept") == []
    await tell(world)


async def test_staff_refuse_and_what_is_taken_back_is_asked_no_more(world: World) -> None:
    group, bea, cem = await _approving(world), await person(world, "bea"), await person(world, "cem")
    refused, _ = await asks_to_follow(bea, group.id), await asks_to_follow(cem, group.id)
    await tell(world)
    assert len(await _asked(world, "instructor", bea, cem)) == 2
    rejected = await _answers(world, refused, "rejectFollowRequest", "instructor")
    assert rejected == {"follow": {"state": "REJECTED"}, "userErrors": []}
    await _unfollows(world, cem, group)
    await tell(world)
    assert await _asked(world, "instructor", cem) == []


async def test_where_a_unit_has_nobody_of_its_own_those_are_asked_who_run_the_catalogue(world: World) -> None:
    group, dan = await _approving(world, of_unit=True), await person(world, "dan")
    await asks_to_follow(dan, group.id)
    await tell(world)
    (told,) = await _asked(world, "registrar", dan)
    assert told["details"]["group"] == group.display_name
    assert await _asked(world, "instructor", dan) == []
    await _changes(world, group, "registrar", approvesFollowers=False)


async def test_staff_alone_say_whether_a_group_approves_its_followers(world: World) -> None:
    group = await _approving(world)
    refused = await _changes(world, group, "student", approvesFollowers=False)
    assert [one["code"] for one in refused["userErrors"]] == ["FORBIDDEN"]
    assert (await row(world, actors, id=group.id))["approves_followers"]
    sent = await rows(world, activities, actor_id=group.id, type="Update")
    assert orjson.loads(sent[-1]["document"])["object"]["manuallyApprovesFollowers"] is True


async def _unfollows(world: World, someone: Person, group: ActorRow) -> None:
    async with someone.acting() as tx:
        await unfollow(tx, actor_id=group.id, here=here(world))
