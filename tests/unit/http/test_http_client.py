"""What is sent, what is taken, and the caps on size, time and count."""

import asyncio
import gzip
from collections.abc import Iterator

import pytest
from fake_network import PUBLIC, FakeNetwork, answer, head, redirect

from kernel.errors import ErrorCode
from kernel.http import (
    HttpClient,
    HttpLimits,
    HttpTimeout,
    HttpUnavailable,
    RedirectRefused,
    ResponseRefused,
    ResponseTooLarge,
)

URL = "https://example.org/thing"


async def test_get_answers_with_status_headers_and_body(client: HttpClient, network: FakeNetwork) -> None:
    headers = {"Content-Type": "application/json", "Vary": "a\r\nVary: b", "Set-Cookie": "session=1"}
    network.server = lambda request: [answer(b'{"a": [1]}', status=404, headers=headers)]
    response = await client.get(URL + "#part")
    assert response.status == 404
    assert response.headers == {"content-length": "10", "content-type": "application/json", "vary": "a, b"}
    assert response.json() == {"a": [1]}
    assert response.target.url == URL


async def test_get_sends_what_it_must_and_nothing_of_its_own_memory(
    client: HttpClient, network: FakeNetwork
) -> None:
    network.server = lambda request: [answer(headers={"Set-Cookie": "session=1"})]
    await client.get(URL + "?q=ä", accept="application/json", headers={"If-None-Match": '"1"'})
    await client.get(URL)
    first, second = network.streams[0].received.decode().split("\r\n\r\n")[:2]
    assert first.split("\r\n") == [
        "GET /thing?q=%C3%A4 HTTP/1.1",
        "Host: example.org",
        "accept: application/json",
        'if-none-match: "1"',
        "user-agent: FediFlow",
        "Accept-Encoding: identity",
    ]
    assert "ookie" not in second
    assert network.streams[0].tls_names == ["example.org"]


async def test_post_sends_body_and_type(client: HttpClient, network: FakeNetwork) -> None:
    response = await client.post(URL, b"{}", content_type="application/activity+json")
    assert response.body == b"hello"
    sent = network.streams[0].received.decode()
    assert sent.startswith("POST /thing HTTP/1.1\r\nHost: example.org\r\n")
    assert "content-type: application/activity+json\r\n" in sent
    assert sent.endswith("Content-Length: 2\r\n\r\n{}")


@pytest.mark.parametrize(
    ("name", "value"),
    [("Host", "evil"), ("Cookie", "a=b"), ("X-A", "a\r\nX-B: b"), ("X A", "a"), ("X-A", "ä")],
)
async def test_headers_that_would_change_the_request_are_a_defect(
    client: HttpClient, network: FakeNetwork, name: str, value: str
) -> None:
    with pytest.raises(ValueError, match="header"):
        await client.get(URL, headers={name: value})
    assert network.connected == []


async def test_text_that_is_not_json_is_refused_by_name(client: HttpClient) -> None:
    response = await client.get(URL)
    with pytest.raises(ResponseRefused, match=r"example\.org: the answer is not JSON"):
        response.json()


async def test_a_redirect_on_the_same_server_is_followed(client: HttpClient, network: FakeNetwork) -> None:
    network.server = lambda request: [answer(b"there") if b"GET /a/b" in request else redirect("b")]
    response = await client.get("https://example.org/a/a")
    assert (response.body, response.target.url) == (b"there", "https://example.org/a/b")


async def test_a_redirect_loop_ends_after_three(client: HttpClient, network: FakeNetwork) -> None:
    network.server = lambda request: [redirect("/thing")]
    with pytest.raises(RedirectRefused, match="more than 3 redirects"):
        await client.get(URL)
    assert network.streams[0].received.count(b"GET /thing") == 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_post_is_not_redirected(client: HttpClient, network: FakeNetwork, status: int) -> None:
    network.server = lambda request: [redirect("/other", status)]
    with pytest.raises(RedirectRefused, match="POST"):
        await client.post(URL, b"{}", content_type="application/json")
    assert network.streams[0].received.count(b"POST") == 1


async def test_a_declared_size_over_the_cap_is_refused_before_the_body(
    client: HttpClient, network: FakeNetwork
) -> None:
    network.server = lambda request: [head(headers={"Content-Length": "1001"}), b"x" * 1001]
    with pytest.raises(ResponseTooLarge, match="1000 bytes"):
        await client.get(URL, max_bytes=1000)
    assert network.streams[0].given < 100
    assert network.streams[0].closed.is_set()


def _without_end(first: bytes, repeated: bytes, times: int = 100_000) -> Iterator[bytes]:
    yield first
    for _ in range(times):
        yield repeated


@pytest.mark.parametrize(
    ("head_", "chunk"),
    [
        pytest.param(head(), b"x" * 1000, id="until the server hangs up"),
        pytest.param(
            head(headers={"Transfer-Encoding": "chunked"}), b"64\r\n" + b"x" * 100 + b"\r\n", id="chunked"
        ),
        pytest.param(
            head(headers={"Transfer-Encoding": "chunked"}),
            b"1;" + b"e" * 5000 + b"\r\nx\r\n",
            id="chunk extensions",
        ),
    ],
)
async def test_a_body_without_declared_size_is_cut_at_the_cap(
    client: HttpClient, network: FakeNetwork, head_: bytes, chunk: bytes
) -> None:
    network.server = lambda request: list(_without_end(head_, chunk, 200))
    with pytest.raises(ResponseTooLarge):
        await client.get(URL, max_bytes=10_000)
    assert network.streams[0].given < 80_000
    assert network.streams[0].closed.is_set()


async def test_a_body_of_exactly_the_cap_is_taken(client: HttpClient, network: FakeNetwork) -> None:
    network.server = lambda request: [head(headers={"Content-Length": "1000"}), b"x" * 600, b"x" * 400]
    assert len((await client.get(URL, max_bytes=1000)).body) == 1000


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(b"X-Flood: " + b"a" * 90 + b"\r\n", id="many headers"),
        pytest.param(b"a" * 100, id="one endless line"),
        pytest.param(b"\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n", id="provisional answers"),
    ],
)
async def test_a_flood_of_headers_is_cut_at_the_cap(
    client: HttpClient, network: FakeNetwork, flood: bytes
) -> None:
    network.server = lambda request: list(_without_end(b"HTTP/1.1 103 Early Hints\r\n", flood, 2_000))
    with pytest.raises(ResponseTooLarge):
        await client.get(URL)
    assert network.streams[0].given <= HttpLimits().header_bytes
    assert network.streams[0].closed.is_set()


@pytest.mark.parametrize("encoding", ["gzip", "GZIP, gzip", "br", "deflate"])
async def test_a_compressed_answer_is_refused_unpacked(
    client: HttpClient, network: FakeNetwork, encoding: str
) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    network.server = lambda request: [answer(bomb, headers={"Content-Encoding": encoding})]
    with pytest.raises(ResponseRefused, match="compressed"):
        await client.get(URL)


@pytest.mark.parametrize(
    "wire",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    ],
)
async def test_an_answer_that_breaks_the_protocol_is_named_but_not_quoted(
    network: FakeNetwork, wire: bytes
) -> None:
    network.server, network.hang_up = lambda request: [wire], True
    async with network.client() as client:
        with pytest.raises((HttpUnavailable, ResponseRefused), match=r"^example\.org: ") as refused:
            await client.get(URL)
    assert "SSH" not in refused.value.message
    assert network.streams[-1].closed.is_set()


@pytest.mark.parametrize(
    "said", [[], [b"HTTP/1.1 200 OK\r\n"], [head(headers={"Content-Length": "10"}), b"12345"]], ids=str
)
async def test_a_server_that_falls_silent_is_left_at_the_deadline(
    client: HttpClient, network: FakeNetwork, said: list[bytes]
) -> None:
    network.server = lambda request: said
    with pytest.raises(HttpTimeout, match=r"example\.org: no complete answer within 0\.5 s") as refused:
        await client.get(URL, deadline=0.5)
    assert refused.value.code is ErrorCode.TIMEOUT
    assert network.streams[0].silent.is_set()
    assert network.streams[0].closed.is_set()


async def test_a_server_that_takes_no_connection_is_left_at_the_connect_deadline(
    network: FakeNetwork,
) -> None:
    network.before_connecting = asyncio.Event().wait
    limits = HttpLimits(connect_deadline=0.05)
    async with network.client(limits=limits) as client:
        with pytest.raises(HttpTimeout, match="connect deadline"):
            await client.get(URL)


async def test_a_refused_connection_is_unavailable(client: HttpClient, network: FakeNetwork) -> None:
    network.dead = {PUBLIC}
    with pytest.raises(HttpUnavailable, match=r"example\.org: no connection could be made"):
        await client.get(URL)


async def test_a_clean_connection_serves_the_next_request(client: HttpClient, network: FakeNetwork) -> None:
    for _ in range(3):
        await client.get(URL)
    await client.post(URL, b"", content_type="text/plain")
    assert len(network.connected) == 1


async def test_a_kept_connection_that_broke_is_replaced_for_a_get_only(
    client: HttpClient, network: FakeNetwork
) -> None:
    await client.get(URL)
    network.streams[0].server = lambda request: [b""]
    await client.get(URL)
    assert len(network.connected) == 2
    network.streams[1].server = lambda request: [b""]
    with pytest.raises(HttpUnavailable):
        await client.post(URL, b"", content_type="text/plain")
    assert len(network.connected) == 2


async def test_a_kept_connection_that_the_server_ended_is_not_used_again(network: FakeNetwork) -> None:
    network.hang_up = True
    async with network.client() as client:
        await client.get(URL)
        assert (await client.post(URL, b"", content_type="text/plain")).body == b"hello"
        assert len(network.connected) == 2
        assert network.streams[0].closed.is_set()


async def test_no_more_connections_are_kept_than_requests_allowed(network: FakeNetwork) -> None:
    async with network.client(limits=HttpLimits(requests=2)) as client:
        for number in range(5):
            await client.get(f"https://h{number}.example/")
        assert [stream.closed.is_set() for stream in network.streams] == [True, True, True, False, False]


async def test_a_kept_connection_has_no_more_room_for_headers_than_a_new_one(
    client: HttpClient, network: FakeNetwork
) -> None:
    await client.get(URL)
    stream = network.streams[0]
    before, stream.server = stream.given, lambda request: list(_without_end(head()[:-2], b"A: b\r\n", 20_000))
    with pytest.raises(ResponseTooLarge):
        await client.get(URL)
    assert stream.given - before <= HttpLimits().header_bytes


async def test_an_answer_that_comes_after_closing_is_given_and_its_connection_closed(
    network: FakeNetwork,
) -> None:
    opened = asyncio.Event()
    network.before_connecting = opened.wait
    client = network.client()
    post = asyncio.create_task(client.post(URL, b"", content_type="text/plain"))
    await asyncio.sleep(0)
    await client.aclose()
    opened.set()
    assert (await post).body == b"hello"
    assert network.streams[0].closed.is_set()


async def test_closing_the_client_closes_kept_connections(network: FakeNetwork) -> None:
    async with network.client() as client:
        await client.get(URL)
        assert not network.streams[0].closed.is_set()
    assert network.streams[0].closed.is_set()
