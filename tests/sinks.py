"""Other servers for tests: small HTTP servers on loopback addresses that note what they are sent, and behave as told."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson

from tests.ports import held, serving


@dataclass(frozen=True, slots=True)
class Posted:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def activity(self) -> str:
        """The id of the activity in it."""
        return str(orjson.loads(self.body)["id"])


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered, `after` so many seconds; `hang` for never."""

    status: int = 202
    headers: tuple[tuple[str, str], ...] = ()
    hang: bool = False
    after: float = 0.0


@dataclass(slots=True)
class Sink:
    """One server. `answer` may be exchanged at any time."""

    address: str
    port: int
    answer: Callable[[Posted], Reply | Awaitable[Reply]] = field(default=lambda _: Reply())
    posted: list[Posted] = field(default_factory=list)
    accepted: list[Posted] = field(default_factory=list)
    most_at_once: int = 0
    _at_once: int = 0
    _server: asyncio.Server | None = None
    _held: socket.socket | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def host(self) -> str:
        """As it stands in tables."""
        return f"{self.address}:{self.port}"

    @property
    def inbox(self) -> str:
        """Its shared inbox."""
        return f"http://{self.host}/inbox"

    @property
    def activities(self) -> list[str]:
        """The ids of all activities that were taken."""
        return [one.activity for one in self.accepted]

    async def start(self) -> None:
        """Listens; port 0 becomes one that no sink of this address had, which is kept."""
        if self.port:
            self._server = await asyncio.start_server(self._serve, self.address, self.port, backlog=1024)
            self._let_go()
        else:
            self._server, self.port = await serving(self._serve, self.address, backlog=1024)

    async def stop(self) -> None:
        """Listens no more and hangs up; the port stays its own until `end`."""
        if self._server is not None:
            self._server.close()
            self._held = held(self.address, self.port)
            for writer in tuple(self._writers):
                writer.transport.abort()
            self._server = None

    async def end(self) -> None:
        """Stops for good."""
        await self.stop()
        self._let_go()

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                posted = await _request(reader)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    self.posted.append(posted)
                    answered = self.answer(posted)
                    reply = answered if isinstance(answered, Reply) else await answered
                    if reply.hang:
                        await reader.read()
                        return
                    if reply.after:
                        await asyncio.sleep(reply.after)
                    if reply.status < 300:
                        self.accepted.append(posted)
                    await _reply(writer, reply)
                finally:
                    self._at_once -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()


@asynccontextmanager
async def sinks(count: int, *, first: int = 1) -> AsyncIterator[list[Sink]]:
    """Servers at 127.0.0.`first` and the addresses after it."""
    made = [Sink(f"127.0.{(first + n) // 250}.{(first + n) % 250 + 1}", 0) for n in range(count)]
    try:
        for sink in made:
            await sink.start()
        yield made
    finally:
        for sink in made:
            await sink.end()


async def _request(reader: asyncio.StreamReader) -> Posted:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Posted(head[0].split(" ")[1], headers, body)


async def _reply(writer: asyncio.StreamWriter, reply: Reply) -> None:
    lines = [f"HTTP/1.1 {reply.status} X", "content-length: 0", *(f"{k}: {v}" for k, v in reply.headers)]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    await writer.drain()


__all__ = ["Posted", "Reply", "Sink", "sinks"]
