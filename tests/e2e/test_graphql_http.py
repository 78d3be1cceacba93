"""A gateway process as HTTP knows it: the audits of npm `graphql-http`, and limits that end a connection."""

import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateway import Gateway
from tests.e2e.judges import node_packages
from tests.integration.graphql.gateways import Connection

AUDITS = 61
_AUDIT = Path(__file__).with_name("audit.mjs")


@pytest.fixture
async def connection(gateway: Gateway) -> AsyncIterator[Connection]:
    async with gateway.connected() as made:
        yield made


def _audited(port: int) -> list[dict[str, Any]]:
    address = f"http://127.0.0.1:{port}/graphql"
    command = ["node", str(_AUDIT), str(node_packages()), address, "alpha"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


async def test_every_audit_of_graphql_over_http_is_ok(gateway: Gateway) -> None:
    results = _audited(gateway.port)
    assert {one["id"]: one for one in results if one["status"] != "ok"} == {}
    assert len(results) == AUDITS


def _post(query: str) -> bytes:
    body = json.dumps({"query": query}).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: alpha.test\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


async def test_requests_in_a_row_are_answered_in_their_order(connection: Connection) -> None:
    names = [f"n{number % 5}" for number in range(50)]
    await connection.send(b"".join(_post(f"{{ {name}: tenant {{ slug }} }}") for name in names))
    for name in names:
        status, _, body = await connection.answer()
        assert (status, json.loads(body)["data"]) == (200, {name: {"slug": "alpha"}})


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 200_000, 431),
        (b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x: y\r\n" * 200 + b"\r\n", 431),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", 414),
        (b"\x16\x03\x01 this is no HTTP\r\n\r\n", 400),
        (
            b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
            b"content-length: 3000000\r\n\r\n" + b" " * 3_000_000,
            413,
        ),
    ],
)
async def test_what_is_too_much_is_refused_with_an_answer_that_arrives(
    connection: Connection, request_: bytes, expected: int
) -> None:
    await connection.send(request_)
    status, headers, body = await connection.answer()
    assert (status, headers["connection"]) == (expected, "close")
    assert json.loads(body)["errors"][0]["message"]
    assert await connection.rest() == b""
