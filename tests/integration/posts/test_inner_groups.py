"""What staff of a course that is not public say: inside the institution, to whoever sees the course, and nowhere else."""

from typing import Any

import pytest

from federation.posts.model import GroupRef
from federation.tables.activities import activities
from federation.tables.actors import actors
from kernel.errors import InvalidInput
from tests.fediverse import Person, member, row, rows, told
from tests.integration.federation_http.fetching import new_course
from tests.integration.posts.acting import announces, posts
from tests.world import World

FEED = "query ($c: ID!) { courseFeed(courseId: $c) { nodes { isAnnouncement visibility author { displayName } } } }"


async def _course(world: World, code: str, visibility: str) -> GroupRef:
    course, _ = await new_course(world, code, visibility=visibility)
    return GroupRef(course_id=course)


async def _registrar(world: World) -> Person:
    return Person(world, await world.principal("alpha", "registrar"), 0, "registrar")


async def _feed(world: World, ref: GroupRef, role: str | None) -> Any:
    data = await world.data(FEED, {"c": f"course_{ref.course_id}"}, role=role)
    return data["courseFeed"]["nodes"]


@pytest.mark.parametrize(
    ("visibility", "readers"), [("tenant", ("registrar", "student")), ("private", ("registrar",))]
)
async def test_staff_announce_to_those_who_see_the_course(
    world: World, visibility: str, readers: tuple[str, ...]
) -> None:
    ref = await _course(world, f"IN-{visibility}", visibility)
    post_id = await posts(await _registrar(world), "Bring a pen", on_behalf_of=ref, visibility="tenant")
    said = {
        "isAnnouncement": True,
        "visibility": "TENANT",
        "author": {"displayName": f"Kurs IN-{visibility}"},
    }
    for role in ("registrar", "student", None):
        assert await _feed(world, ref, role) == [said] * (role in readers), role
    create = await row(world, activities, post_id=post_id, type="Create")
    assert not [event for event, _ in await told(world, create["id"]) if event == "activity.sent"]
    group = await row(world, actors, course_id=ref.course_id)
    assert group["status"] == "withdrawn"
    answer = await world.request(
        "GET", f"/@{group['preferred_username']}", headers={"host": "alpha.test:8000"}
    )
    assert answer.status == 404


@pytest.mark.parametrize("visibility", ["public", "unlisted", "followers"])
async def test_nothing_of_such_a_course_goes_further(world: World, visibility: str) -> None:
    ref = await _course(world, f"OUT-{visibility}", "tenant")
    with pytest.raises(InvalidInput, match="visibility TENANT"):
        await posts(await _registrar(world), on_behalf_of=ref, visibility=visibility)
    assert not await rows(world, actors, course_id=ref.course_id)


async def test_its_group_shares_nothing(world: World) -> None:
    ref, registrar = await _course(world, "OUT-SHARE", "tenant"), await _registrar(world)
    public = await posts(registrar, on_behalf_of=GroupRef(org_unit_id=world["alpha"].number("faculty")))
    with pytest.raises(InvalidInput, match="not public"):
        await announces(registrar, public, on_behalf_of=ref)


async def test_others_do_not_learn_that_there_is_such_a_course(world: World) -> None:
    ref = await _course(world, "IN-SECRET", "private")
    student = Person(
        world, member(world["alpha"].tenant, world["alpha"].number("user:student")), 0, "student"
    )
    with pytest.raises(InvalidInput, match="there is no such public course"):
        await posts(student, on_behalf_of=ref, visibility="tenant")
    assert not await rows(world, actors, course_id=ref.course_id)
