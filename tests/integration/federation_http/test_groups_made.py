"""Courses and units have their groups before anybody asks for them, so that GraphQL offers them to be followed."""

from typing import Any

from fediflow.processes.grouping import make_groups_once
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from tenants.directory import Directory
from tests.integration.federation_http.changing import change, hear
from tests.integration.federation_http.fetching import new_course
from tests.world import World, settings_for

ACTOR = "query ($id: ID!) { course(id: $id) { actor { handle displayName } } }"
ACTORS = "{ courses(first: 100) { nodes { code visibility actor { kind } } } }"


async def group(world: World, course_id: int) -> Any:
    """The group that GraphQL names."""
    return (await world.data(ACTOR, {"id": f"course_{course_id}"}, role="instructor"))["course"]["actor"]


async def test_a_new_public_course_has_a_group_to_follow(world: World) -> None:
    course, _ = await new_course(world, "MADE1")
    assert await group(world, course) is None
    await hear(world, "course.created", course)
    found = await group(world, course)
    assert found["handle"].startswith("@made1@alpha.test")
    assert found["displayName"] == "Kurs MADE1"


async def test_a_course_gets_its_group_when_it_becomes_public(world: World) -> None:
    course, _ = await new_course(world, "MADE2", visibility="tenant")
    await hear(world, "course.created", course)
    assert await group(world, course) is None
    await change(world, "updateCourse", id=f"course_{course}", visibility="PUBLIC")
    await hear(world, "course.updated", course)
    assert (await group(world, course))["handle"].startswith("@made2@alpha.test")


async def test_what_was_there_before_gets_its_groups_in_batches_and_once(world: World) -> None:
    await new_course(world, "MADE3")
    await new_course(world, "MADE4", visibility="private")
    settings = settings_for(world.databases)
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack, stack.door() as door:
        directory = Directory(stack.directory)
        assert await make_groups_once(stack, door, directory) > 1
        assert await make_groups_once(stack, door, directory) == 0
    found = (await world.data(ACTORS, role="tenant_admin"))["courses"]["nodes"]
    made = {one["code"]: one["actor"] for one in found}
    assert made["MADE3"] == {"kind": "GROUP"}
    assert made["MADE4"] is None
    assert all((one["actor"] is not None) is (one["visibility"] == "PUBLIC") for one in found)
