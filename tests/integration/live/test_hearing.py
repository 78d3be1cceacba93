"""Who hears what: under the subscriber's visibility, by the filter, and nothing of another institution."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from academic.enrollments.entering import NewEnrollment, enrol
from academic.model.states import EnrollmentRole
from academic.oneroster.telling import telling
from kernel.database.roles import DatabaseRole
from tenants.model import TenantId
from tenants.people.operations import NewUser, create_user
from tests.integration.federation_http.fetching import new_course
from tests.integration.live.clients import WsClient, ws_client
from tests.integration.live.conftest import Served
from tests.world import World, new_token

COURSE = """subscription($filter: CourseChangedFilter) { courseChanged(filter: $filter) {
  __typename eventId at change course { id code title { text } } } }"""
ENROLLMENT = """subscription($filter: EnrollmentChangedFilter) { enrollmentChanged(filter: $filter) {
  fromState toState enrollment { id state user { id } } } }"""
SEATS = """subscription($filter: OfferingSeatsChangedFilter) { offeringSeatsChanged(filter: $filter) {
  offering { id seatsTaken capacity } } }"""
IMPORT = "subscription { importProgress { importId state dryRun file { file rows total } rows errors } }"
UPDATE = """mutation($id: ID!, $isced: String!) { updateCourse(input: {id: $id, iscedF: $isced}) {
  course { id } userErrors { message } } }"""
ENROL = """mutation($offering: ID!, $user: ID!) { enrol(input: {offeringId: $offering, userId: $user}) {
  enrollment { id state } userErrors { message } } }"""
WITHDRAW = """mutation($id: ID!) { withdrawEnrollment(input: {id: $id}) {
  enrollment { id } userErrors { message } } }"""


_NUMBERS = itertools.count(1)


async def update_course(world: World, name: str, at: str = "alpha") -> None:
    """Changes a course, each time to another value; its subscribers hear of it."""
    given = {"id": world[at].ids[name], "isced": f"{next(_NUMBERS):04}"}
    answer = await world.data(UPDATE, given, at=at)
    assert answer["updateCourse"]["userErrors"] == []


async def new_person(world: World, handle: str, at: str = "alpha") -> str:
    """One more member of an institution, with a token."""
    async with world.door.write(world.as_system(at)) as tx:
        user = await create_user(tx, user=NewUser(handle=handle, given_name="P", family_name=handle))
    world[at].ids[f"user:{handle}"] = f"user_{user}"
    token = await new_token(world.door, world[at], handle)
    world[at].tokens[handle] = token
    return f"user_{user}"


async def enrolled(
    world: World, offering: str, user: str, role: EnrollmentRole = EnrollmentRole.STUDENT
) -> str:
    """The id of an enrollment of one of the world's people."""
    async with world.door.write(world.as_system("alpha")) as tx:
        made = await enrol(
            tx,
            enrollment=NewEnrollment(
                offering_id=world["alpha"].number(offering), user_id=world["alpha"].number(user), role=role
            ),
        )
    return f"enrollment_{made}"


async def new_offering(live: Served, name: str) -> None:
    """One more public offering of alpha, with two seats that only this test takes."""
    world = live.world
    _, offering = await new_course(world, name.upper(), capacity=2)
    world["alpha"].ids[f"offering:{name}"] = f"offering_{offering}"
    await live.numbered()


@pytest.fixture(scope="module")
async def people(world: World) -> Mapping[str, str]:
    return {handle: await new_person(world, handle) for handle in ("ann", "bob", "teacher")}


async def test_a_change_is_told_with_the_object_as_it_is_now(live: Served) -> None:
    world = live.world
    async with ws_client(live.port, live.token("registrar")) as client:
        await client.subscribe("1", COURSE)
        await live.heard(1)
        await update_course(world, "course:1")
        payload = await client.next("1")
    told = payload["data"]["courseChanged"]
    assert told["__typename"] == "CourseChangedPayload"
    assert told["change"] == "UPDATED"
    assert told["course"] == {
        "id": world["alpha"].ids["course:1"],
        "code": "C1",
        "title": {"text": "Kurs 1"},
    }
    assert payload["extensions"] == {"eventId": told["eventId"]}


async def test_a_private_course_is_told_of_to_its_staff_only(live: Served) -> None:
    world = live.world
    async with (
        ws_client(live.port, live.token("registrar")) as staff,
        ws_client(live.port, live.token("student")) as student,
        ws_client(live.port) as nobody,
    ):
        for client in (staff, student, nobody):
            await client.subscribe("1", COURSE)
        await live.heard(3)
        await update_course(world, "course:3")
        await update_course(world, "course:1")
        codes = [
            (await client.data("1"))["courseChanged"]["course"]["code"] for client in (staff, student, nobody)
        ]
    assert codes == ["C3", "C1", "C1"]


async def test_whoever_selects_nothing_of_the_object_hears_of_no_hidden_one_either(live: Served) -> None:
    world, moments = live.world, "subscription { courseChanged { at } }"
    async with (
        ws_client(live.port, live.token("registrar")) as staff,
        ws_client(live.port, live.token("student")) as student,
    ):
        await staff.subscribe("1", moments)
        await student.subscribe("1", moments)
        await live.heard(2)
        await update_course(world, "course:3")
        await update_course(world, "course:1")
        of_both = [await staff.data("1"), await staff.data("1")]
        assert await student.data("1") == of_both[1]


async def test_student_does_not_hear_of_other_students(live: Served, people: Mapping[str, str]) -> None:
    world = live.world
    await new_offering(live, "of-students")
    async with (
        ws_client(live.port, live.token("ann")) as ann,
        ws_client(live.port, live.token("bob")) as bob,
        ws_client(live.port, live.token("registrar")) as registrar,
    ):
        for client in (ann, bob, registrar):
            await client.subscribe("1", ENROLLMENT)
        await live.heard(3)
        first = await enrolled(world, "offering:of-students", "user:ann")
        second = await enrolled(world, "offering:of-students", "user:bob")
        heard = [(await client.data("1"))["enrollmentChanged"] for client in (ann, bob, registrar, registrar)]
    assert [one["enrollment"]["id"] for one in heard] == [first, second, first, second]
    assert heard[0] == {
        "fromState": None,
        "toState": "ACTIVE",
        "enrollment": {"id": first, "state": "ACTIVE", "user": {"id": people["ann"]}},
    }


async def test_instructor_hears_of_the_own_offering_only(live: Served, people: Mapping[str, str]) -> None:
    world = live.world
    for name in ("of-teacher", "of-others"):
        await new_offering(live, name)
    await enrolled(world, "offering:of-teacher", "user:teacher", EnrollmentRole.INSTRUCTOR)
    async with ws_client(live.port, live.token("teacher")) as teacher:
        students = {"users": [people["ann"], people["bob"]]}  # the teacher's own may still be told
        await teacher.subscribe("1", ENROLLMENT, {"filter": students})
        await live.heard(1)
        await enrolled(world, "offering:of-others", "user:ann")
        own = await enrolled(world, "offering:of-teacher", "user:bob")
        assert (await teacher.data("1"))["enrollmentChanged"]["enrollment"]["id"] == own


async def test_another_institution_hears_nothing(live: Served) -> None:
    world = live.world
    async with (
        ws_client(live.port, live.token("tenant_admin", "beta"), tenant="beta") as beta,
        ws_client(live.port, live.token("tenant_admin", "gamma"), tenant="gamma") as gamma,
    ):
        for client in (beta, gamma):
            await client.subscribe("1", COURSE)
        await live.heard(2)
        await update_course(world, "course:1")  # gamma is on the same shard
        await update_course(world, "course:1", at="gamma")
        await update_course(world, "course:1", at="beta")
        for slug, client in (("beta", beta), ("gamma", gamma)):
            told = (await client.data("1"))["courseChanged"]["course"]["id"]
            assert told == world[slug].ids["course:1"]


@pytest.mark.parametrize(
    ("filter_", "heard"),
    [
        ({"ids": ["course:2"]}, ["C2"]),
        ({"ids": ["course:1", "course:2"], "changes": ["UPDATED"]}, ["C1", "C2"]),
        ({"changes": ["ARCHIVED"]}, []),
        ({"orgUnit": "unit"}, []),
        ({"orgUnit": "faculty", "ids": ["course:2"]}, ["C2"]),
    ],
)
async def test_filters_of_courses(live: Served, filter_: dict[str, Any], heard: list[str]) -> None:
    world, ids = live.world, live.world["alpha"].ids

    def known(value: Any) -> Any:
        return [known(one) for one in value] if isinstance(value, list) else ids.get(value, value)

    given = {name: known(value) for name, value in filter_.items()}
    async with ws_client(live.port, live.token("registrar")) as client:
        await client.subscribe("1", COURSE, {"filter": given})
        await client.subscribe("all", COURSE)
        await live.heard(2)
        for course in ("course:1", "course:2", "course:5"):
            await update_course(world, course)
            await update_course(world, course)
        told: dict[str, list[str]] = {"1": [], "all": []}
        for _ in range(len(heard) * 2 + 6):  # of two subscriptions, in whatever order
            message = await client.receive()
            told[message["id"]].append(message["payload"]["data"]["courseChanged"]["course"]["code"])
        assert told["1"] == sorted(heard * 2)


async def test_filters_of_enrollments_by_offering_person_state_and_term(
    live: Served, people: Mapping[str, str]
) -> None:
    world, ids = live.world, live.world["alpha"].ids
    await new_offering(live, "filtered")
    filters = {
        "offering": {"offerings": [ids["offering:filtered"]]},
        "person": {"users": [people["bob"]]},
        "state": {"states": ["WITHDRAWN"]},
        "term": {"academicSession": ids["session"], "users": [people["ann"]]},
        "nothing": {"offerings": [ids["offering:filtered"]], "users": [people["teacher"]]},
    }
    async with ws_client(live.port, live.token("registrar")) as client:
        for name, given in filters.items():
            await client.subscribe(name, ENROLLMENT, {"filter": given})
        await client.subscribe("all", ENROLLMENT)
        await live.heard(len(filters) + 1)
        first = await enrolled(world, "offering:filtered", "user:ann")
        second = await enrolled(world, "offering:filtered", "user:bob")
        await world.data(WITHDRAW, {"id": first})
        everything = [(first, "ACTIVE"), (second, "ACTIVE"), (first, "WITHDRAWN")]
        expected = {
            "offering": everything,
            "person": [everything[1]],
            "state": [everything[2]],
            "term": [everything[0], everything[2]],
            "nothing": [],
            "all": everything,
        }
        heard: dict[str, list[tuple[str, str]]] = {name: [] for name in expected}
        for _ in range(sum(map(len, expected.values()))):
            message = await client.receive()
            told = message["payload"]["data"]["enrollmentChanged"]
            heard[message["id"]].append((told["enrollment"]["id"], told["toState"]))
    assert heard == expected


async def test_seats_are_told_as_they_are(live: Served, people: Mapping[str, str]) -> None:
    world, ids = live.world, live.world["alpha"].ids
    await new_offering(live, "seats")
    await enrolled(world, "offering:seats", "user:ann")
    await live.numbered()
    async with ws_client(live.port) as nobody:  # a public offering
        await nobody.subscribe("1", SEATS, {"filter": {"ids": [ids["offering:seats"]]}})
        await live.heard(1)
        made = await enrolled(world, "offering:seats", "user:bob")
        assert (await nobody.data("1"))["offeringSeatsChanged"]["offering"] == {
            "id": ids["offering:seats"],
            "seatsTaken": 2,
            "capacity": 2,
        }
        await world.data(WITHDRAW, {"id": made})
        assert (await nobody.data("1"))["offeringSeatsChanged"]["offering"]["seatsTaken"] == 1


async def test_progress_of_an_import_is_told_to_administrators_only(live: Served) -> None:
    world = live.world
    tenant = world["alpha"].tenant
    engine = world.databases.engine(world.databases.shards["one"], DatabaseRole.WORKER)
    async with (
        ws_client(live.port, live.token("tenant_admin")) as admin,
        ws_client(live.port, live.token("registrar")) as registrar,
        ws_client(live.port) as nobody,
    ):
        await registrar.subscribe("1", IMPORT)
        refused = await registrar.receive()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
        await nobody.subscribe("1", IMPORT)
        refused = await nobody.receive()
        assert refused["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        await admin.subscribe("1", IMPORT)
        await live.heard(1)
        heard: list[Any] = []
        with pytest.raises(LookupError):
            await _failing_import(engine, tenant.id, admin, heard)
        await engine.dispose()
        first, second = heard
        last = (await admin.data("1"))["importProgress"]
    assert first == {
        "importId": "import_77",
        "state": "RUNNING",
        "dryRun": True,
        "file": None,
        "rows": None,
        "errors": None,
    }
    assert second["file"] == {"file": "users.csv", "rows": 500, "total": 2000}
    assert (last["state"], last["file"]) == ("FAILED", None)


async def _failing_import(
    engine: AsyncEngine, tenant_id: TenantId, admin: WsClient, heard: list[Any]
) -> None:
    async with telling(engine, tenant_id, 77, dry_run=True) as told:
        heard.append((await admin.data("1"))["importProgress"])
        told.progress("users.csv", 500, 2000)
        heard.append((await admin.data("1"))["importProgress"])
        raise LookupError


async def test_what_a_token_may_not_read_is_refused_and_not_silent(live: Served) -> None:
    async with ws_client(live.port) as nobody:
        await nobody.subscribe("1", ENROLLMENT)
        message = await nobody.receive()
    assert message["type"] == "error"
    assert {error["extensions"]["code"] for error in message["payload"]} == {"UNAUTHENTICATED"}
    assert message["payload"][0]["path"] == ["enrollmentChanged", "enrollment"]


@pytest.mark.parametrize(
    ("filter_", "sentence"),
    [
        ({"ids": []}, "0 entries"),
        ({"ids": ["offering_1"]}, "begin with 'course_'"),
        ({"ids": ["x"]}, "is not an id"),
        ({"orgUnit": "course_1"}, "begin with 'unit_'"),
    ],
)
async def test_a_filter_that_cannot_be_is_an_error(
    live: Served, filter_: dict[str, Any], sentence: str
) -> None:
    async with ws_client(live.port, live.token("registrar")) as client:
        await client.subscribe("1", COURSE, {"filter": filter_})
        message = await client.receive()
    assert message["type"] == "error"
    assert sentence in message["payload"][0]["message"]
    assert message["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
