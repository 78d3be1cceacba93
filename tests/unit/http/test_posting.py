"""The client for many small POSTs: held to the rules of the other one, and kind to connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from kernel.http import (
    AddressRefused,
    HttpLimits,
    HttpPoster,
    HttpRules,
    HttpTimeout,
    HttpUnavailable,
    ResponseTooLarge,
    UrlRefused,
)

_OK = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok"
Answer = Callable[[bytes], bytes | None]


@dataclass(slots=True)
class _Lines:
    """How many connections there were."""

    opened: int = 0


@asynccontextmanager
async def server(answer: Answer, lines: _Lines | None = None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answers each request with what `answer` says; None hangs up. Gives its URL and the requests."""
    requests: list[bytes] = []
    lines = lines or _Lines()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.opened += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                requests.append(head + await reader.readexactly(length))
                said = answer(requests[-1])
                if said is None:
                    return
                writer.write(said)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/inbox", requests


def poster(**limits: float) -> HttpPoster:
    return HttpPoster(rules=HttpRules(allow_loopback_http=True), limits=HttpLimits(**limits))  # type: ignore[arg-type]


async def test_it_posts_and_uses_the_connection_again() -> None:
    async with server(lambda _: _OK) as (url, requests), poster() as client:
        for _ in range(3):
            response = await client.post(url, b"{}", headers={"content-type": "application/json"})
            assert response.status == 202
    assert len(requests) == 3
    head = requests[0].decode()
    assert head.startswith("POST /inbox HTTP/1.1\r\nhost: 127.0.0.1:")
    assert "content-length: 2\r\n" in head


async def test_connections_that_waited_too_long_are_closed_when_another_comes_back() -> None:
    async with server(lambda _: _OK) as (url, _), poster(idle_seconds=0.0) as client:
        ended = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"{}")
            writer.write(_OK)
            await reader.read()  # until the client hangs up
            writer.close()
            ended.set()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as other:
            port = other.sockets[0].getsockname()[1]
            assert (await client.post(f"http://127.0.0.1:{port}/inbox", b"{}", headers={})).status == 202
            async with asyncio.timeout(60):
                while not ended.is_set():
                    await client.post(url, b"{}", headers={})


async def test_a_connection_that_ended_meanwhile_costs_nothing() -> None:
    answers = iter([_OK, None, _OK])
    async with server(lambda _: next(answers)) as (url, requests), poster() as client:
        assert (await client.post(url, b"{}", headers={})).status == 202
        assert (await client.post(url, b"{}", headers={})).status == 202
    assert len(requests) == 3


async def test_a_server_that_hangs_up_at_once_is_unavailable() -> None:
    async with server(lambda _: None) as (url, requests), poster() as client:
        with pytest.raises(HttpUnavailable):
            await client.post(url, b"{}", headers={})
    assert len(requests) == 1


async def test_a_second_answer_is_no_answer_to_the_next_request() -> None:
    other = b"HTTP/1.1 500 No\r\nx: y\r\ncontent-length: 1\r\n\r\n!"
    async with server(lambda _: _OK + other) as (url, requests), poster() as client:
        for _ in range(2):
            response = await client.post(url, b"{}", headers={})
            assert (response.status, "x" in response.headers) == (202, False)
    assert len(requests) == 2


async def test_answers_down_one_connection_are_each_their_own() -> None:
    answers = iter([_OK, b"HTTP/1.1 410 Gone\r\nx: y\r\ncontent-length: 4\r\n\r\ngone", _OK])
    async with server(lambda _: next(answers)) as (url, _), poster() as client:
        got = [await client.post(url, b"{}", headers={}) for _ in range(3)]
    assert [(one.status, "x" in one.headers) for one in got] == [(202, False), (410, True), (202, False)]


async def test_every_answer_has_an_end() -> None:
    async with server(lambda _: b"") as (url, _), poster() as client:
        with pytest.raises(HttpTimeout):
            await client.post(url, b"{}", headers={}, deadline=0.05)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 99999, ResponseTooLarge),
        (b"SSH-2.0-OpenSSH_9.2\r\n", HttpUnavailable),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx", HttpUnavailable),
    ],
)
async def test_answers_that_are_not_taken(answer: bytes, error: type[Exception]) -> None:
    async with server(lambda _: answer) as (url, _), poster(max_bytes=1000, header_bytes=2000) as client:
        with pytest.raises(error):
            await client.post(url, b"{}", headers={}, deadline=60.0)


async def test_early_hints_and_chunks_are_read() -> None:
    said = (
        b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    )
    async with server(lambda _: said) as (url, _), poster() as client:
        response = await client.post(url, b"{}", headers={})
    assert (response.status, "link" in response.headers) == (200, False)


@pytest.mark.parametrize(
    ("rest", "is_kept"),
    [
        (b"content-length: 2\r\ncontent-encoding: gzip\r\n\r\nok", True),
        (b"content-length: 900\r\n\r\n" + b"x" * 900, True),
        (b"content-length: 99999\r\n\r\n" + b"x" * 99999, False),
        (b"content-length: 99999\r\n\r\nx", False),  # nothing more comes
        (b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\nnonsense", False),
    ],
)
@pytest.mark.parametrize("status", [202, 410])
async def test_a_status_counts_whatever_its_body(status: int, rest: bytes, is_kept: bool) -> None:
    said = f"HTTP/1.1 {status} X\r\n".encode() + rest
    lines = _Lines()
    async with (
        server(lambda _: said, lines) as (url, requests),
        poster(max_bytes=1000, header_bytes=2000) as client,
    ):
        for _ in range(2):
            assert (await client.post(url, b"{}", headers={}, deadline=60.0)).status == status
    assert len(requests) == 2
    assert lines.opened == (1 if is_kept else 2)


async def test_a_server_that_hangs_up_within_the_body_has_answered() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\nx")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening, poster() as client:
        port = listening.sockets[0].getsockname()[1]
        assert (await client.post(f"http://127.0.0.1:{port}/inbox", b"{}", headers={})).status == 202


async def test_nothing_is_followed() -> None:
    said = b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n"
    async with server(lambda _: said) as (url, requests), poster() as client:
        assert (await client.post(url, b"{}", headers={})).status == 307
    assert len(requests) == 1


async def test_private_places_are_not_asked() -> None:
    async with HttpPoster() as client:
        with pytest.raises(UrlRefused):
            await client.post("http://far.example/inbox", b"{}", headers={})
        with pytest.raises(AddressRefused):
            await client.post("https://127.0.0.1/inbox", b"{}", headers={})
        with pytest.raises(AddressRefused):
            await client.post("https://169.254.169.254/latest", b"{}", headers={})
        with pytest.raises(ValueError, match="header"):
            await client.post("https://far.example/inbox", b"{}", headers={"x": "a\r\nb: c"})
