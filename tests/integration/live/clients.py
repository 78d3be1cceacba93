"""Clients that speak the protocols themselves: graphql-transport-ws, and GraphQL over SSE by plain HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PATIENCE = 60.0
PROTOCOL = Subprotocol("graphql-transport-ws")


@dataclass(slots=True)
class WsClient:
    """One connection; `acknowledged` is the payload of the server's `connection_ack`."""

    connection: ClientConnection
    acknowledged: Mapping[str, Any] = field(default_factory=dict)

    async def send(self, **message: Any) -> None:
        """Any message."""
        await self.connection.send(json.dumps(message))

    async def subscribe(
        self, name: str, query: str, variables: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        """Begins an operation of any kind."""
        payload = {"query": query, "variables": dict(variables or {}), **more}
        await self.send(id=name, type="subscribe", payload=payload)

    async def receive(self) -> Any:
        """The next message but pings."""
        while True:
            async with asyncio.timeout(PATIENCE):
                message = json.loads(await self.connection.recv())
            if message["type"] != "ping":
                return message

    async def next(self, name: str | None = None) -> Any:
        """The payload of the next result, which has no errors."""
        message = await self.receive()
        assert message["type"] == "next", message
        assert name is None or message["id"] == name, message
        assert "errors" not in message["payload"], message
        return message["payload"]

    async def data(self, name: str | None = None) -> Any:
        """Its data."""
        return (await self.next(name))["data"]

    async def closed(self) -> tuple[int, str]:
        """The server closes: code and reason."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self.connection.recv()
                except ConnectionClosed:
                    return self.connection.close_code or 0, self.connection.close_reason or ""


@asynccontextmanager
async def ws_client(
    port: int,
    token: str | None = None,
    *,
    tenant: str = "alpha",
    init: bool = True,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> AsyncIterator[WsClient]:
    """A connection to the gateway at a port; initialised, unless told otherwise."""
    async with connect(
        f"ws://127.0.0.1:{port}/graphql",
        subprotocols=[PROTOCOL],
        additional_headers={"fediflow-tenant": tenant, **(headers or {})},
        **{"open_timeout": PATIENCE, "ping_interval": None, **options},
    ) as connection:
        client = WsClient(connection)
        if init:
            await client.send(
                type="connection_init", payload={"authorization": f"Bearer {token}"} if token else {}
            )
            message = await client.receive()
            assert message["type"] == "connection_ack", message
            client.acknowledged = message.get("payload", {})
        yield client


@dataclass(slots=True)
class SseEvent:
    """One event of a stream."""

    id: str | None
    event: str
    data: str

    @property
    def json(self) -> Any:
        """Its data."""
        return json.loads(self.data)


@dataclass(slots=True)
class HttpAnswer:
    """An HTTP answer: status, headers, and its body as far as it has come."""

    status: int
    headers: Mapping[str, str]
    reader: asyncio.StreamReader
    ids: list[str] = field(default_factory=list)  # of all events, also those without data
    _read: list[str] = field(default_factory=list)

    async def body(self) -> bytes:
        """All of a body of known length."""
        return await self.reader.readexactly(int(self.headers.get("content-length", "0")))

    async def event(self) -> SseEvent | None:
        """The next event with data; None: the stream is over."""
        found: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while (line := await self._line()) is not None:
                if line == "":
                    if "event" in found:
                        return SseEvent(found.get("id"), found["event"], found.get("data", ""))
                    found = {}
                    continue
                name, _, value = line.partition(":")
                found[name] = value.removeprefix(" ")
                if name == "id":
                    self.ids.append(found[name])
        return None

    async def _line(self) -> str | None:
        """The next line of the chunked body, in which lines end where chunks do."""
        if not self._read:
            size = int((await self.reader.readline()).strip() or b"0", 16)
            chunk = await self.reader.readexactly(size)
            await self.reader.readexactly(2)
            if size == 0:
                return None
            self._read += chunk.decode().split("\n")[:-1]
        return self._read.pop(0)


@asynccontextmanager
async def http(
    port: int,
    method: str,
    target: str,
    *,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    token: str | None = None,
    tenant: str = "alpha",
) -> AsyncIterator[HttpAnswer]:
    """One request on a connection of its own, which is cut at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = json.dumps(body).encode() if body is not None else b""
    named = {"host": "localhost", "fediflow-tenant": tenant, **(headers or {})}
    if body is not None:
        named |= {"content-type": "application/json", "content-length": str(len(sent))}
    if token is not None:
        named["authorization"] = f"Bearer {token}"
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    writer.write(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + sent)
    try:
        async with asyncio.timeout(PATIENCE):
            status = int((await reader.readline()).split()[1])
            found = {}
            while (line := (await reader.readline()).decode("latin-1").strip()) != "":
                name, _, value = line.partition(":")
                found[name.lower()] = value.strip()
        yield HttpAnswer(status, found, reader)
    finally:
        writer.close()


@asynccontextmanager
async def events(
    port: int,
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    token: str | None = None,
    tenant: str = "alpha",
    **headers: str,
) -> AsyncIterator[HttpAnswer]:
    """An operation answered as a stream of events."""
    named = {"accept": "text/event-stream"} | {k.replace("_", "-"): v for k, v in headers.items()}
    body = {"query": query, "variables": dict(variables or {})}
    async with http(port, "POST", "/graphql", body=body, headers=named, token=token, tenant=tenant) as answer:
        yield answer
