"""The load generator's process: keep-alive connections that check every answer.

`python -m bench.generator` reads a `Load` as JSON and writes what it saw as JSON.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict
from typing import Any, cast

import uvloop

from api.cost.charge import without_cost
from bench.load import Exchange, Load, Seen, WrongAnswer, percentile_ms
from kernel.garbage import keep_what_started

_PATIENCE = 30.0  # beyond the seconds asked for, then the server is thought to hang
_SHOWN = 2_000


async def generate(load: Load) -> Seen:
    """Sends it from this process."""
    loop = asyncio.get_running_loop()
    run = _Run(load)
    keep_what_started()  # pauses of ours would be taken for the server's
    cpu = time.process_time()
    transports = []
    try:
        async with asyncio.timeout(load.seconds + _PATIENCE):
            for _ in range(load.connections):
                transport, _protocol = await loop.create_connection(
                    lambda: _Connection(run), "127.0.0.1", load.port
                )
                transports.append(transport)
            await run.finished
    except TimeoutError:
        raise WrongAnswer(f"no answer within {_PATIENCE:.0f} s") from None
    finally:
        for transport in transports:
            transport.abort()
    seconds, cpu = time.perf_counter() - run.started, time.process_time() - cpu
    if not run.latencies:
        raise WrongAnswer("there was no answer at all")
    ordered = sorted(run.latencies)
    return Seen(len(ordered), seconds, percentile_ms(ordered, 50), percentile_ms(ordered, 99), cpu)


class _Run:
    """The shared state of all connections."""

    def __init__(self, load: Load) -> None:
        self._exchanges = [
            (one.request.encode(), without_cost(one.expected.encode()), one.is_whole)
            for one in load.exchanges
        ]
        self._left = load.most
        self._turn = 0
        self._open = load.connections
        self.latencies: list[float] = []
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.started = time.perf_counter()
        self._until = self.started + load.seconds
        self.status = b"http/1.1 %d " % load.status
        # Between two requests of one connection.
        self.interval = load.connections / load.rate if load.rate else 0.0

    def next(self) -> tuple[bytes, bytes, bool] | None:
        """What to send now; None when it is enough."""
        if self._left <= 0 or time.perf_counter() >= self._until:
            return None
        self._left -= 1
        self._turn += 1
        return self._exchanges[(self._turn - 1) % len(self._exchanges)]

    def leave(self) -> None:
        """A connection has got its last answer."""
        self._open -= 1
        if self._open == 0 and not self.finished.done():
            self.finished.set_result(None)

    def fail(self, what: str) -> None:
        """Ends the run."""
        if not self.finished.done():
            self.finished.set_exception(WrongAnswer(what))


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._needed = 0
        self._body_at = 0
        self._is_done = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if not self._needed and not self._read_head():
            return
        if len(self._received) >= self._needed:
            self._check()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._is_done:
            self._run.fail(f"the server closed a connection: {error or 'without an error'}")

    def _read_head(self) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self._received[:end].lower()
        length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        if not head.startswith(self._run.status) or not length:
            self._run.fail(self._received[:_SHOWN].decode(errors="replace"))
        else:
            self._body_at = end + 4
            self._needed = self._body_at + int(length)
        return bool(self._needed)

    def _check(self) -> None:
        self._run.latencies.append(time.perf_counter() - self._sent_at)
        body = self._received[self._body_at :]
        # What is left to spend is another figure in each answer.
        if not (without_cost(body) == self._expected if self._is_whole else self._expected in body):
            self._run.fail(
                f"expected {self._expected[:_SHOWN].decode()} but got {body[:_SHOWN].decode(errors='replace')}"
            )
            return
        self._received, self._needed = b"", 0
        self._send_in_time()

    def _send_in_time(self) -> None:
        """At once, or when its time has come."""
        due = self._sent_at + self._run.interval
        delay = due - time.perf_counter()
        if not self._run.interval or delay <= 0:
            self._send(due)
        else:
            asyncio.get_running_loop().call_later(delay, self._send, due)

    def _send(self, due: float = 0.0) -> None:
        exchange = self._run.next()
        if exchange is None:
            self._is_done = True
            self._transport.close()
            self._run.leave()
            return
        request, self._expected, self._is_whole = exchange
        self._sent_at = due if self._run.interval and due else time.perf_counter()
        self._transport.write(request)


def _main() -> None:
    given: dict[str, Any] = json.load(sys.stdin)
    load = Load(**{**given, "exchanges": [Exchange(**one) for one in given["exchanges"]]})
    try:
        told = asdict(uvloop.run(generate(load)))
    except WrongAnswer as error:
        told = {"wrong": str(error)}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    _main()
