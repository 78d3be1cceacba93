"""Courses that are not public any more, units out of use, people whom the institution suspended: gone until they are back."""

from typing import Any

from academic.structure.org_units import NewOrgUnit, create_org_unit
from federation.tables.activities import activities
from federation.tables.actors import actors, follows
from tests.fediverse import following, row, rows, stranger
from tests.integration.federation_http.changing import change, hear
from tests.integration.federation_http.fetching import HTML, get, joined, new_course, number, posted
from tests.world import World

ASK = """query($h: String!, $a: ID!, $p: ID!, $c: ID!) {
  actor(handle: $h) { displayName } byId: actor(id: $a) { id } node(id: $a) { id } post(id: $p) { id }
  course(id: $c) { actor { id } } courseFeed(courseId: $c) { totalCount }
  activities(filter: {actor: $a}) { totalCount }
}"""
NOTHING = {"actor": None, "byId": None, "node": None, "post": None}


async def _seen(world: World, role: str | None, group: dict[str, Any], post: str, course: int) -> Any:
    asked = {"h": group["handle"], "a": group["gid"], "p": f"post_{number(post)}", "c": f"course_{course}"}
    return await world.data(ASK, asked, role=role)


async def _titled(world: World, course: int, title: str, **given: Any) -> None:
    texts = [{"language": "de", "text": title}]
    await change(world, "updateCourse", id=f"course_{course}", title=texts, **given)
    await hear(world, "course.updated", course)


async def test_the_group_of_a_course_is_seen_by_who_sees_the_course(world: World) -> None:
    course, _ = await new_course(world, "SEC1")
    document = (await get(world, "/@sec1")).json
    group = {"handle": "@sec1@alpha.test:8000", "gid": f"actor_{number(document['id'])}"}
    fan = await stranger(world, "fan")
    await following(world, fan, number(document["id"]))
    post = await posted(world, "registrar", "News", onBehalfOf={"courseId": f"course_{course}"})
    assert (await get(world, post)).status == 200
    assert (await _seen(world, None, group, post, course))["courseFeed"] == {"totalCount": 1}
    before = len(await rows(world, activities, type="Update", actor_id=number(document["id"])))

    await _titled(world, course, "Geheim eins", visibility="PRIVATE")
    await _titled(world, course, "Geheim zwei")
    for role in (None, "student"):
        seen = await _seen(world, role, group, post, course)
        assert seen == {
            **NOTHING,
            "course": None,
            "courseFeed": {"totalCount": 0},
            "activities": {"totalCount": 0},
        }
    assert (await _seen(world, "registrar", group, post, course))["byId"] == {"id": group["gid"]}
    for target in (document["id"], "/@sec1", post, document["outbox"], document["followers"]):
        assert (await get(world, target)).status == 404, target
    assert (await get(world, post, accept=HTML)).status == 404
    edit = "mutation($i: UpdatePostInput!) { updatePost(input: $i) { userErrors { code } } }"
    edited = {"id": f"post_{number(post)}", "text": "Nothing for outside"}
    data = await world.data(edit, {"i": edited}, role="registrar")
    assert data["updatePost"]["userErrors"] == [{"code": "FORBIDDEN"}]
    stored = await row(world, actors, id=number(document["id"]))
    assert (stored["display_name"], stored["status"]) == ("Kurs SEC1", "withdrawn")
    assert len(await rows(world, activities, type="Update", actor_id=stored["id"])) == before

    await _titled(world, course, "Für alle hier", visibility="TENANT")
    assert (await _seen(world, None, group, post, course))["byId"] is None
    assert (await _seen(world, "student", group, post, course))["post"] == {"id": f"post_{number(post)}"}

    await _titled(world, course, "Wieder da", visibility="PUBLIC")
    again = await _seen(world, None, group, post, course)
    assert (again["actor"], again["courseFeed"]) == ({"displayName": "Wieder da"}, {"totalCount": 1})
    assert (await get(world, document["id"])).json["name"] == "Wieder da"
    assert len(await rows(world, follows, followed_id=stored["id"], state="accepted")) == 1
    told = await rows(world, activities, type="Update", actor_id=stored["id"])
    assert not any("Geheim" in one["document"] for one in told)
    assert "Wieder da" in told[-1]["document"]


async def test_the_group_of_a_unit_out_of_use_is_nowhere(world: World) -> None:
    async with world.door.write(world.as_system("alpha")) as tx:
        unit = await create_org_unit(
            tx, org_unit=NewOrgUnit(code="OLD-LAB", kind="department", name={"de": "Altes Labor"})
        )
    document = (await get(world, "/@old_lab")).json
    asked = "query($i: ID!) { actor(id: $i) { displayName } }"
    given = {"i": f"actor_{number(document['id'])}"}
    assert (await world.data(asked, given, role=None))["actor"] == {"displayName": "Altes Labor"}
    await change(world, "archiveOrgUnit", id=f"unit_{unit}", input_type="ChangeInput")
    await hear(world, "org_unit.archived", unit)
    for role in (None, "student"):
        assert (await world.data(asked, given, role=role))["actor"] is None
    assert (await get(world, document["id"])).status == 404


async def test_a_person_whom_the_institution_suspended_is_nowhere_until_they_are_back(world: World) -> None:
    actor = await joined(
        world, "analyst", username="shut_out", exposedFields=["FOLLOWS"], isDiscoverable=True
    )
    post = await posted(world, "analyst", "I was here")
    other = await stranger(world, "followed")
    await following(world, number(actor["address"]), other)
    user, user_id = world["alpha"].ids["user:analyst"], world["alpha"].number("user:analyst")
    asked = """query($h: String!, $p: ID!, $o: ID!) {
      actor(handle: $h) { id } post(id: $p) { id } other: actor(id: $o) { followers { totalCount } } }"""
    given = {"h": actor["handle"], "p": f"post_{number(post)}", "o": f"actor_{other}"}
    for mutation, event, is_there in (
        ("suspendUser", "user.suspended", False),
        ("reactivateUser", "user.reactivated", True),
    ):
        await change(world, mutation, id=user, input_type="ChangeInput")
        await hear(world, event, user_id)
        for role in (None, "student"):
            data = await world.data(asked, given, role=role)
            assert (data["actor"] is not None) is is_there
            assert (data["post"] is not None) is is_there
            assert data["other"]["followers"]["totalCount"] == int(is_there)
        for target in (actor["address"], post):
            assert (await get(world, target)).status == (200 if is_there else 404)


async def test_who_had_moved_away_is_shown_as_moved_after_a_suspension(world: World) -> None:
    actor = await joined(world, "auditor", username="mover_back")
    async with world.door.write(world.as_system("alpha")) as tx:
        await tx.connection.execute(
            actors.update()
            .where(actors.c.tenant_id == tx.tenant_id, actors.c.id == number(actor["address"]))
            .values(status="moved", moved_to="https://far.example/users/mover")
        )
    user, user_id = world["alpha"].ids["user:auditor"], world["alpha"].number("user:auditor")
    for mutation, event in (("suspendUser", "user.suspended"), ("reactivateUser", "user.reactivated")):
        await change(world, mutation, id=user, input_type="ChangeInput")
        await hear(world, event, user_id)
    assert (await row(world, actors, id=number(actor["address"])))["status"] == "moved"
