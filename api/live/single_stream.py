"""GraphQL over Server-Sent Events at `/graphql/stream`: one stream for all operations ("single connection mode").

PUT reserves a stream and answers its token, GET opens it, POST begins an operation named by `extensions.operationId` and
answers 202, DELETE ends one. The token comes as `X-GraphQL-Event-Stream-Token` or `?token=`; whoever holds it acts as who
reserved the stream. A stream lives in one process: all four requests have to reach the same one, so where several share a
port without a proxy that keeps a client at one of them, clients use distinct connections.
"""

import asyncio
import secrets
from collections.abc import Callable

import orjson

from api.http.cross_origin import refuse_embedding
from api.http.messages import Headers, HttpRefused, Receive, Request, Scope, Send, read_body, respond
from api.http.negotiation import GRAPHQL_JSON
from api.http.parameters import GraphQLRequest, parameters_of
from api.http.statuses import status_for
from api.live.event_stream import ManyOperations, stream, takes_events
from api.live.operations import Live, Refused
from api.live.outlet import Outlet
from api.live.running import Operations
from api.live.sessions import Ending
from api.live.sse import StreamConnection, StreamDoor
from kernel.errors import ErrorCode

TOKEN_HEADER = "x-graphql-event-stream-token"  # noqa: S105 - a header's name
RESERVED_SECONDS = 30.0
MOST_OPERATIONS = 200
LONGEST_OPERATION_ID = 128
_METHODS = b"DELETE, GET, POST, PUT"


class SingleStreams:
    """Answers `/graphql/stream`."""

    def __init__(self, live: Live, door: StreamDoor) -> None:
        self._live = live
        self._door = door
        self._streams: dict[str, _Stream] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door.guarded(scope, send, lambda request: self._answer(request, scope, receive, send))

    async def _answer(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        match request.method:
            case "OPTIONS":
                await self._preflight(request, send)
            case "PUT":
                await self._reserve(request, scope, send)
            case "GET":
                await self._open(request, receive, send)
            case "POST":
                await self._begin(request, receive, send)
            case "DELETE":
                await self._end(request, send)
            case method:
                allow = [(b"allow", _METHODS)]
                sentence = f"{method} is not supported; use PUT, GET, POST or DELETE"
                raise HttpRefused(405, ErrorCode.BAD_REQUEST, sentence, allow)

    async def _preflight(self, request: Request, send: Send) -> None:
        allowed = await self._door.cross_origin.preflight(request) or ()
        methods = b"access-control-allow-methods"
        headers = [(name, _METHODS if name == methods else value) for name, value in allowed]
        await respond(send, 204, b"", None, headers)

    async def _reserve(self, request: Request, scope: Scope, send: Send) -> None:
        token = secrets.token_urlsafe(32)
        made = _Stream(self._live)
        await self._door.enter(request, scope["scheme"], made)
        made.reserve(lambda: self._forget(token))
        self._streams[token] = made
        await self._respond(send, request, made, 201, token.encode(), b"text/plain; charset=utf-8")

    async def _open(self, request: Request, receive: Receive, send: Send) -> None:
        refuse_embedding(request)
        if not takes_events(request.header("accept")):
            raise HttpRefused(406, ErrorCode.BAD_REQUEST, "a stream is answered as text/event-stream")
        found = self._found(request)
        headers = await self._door.headers(request, found.session)
        if found.is_open:
            raise HttpRefused(409, ErrorCode.CONFLICT, "this stream is open already")
        await found.stream(receive, send, headers)

    async def _begin(self, request: Request, receive: Receive, send: Send) -> None:
        request.body = await read_body(receive)
        found = self._found(request)
        asked = parameters_of(request)
        if not isinstance(asked, GraphQLRequest):
            raise HttpRefused(400, ErrorCode.BAD_REQUEST, "a batch has no operation id; send one operation")
        try:
            await found.begin(_operation_id((asked.extensions or {}).get("operationId")), asked)
        except Refused as refused:
            codes = [ErrorCode(one["extensions"]["code"]) for one in refused.errors]
            status = status_for(GRAPHQL_JSON, codes, has_data=False)
            body = orjson.dumps({"errors": list(refused.errors)})
            await self._respond(send, request, found, status, body, b"application/json; charset=utf-8")
            return
        await self._respond(send, request, found, 202, b"", None)

    async def _end(self, request: Request, send: Send) -> None:
        found = self._found(request)
        found.forget(_operation_id(request.query.get("operationId")))
        await self._respond(send, request, found, 200, b"", None)

    def _found(self, request: Request) -> "_Stream":
        token = request.header(TOKEN_HEADER) or request.query.get("token")
        if not token:
            raise HttpRefused(
                400, ErrorCode.BAD_REQUEST, "no stream is named; reserve one by PUT and send its token"
            )
        found = self._streams.get(token)
        if found is None:
            raise HttpRefused(
                404,
                ErrorCode.NOT_FOUND,
                "there is no such stream in this process (any more): reserve a new one, or use one connection "
                "for each operation",
            )
        return found

    def _forget(self, token: str) -> None:
        self._streams.pop(token, None)

    async def _respond(
        self, send: Send, request: Request, made: "_Stream", status: int, body: bytes, media: bytes | None
    ) -> None:
        headers: Headers = (
            (b"cache-control", b"no-store"),
            *([(b"content-length", b"0")] if media is None else []),
            *await self._door.headers(request, made.session),
        )
        await respond(send, status, body, media, headers)


class _Stream(StreamConnection):
    """A reserved or open stream and what runs on it."""

    __slots__ = ("_expiry", "_is_held", "_live", "_operations", "_release", "is_open")

    def __init__(self, live: Live) -> None:
        self._live = live
        self.outlet = Outlet(
            _FRAMING, lambda member: self._operations.free(member), lambda: self.session.end(Ending.STUCK)
        )
        self.is_open = False
        self._operations = Operations(live, self.outlet)

    def reserve(self, release: Callable[[], None]) -> None:
        """Counts it from now on, and lets it go where nobody opens it in time."""
        self._live.hub.enter(self)
        self._is_held = True
        self._release = release
        self._expiry = asyncio.get_running_loop().call_later(RESERVED_SECONDS, self._let_go)

    async def stream(self, receive: Receive, send: Send, headers: Headers) -> None:
        """Until either side has had enough."""
        self.is_open = True
        self._expiry.cancel()
        try:
            await stream(self.outlet, receive, send, headers)
        finally:
            self._let_go()

    async def begin(self, name: str, asked: GraphQLRequest) -> None:
        """Begins an operation; `Refused` for one that is not run at all."""
        if name in self._operations:
            raise HttpRefused(409, ErrorCode.CONFLICT, f"the operation {name!r} is under way")
        if len(self._operations) >= MOST_OPERATIONS:
            raise HttpRefused(
                400, ErrorCode.LIMIT_EXCEEDED, f"{MOST_OPERATIONS} operations are under way; end some first"
            )
        member = self._operations.enter(name)
        try:
            operation = await self._live.operation(asked, self.session)
            work = self._operations.run(member, asked, operation, self.session)
            if operation.kind != "subscription" or "lastEventId" in (asked.extensions or {}):
                self._operations.spawn(member, work)  # may take long
            else:
                await work
        except BaseException:
            self._operations.free(member)
            raise

    def forget(self, name: str) -> None:
        """The client wants no more of it."""
        self._operations.forget(name)

    def pulse(self) -> None:
        """Says up to where everything was heard."""
        if self.is_open:
            self.outlet.pulse(self._live.hub.last_event_id(self.session, self._operations.members))

    def end(self, ending: Ending) -> None:
        names = [member.name for member in self._operations.members]
        self._let_go()
        self.close(ending, names)

    def _let_go(self) -> None:
        if self._is_held:
            self._is_held = False
            self._expiry.cancel()
            self._operations.forget_all()
            self._live.hub.leave(self)
            self._release()


def _operation_id(given: object) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_OPERATION_ID:
        raise HttpRefused(
            400,
            ErrorCode.BAD_REQUEST,
            f"`operationId` names the operation: a text of 1 to {LONGEST_OPERATION_ID} characters",
        )
    return given


_FRAMING = ManyOperations()
