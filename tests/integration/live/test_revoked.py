"""Whoever was revoked does nothing more through what is still open, and whoever reads nothing holds nothing open."""

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from api.live import graphql_transport_ws, outlet
from api.live.hub import Connection
from tests.integration.live.clients import HttpAnswer, WsClient, http, ws_client
from tests.integration.live.conftest import Served, served, until
from tests.integration.live.test_endings import _revoke_token
from tests.integration.live.test_hearing import COURSE, UPDATE, new_person
from tests.integration.live.test_sse import EVENTS, _operation
from tests.world import World

LARGE = """{ __schema { types { name description fields { name description
  args { name description type { name kind } } type { name kind ofType { name kind } } } } } }"""
STREAM = "/graphql/stream"
MOST = 300  # answers until a client that reads nothing must have noticed


async def _registrar(world: World, handle: str) -> tuple[str, str]:
    """One more registrar, who has spent nothing yet, and a token."""
    person = await new_person(world, handle)
    query = "mutation($id: ID!) { grantRole(input: {userId: $id, role: REGISTRAR}) { userErrors { code } } }"
    assert await world.data(query, {"id": person}) == {"grantRole": {"userErrors": []}}
    return person, world["alpha"].tokens[handle]


async def _reserved(port: int, token: str) -> dict[str, str]:
    async with http(port, "PUT", STREAM, token=token) as answer:
        assert answer.status == 201
        return {"x-graphql-event-stream-token": (await answer.body()).decode()}


async def _begin(port: int, key: dict[str, str], query: str, name: str, **variables: Any) -> int:
    async with http(port, "POST", STREAM, body=_operation(query, name, **variables), headers=key) as answer:
        return answer.status


def _connection(live: Served) -> Connection:
    (connection,) = live.gateway.hub._connections
    return connection


def _read_nothing(client: HttpAnswer | WsClient) -> None:
    transport = (
        client.connection.transport if isinstance(client, WsClient) else client.reader._transport  # type: ignore[attr-defined]
    )
    transport.pause_reading()


async def _blocked(live: Served, client: WsClient) -> Connection:
    """The connection of a client that reads nothing any more, once what is written to it waits."""
    _read_nothing(client)
    connection = _connection(live)
    large = json.dumps({"type": "ping", "payload": {"a": "x" * 900_000}})
    for _ in range(12):
        await client.connection.send(large)
    await until(lambda: connection.writing_since is not None)
    return connection


async def _isced(world: World, course: str) -> Any:
    return (await world.data("query($id: ID!) { course(id: $id) { iscedF } }", {"id": course}))["course"]


async def test_a_stream_that_is_not_read_ends_with_its_token_at_once(live: Served) -> None:
    world = live.world
    course = world["alpha"].ids["course:1"]
    person, token = await _registrar(world, "streaming")
    key, before = await _reserved(live.port, token), await _isced(world, course)
    async with http(live.port, "GET", STREAM, headers=EVENTS | key) as stream:
        _read_nothing(stream)
        connection = _connection(live)
        for number in range(MOST):
            assert await _begin(live.port, key, LARGE, f"large{number}") == 202
            if connection.outlet._characters > 200_000:  # type: ignore[attr-defined]
                break
        else:
            pytest.fail("nothing waited for the client")
        await _revoke_token(world, person)
        await until(lambda: connection.session.is_over)
        assert connection not in live.gateway.hub._connections
        assert await _begin(live.port, key, UPDATE, "late", id=course, isced="0999") == 404
    assert await _isced(world, course) == before


async def test_a_websocket_whose_close_frame_waits_begins_nothing(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql_transport_ws, "_CLOSING_SECONDS", 0.5)
    world = live.world
    course = world["alpha"].ids["course:1"]
    person, token = await _registrar(world, "connected")
    before = await _isced(world, course)
    async with ws_client(live.port, token, max_queue=1, compression=None) as client:
        connection = await _blocked(live, client)
        await _revoke_token(world, person)
        await until(lambda: connection.session.is_over)
        await client.subscribe("late", UPDATE, {"id": course, "isced": "0999"})
        await until(lambda: connection not in live.gateway.hub._connections)
        client.connection.transport.abort()
    assert await _isced(world, course) == before


async def test_nothing_is_begun_once_the_token_is_revoked(live: Served) -> None:
    """Also where nobody looked at the connection since: it is asked about before an operation is."""
    world = live.world
    async with served(world) as quiet:
        quiet.gateway.hub.tick_seconds = 3600.0
        person = await new_person(world, "beginner")
        token = world["alpha"].tokens["beginner"]
        key = await _reserved(quiet.port, token)
        async with (
            ws_client(quiet.port, token) as client,
            http(quiet.port, "GET", STREAM, headers=EVENTS | key) as stream,
        ):
            before = quiet.gateway.authenticator.position
            await _revoke_token(world, person)
            await until(lambda: quiet.gateway.authenticator.position > before)
            assert await _begin(quiet.port, key, "{ viewer { handle } }", "1") == 401
            assert await stream.event() is not None  # that the operation has ended
            await client.subscribe("1", "{ viewer { handle } }")
            with pytest.raises(ConnectionClosed) as closed:
                await client.receive()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4403


async def test_who_asks_and_reads_nothing_is_ended(live: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlet, "MOST_WAITING", 200_000)
    monkeypatch.setattr(graphql_transport_ws, "_CLOSING_SECONDS", 0.2)
    _, token = await _registrar(live.world, "asking")
    async with ws_client(live.port, token, max_queue=1, compression=None) as client:
        connection = await _blocked(live, client)
        for number in range(20):
            await client.subscribe(f"large{number}", LARGE)
        await until(lambda: connection.session.is_over)
        assert connection._outlet._characters == 0  # type: ignore[attr-defined]
        await until(lambda: not live.gateway.hub._connections)
        client.connection.transport.abort()


async def test_pings_that_are_not_read_wait_as_one_answer(live: Served) -> None:
    async with ws_client(live.port, live.token("student"), max_queue=1, compression=None) as client:
        await client.subscribe("1", COURSE)
        await live.heard(1)
        connection = await _blocked(live, client)
        await client.send(type="ping", payload={"last": True})
        await until(lambda: connection._outlet._pong == '{"type":"pong","payload":{"last":true}}')  # type: ignore[attr-defined]
        assert connection._outlet._characters == 0  # type: ignore[attr-defined]
        client.connection.transport.resume_reading()
        while (message := await client.receive())["payload"] != {"last": True}:
            assert message["type"] == "pong"
