"""The client for many small POSTs: held to the rules of the other one, and kind to connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from kernel.http import (
    AddressRefused,
    HttpLimits,
    HttpPoster,
    HttpRules,
    HttpTimeout,
    HttpUnavailable,
    ResponseRefused,
    ResponseTooLarge,
    UrlRefused,
)

_OK = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok"
Answer = Callable[[bytes], bytes | None]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answers each request with what `answer` says; None hangs up. Gives its URL and the requests."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
            assert (response.status, response.body) == (202, b"ok")
    assert len(requests) == 3
    head = requests[0].decode()
    assert head.startswith("POST /inbox HTTP/1.1\r\nhost: 127.0.0.1:")
    assert "content-length: 2\r\n" in head


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


async def test_every_answer_has_an_end() -> None:
    async with server(lambda _: b"") as (url, _), poster() as client:
        with pytest.raises(HttpTimeout):
            await client.post(url, b"{}", headers={}, deadline=0.05)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n" + b"x" * 99999, ResponseTooLarge),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 99999, ResponseTooLarge),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx", ResponseRefused),
        (b"SSH-2.0-OpenSSH_9.2\r\n", HttpUnavailable),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx", HttpUnavailable),
    ],
)
async def test_answers_that_are_not_taken(answer: bytes, error: type[Exception]) -> None:
    async with server(lambda _: answer) as (url, _), poster(max_bytes=1000, header_bytes=2000) as client:
        with pytest.raises(error):
            await client.post(url, b"{}", headers={}, deadline=5.0)


async def test_early_hints_and_chunks_are_read() -> None:
    said = (
        b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    )
    async with server(lambda _: said) as (url, _), poster() as client:
        response = await client.post(url, b"{}", headers={})
    assert (response.status, response.body, "link" in response.headers) == (200, b"ok", False)


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
