"""Enrolling through GraphQL: seats, waitlist, promotion, the way through the states, signing in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.world import World

ENROL = """mutation($i: EnrolInput!) { enrol(input: $i) {
  enrollment { id state waitlistPosition version offering { seatsTaken seatsFree waitlistLength } }
  userErrors { code reason message path } } }"""


async def _person(world: World, handle: str) -> str:
    data = await world.data(
        "mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } userErrors { message } } }",
        {"i": {"handle": handle, "givenName": "Ada", "familyName": handle}},
    )
    assert data["createUser"]["userErrors"] == []
    return str(data["createUser"]["user"]["id"])


async def _enrol(world: World, offering: str, user: str, **options: Any) -> Any:
    return (await world.data(ENROL, {"i": {"offeringId": offering, "userId": user}}, **options))["enrol"]


async def _step(world: World, name: str, enrollment: str, **more: Any) -> Any:
    kind = {"completeEnrollment": "CompleteInput"}.get(name, "StepInput")
    document = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ enrollment {{ id state result {{ value }} }} userErrors {{ code message }} }} }}"
    return (await world.data(document, {"i": {"id": enrollment, **more}}))[name]


async def _offering(world: World, code: str) -> str:
    """An offering of two seats that nobody else has to do with."""
    ids = world["alpha"].ids
    made = await world.data(
        "mutation($i: CreateOfferingInput!) { createOffering(input: $i) { offering { id } userErrors { message } } }",
        {
            "i": {
                "courseId": ids["course:1"],
                "academicSessionId": ids["session"],
                "code": code,
                "capacity": 2,
            }
        },
    )
    offering = made["createOffering"]["offering"]
    assert offering is not None, made
    published = await world.data(
        "mutation($id: ID!) { publishOffering(input: {id: $id}) { userErrors { message } } }",
        {"id": offering["id"]},
    )
    assert published["publishOffering"]["userErrors"] == []
    return str(offering["id"])


async def test_seats_fill_up_then_people_wait_and_move_up(world: World) -> None:
    offering = await _offering(world, "SEATS")
    people = [await _person(world, f"seat-{n}") for n in range(4)]
    enrolled = [(await _enrol(world, offering, person))["enrollment"] for person in people]
    assert [one["state"] for one in enrolled] == ["ACTIVE", "ACTIVE", "WAITLISTED", "WAITLISTED"]
    assert [one["waitlistPosition"] for one in enrolled] == [None, None, 1, 2]
    assert enrolled[3]["offering"] == {"seatsTaken": 2, "seatsFree": 0, "waitlistLength": 2}
    gone = await _step(world, "withdrawEnrollment", enrolled[0]["id"], reason="moved away")
    assert gone["enrollment"]["state"] == "WITHDRAWN"
    data = await world.data(
        "query($id: ID!) { offering(id: $id) { seatsTaken waitlistLength enrollments { nodes { state waitlistPosition"
        " transitions { nodes { fromState toState action reason actor { handle } } } } } } }",
        {"id": offering},
    )
    nodes = data["offering"]["enrollments"]["nodes"]
    assert [node["state"] for node in nodes] == ["WITHDRAWN", "ACTIVE", "ACTIVE", "WAITLISTED"]
    assert nodes[3]["waitlistPosition"] == 1
    assert data["offering"]["seatsTaken"] == 2
    last = nodes[0]["transitions"]["nodes"][-1]
    assert (last["fromState"], last["toState"], last["reason"]) == ("ACTIVE", "WITHDRAWN", "moved away")
    assert last["actor"] == {"handle": "tenant-admin"}


async def test_a_result_completes_an_enrollment(world: World) -> None:
    offering = world["alpha"].ids["offering:4"]
    person = await _person(world, "finisher")
    enrollment = (await _enrol(world, offering, person))["enrollment"]
    done = await _step(
        world,
        "completeEnrollment",
        enrollment["id"],
        result={
            "scheme": "de",
            "value": "1.3",
            "isPassed": True,
            "credits": [{"scheme": "ects", "value": "7.5"}],
        },
    )
    assert done["enrollment"] == {"id": enrollment["id"], "state": "COMPLETED", "result": {"value": "1.3"}}
    again = await _step(world, "suspendEnrollment", enrollment["id"])
    assert [error["code"] for error in again["userErrors"]] == ["CONFLICT"]


async def test_enrolling_twice_is_refused_with_a_reason(world: World) -> None:
    offering = world["alpha"].ids["offering:5"]
    person = await _person(world, "twice")
    await _enrol(world, offering, person)
    again = await _enrol(world, offering, person)
    assert again["enrollment"] is None
    assert again["userErrors"][0]["reason"] == "ALREADY_ENROLLED"


async def test_capacity_changes_promote_the_waiting(world: World) -> None:
    offering = await _offering(world, "CAPACITY")
    for number in range(4):
        await _enrol(world, offering, await _person(world, f"cap-{number}"))
    data = await world.data(
        "mutation($i: ChangeCapacityInput!) { changeCapacity(input: $i) { offering { capacity seatsTaken waitlistLength }"
        " userErrors { message } } }",
        {"i": {"id": offering, "capacity": 3}},
    )
    assert data["changeCapacity"] == {
        "offering": {"capacity": 3, "seatsTaken": 3, "waitlistLength": 1},
        "userErrors": [],
    }


async def test_a_student_enrols_themselves_and_nobody_else(world: World) -> None:
    ids = world["gamma"].ids
    given = {"i": {"offeringId": ids["offering:5"]}}
    mine = (await world.data(ENROL, given, role="student", at="gamma"))["enrol"]
    assert mine["userErrors"] == []
    given = {"i": {"offeringId": ids["offering:5"], "userId": ids["user:instructor"]}}
    refused = (await world.data(ENROL, given, role="student", at="gamma"))["enrol"]
    assert refused["enrollment"] is None
    assert refused["userErrors"][0]["code"] in ("FORBIDDEN", "NOT_FOUND")


SIGN_IN = """mutation($i: SignInInput!) { signIn(input: $i) {
  accessToken refreshToken expiresAt user { handle emails { address } } userErrors { code message } } }"""


async def test_signing_in_refreshing_and_signing_out(world: World) -> None:
    user = world["beta"].ids["user:student"]
    password = "correct horse battery staple"
    done = await world.data(
        "mutation($i: SetPasswordInput!) { setPassword(input: $i) { userErrors { code message } } }",
        {"i": {"userId": user, "password": password}},
        at="beta",
    )
    assert done["setPassword"]["userErrors"] == []
    signed_in = (
        await world.data(
            SIGN_IN, {"i": {"handleOrEmail": "student", "password": password}}, at="beta", role=None
        )
    )["signIn"]
    assert signed_in["userErrors"] == []
    assert signed_in["user"]["handle"] == "student"
    as_student = await world.data("{ viewer { handle } }", at="beta", token=signed_in["accessToken"])
    assert as_student["viewer"]["handle"] == "student"
    refresh = "mutation($t: String!) { refresh(input: {refreshToken: $t}) { accessToken refreshToken userErrors { code } } }"
    second = (await world.data(refresh, {"t": signed_in["refreshToken"]}, at="beta", role=None))["refresh"]
    assert second["userErrors"] == []
    out = await world.data(
        "mutation { signOut { user { handle } userErrors { code } } }", at="beta", token=second["accessToken"]
    )
    assert out["signOut"]["userErrors"] == []
    for token in (signed_in["accessToken"], second["accessToken"]):
        assert (await world.ask("{ viewer { handle } }", at="beta", token=token)).codes == ["UNAUTHENTICATED"]
    wrong = await world.data(
        SIGN_IN, {"i": {"handleOrEmail": "student", "password": "wrong"}}, at="beta", role=None
    )
    unknown = await world.data(
        SIGN_IN, {"i": {"handleOrEmail": "nobody", "password": "wrong"}}, at="beta", role=None
    )
    assert wrong["signIn"] == unknown["signIn"]
    assert wrong["signIn"]["userErrors"][0]["code"] == "UNAUTHENTICATED"


async def test_a_refresh_token_used_twice_ends_the_session(world: World) -> None:
    user = world["gamma"].ids["user:student"]
    password = "another long pass phrase"
    await world.data(
        "mutation($i: SetPasswordInput!) { setPassword(input: $i) { userErrors { code } } }",
        {"i": {"userId": user, "password": password}},
        at="gamma",
    )
    signed_in = (
        await world.data(
            SIGN_IN, {"i": {"handleOrEmail": "student", "password": password}}, at="gamma", role=None
        )
    )["signIn"]
    refresh = (
        "mutation($t: String!) { refresh(input: {refreshToken: $t}) { accessToken userErrors { code } } }"
    )
    first = (await world.data(refresh, {"t": signed_in["refreshToken"]}, at="gamma", role=None))["refresh"]
    again = (await world.data(refresh, {"t": signed_in["refreshToken"]}, at="gamma", role=None))["refresh"]
    assert again == {"accessToken": None, "userErrors": [{"code": "UNAUTHENTICATED"}]}
    for token in (signed_in["accessToken"], first["accessToken"]):
        assert (await world.ask("{ viewer { handle } }", at="gamma", token=token)).codes == [
            "UNAUTHENTICATED"
        ]


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(world: World) -> None:
    made = (
        await world.data(
            'mutation($e: DateTime!) { createToken(input: {name: "ci", scopes: ["courses:read"], expiresAt: $e})'
            " { secret personalAccessToken { id name scopes } userErrors { message } } }",
            {"e": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
            role="student",
        )
    )["createToken"]
    assert made["userErrors"] == []
    assert made["personalAccessToken"]["scopes"] == ["courses:read"]
    assert "errors" not in (await world.ask("{ courses { totalCount } }", token=made["secret"])).json
    gone = await world.data(
        "mutation($id: ID!) { revokeToken(input: {id: $id}) { personalAccessToken { revokedAt } userErrors { code } } }",
        {"id": made["personalAccessToken"]["id"]},
        role="student",
    )
    assert gone["revokeToken"]["personalAccessToken"]["revokedAt"]
    assert (await world.ask("{ courses { totalCount } }", token=made["secret"])).codes == ["UNAUTHENTICATED"]
