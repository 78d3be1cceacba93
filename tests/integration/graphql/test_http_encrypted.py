"""In production nothing is served without TLS, and nothing with a token in it is redirected."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.databases import Databases
from tests.integration.graphql.gateways import (
    BY_HTTPS,
    PROXY,
    PUBLIC_URL,
    Connection,
    production_of,
    served,
)
from tests.world import World

QUERY = json.dumps({"query": "{ tenant { slug } }"}).encode()


@pytest.fixture(scope="module")
async def production(world: World, databases: Databases) -> AsyncIterator[World]:
    async with production_of(world, databases) as made:
        yield made


def _headers(world: World, **more: str) -> dict[str, str]:
    token = world["alpha"].tokens["student"]
    return {"content-type": "application/json", "authorization": f"Bearer {token}"} | more


async def test_what_came_by_tls_to_the_proxy_is_served_and_stays_there(production: World) -> None:
    headers = _headers(production, **BY_HTTPS)
    answer = await production.request("POST", "/graphql", body=QUERY, headers=headers, peer=PROXY)
    assert answer.data == {"tenant": {"slug": "alpha"}}
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    home = await production.request("GET", "/", headers=BY_HTTPS, peer=PROXY)
    assert home.status == 200
    assert home.headers["strict-transport-security"] == "max-age=31536000"
    refused = await production.request("GET", "/graphql", headers=BY_HTTPS, peer=PROXY)
    assert (refused.status, "strict-transport-security" in refused.headers) == (400, True)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("host", "location"),
    [
        ("alpha.test", "https://alpha.test/graphql?query=%7B__typename%7D"),
        ("alpha.test:80", "https://alpha.test/graphql?query=%7B__typename%7D"),
        ("evil.example", f"{PUBLIC_URL}/graphql?query=%7B__typename%7D"),
    ],
)
async def test_links_are_led_to_https_of_hosts_that_are_ours(
    production: World, method: str, host: str, location: str
) -> None:
    for peer, headers in ((PROXY, {"x-forwarded-proto": "http"}), (PROXY, {}), ("192.0.2.9", BY_HTTPS)):
        answer = await production.request(
            method, "/graphql?query=%7B__typename%7D", headers={"host": host} | headers, peer=peer
        )
        assert (answer.status, answer.headers["location"]) == (308, location)
        assert "strict-transport-security" not in answer.headers
        assert answer.body == b""


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
async def test_what_holds_a_token_is_refused_and_not_redirected(production: World, method: str) -> None:
    headers = _headers(production, host="alpha.test")
    answer = await production.request(method, "/graphql", body=QUERY, headers=headers, peer=PROXY)
    assert (answer.status, answer.codes) == (403, ["FORBIDDEN"])
    assert "https://alpha.test/graphql" in answer.json["errors"][0]["message"]
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/health/db", "/health/cache", "/metrics"])
async def test_probes_and_metrics_answer_without_tls(production: World, path: str) -> None:
    answer = await production.request("GET", path, peer="10.9.9.9")
    assert answer.status == 200


async def test_a_connection_for_events_is_refused_too(production: World) -> None:
    sent: list[dict[str, object]] = []
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "headers": [(b"host", b"alpha.test")],
        "client": (PROXY, 1),
    }

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    await production.app(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_elsewhere_plain_http_is_served_and_nothing_is_promised(world: World) -> None:
    answer = await world.request("POST", "/graphql", body=QUERY, headers=_headers(world))
    assert answer.status == 200
    assert "strict-transport-security" not in answer.headers


async def test_heads_that_came_before_are_asked_for_tls_again(world: World, databases: Databases) -> None:
    lines = ("POST /graphql HTTP/1.1", "host: alpha.test", "content-type: application/json")
    statuses = []
    async with (
        production_of(world, databases, "127.0.0.0/8") as production,
        served(production) as gateway,
        gateway.connected() as connection,
    ):
        for proto in ("https", "https", "https", "https", "http", "http", "https"):
            if proto == "http":  # answered and hung up on, so each has a connection of its own
                async with gateway.connected() as other:
                    statuses.append(await _status(other, *lines, f"x-forwarded-proto: {proto}"))
            else:
                statuses.append(await _status(connection, *lines, f"x-forwarded-proto: {proto}"))
    assert statuses == [(200, True)] * 4 + [(403, False)] * 2 + [(200, True)]


async def _status(connection: Connection, *lines: str) -> tuple[int, bool]:
    head = "\r\n".join((*lines, f"content-length: {len(QUERY)}", "", ""))
    await connection.send(head.encode() + QUERY)
    status, headers, _ = await connection.answer()
    return status, "strict-transport-security" in headers
