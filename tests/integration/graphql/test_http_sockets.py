"""What only a real socket shows: connections that are kept, requests in a row, slow and endless ones, strange methods."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable

import pytest
from graphql import get_introspection_query

from api.http.messages import MAX_BODY, MAX_FORGOTTEN
from fediflow.processes import patience
from tests.integration.graphql.gateways import Connection, Served, served
from tests.world import World

FEW = 0.3  # seconds of patience, where a test waits for its end


@pytest.fixture(scope="module")
async def gateway(world: World) -> AsyncIterator[Served]:
    async with served(world) as running:
        yield running


@pytest.fixture
async def connection(gateway: Served) -> AsyncIterator[Connection]:
    async with gateway.connected() as made:
        yield made


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is as slow as a slow client: nobody is hung up on for it."""
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "READING_SECONDS", "LEAVING_SECONDS"):
        monkeypatch.setattr(patience, name, 60.0)


Hurry = Callable[[str], None]


@pytest.fixture
def hurry(patient: None, monkeypatch: pytest.MonkeyPatch) -> Hurry:
    """Ends the patience with what is named, from now on."""
    return lambda name: monkeypatch.setattr(patience, f"{name}_SECONDS", FEW)


def _post(query: str, *headers: str, length: int | None = None) -> bytes:
    body = json.dumps({"query": query}).encode()
    lines = (
        *("POST /graphql HTTP/1.1", "host: alpha.test", "content-type: application/json"),
        *(f"content-length: {len(body) if length is None else length}", *headers),
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def _named(name: str) -> bytes:
    return _post(f"{{ {name}: __typename tenant {{ slug }} }}")


async def test_a_connection_is_kept_for_the_next_request(connection: Connection) -> None:
    for name in ("a", "b", "a", "a", "a"):
        await connection.send(_named(name))
        status, headers, body = await connection.answer()
        assert status == 200
        assert "connection" not in headers
        assert json.loads(body)["data"] == {name: "Query", "tenant": {"slug": "alpha"}}


async def test_requests_in_a_row_are_answered_in_their_order(connection: Connection) -> None:
    names = [f"n{number % 7}" for number in range(40)]
    await connection.send(b"".join(_named(name) for name in names))
    answered = [json.loads((await connection.answer())[2])["data"] for _ in names]
    assert [next(iter(data)) for data in answered] == names


async def test_who_wants_it_closed_gets_it_closed(connection: Connection) -> None:
    await connection.send(_post("{ __typename }", "connection: close"))
    status, headers, _ = await connection.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert await connection.rest() == b""


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
async def test_other_methods_are_refused_and_the_connection_goes_on(
    connection: Connection, method: str
) -> None:
    await connection.send(f"{method} /graphql HTTP/1.1\r\nhost: alpha.test\r\n\r\n".encode())
    if method == "HEAD":
        head = (await connection.reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("HTTP/1.1 405 ")
        assert "allow: GET, POST" in head
    else:
        status, headers, body = await connection.answer()
        assert (status, headers["allow"]) == (405, "GET, POST")
        assert json.loads(body)["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    await connection.send(_named("after"))
    assert (await connection.answer())[0] == 200


async def test_a_method_that_is_none_is_no_request(connection: Connection) -> None:
    await connection.send(b"BREW /graphql HTTP/1.1\r\nhost: alpha.test\r\n\r\n")
    status, headers, body = await connection.answer()
    assert (status, headers["connection"]) == (400, "close")
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert await connection.rest() == b""


async def test_a_request_in_front_of_nonsense_is_answered_and_then_it_is_over(
    connection: Connection,
) -> None:
    await connection.send(_named("first") + b"\x00\x01 nonsense\r\n\r\n")
    status, _, body = await connection.answer()
    assert (status, "first" in json.loads(body)["data"]) == (200, True)
    assert b"200" not in (await connection.rest())[:16]


@pytest.mark.parametrize("hosts", [b"", b"host: alpha.test\r\nhost: beta.test\r\n"])
async def test_a_request_names_one_host(connection: Connection, hosts: bytes) -> None:
    await connection.send(b"GET /livez HTTP/1.1\r\n%b\r\n" % hosts)
    assert (await connection.answer())[0] == 400


async def test_a_client_of_old_is_answered_and_left(connection: Connection) -> None:
    await connection.send(b"GET /livez HTTP/1.0\r\n\r\n")
    status, headers, _ = await connection.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert await connection.rest() == b""


@pytest.mark.parametrize(
    "line", ["OPTIONS * HTTP/1.1", "CONNECT alpha.test:443 HTTP/1.1", "GET http:// HTTP/1.1"]
)
async def test_targets_that_are_no_path_of_ours_are_refused(connection: Connection, line: str) -> None:
    await connection.send(f"{line}\r\nhost: alpha.test\r\n\r\n".encode())
    assert 400 <= (await connection.answer())[0] < 500


LISTS = " ".join(
    f"list{number}: courses(first: 5) {{ nodes {{ id code title {{ text }} }} }}" for number in range(8)
)
KINDS: list[tuple[str, ...]] = [
    (),
    ("accept-encoding: gzip",),
    ("accept-encoding: br",),
    ("accept: application/graphql-response+json", "accept-encoding: gzip, br"),
    ("origin: https://alpha.test",),
    ("origin: https://evil.example", "accept-encoding: gzip"),
    ("if-none-match: *",),
]


@pytest.mark.parametrize("headers", KINDS)
async def test_the_same_request_has_the_same_answer_whichever_way_it_goes(
    connection: Connection, headers: tuple[str, ...]
) -> None:
    asked = _post(f"{{ {LISTS} }}", *headers)
    answers = []
    for _ in range(5):  # a head that came before is known from then on
        await connection.send(asked)
        status, told, body = await connection.answer()
        data = json.loads(gzip.decompress(body) if "content-encoding" in told else body)["data"]
        assert told.pop("x-request-id")
        assert told.pop("date")
        assert len(body) == int(told.pop("content-length"))
        answers.append((status, told, data))
    assert answers == [answers[0]] * 5
    assert answers[0][0] == 200
    assert ("content-encoding" in answers[0][1]) is any("gzip" in header for header in headers)


SMUGGLED = [
    b"content-length: 4\r\ntransfer-encoding: chunked\r\n",
    b"content-length: 4\r\ncontent-length: 5\r\n",
    b"transfer-encoding: chunked, identity\r\n",
    b"content-length: -1\r\n",
    b"content-length: 99999999999999999999999\r\n",
    b"x: a\rset-cookie: b\r\n",
    b" folded: header\r\n",
    b"na\x00me: x\r\n",
]


@pytest.mark.parametrize("lines", SMUGGLED)
async def test_heads_that_two_readers_read_differently_are_refused(
    connection: Connection, lines: bytes
) -> None:
    head = b"POST /graphql HTTP/1.1\r\nhost: alpha.test\r\ncontent-type: application/json\r\n"
    await connection.send(head + lines + b"\r\n0\r\n\r\n")
    status, headers, _ = await connection.answer()
    assert (status, headers["connection"]) == (400, "close")
    assert await connection.rest() == b""


async def test_a_body_in_pieces_and_in_chunks_is_read(connection: Connection) -> None:
    whole = _named("pieces")
    await connection.send(*[whole[at : at + 40] for at in range(0, len(whole), 40)])
    assert (await connection.answer())[0] == 200
    head = b"POST /graphql HTTP/1.1\r\nhost: alpha.test\r\ncontent-type: application/json\r\n"
    body = json.dumps({"query": "{ chunked: __typename }"}).encode()
    chunks = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (5, body[:5], len(body) - 5, body[5:])
    await connection.send(head + b"transfer-encoding: chunked\r\n\r\n", chunks)
    assert json.loads((await connection.answer())[2])["data"] == {"chunked": "Query"}


@pytest.mark.parametrize("trailers", [b"x: y\r\n" * 500, b"x: " + b"y" * 50_000_000])
async def test_what_follows_the_chunks_of_a_body_has_an_end(connection: Connection, trailers: bytes) -> None:
    head = b"POST /graphql HTTP/1.1\r\nhost: alpha.test\r\ncontent-type: application/json\r\n"
    await connection.send(head + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
    await connection.send(trailers)
    status, headers, _ = await connection.answer()
    assert (status, headers["connection"]) == (431, "close")


async def test_who_waits_to_be_asked_for_the_body_is_asked(connection: Connection) -> None:
    whole = _post("{ __typename }", "expect: 100-continue")
    head, _, body = whole.partition(b"\r\n\r\n")
    await connection.send(head + b"\r\n\r\n")
    assert (await connection.answer())[0] == 100
    await connection.send(body)
    assert (await connection.answer())[0] == 200


async def test_a_body_that_is_too_large_is_refused_before_it_is_whole(connection: Connection) -> None:
    await connection.send(_post("{ __typename }", length=50_000_000))
    await connection.send(b" " * MAX_FORGOTTEN)
    status, headers, body = await connection.answer()
    assert (status, headers["connection"]) == (413, "close")
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_who_reads_only_after_writing_all_hears_why_it_was_refused(connection: Connection) -> None:
    await connection.send(_post("{ __typename }", length=10 * MAX_BODY), *[b" " * MAX_BODY] * 10)
    status, _, body = await connection.answer()
    assert status == 413
    assert str(MAX_BODY) in json.loads(body)["errors"][0]["message"]


async def test_what_is_written_behind_a_refusal_takes_nothing_back(gateway: Served) -> None:
    async with gateway.connected() as connection:
        head = b"GET /graphql HTTP/1.1\r\n" + b"".join(b"x-%d: a\r\n" % number for number in range(150))
        await connection.send(head + b"\r\n", *[b"x" * 65_536] * 50)
        assert (await connection.answer())[0] == 431


LONG_HEADS = [
    (b"x-long: " + b"a" * 40_000 + b"\r\n", 431),
    (b"".join(b"x-%d: a\r\n" % number for number in range(150)), 431),
    (b"".join(b"x-%d: %b\r\n" % (number, b"a" * 500) for number in range(90)), 431),
]


@pytest.mark.parametrize(("lines", "expected"), LONG_HEADS)
@pytest.mark.parametrize("is_whole", [True, False])
async def test_a_head_that_is_too_large_is_refused(
    connection: Connection, lines: bytes, expected: int, is_whole: bool
) -> None:
    head = b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: alpha.test\r\n" + lines
    if is_whole or len(lines) < patience.MAX_HEAD:
        head += b"\r\n"
    await connection.send(head)
    status, headers, _ = await connection.answer()
    assert (status, headers["connection"]) == (expected, "close")


async def test_a_url_that_is_too_long_is_refused(connection: Connection) -> None:
    await connection.send(b"GET /graphql?query=%b HTTP/1.1\r\nhost: alpha.test\r\n\r\n" % (b"a" * 20_000))
    status, headers, body = await connection.answer()
    assert (status, headers["connection"]) == (414, "close")
    assert "use POST" in json.loads(body)["errors"][0]["message"]


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"POST /gra", b"POST /graphql HTTP/1.1\r\nhost: alph"])
async def test_a_head_that_does_not_come_ends_the_connection(
    hurry: Hurry, gateway: Served, sent: bytes
) -> None:
    hurry("HEAD")
    async with gateway.connected() as connection:
        await connection.send(sent)
        told = await connection.rest()
    assert told.startswith(b"HTTP/1.1 408 ") if sent.strip() else told == b""


async def test_a_client_that_writes_byte_by_byte_is_not_waited_for(hurry: Hurry, gateway: Served) -> None:
    hurry("HEAD")
    async with gateway.connected() as connection:
        await connection.send(b"GET /graphql HTTP/1.1\r\nx: ")
        answering = asyncio.create_task(connection.answer())
        while not answering.done():
            await connection.send(b"a")
            await asyncio.wait([answering], timeout=0.001)
        status, headers, _ = answering.result()
    assert (status, headers["connection"]) == (408, "close")


async def test_a_body_that_does_not_come_ends_the_request(hurry: Hurry, gateway: Served) -> None:
    hurry("BODY")
    async with gateway.connected() as connection:
        await connection.send(_post("{ __typename }", length=1_000))
        status, headers, body = await connection.answer()
        assert (status, headers["connection"]) == (408, "close")
        assert json.loads(body)["errors"][0]["extensions"]["code"] == "TIMEOUT"
        assert await connection.rest() == b""


async def test_a_request_that_is_answered_is_no_licence_to_go_on_slowly(
    hurry: Hurry, gateway: Served
) -> None:
    async with gateway.connected() as connection:
        await connection.send(_named("first"))
        assert (await connection.answer())[0] == 200
        hurry("HEAD")
        await connection.send(b"POST /graphql HTTP/1.1\r\n")
        assert (await connection.rest()).startswith(b"HTTP/1.1 408 ")


async def test_an_unread_body_of_an_answered_request_is_not_read_for_ever(
    hurry: Hurry, gateway: Served
) -> None:
    hurry("BODY")
    async with gateway.connected() as connection:
        await connection.send(b"GET /livez HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n")
        assert (await connection.answer())[0] == 200
        await connection.send(b"x")
        assert await connection.rest() == b""


async def _send_for_ever(connection: Connection, request: bytes) -> None:
    while True:
        await connection.send(request)


async def test_who_does_not_read_is_hung_up_on(hurry: Hurry, world: World) -> None:
    hurry("READING")
    asked = _post(get_introspection_query())
    await world.data(get_introspection_query())  # the first answer takes long to be made
    async with served(world) as gateway, gateway.connected() as connection:
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport has it
        async with asyncio.timeout(60):
            with pytest.raises(ConnectionError):
                await _send_for_ever(connection, asked)


async def test_nobody_is_kept_from_service_by_those_who_are_slow(gateway: Served) -> None:
    slow = [gateway.connected() for _ in range(200)]
    opened = [await one.__aenter__() for one in slow]
    try:
        for connection in opened:
            await connection.send(b"POST /graphql HTTP/1.1\r\nhost: al")
        async with gateway.connected() as connection:
            await connection.send(_named("quick"))
            assert (await connection.answer())[0] == 200
    finally:
        for one in slow:
            await one.__aexit__(None, None, None)


@pytest.mark.parametrize(
    "headers",
    [
        (f"content-length: {MAX_FORGOTTEN + 1}",),
        (f"content-length: {MAX_BODY + 1}", "expect: 100-continue"),
    ],
)
async def test_a_body_that_is_announced_as_too_large_is_not_waited_for(
    connection: Connection, headers: tuple[str, ...]
) -> None:
    head = ("POST /graphql HTTP/1.1", "host: alpha.test", "content-type: application/json", *headers)
    await connection.send("\r\n".join((*head, "", "")).encode())
    status, answered, body = await connection.answer()
    assert (status, answered["connection"]) == (413, "close")
    assert str(MAX_BODY) in json.loads(body)["errors"][0]["message"]
