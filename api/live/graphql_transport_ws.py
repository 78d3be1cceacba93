"""WebSocket connections in the subprotocol graphql-transport-ws.

Source: "GraphQL over WebSocket Protocol" (the PROTOCOL document of the npm package graphql-ws). Of our own are: a token,
an institution and languages in the payload of `connection_init` (`authorization`, `fediflow-tenant`, `accept-language`),
for browsers cannot set headers here; `extensions.eventId` with every event, and `lastEventId` in the payloads of
`connection_ack` and of our pings, up to which the client has heard everything; `extensions.lastEventId` of a `subscribe`.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from structlog.contextvars import bind_contextvars, clear_contextvars

from api.http.caller import TENANT_HEADER, Callers
from api.http.cross_origin import CrossOrigin
from api.http.messages import HttpRefused, Receive, Request, Scope, Send, request_of
from api.http.parameters import GraphQLRequest, operation_of
from api.live.caps import TooManyOpen
from api.live.hub import Connection, GoingAway
from api.live.operations import Live
from api.live.origins import is_allowed
from api.live.outlet import Member, Outlet
from api.live.running import Operations
from api.live.sessions import Ending, Session
from kernel.errors import FediflowError, Unavailable
from tenants.model import TenantSuspended

SUBPROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
MOST_OPERATIONS = 200  # at once on one connection
LONGEST_OPERATION_ID = 128
_CLOSING_SECONDS = 5.0
_HEADERS = ("authorization", TENANT_HEADER, "accept-language")


class Closed(Exception):
    """The connection is to be closed: code and reason (at most 123 bytes)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__()
        self.code = code
        self.reason = reason.encode()[:123].decode("utf-8", "ignore")


class WebSockets:
    """Answers WebSocket connections to `/graphql`."""

    def __init__(self, live: Live, callers: Callers, cross_origin: CrossOrigin, *, path: str) -> None:
        self._live = live
        self._callers = callers
        self._cross_origin = cross_origin
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        clear_contextvars()
        await receive()  # websocket.connect
        if scope["path"] != self._path:
            await _refuse(
                send, 404, b"there is nothing to connect to here; WebSockets are at " + self._path.encode()
            )
            return
        head = {**scope, "method": "GET", "scheme": "https" if scope["scheme"] == "wss" else "http"}
        origin = self._callers.origin(request_of(head), head["scheme"])
        if not await is_allowed(self._cross_origin, request_of(head), origin.host, None):
            await _refuse(send, 403, b"pages of this origin may not connect to this service")
            return
        speaks = SUBPROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if speaks else None})
        connection = _WebSocket(head, send, self._live, self._callers, self._cross_origin)
        await connection.serve(receive, speaks=speaks)


class _Framing:
    """The messages of the protocol."""

    def result(self, name: str, payload: str, event_id: str | None) -> str:
        return f'{{"id":{_quoted(name)},"type":"next","payload":{payload}}}'

    def refusal(self, name: str, errors: str) -> str:
        return f'{{"id":{_quoted(name)},"type":"error","payload":{errors}}}'

    def completion(self, name: str) -> str:
        return f'{{"id":{_quoted(name)},"type":"complete"}}'

    def pulse(self, event_id: str | None) -> str:
        return f'{{"type":"ping"{_last(event_id)}}}'


class _WebSocket(Connection):
    """One connection."""

    __slots__ = (
        "_callers",
        "_closing",
        "_cross_origin",
        "_head",
        "_is_ended",
        "_live",
        "_operations",
        "_outlet",
        "_send",
        "_serving",
        "_writing",
        "address",
    )

    def __init__(
        self, head: Scope, send: Send, live: Live, callers: Callers, cross_origin: CrossOrigin
    ) -> None:
        self._head = head
        self._send = send
        self._live = live
        self._callers = callers
        self._cross_origin = cross_origin
        self._outlet = Outlet(
            _FRAMING, lambda member: self._operations.free(member), lambda: self.session.end(Ending.STUCK)
        )
        self._operations = Operations(live, self._outlet)
        self._closing: asyncio.Task[None] | None = None
        self._serving = asyncio.current_task()
        self._is_ended = False
        self._writing: asyncio.Task[None] | None = None

    async def serve(self, receive: Receive, *, speaks: bool) -> None:
        """Until either side has had enough."""
        try:
            if not speaks:
                raise Closed(4406, f"Subprotocol not acceptable: speak {SUBPROTOCOL}")
            payload = await self._initialised(receive)
            await self._authenticate(payload)
            with self._live.hub.connected(self):
                await self._acknowledged(receive)
        except Closed as closed:
            await self._close(closed.code, closed.reason)
        except TooManyOpen as error:
            await self._close(Ending.AWAY.close_code, error.message)
        except GoingAway:
            await self._close(Ending.GOING_AWAY.close_code, Ending.GOING_AWAY.sentence)
        except OSError:
            return  # the client is gone
        except asyncio.CancelledError:
            if not self._is_ended:
                raise
        finally:
            self._let_go()

    def pulse(self) -> None:
        """A ping that says up to where everything was heard."""
        self._outlet.pulse(self._live.hub.last_event_id(self.session, self._operations.members))

    @property
    def writing_since(self) -> float | None:
        """Since when a message is being written."""
        return self._outlet.writing_since

    # ---- the beginning -----------------------------------------------------------------------------------------

    async def _initialised(self, receive: Receive) -> Mapping[str, Any]:
        """The payload of `connection_init`, which has to come first and soon."""
        try:
            async with asyncio.timeout(INIT_SECONDS):
                while True:
                    message = await _next(receive)
                    kind = message["type"]
                    if kind == "connection_init":
                        return message.get("payload") or {}
                    if kind == "subscribe":
                        raise Closed(4401, "Unauthorized")
                    if kind == "ping":
                        await self._send_text(_pong(message))
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None

    async def _authenticate(self, payload: Mapping[str, Any]) -> None:
        request = _request(self._head, payload)
        position = self._live.hub.authenticator.position
        scheme = self._head["scheme"]
        try:
            principal, origin = await self._callers.principal(request, scheme)
        except TenantSuspended as error:
            raise Closed(Ending.SUSPENDED.close_code, error.message) from None
        except Unavailable as error:
            raise Closed(Ending.AWAY.close_code, error.message) from None
        except FediflowError as error:
            raise Closed(4403, f"Forbidden: {error.message}") from None
        tenant = principal.tenant if principal is not None else None
        if tenant is not None:
            bind_contextvars(tenant=tenant.slug)
            if not await is_allowed(self._cross_origin, request, origin.host, tenant):
                raise Closed(4403, "Forbidden: the page is of another institution")
        self.address = origin.address
        self.session = Session(principal, request, scheme, origin.address, position, self._end)

    async def _acknowledged(self, receive: Receive) -> None:
        last = self._live.hub.last_event_id(self.session, ())
        await self._send_text(f'{{"type":"connection_ack"{_last(last)}}}')
        self._writing = asyncio.create_task(self._write())
        while True:
            message = await _next(receive)
            if not self._is_ended:  # else only its end is awaited
                await self._hear(message)

    # ---- operations --------------------------------------------------------------------------------------------

    async def _hear(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                self._begin(_name(message), _request_in(message))
            case "complete":
                self._operations.forget(_name(message))
            case "ping":
                self._outlet.pong(_pong(message))
            case "connection_init":
                raise Closed(4429, "Too many initialisation requests")

    def _begin(self, name: str, request: GraphQLRequest) -> None:
        if name in self._operations:
            raise Closed(4409, f"Subscriber for {name} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            text = f"{MOST_OPERATIONS} operations are under way on this connection; complete some first"
            self._outlet.refuse(name, [{"message": text, "extensions": {"code": "LIMIT_EXCEEDED"}}])
            return
        member = self._operations.enter(name)
        self._operations.spawn(member, self._run(member, request))

    async def _run(self, member: Member, request: GraphQLRequest) -> None:
        operation = await self._live.operation(request, self.session)
        await self._operations.run(member, request, operation, self.session)

    # ---- the end -----------------------------------------------------------------------------------------------

    async def _write(self) -> None:
        try:
            await self._outlet.pour(self._send_text)
        except OSError:
            return  # the client is gone, which `receive` says too

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    def _end(self, ending: Ending) -> None:
        """Ends the connection from outside: what waits is not written any more, and what comes is not heard."""
        self._is_ended = True
        self._let_go()
        self._closing = asyncio.create_task(self._close(ending.close_code, ending.sentence))
        assert self._serving is not None
        asyncio.get_running_loop().call_later(_CLOSING_SECONDS, self._serving.cancel)

    async def _close(self, code: int, reason: str) -> None:
        self._let_go()
        try:
            # the frame waits behind what the client does not read
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, RuntimeError):
            return  # closed already, or it is not read

    def _let_go(self) -> None:
        self._operations.forget_all()
        self._outlet.discard()
        self._outlet.end()
        if self._writing is not None:
            self._writing.cancel()


async def _next(receive: Receive) -> Mapping[str, Any]:
    """The client's next message; `Closed` 4400 for what is none of the protocol, `OSError` when it is gone."""
    received = await receive()
    if received["type"] == "websocket.disconnect":
        raise ConnectionResetError
    text = received.get("text")
    try:
        message = orjson.loads(text) if text is not None else None
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict) or message.get("type") not in _FROM_CLIENT:
        raise Closed(4400, "Invalid message received")
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Closed(4400, "Invalid message received: the payload is not an object")
    return message


def _request_in(message: Mapping[str, Any]) -> GraphQLRequest:
    try:
        return operation_of(message.get("payload"))
    except HttpRefused as refused:
        raise Closed(4400, f"Invalid message received: {refused.message}") from None


def _name(message: Mapping[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_OPERATION_ID:
        raise Closed(
            4400, f"Invalid message received: `id` is a text of 1 to {LONGEST_OPERATION_ID} characters"
        )
    return name


def _request(head: Scope, payload: Mapping[str, Any]) -> Request:
    """The request of the handshake, with what the payload says instead of headers."""
    said = {name.lower(): value for name, value in payload.items() if isinstance(value, str)}
    if "token" in said:
        said.setdefault("authorization", f"Bearer {said['token']}")
    given = {name.encode(): said[name].encode("latin-1", "replace") for name in _HEADERS if name in said}
    headers = [(name, value) for name, value in head["headers"] if name not in given]
    return request_of({**head, "headers": [*headers, *given.items()]})


async def _refuse(send: Send, status: int, body: bytes) -> None:
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": body})


def _pong(message: Mapping[str, Any]) -> str:
    payload = message.get("payload")
    told = f',"payload":{orjson.dumps(payload).decode()}' if payload is not None else ""
    return f'{{"type":"pong"{told}}}'


def _last(event_id: str | None) -> str:
    return f',"payload":{{"lastEventId":"{event_id}"}}' if event_id is not None else ""


def _quoted(name: str) -> str:
    return orjson.dumps(name).decode()


_FRAMING = _Framing()
_FROM_CLIENT = frozenset({"connection_init", "subscribe", "complete", "ping", "pong"})
