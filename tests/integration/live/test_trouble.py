"""What goes wrong with one event, one look or one subscription stays there: others hear on, and so do newcomers."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg
import pytest

from api.http.caller import Callers, Origin
from api.http.messages import Request
from api.live import feed as live_feed
from api.live import hub as live_hub
from api.live import sessions
from api.live.graphql_transport_ws import _FRAMING
from api.live.outlet import Outlet
from api.live.running import Operations
from api.live.sessions import Session
from api.live.specs import LastingInputs, Match, Spec
from kernel.clock import system_clock
from kernel.outbox.reading import NEWS, Told
from kernel.settings.secret import Secret
from tenants.model import Principal
from tenants.readers import Readers
from tenants.signin import authenticator
from tenants.signin.people import person_of_token
from tenants.signin.tokens import parse_token
from tests.integration.live.clients import ws_client
from tests.integration.live.conftest import Served, served, until
from tests.integration.live.test_endings import _revoke_token
from tests.integration.live.test_going_on import ISCED, told
from tests.integration.live.test_hearing import COURSE, new_person, update_course
from tests.servers import RunningRedis


@pytest.mark.parametrize(
    "error",
    [asyncpg.ConnectionDoesNotExistError("cut"), RuntimeError("unexpected")],
    ids=["known", "unknown"],
)
async def test_an_error_in_a_look_sends_one_client_away_and_the_gateway_goes_on(
    live: Served, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(sessions, "LOOKED_AT_EVERY", 0.1)

    async def read(*given: Any) -> Any:
        raise error

    async with served(live.world) as own:
        token = own.token("student")
        async with ws_client(own.port, token) as client, ws_client(own.port) as nobody:
            with monkeypatch.context() as broken:
                broken.setattr(authenticator, "person_of_token", read)
                own.gateway.authenticator._held.clear()  # as when a personal token is read anew
                assert (await client.closed())[0] == 1013
            await nobody.subscribe("1", "{ __typename }")
            assert await nobody.data("1") == {"__typename": "Query"}
        async with ws_client(own.port, token) as client:
            await client.subscribe("1", COURSE)
            await own.heard(1)


async def test_one_slow_look_holds_back_nobodys_end(live: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LOOKED_AT_EVERY", 0.1)
    monkeypatch.setattr(live_hub, "LOOK_SECONDS", 3600.0)
    world, read, slow = live.world, person_of_token, asyncio.Event()
    person = await new_person(world, "hasty")

    async def read_slowly(door: Any, own: Any, token: Any, now: Any) -> Any:
        if token.id == slow_id:
            slow.set()
            await asyncio.Event().wait()
        return await read(door, own, token, now)

    parsed = parse_token(live.token("student"))
    assert parsed is not None
    slow_id = parsed.id
    async with (
        served(world) as own,
        ws_client(own.port, own.token("student")) as waiting,
        ws_client(own.port, world["alpha"].tokens["hasty"]) as revoked,
    ):
        monkeypatch.setattr(authenticator, "person_of_token", read_slowly)
        own.gateway.authenticator._held.clear()
        await slow.wait()
        await _revoke_token(world, person)
        assert (await revoked.closed())[0] == 4403
        await waiting.subscribe("1", "{ __typename }")
        assert await waiting.data("1") == {"__typename": "Query"}


async def test_who_cannot_be_looked_at_in_time_is_sent_away(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LOOKED_AT_EVERY", 0.1)
    monkeypatch.setattr(live_hub, "LOOK_SECONDS", 0.2)

    async def read(*given: Any) -> Any:
        await asyncio.Event().wait()

    async with served(live.world) as own, ws_client(own.port, own.token("student")) as client:
        monkeypatch.setattr(authenticator, "person_of_token", read)
        own.gateway.authenticator._held.clear()
        assert (await client.closed())[0] == 1013


async def test_events_that_could_not_be_read_are_told_later(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, failed, fetch = live.world, asyncio.Event(), Readers.fetch

    async def cancelled(self: Readers, tenant: Any, statements: Sequence[Any]) -> Any:
        if statements[0][0] == NEWS:
            failed.set()
            raise asyncpg.QueryCanceledError("canceling statement due to statement timeout")
        return await fetch(self, tenant, statements)

    async with served(world) as own, ws_client(own.port, own.token("registrar")) as client:
        await client.subscribe("1", ISCED)
        await own.heard(1)
        with monkeypatch.context() as broken:
            broken.setattr(Readers, "fetch", cancelled)
            await update_course(world, "course:1")
            await failed.wait()
        assert (await told(client))[1] == "C1"
        await client.subscribe("2", ISCED)
        await own.heard(2)
        await update_course(world, "course:2")
        assert {(await client.receive())["id"] for _ in range(2)} == {"1", "2"}


async def test_after_an_event_that_cannot_be_told_newcomers_hear(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hydrate(*given: Any) -> Any:
        raise ValueError("cannot be told")

    world = live.world
    async with served(world) as own, ws_client(own.port, own.token("registrar")) as client:
        await client.subscribe("1", ISCED)
        await own.heard(1)
        with monkeypatch.context() as broken:
            broken.setattr(live_feed, "hydrate", hydrate)
            await update_course(world, "course:1")
            message = await client.receive()
        assert (message["id"], message["type"]) == ("1", "error")
        assert not own.gateway.hub._feeds
        assert not own.gateway.hub._running
        await client.subscribe("1", ISCED)
        await own.heard(1)
        await update_course(world, "course:2")
        assert (await told(client))[1] == "C2"


@pytest.mark.parametrize("ahead", [1_000, 0], ids=["telling", "waiting"])
async def test_a_resuming_subscription_that_cannot_pay_says_nothing_after_its_error(
    live: Served, redis_server: RunningRedis, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    monkeypatch.setattr(live_feed, "_MOST_AHEAD", ahead)
    world, handle = live.world, f"resuming{ahead}"
    await new_person(world, handle)
    token = world["alpha"].tokens[handle]
    async with ws_client(live.port, token) as client:
        await client.subscribe("1", ISCED)
        await live.heard(1)
        await update_course(world, "course:1")
        last, _ = await told(client)
    for _ in range(60):
        await update_course(world, "course:1")
    redis = Secret(redis_server.url)
    async with (
        served(world, redis_url=redis, cost_capacity=100, cost_restore_rate=1e-3) as dear,
        ws_client(dear.port, token) as client,
    ):
        await client.subscribe("1", ISCED, extensions={"lastEventId": last})
        while (message := await client.receive())["type"] == "next":
            pass
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        await until(lambda: not dear.gateway.hub._feeds)
        (connection,) = dear.gateway.hub._connections
        await until(lambda: not connection._operations._tasks)  # type: ignore[attr-defined]
        await client.send(type="ping")
        assert (await client.receive())["type"] == "pong"


async def test_an_operation_that_still_ends_does_not_touch_the_next_of_its_name(live: Served) -> None:
    outlet = Outlet(_FRAMING, lambda member: None, lambda: None)
    operations = Operations(live.gateway.hub, outlet)  # type: ignore[arg-type]  # it begins nothing here
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await ended.wait()
            raise ValueError("of the first one")

    first = operations.enter("1")
    operations.spawn(first, work())
    await begun.wait()
    operations.forget("1")
    second = operations.enter("1")
    ended.set()
    await until(lambda: not operations._tasks)
    assert operations.members == (second,)
    assert (first.is_over, second.is_over) == (True, False)
    assert not outlet._queue


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_who_is_not_signed_in_is_counted_by_subscriber(one: str, other: str, is_same: bool) -> None:
    assert (sessions._caller(None, one) == sessions._caller(None, other)) is is_same


async def test_who_hears_an_institution_that_moves_is_asked_to_come_again(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LOOKED_AT_EVERY", 0.1)
    principal = Callers.principal

    async def moved(self: Callers, request: Request, scheme: str) -> tuple[Principal | None, Origin]:
        found, origin = await principal(self, request, scheme)
        assert found is not None
        return replace(found, tenant=replace(found.tenant, shard="elsewhere")), origin

    async with ws_client(live.port, live.token("student")) as client:
        await client.subscribe("1", COURSE)
        await live.heard(1)
        hub = live.gateway.hub
        (old,) = hub._feeds.values()
        new = hub._enter(replace(old.tenant, shard="elsewhere"))
        assert new is not old
        assert new.tenant.shard == "elsewhere"
        hub._exit(new)
        monkeypatch.setattr(Callers, "principal", moved)
        assert (await client.closed())[0] == 1012


async def test_a_session_that_is_over_stays_so(live: Served) -> None:
    ended: list[sessions.Ending] = []
    session = Session(None, None, "http", "", 0, ended.append)  # type: ignore[arg-type]  # nobody is asked
    session.end(sessions.Ending.STUCK)
    session.end(sessions.Ending.AWAY)
    assert ended == [sessions.Ending.STUCK]
    with pytest.raises(sessions.SessionOver) as refused:
        await live.gateway.hub.admit(session)
    assert refused.value.code == "LIMIT_EXCEEDED"


def test_what_is_bound_to_a_day_is_bound_when_an_event_is_told(live: Served) -> None:
    principal = live.world.as_system("alpha")
    inputs = LastingInputs(principal, {}, [], system_clock)
    spec = Spec(None, Match((), None), (("key", "sql", (inputs.today, 7)),))  # type: ignore[arg-type]
    event = Told(1, "course.updated", 5, {}, 0.0)
    for day in (date(2030, 3, 30), date(2030, 3, 31)):
        assert list(spec.asked(event, day)) == [("key", "sql", (day, 7))]
