"""The subprotocol graphql-transport-ws: its messages, its close codes, and what browsers may do."""

import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.live import graphql_transport_ws
from fediflow.processes.patience import PatientProtocol
from tests.integration.live.clients import ws_client
from tests.integration.live.conftest import Served

COURSE = "subscription { courseChanged { change } }"


async def test_queries_and_mutations_go_over_it_too(live: Served) -> None:
    world = live.world
    async with ws_client(live.port, live.token("registrar")) as client:
        await client.subscribe(
            "q",
            "query($id: ID!) { course(id: $id) { code } viewer { handle } }",
            {"id": world["alpha"].ids["course:1"]},
        )
        assert await client.data("q") == {"course": {"code": "C1"}, "viewer": {"handle": "registrar"}}
        assert await client.receive() == {"id": "q", "type": "complete"}
        await client.subscribe(
            "m",
            """mutation($id: ID!) { updateCourse(input: {id: $id, iscedF: "0711"}) {
            course { iscedF } userErrors { code } } }""",
            {"id": world["alpha"].ids["course:1"]},
        )
        assert (await client.data("m"))["updateCourse"]["course"] == {"iscedF": "0711"}
        assert (await client.receive())["type"] == "complete"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        (
            {"query": "subscription { a: courseChanged { change } b: courseChanged { change } }"},
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ({"query": COURSE, "operationName": "other"}, "BAD_REQUEST"),
        ({"query": COURSE, "extensions": {"lastEventId": 7}}, "BAD_USER_INPUT"),
        ({"query": COURSE, "extensions": {"lastEventId": "nonsense"}}, "BAD_USER_INPUT"),
        (
            {
                "query": "subscription($f: CourseChangedFilter) { courseChanged(filter: $f) { change } }",
                "variables": {"f": {"nothing": 1}},
            },
            "BAD_USER_INPUT",
        ),
    ],
)
async def test_what_cannot_be_run_is_an_error_and_the_connection_goes_on(
    live: Served, payload: dict[str, Any], code: str
) -> None:
    async with ws_client(live.port, live.token("registrar")) as client:
        await client.send(id="1", type="subscribe", payload=payload)
        message = await client.receive()
        assert (message["id"], message["type"]) == ("1", "error")
        assert message["payload"][0]["extensions"]["code"] == code
        await client.subscribe("1", "{ __typename }")  # the name is free again
        assert await client.data("1") == {"__typename": "Query"}


async def test_a_ping_is_answered_with_its_payload(live: Served) -> None:
    async with ws_client(live.port) as client:
        await client.send(type="ping")
        assert await client.receive() == {"type": "pong"}
        await client.send(type="ping", payload={"a": 1})
        assert await client.receive() == {"type": "pong", "payload": {"a": 1}}
        await client.send(type="pong")


async def test_nothing_is_told_after_complete(live: Served) -> None:
    world = live.world
    async with ws_client(live.port, live.token("registrar")) as client:
        await client.subscribe("old", COURSE)
        await live.heard(1)
        await client.send(id="old", type="complete")
        await client.send(id="unknown", type="complete")  # which is nothing to complain about
        await client.subscribe("new", COURSE)
        await client.send(type="ping")
        assert (await client.receive())["type"] == "pong"
        await live.heard(1)
        await world.data(
            """mutation($id: ID!) { updateCourse(input: {id: $id, iscedF: "0712"}) {
            userErrors { code } } }""",
            {"id": world["alpha"].ids["course:1"]},
        )
        assert (await client.receive())["id"] == "new"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["no json"], 4400),
        (['{"type":"next"}'], 4400),
        (["[]"], 4400),
        (['{"type":"subscribe","id":"1","payload":{"query":"{ __typename }"}}'], 4401),
        (['{"type":"connection_init"}', '{"type":"connection_init"}'], 4429),
        (['{"type":"connection_init"}', '{"type":"subscribe","id":"","payload":{"query":"{ a }"}}'], 4400),
        (['{"type":"connection_init"}', '{"type":"subscribe","id":"1"}'], 4400),
        (['{"type":"connection_init"}', '{"type":"subscribe","id":"1","payload":{"query":7}}'], 4400),
        (['{"type":"connection_init","payload":{"authorization":"Bearer nonsense"}}'], 4403),
        (['{"type":"connection_init","payload":{"token":"nonsense"}}'], 4403),
        (['{"type":"connection_init","payload":{"fediflow-tenant":"nowhere"}}'], 4403),
    ],
)
async def test_what_breaks_the_protocol_closes_the_connection(
    live: Served, messages: list[str], code: int
) -> None:
    async with ws_client(live.port, init=False) as client:
        for message in messages:
            await client.connection.send(message)
        assert (await client.closed())[0] == code


async def test_two_operations_of_one_name_close_the_connection(live: Served) -> None:
    async with ws_client(live.port, live.token("registrar")) as client:
        await client.subscribe("1", COURSE)
        await client.subscribe("1", COURSE)
        assert await client.closed() == (4409, "Subscriber for 1 already exists")


async def test_who_does_not_begin_is_closed(live: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql_transport_ws, "INIT_SECONDS", 0.2)
    async with ws_client(live.port, init=False) as client:
        assert (await client.closed())[0] == 4408


async def test_another_subprotocol_is_not_spoken(live: Served) -> None:
    async with connect(f"ws://127.0.0.1:{live.port}/graphql") as connection:
        await connection.wait_closed()
        assert connection.close_code == 4406


async def test_a_token_comes_in_a_header_or_in_the_payload(live: Served) -> None:
    token = live.token("student")
    for headers, payload in (
        ({"authorization": f"Bearer {token}"}, None),
        ({}, {"Authorization": f"Bearer {token}"}),
        ({}, {"token": token}),
    ):
        async with ws_client(live.port, init=False, headers=headers) as client:
            await client.send(type="connection_init", **({"payload": payload} if payload else {}))
            assert (await client.receive())["type"] == "connection_ack"
            await client.subscribe("1", "{ viewer { handle } }")
            assert await client.data("1") == {"viewer": {"handle": "student"}}


async def test_an_institution_and_languages_come_in_the_payload(live: Served) -> None:
    async with connect(
        f"ws://127.0.0.1:{live.port}/graphql", subprotocols=["graphql-transport-ws"]
    ) as connection:
        payload = {"fediflow-tenant": "beta", "accept-language": "en"}
        await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(await connection.recv())["type"] == "connection_ack"
        query = {"query": "{ tenant { slug name } }"}
        await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": query}))
        told = json.loads(await connection.recv())["payload"]["data"]["tenant"]
    assert told == {"slug": "beta", "name": "University of beta"}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://alpha.test", True),
        ("http://127.0.0.1:{port}", True),
        ("http://elsewhere.test", False),
        ("null", False),
        ("http://beta.test", None),  # a page of another institution: not with a token of this one
    ],
)
async def test_only_pages_of_the_institution_connect(live: Served, origin: str, allowed: bool | None) -> None:
    origin = origin.format(port=live.port)
    if allowed is False:
        with pytest.raises(InvalidStatus) as refused:
            async with ws_client(live.port, headers={"origin": origin}):
                pass
        assert refused.value.response.status_code == 403
        return
    async with ws_client(live.port, init=False, headers={"origin": origin}) as client:
        await client.send(type="connection_init")
        if allowed:
            assert (await client.receive())["type"] == "connection_ack"
        else:
            assert (await client.closed())[0] == 4403


async def test_elsewhere_there_is_nothing_to_connect_to(live: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://127.0.0.1:{live.port}/other"):
            pass
    assert refused.value.response.status_code == 404


async def test_a_subscription_by_a_plain_post_is_told_how_it_is_done(live: Served) -> None:
    answer = await live.world.ask(COURSE)
    assert answer.codes == ["BAD_REQUEST"]
    assert "text/event-stream" in answer.json["errors"][0]["message"]


async def test_the_connection_outlives_the_patience_for_heads_and_bodies(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: set[PatientProtocol] = set()
    expect = PatientProtocol._expect

    def noted(protocol: PatientProtocol, seconds: float | None) -> None:
        expect(protocol, seconds)
        waited.add(protocol)

    monkeypatch.setattr(PatientProtocol, "_expect", noted)
    async with ws_client(live.port) as client:
        for name in ("1", "2"):
            assert waited
            for protocol in waited:
                if protocol._deadline is not None:  # its time has come
                    protocol._overdue()
            await client.subscribe(name, "{ __typename }")
            assert await client.data(name) == {"__typename": "Query"}
            assert (await client.receive())["type"] == "complete"


async def test_many_subscriptions_in_one_burst_are_all_taken(live: Served) -> None:
    async with ws_client(live.port, token=live.token("student")) as client:
        for number in range(150):
            await client.subscribe(f"s{number}", "subscription { courseChanged { eventId } }")
        await client.subscribe("q", "{ viewer { handle } }")
        message = await client.receive()
        while message["type"] in ("ping", "pong"):
            message = await client.receive()
        assert (message["id"], message["type"]) == ("q", "next"), message
