"""The load generator counts right answers and stops at the first wrong one. It talks to a server of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bench.generator import generate
from bench.load import Exchange, Load, WrongAnswer, percentile_ms, post, run_load

_REQUEST = post(80, {"query": "{ a }"}, token="t")
_SECONDS = 300  # far more than is needed to count


@asynccontextmanager
async def _server(answer: Callable[[int], bytes]) -> AsyncIterator[int]:
    """Answers the n-th request with `answer(n)`, in two pieces; an empty answer hangs up."""
    count = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        while head := await _head(reader):
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
            count += 1
            told = answer(count)
            writer.write(told[:20])
            await writer.drain()
            writer.write(told[20:])
            if not told:
                break
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _http(body: str, status: str = "200 OK") -> bytes:
    content = body.encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


async def test_every_request_is_answered_and_counted() -> None:
    async with _server(lambda _: _http('{"é":1}')) as port:
        seen = await generate(Load(port, [Exchange(_REQUEST, '{"é":1}')], 4, _SECONDS, most=50))
    assert seen.answers == 50
    assert 0 < seen.p50_ms <= seen.p99_ms


async def test_exchanges_take_turns() -> None:
    async with _server(lambda number: _http("odd" if number % 2 else "even")) as port:
        exchanges = [Exchange(_REQUEST, "odd"), Exchange(_REQUEST, "even")]
        assert (await generate(Load(port, exchanges, 1, _SECONDS, most=6))).answers == 6


async def test_one_other_byte_ends_the_run() -> None:
    async with _server(lambda number: _http("good" if number < 7 else "gooD")) as port:
        with pytest.raises(WrongAnswer, match="expected good but got gooD"):
            await generate(Load(port, [Exchange(_REQUEST, "good")], 2, _SECONDS, most=50))


async def test_part_of_an_answer_is_enough_where_the_whole_is_not_known() -> None:
    async with _server(lambda number: _http(f"{number} fine" if number < 3 else "bad")) as port:
        exchange = Exchange(_REQUEST, " fine", is_whole=False)
        assert (await generate(Load(port, [exchange], 1, _SECONDS, most=2))).answers == 2
        with pytest.raises(WrongAnswer, match="bad"):
            await generate(Load(port, [exchange], 1, _SECONDS, most=1))


async def test_an_error_status_ends_the_run() -> None:
    async with _server(lambda _: _http("good", "503 Service Unavailable")) as port:
        with pytest.raises(WrongAnswer, match="503 Service Unavailable"):
            await generate(Load(port, [Exchange(_REQUEST, "good")], 1, _SECONDS))


async def test_a_closed_connection_ends_the_run() -> None:
    async with _server(lambda number: _http("good") if number < 3 else b"") as port:
        with pytest.raises(WrongAnswer, match="the server closed a connection"):
            await generate(Load(port, [Exchange(_REQUEST, "good")], 1, _SECONDS))


async def test_load_runs_in_a_process_of_its_own() -> None:
    async with _server(lambda number: _http("good" if number <= 3 else "bad")) as port:
        load = Load(port, [Exchange(_REQUEST, "good")], 1, _SECONDS, most=3)
        assert (await run_load(load)).answers == 3
        with pytest.raises(WrongAnswer, match="got bad"):
            await run_load(load)


def test_percentile_is_a_value_that_was_seen() -> None:
    seconds = [n / 1000 for n in range(1, 101)]
    assert percentile_ms(seconds, 50) == 50
    assert percentile_ms(seconds, 99) == 99
    assert percentile_ms([0.5], 99) == 500
