"""Hostile requests: each is refused in words, costs the gateway little, tells nothing of its inside, and harms nobody.

How long a refusal takes is counted as the processor's time of the gateway: what others do on the machine is not its fault.
"""

import asyncio
import json
import re
import resource
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.gateway import Gateway

MOST_SECONDS = 1.0
_HEALTHY = "{ tenant { slug } currentTerm { id } }"
# What belongs to the inside: Python's traces and modules, SQL, the driver, tables, paths.
_INSIDE = re.compile(
    r"Traceback|File \"|\.py\b|asyncpg|sqlalchemy|psycopg|uvicorn|\bselect\b.*\bfrom\b|\bpg_|app\.tenant_id|/usr/|/home/",
    re.IGNORECASE,
)


def _http(
    body: bytes | None = None,
    *,
    method: str = "POST",
    target: str = "/graphql",
    content_type: str = "application/json",
    **headers: str,
) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "host: localhost", "fediflow-tenant: alpha"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += [f"content-type: {content_type}", f"content-length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


def _graphql(query: str, variables: Any = None, **more: Any) -> bytes:
    return _http(json.dumps({"query": query, "variables": variables, **more}).encode())


def _doubling(depth: int) -> str:
    fragments = [
        f"fragment F{n} on Course {{ a: org {{ id }} ...F{n + 1} ...F{n + 1} }}".replace("org", "orgUnit")
        for n in range(depth)
    ]
    last = f"fragment F{depth} on Course {{ id }}"
    return f"{{ courses {{ nodes {{ ...F0 }} }} }} {' '.join(fragments)} {last}"


def _nested(depth: int) -> str:
    return (
        "{ courses { nodes { " + "offerings { nodes { course { " * depth + "id" + " } } }" * depth + " } } }"
    )


_TYPES = "{ __schema { types " + "{ fields { type " * 12 + "{ name }" + " } }" * 12 + " } }"
_COURSE = "query($id: ID!) { course(id: $id) { id } }"

HOSTILE: dict[str, bytes] = {
    "aliases of a root field": _graphql(
        "{ " + " ".join(f"a{n}: viewer {{ id }}" for n in range(2000)) + " }"
    ),
    "aliases of a field inside": _graphql(
        "{ courses { nodes { " + " ".join(f"a{n}: code" for n in range(3000)) + " } } }"
    ),
    "aliases of connections": _graphql(
        "{ " + " ".join(f"a{n}: courses {{ nodes {{ id }} }}" for n in range(200)) + " }"
    ),
    "the same field again and again": _graphql("{ viewer { " + "id " * 20_000 + "} }"),
    "the same object again and again": _graphql("{ " + "viewer { id } " * 5_000 + "}"),
    "a batch of a thousand": _http(json.dumps([{"query": _HEALTHY}] * 1000).encode()),
    "a batch in a batch": _http(json.dumps([[[{"query": _HEALTHY}]]]).encode()),
    "an empty batch": _http(b"[]"),
    "directives on a field": _graphql("{ viewer { id " + "@include(if: true) " * 2000 + "} }"),
    "unknown directives": _graphql("{ viewer { id " + " ".join(f"@d{n}" for n in range(2000)) + " } }"),
    "fragments that double": _graphql(_doubling(30)),
    "a fragment that spreads itself": _graphql("{ ...F } fragment F on Query { ...F }"),
    "fragments in a circle": _graphql(
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }"
    ),
    "a thousand fragments": _graphql(
        "{ viewer { id } } " + " ".join(f"fragment F{n} on Query {{ viewer {{ id }} }}" for n in range(1000))
    ),
    "a thousand operations": _graphql(
        " ".join(f"query Q{n} {{ viewer {{ id }} }}" for n in range(1000)), operationName="Q1"
    ),
    "a thousand variables": _graphql(
        "query(" + " ".join(f"$v{n}: Int" for n in range(1000)) + ") { viewer { id } }"
    ),
    "too many tokens": _graphql("{ " + "( ) " * 50_000 + "}"),
    "only opening braces": _graphql("{" * 90_000),
    "only opening brackets": _graphql("{ courses(filter: {codePrefix: " + "[" * 50_000),
    "deep nesting": _graphql(_nested(40)),
    "wide pages inside of wide pages": _graphql(
        "{ courses(first: 100) { nodes { offerings(first: 100) { nodes { enrollments(first: 100) { nodes { id } } } } } } }"
    ),
    "a page without end": _graphql("{ courses(first: 2147483647) { nodes { id } } }"),
    "a negative page": _graphql("{ courses(first: -1) { nodes { id } } }"),
    "a huge number": _graphql("{ courses(first: " + "9" * 5000 + ") { nodes { id } } }"),
    "a huge number in a variable": _http(
        b'{"query": "query($n: Int) { courses(first: $n) { nodes { id } } }", "variables": {"n": 1e999}}'
    ),
    "a cursor of nonsense": _graphql('{ courses(after: "' + "A" * 60_000 + '") { nodes { id } } }'),
    "a cursor that is nested": _graphql(
        "query($c: String) { courses(after: $c) { nodes { id } } }", {"c": "W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tb"}
    ),
    "introspection that goes round": _graphql(_TYPES),
    "introspection of everything many times": _graphql(
        "{ " + " ".join(f"a{n}: __schema {{ types {{ fields {{ name }} }} }}" for n in range(100)) + " }"
    ),
    "a mutation by GET": _http(
        method="GET", target="/graphql?query=mutation%7BsignOut%7BuserErrors%7Bcode%7D%7D%7D", accept="*/*"
    ),
    "a form": _http(b"query=%7Bviewer%7Bid%7D%7D", content_type="application/x-www-form-urlencoded"),
    "a form of parts": _http(b"--x\r\n\r\n{}\r\n--x--", content_type="multipart/form-data; boundary=x"),
    "plain text": _http(b'{"query": "{ viewer { id } }"}', content_type="text/plain"),
    "another charset": _http(
        '{"query": "{ viewer { id } }"}'.encode("utf-16"), content_type="application/json; charset=utf-16"
    ),
    "JSON in UTF-16 that says it is not": _http('{"query": "{ viewer { id } }"}'.encode("utf-16")),
    "invalid UTF-8": _http(b'{"query": "{ viewer { id } } # \xff\xfe\xc0\xaf"}'),
    "half of a surrogate pair": _http(rb'{"query": "{ course(id: \"\ud800\") { id } }"}'),
    "a null byte in the document": _http(rb'{"query": "{ viewer { id } }\u0000"}'),
    "a null byte in a variable": _graphql(_COURSE, {"id": "course_1\x00"}),
    "a query that is a number": _http(b'{"query": 7}'),
    "a query that is a list": _http(b'{"query": ["{ viewer { id } }"]}'),
    "variables that are a list": _graphql(_COURSE, [1, 2]),
    "variables of the wrong type": _graphql(_COURSE, {"id": {"id": {"id": []}}}),
    "variables nested without end": _http(
        b'{"query": "query($id: ID!) { course(id: $id) { id } }", "variables": {"id": '
        + b"[" * 100_000
        + b"]" * 100_000
        + b"}}"
    ),
    "JSON nested without end": _http(b"[" * 200_000),
    "extensions that are text": _graphql(_COURSE, {"id": "x"}, extensions="x"),
    "an operation that is not there": _graphql(_HEALTHY, operationName="x" * 10_000),
    "SQL in an id": _graphql(_COURSE, {"id": "course_1'; drop table tenants.users; --"}),
    "SQL in a filter": _graphql(
        "query($p: String) { courses(filter: {codePrefix: $p}) { nodes { id } } }",
        {"p": ["'; select pg_sleep(9); --"]},
    ),
    "a token that is too long": _http(
        b'{"query": "{ viewer { id } }"}', authorization="Bearer " + "a" * 20_000
    ),
    "a token of nobody": _http(b'{"query": "{ viewer { id } }"}', authorization="Bearer ff_alpha_1_x"),
    "a token without a signature": _http(
        b'{"query": "{ viewer { id } }"}',
        authorization="Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0OjgwMDAifQ.",
    ),
    "a tenant that is SQL": _http(b'{"query": "{ viewer { id } }"}', fediflow_tenant="alpha' or '1'='1"),
    "a method of its own": _http(b"{}", method="BREW"),
    "DELETE": _http(method="DELETE"),
    "PUT": _http(b'{"query": "{ viewer { id } }"}', method="PUT"),
    "an overridden method": _http(
        method="GET",
        target="/graphql?query=mutation%7BsignOut%7BuserErrors%7Bcode%7D%7D%7D",
        x_http_method_override="POST",
    ),
    "ten megabytes": _http(b'{"query": "' + b"#" * 10_000_000 + b'"}'),
    "a length that lies": b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: -5\r\n\r\n{}",
    "two lengths": b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ncontent-length: 9\r\n\r\n{}",
    "a length and chunks": (
        b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a header that is folded": b"GET /graphql HTTP/1.1\r\nhost: localhost\r\nx: a\r\n b: c\r\n\r\n",
    "a header split by a carriage return": b"GET /graphql HTTP/1.1\r\nhost: localhost\r\nx: a\rset-cookie: b\r\n\r\n",
    "a header with a null byte": b"GET /graphql HTTP/1.1\r\nhost: localhost\r\nx: a\x00b\r\n\r\n",
    "a header name with a blank": b"GET /graphql HTTP/1.1\r\nhost: localhost\r\nx y: a\r\n\r\n",
    "a target that splits headers": _http(method="GET", target="/graphql?query=%0d%0aset-cookie:%20a=b"),
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "another version of HTTP": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "compressed without asking": _http(b"\x1f\x8b\x08\x00" + b"\x00" * 100, content_encoding="gzip"),
}


def test_there_are_many_kinds() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_request_is_refused_at_little_cost(gateway: Gateway, kind: str) -> None:
    before = gateway.seconds
    async with gateway.connected() as connection:
        await _send(connection.writer, HOSTILE[kind])
        status, headers, body = await connection.answer()
    spent = gateway.seconds - before
    text = body.decode()
    assert _says_no(status, text), f"{status} {text[:500]}"
    assert not _INSIDE.search(text), text[:500]
    assert not _INSIDE.search(json.dumps(headers))
    assert "set-cookie" not in headers
    assert spent < MOST_SECONDS
    await _assert_well(gateway)


async def test_a_flood_of_connections_that_say_nothing_keeps_nobody_out(gateway: Gateway) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    writers = []
    for _ in range(min(500, most // 4)):
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\n")
        writers.append(writer)
    await _assert_well(gateway)
    for writer in writers:
        writer.transport.abort()
    await _assert_well(gateway)


async def test_clients_that_hang_up_in_the_middle_harm_nobody(gateway: Gateway) -> None:
    for request in HOSTILE.values():
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(request[: max(len(request) // 2, 1)][:100_000])
        writer.transport.abort()
    await _assert_well(gateway)


async def _send(writer: asyncio.StreamWriter, request: bytes) -> None:
    """As much of it as the gateway wants to read."""
    for piece in _pieces(request):
        try:
            writer.write(piece)
            await writer.drain()
        except ConnectionError:
            return


def _pieces(request: bytes, size: int = 65_536) -> Iterator[bytes]:
    for start in range(0, len(request), size):
        yield request[start : start + size]


def _says_no(status: int, text: str) -> bool:
    """Errors with sentences, and no data."""
    if not text.startswith(("{", "[")):
        return 400 <= status < 500 and bool(text.strip())
    answers = json.loads(text)
    return all(
        answer.get("errors")
        and not answer.get("data")
        and all(error["message"] for error in answer["errors"])
        for answer in (answers if isinstance(answers, list) else [answers])
    )


async def _assert_well(gateway: Gateway) -> None:
    async with gateway.connected() as connection:
        connection.writer.write(_graphql(_HEALTHY))
        status, _, body = await connection.answer()
    assert status == 200
    assert json.loads(body)["data"]["tenant"] == {"slug": "alpha"}
