"""When we end what is open: tokens, institutions, slowness, caps, and our own end."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from api.live import caps, outlet, sessions
from api.live.caps import Caps, Counts
from kernel.database.roles import DatabaseRole
from kernel.settings.secret import Secret
from tenants.administration import switch_tenant
from tenants.signin.revocations import RevocationKind, write_revocation
from tests.integration.live.clients import events, http, ws_client
from tests.integration.live.conftest import Served, served, until
from tests.integration.live.test_hearing import COURSE, new_person, update_course
from tests.integration.outbox import shards
from tests.servers import RunningRedis
from tests.world import World

REVOKE = "mutation($id: ID!) { revokeToken(input: {id: $id}) { userErrors { code } } }"
End = Callable[[World, str], Awaitable[None]]


async def _revoke_token(world: World, person: str) -> None:
    query = "query($id: ID!) { user(id: $id) { personalAccessTokens { nodes { id } } } }"
    found = await world.data(query, {"id": person})
    (token,) = found["user"]["personalAccessTokens"]["nodes"]
    await world.data(REVOKE, {"id": token["id"]})


async def _suspend(world: World, person: str) -> None:
    await world.data(
        "mutation($id: ID!) { suspendUser(input: {id: $id}) { userErrors { code } } }", {"id": person}
    )


async def _give_role(world: World, person: str) -> None:
    query = "mutation($id: ID!) { grantRole(input: {userId: $id, role: ANALYST}) { userErrors { code } } }"
    await world.data(query, {"id": person})


@pytest.mark.parametrize("end", [_revoke_token, _suspend, _give_role])
async def test_a_connection_ends_with_its_token_or_its_rights(live: Served, end: End) -> None:
    world = live.world
    person = await new_person(world, f"ending{end.__name__.replace('_', '')}")
    token = world["alpha"].tokens[f"ending{end.__name__.replace('_', '')}"]
    async with ws_client(live.port, token) as client, events(live.port, COURSE, token=token) as stream:
        await client.subscribe("1", COURSE)
        await live.heard(2)
        await end(world, person)
        code, reason = await client.closed()
        assert code == 4403
        assert "connect" in reason
        event, last = await stream.event(), await stream.event()
        assert event is not None
        assert event.json["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert last is not None
        assert last.event == "complete"
        assert await stream.event() is None


async def test_nothing_is_told_once_the_token_is_revoked(live: Served) -> None:
    """Also where nobody looked at the connection since: it is asked about before an event is told."""
    world = live.world
    async with served(world) as quiet:
        quiet.gateway.hub.tick_seconds = 3600.0
        person = await new_person(world, "quiet")
        async with ws_client(quiet.port, world["alpha"].tokens["quiet"]) as client:
            await client.subscribe("1", COURSE)
            await quiet.heard(1)
            before = quiet.gateway.authenticator.position
            await _revoke_token(world, person)
            await until(lambda: quiet.gateway.authenticator.position > before)
            await update_course(world, "course:1")
            message = await asyncio.wait_for(client.closed(), 60)
            assert message[0] == 4403


async def test_a_suspended_institution_hears_no_more(live: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LOOKED_AT_EVERY", 0.1)
    world, now = live.world, datetime.now(UTC)
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)

    async def switch(is_suspended: bool) -> None:
        async with engine.begin() as connection:
            tenant_id = await switch_tenant(connection, slug="gamma", is_suspended=is_suspended, now=now)
            await write_revocation(
                connection,
                tenant_id=tenant_id,
                kind=RevocationKind.TENANT,
                subject_id=tenant_id,
                event_id=f"test.{is_suspended}",
            )

    token = live.token("student", "gamma")
    try:
        async with (
            ws_client(live.port, token, tenant="gamma") as client,
            ws_client(live.port, tenant="gamma") as nobody,
        ):
            await client.subscribe("1", COURSE)
            await nobody.subscribe("1", COURSE)
            await live.heard(2)
            await switch(is_suspended=True)
            assert (await client.closed())[0] == 4403
            assert (await nobody.closed())[0] == 4403
    finally:
        await switch(is_suspended=False)
        await engine.dispose()
        await shards.until(partial(_is_in_service, live, "gamma"))  # others need it


async def _is_in_service(live: Served, slug: str) -> bool:
    """Whether both gateways have noticed that it is."""
    known = await live.gateway.directory.by_slug(slug)
    answer = await live.world.ask("{ __typename }", at=slug, role="student")
    return known is not None and not known.is_suspended and answer.codes == []


async def test_a_slow_consumer_is_dropped_with_a_reason_and_others_are_not(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "MOST_CHARACTERS", 200_000)
    world, token = live.world, live.token("registrar")
    course = await _large_course(world)
    large = " ".join(f"c{number}: course {{ description {{ text }} }}" for number in range(20))
    query = f"subscription($f: CourseChangedFilter) {{ courseChanged(filter: $f) {{ {large} }} }}"
    variables = {"f": {"ids": [course]}}
    async with (
        ws_client(live.port, token) as quick,
        ws_client(live.port, token, max_queue=1) as slow,
    ):
        await quick.subscribe("1", COURSE, variables | {"filter": variables["f"]})
        await live.heard(1)
        await slow.subscribe("1", query, variables)
        await live.heard(2)
        count = 0
        while _is_slow_heard(live):  # it reads nothing until it is dropped
            count += 1
            await _touch(world, course, count)
            await quick.next("1")
            assert count < 2000
        while (message := await slow.receive())["type"] == "next":
            pass
        assert message["type"] == "error"
        extensions = message["payload"][0]["extensions"]
        assert (extensions["code"], extensions["reason"]) == ("LIMIT_EXCEEDED", "SLOW_CONSUMER")
        await slow.subscribe("1", "{ __typename }")
        assert await slow.data("1") == {"__typename": "Query"}


def _is_slow_heard(live: Served) -> bool:
    feeds = live.gateway.hub._feeds.values()
    return sum(len(group.members) for feed in feeds for group in feed.router.groups()) == 2


async def _large_course(world: World) -> str:
    query = """mutation($unit: ID!, $text: String!) { createCourse(input: {orgUnitId: $unit, code: "LARGE",
        title: [{language: "en", text: "Large"}], description: [{language: "en", text: $text}]}) {
        course { id } userErrors { message } } }"""
    made = await world.data(query, {"unit": world["alpha"].ids["faculty"], "text": "x" * 9000})
    return str(made["createCourse"]["course"]["id"])


async def _touch(world: World, course: str, number: int) -> None:
    query = """mutation($id: ID!, $isced: String!) { updateCourse(input: {id: $id, iscedF: $isced}) {
        userErrors { message } } }"""
    await world.data(query, {"id": course, "isced": f"{number:04}"})


async def test_caps_hold_for_a_caller_and_for_an_institution(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await until(lambda: not live.gateway.hub._connections)  # what is still open was counted before
    monkeypatch.setattr(live.gateway.hub, "counts", Counts(Caps(2, 3, 4)))
    student, registrar = live.token("student"), live.token("registrar")
    async with ws_client(live.port, student) as one, ws_client(live.port, student):
        async with ws_client(live.port, student, init=False) as third:
            await third.send(type="connection_init")
            assert (await third.receive())["type"] == "connection_ack"  # nobody: another caller
        async with ws_client(live.port, init=False) as third:
            await third.send(type="connection_init", payload={"token": student})
            code, reason = await third.closed()
            assert (code, "2 connections" in reason) == (1013, True)
        async with http(
            live.port,
            "POST",
            "/graphql",
            body={"query": COURSE},
            token=student,
            headers={"accept": "text/event-stream"},
        ) as answer:
            assert answer.status == 400
            assert b"LIMIT_EXCEEDED" in await answer.body()
        for name in ("1", "2", "3"):
            await one.subscribe(name, COURSE)
        await live.heard(3)
        await one.subscribe("4", COURSE)
        refused = await one.receive()
        assert "3 subscriptions of yours" in refused["payload"][0]["message"]
        async with ws_client(live.port, registrar) as other:
            await other.subscribe("1", COURSE)
            await live.heard(4)
            await other.subscribe("2", COURSE)
            refused = await other.receive()
            assert "4 subscriptions of this institution" in refused["payload"][0]["message"]
            await one.send(id="1", type="complete")
            await until(lambda: live.gateway.hub._feeds[live.world["alpha"].tenant.id].users == 3)
            await other.subscribe("2", COURSE)
            await live.heard(4)
    await until(lambda: not live.gateway.hub._connections)
    assert not live.gateway.hub.counts._open


async def test_a_gateway_that_ends_sends_its_clients_away(live: Served) -> None:
    async with served(live.world) as ending:
        token = ending.token("registrar")
        async with (
            ws_client(ending.port, token) as client,
            events(ending.port, COURSE, token=token) as stream,
        ):
            await client.subscribe("1", COURSE)
            await ending.heard(2)
            await ending.gateway.hub.drain()
            assert (await client.closed())[0] == 1001
            assert await stream.event() is None  # not complete: a browser comes again
        async with ws_client(ending.port, init=False) as late:
            await late.send(type="connection_init")
            assert (await late.closed())[0] == 1001


def test_caps_are_as_documented() -> None:
    assert caps.Caps() == Caps(50, 200, 10_000)


async def test_events_cost_what_a_query_of_them_costs(live: Served, redis_server: RunningRedis) -> None:
    world, redis = live.world, Secret(redis_server.url)
    await new_person(world, "spender")
    async with (
        served(world, redis_url=redis, cost_capacity=100, cost_restore_rate=1e-3) as dear,
        ws_client(dear.port, world["alpha"].tokens["spender"]) as client,
    ):
        await client.subscribe("1", "subscription { courseChanged { course { id } } }")
        await dear.heard(1)
        heard = 0
        while True:
            await update_course(world, "course:1")
            message = await client.receive()
            if message["type"] == "error":
                break
            heard += 1
            assert heard < 150
        assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert heard > 1
        await until(lambda: not dear.gateway.hub._feeds)
