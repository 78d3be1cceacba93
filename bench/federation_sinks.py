"""Other servers for the bench, as cheap as they can be: they take every POST on a hundred loopback addresses and count.

Run as a process: says its port, then for each line `N M` of standard input has the first M servers take requests and never
answer, waits for N more at the others, and says as JSON how many seconds lay between the first and the last, when that was on
the monotonic clock, and how many different activities they named.
"""

import asyncio
import json
import re
import sys
from time import monotonic

import uvloop

HOSTS = 100
_ANSWER = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_ID = re.compile(rb'"id": ?"([^"]+)"')


def addresses() -> list[str]:
    """Where they listen."""
    return [f"127.0.1.{number}" for number in range(1, HOSTS + 1)]


class _Counted:
    def __init__(self) -> None:
        self.wanted = 0
        self.hanging: frozenset[str] = frozenset()
        self.times: list[float] = []
        self.ids: set[tuple[str, bytes]] = set()
        self.done = asyncio.Event()

    def expect(self, count: int, hanging: int) -> None:
        self.wanted, self.times, self.ids, self.done = count, [], set(), asyncio.Event()
        self.hanging = frozenset(addresses()[:hanging])

    def came(self, host: str, body: bytes) -> None:
        self.times.append(monotonic())
        found = _ID.search(body)
        self.ids.add((host, found[1] if found else b""))
        if len(self.ids) >= self.wanted:
            self.done.set()


class _Server(asyncio.Protocol):
    def __init__(self, counted: _Counted, host: str) -> None:
        self._counted, self._host = counted, host
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._waiting, 0, end)
            whole = end + 4 + int(found[1] if found else 0)
            if len(self._waiting) < whole:
                return
            body, self._waiting = self._waiting[end + 4 : whole], self._waiting[whole:]
            if self._host in self._counted.hanging:
                continue
            self._counted.came(self._host, body)
            self._transport.write(_ANSWER)  # type: ignore[attr-defined]  # uvloop's transports write


async def _main() -> None:
    loop, counted, port = asyncio.get_running_loop(), _Counted(), 0
    for address in addresses():
        made = await loop.create_server(lambda host=address: _Server(counted, host), address, port)
        port = made.sockets[0].getsockname()[1]
    print(port, flush=True)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        counted.expect(*map(int, line.split()))
        print("waiting", flush=True)
        await counted.done.wait()
        seconds = counted.times[-1] - counted.times[0]
        told = {
            "seconds": seconds,
            "ended": counted.times[-1],
            "requests": len(counted.times),
            "different": len(counted.ids),
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    uvloop.run(_main())
