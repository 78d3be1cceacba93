"""GraphQL over Server-Sent Events, in both modes."""

from typing import Any

import pytest

from api.live import single_stream
from tests.integration.live.clients import events, http
from tests.integration.live.conftest import Served, until
from tests.integration.live.test_hearing import COURSE, update_course

EVENTS = {"accept": "text/event-stream"}


async def test_a_subscription_is_a_stream_of_events_with_ids(live: Served) -> None:
    world = live.world
    async with events(live.port, COURSE, token=live.token("registrar")) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["cache-control"] == "no-store"
        await live.heard(1)
        await update_course(world, "course:1")
        event = await stream.event()
    assert event is not None
    assert event.event == "next"
    assert event.json["data"]["courseChanged"]["course"]["code"] == "C1"
    assert event.id == event.json["extensions"]["eventId"]
    await until(lambda: not live.gateway.hub._feeds)  # hanging up ends the subscription


async def test_a_query_is_one_event_and_complete(live: Served) -> None:
    async with events(live.port, "{ viewer { handle } }", token=live.token("student")) as stream:
        first, second, third = await stream.event(), await stream.event(), await stream.event()
    assert first is not None
    assert first.json["data"] == {"viewer": {"handle": "student"}}
    assert second is not None
    assert (second.event, second.data, third) == ("complete", "", None)


async def test_a_stream_is_opened_by_get_too(live: Served) -> None:
    target = "/graphql?query=subscription%7BcourseChanged%7Bchange%7D%7D"
    async with http(live.port, "GET", target, headers=EVENTS, token=live.token("registrar")) as stream:
        await live.heard(1)
        await update_course(live.world, "course:1")
        event = await stream.event()
        assert event is not None
        assert event.json["data"] == {"courseChanged": {"change": "UPDATED"}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { importProgress { state } }", "FORBIDDEN"),
        ('subscription { courseChanged(filter: {ids: ["x"]}) { change } }', "BAD_USER_INPUT"),
    ],
)
async def test_what_is_wrong_with_an_operation_comes_as_an_event(live: Served, query: str, code: str) -> None:
    async with events(live.port, query, token=live.token("student")) as stream:
        first, second = await stream.event(), await stream.event()
        assert stream.status == 200
    assert first is not None
    assert first.json["errors"][0]["extensions"]["code"] == code
    assert second is not None
    assert second.event == "complete"


@pytest.mark.parametrize(
    ("method", "body", "headers", "token", "status"),
    [
        ("POST", {"query": "{ __typename }"}, {}, "nonsense", 401),
        ("POST", {"query": 7}, {}, None, 400),
        ("POST", [{"query": "{ __typename }"}], {}, None, 400),
        ("PATCH", None, {}, None, 405),
        ("POST", {"query": "{ __typename }"}, {"fediflow-tenant": "nowhere"}, None, 400),
    ],
)
async def test_what_is_wrong_with_a_request_is_said_by_http(
    live: Served, method: str, body: Any, headers: dict[str, str], token: str | None, status: int
) -> None:
    async with http(
        live.port, method, "/graphql", body=body, headers=EVENTS | headers, token=token
    ) as answer:
        assert answer.status == status
        assert b'"errors"' in await answer.body()


async def _reserved(live: Served, role: str = "registrar") -> str:
    async with http(live.port, "PUT", "/graphql/stream", token=live.token(role)) as answer:
        assert answer.status == 201
        return (await answer.body()).decode()


def _operation(query: str, name: str, **variables: Any) -> dict[str, Any]:
    return {"query": query, "variables": variables, "extensions": {"operationId": name}}


async def test_many_operations_share_one_stream(live: Served) -> None:
    world, key = live.world, {"x-graphql-event-stream-token": await _reserved(live)}
    async with http(live.port, "GET", "/graphql/stream", headers=EVENTS | key) as stream:
        assert stream.status == 200
        for body in (
            _operation(COURSE, "one", filter={"ids": [world["alpha"].ids["course:1"]]}),
            _operation(COURSE, "two", filter={"ids": [world["alpha"].ids["course:2"]]}),
        ):
            async with http(live.port, "POST", "/graphql/stream", body=body, headers=key) as answer:
                assert answer.status == 202
        await update_course(world, "course:2")
        first = await stream.event()
        assert first is not None
        assert first.json["id"] == "two"
        assert first.json["payload"]["data"]["courseChanged"]["course"]["code"] == "C2"
        async with http(live.port, "DELETE", "/graphql/stream?operationId=two", headers=key) as answer:
            assert answer.status == 200
        await update_course(world, "course:2")
        await update_course(world, "course:1")
        second = await stream.event()
        assert second is not None
        assert second.json["id"] == "one"
        async with http(
            live.port, "POST", "/graphql/stream", body=_operation("{ viewer { handle } }", "q"), headers=key
        ) as answer:
            assert answer.status == 202
        third, fourth = await stream.event(), await stream.event()
        assert third is not None
        assert third.json["id"] == "q"
        assert third.json["payload"]["data"] == {"viewer": {"handle": "registrar"}}
        assert fourth is not None
        assert (fourth.event, fourth.json) == ("complete", {"id": "q"})
    await until(lambda: not live.gateway.hub._connections)


async def test_what_a_single_stream_refuses(live: Served) -> None:
    key = {"x-graphql-event-stream-token": await _reserved(live, "student")}
    unknown = {"x-graphql-event-stream-token": "unknown"}
    target = "/graphql/stream"
    subscription = _operation(COURSE, "1")
    async with http(live.port, "GET", target, headers=EVENTS | key):
        cases: list[tuple[str, str, Any, dict[str, str], int]] = [
            ("GET", target, None, EVENTS | key, 409),
            ("GET", target, None, key, 406),
            ("GET", target, None, EVENTS, 400),
            ("GET", target, None, EVENTS | unknown, 404),
            ("POST", target, subscription, unknown, 404),
            ("POST", target, {"query": COURSE}, key, 400),
            ("POST", target, _operation("subscription { nothing }", "2"), key, 400),
            ("POST", target, _operation("subscription { importProgress { state } }", "3"), key, 403),
            ("POST", target, subscription, key, 202),
            ("POST", target, subscription, key, 409),
            ("DELETE", target, None, key, 400),
            ("PATCH", target, None, key, 405),
        ]
        for method, at, body, headers, status in cases:
            async with http(live.port, method, at, body=body, headers=headers) as answer:
                assert answer.status == status, (method, body)


async def test_a_reservation_that_nobody_uses_is_let_go(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_stream, "RESERVED_SECONDS", 0.05)
    key = {"x-graphql-event-stream-token": await _reserved(live)}
    await until(lambda: not live.gateway.hub._connections)
    async with http(live.port, "GET", "/graphql/stream", headers=EVENTS | key) as answer:
        assert answer.status == 404


async def test_pages_of_the_institution_may_use_streams(live: Served) -> None:
    asking = {
        "origin": "http://alpha.test",
        "access-control-request-method": "PUT",
        "access-control-request-headers": "x-graphql-event-stream-token",
    }
    async with http(live.port, "OPTIONS", "/graphql/stream", headers=asking) as answer:
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == "http://alpha.test"
        assert "PUT" in answer.headers["access-control-allow-methods"]
    page = {"origin": "http://alpha.test"}
    async with events(live.port, COURSE, token=live.token("registrar"), **page) as stream:
        assert stream.headers["access-control-allow-origin"] == "http://alpha.test"
    strange = {"origin": "http://elsewhere.test"}
    async with events(live.port, COURSE, token=live.token("registrar"), **strange) as stream:
        assert "access-control-allow-origin" not in stream.headers
