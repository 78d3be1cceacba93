"""The subscribers' process: WebSockets that each hear one subscription, and how late what they hear is.

`python -m bench.live_listener` reads a `Listening` as JSON, says "ready" once all are open, and after its seconds writes
what was heard as JSON.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

import uvloop

from bench.load import percentile_ms

_SETTLED = 2.0
_AT = b'"at":"'
_EVERY = 200  # connections are opened so many at a time


@dataclass(frozen=True, slots=True)
class Listening:
    """What to open: for each connection its token and the subscriptions (query, variables) on it."""

    port: int
    connections: Sequence[tuple[str, Sequence[tuple[str, dict[str, Any]]]]]
    seconds: float


async def listen(wanted: Listening) -> dict[str, float]:
    """Opens all, and listens."""
    loop, heard = asyncio.get_running_loop(), list[float]()
    for start in range(0, len(wanted.connections), _EVERY):
        opened = []
        for one in wanted.connections[start : start + _EVERY]:
            listener = _Listener(wanted.port, one, heard)
            await loop.create_connection(partial(_itself, listener), "127.0.0.1", wanted.port)
            opened.append(listener)
        async with asyncio.timeout(60):
            await asyncio.gather(*(one.ready for one in opened))
    print("ready", flush=True)
    await asyncio.sleep(_SETTLED)  # the first events are late for those that were opened last
    heard.clear()
    began = time.perf_counter()
    await asyncio.sleep(wanted.seconds)
    ordered = sorted(heard)
    return {
        "events": len(ordered),
        "seconds": time.perf_counter() - began,
        "p50_ms": percentile_ms(ordered, 50) if ordered else 0.0,
        "p99_ms": percentile_ms(ordered, 99) if ordered else 0.0,
        "max_ms": ordered[-1] * 1000 if ordered else 0.0,
    }


class _Listener(asyncio.Protocol):
    """One connection: just enough of RFC 6455 for what our server sends."""

    def __init__(
        self, port: int, wanted: tuple[str, Sequence[tuple[str, dict[str, Any]]]], heard: list[float]
    ) -> None:
        self._port = port
        self._token, self._subscriptions = wanted
        self._heard = heard
        self._received = b""
        self._is_open = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(
            b"GET /graphql HTTP/1.1\r\nHost: localhost:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n" % self._port
        )

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._is_open:
            head, end, rest = self._received.partition(b"\r\n\r\n")
            if not end:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open, self._received = True, rest
            self._send({"type": "connection_init", "payload": {"token": self._token}})
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def _frame(self) -> tuple[int, bytes] | None:
        data = self._received
        if len(data) < 2:
            return None
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start + size:
            return None
        self._received = data[start + size :]
        return data[0] & 15, data[start : start + size]

    def _take(self, opcode: int, text: bytes) -> None:
        now = time.time()
        if opcode == 9:
            self._write(10, text)
        elif opcode == 8:
            raise AssertionError(f"the server closed: {text!r}")
        elif (at := text.find(_AT)) >= 0:
            moment = text[at + len(_AT) : text.index(b'"', at + len(_AT))].decode()
            self._heard.append(now - datetime.fromisoformat(moment).timestamp())
        elif b'"connection_ack"' in text:
            for number, (query, variables) in enumerate(self._subscriptions):
                payload = {"query": query, "variables": variables}
                self._send({"id": str(number), "type": "subscribe", "payload": payload})
            self.ready.set_result(None)
        elif b'"error"' in text:
            raise AssertionError(text.decode())

    def _send(self, message: dict[str, Any]) -> None:
        self._write(1, json.dumps(message).encode())

    def _write(self, opcode: int, data: bytes) -> None:
        """A masked frame; a mask of zeros is one too."""
        size = len(data)
        head = (
            bytes((128 | opcode, 128 | size))
            if size < 126
            else bytes((128 | opcode, 254)) + size.to_bytes(2, "big")
        )
        self._transport.write(head + b"\0\0\0\0" + data)


def _itself(listener: _Listener) -> _Listener:
    return listener


def _main() -> None:
    told = uvloop.run(listen(Listening(**json.loads(sys.stdin.readline()))))
    print(json.dumps(told), flush=True)
    os._exit(0)  # thousands of connections need no goodbye


if __name__ == "__main__":
    _main()
