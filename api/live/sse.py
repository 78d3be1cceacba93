"""GraphQL over Server-Sent Events at `/graphql`: one HTTP answer for one operation ("distinct connections mode").

`Last-Event-ID`, or `extensions.lastEventId`, lets a subscription go on after the last event that was heard.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable

import orjson
from structlog.contextvars import bind_contextvars, clear_contextvars

from api.answered import log_refusal
from api.errors import as_answers, codes_of
from api.http.caller import Callers
from api.http.cross_origin import CrossOrigin
from api.http.messages import (
    ClientGone,
    Headers,
    HttpRefused,
    Receive,
    Request,
    Scope,
    Send,
    request_of,
    respond,
)
from api.http.negotiation import GRAPHQL_JSON
from api.http.parameters import GraphQLRequest, parameters_of, take
from api.http.statuses import status_for
from api.live.event_stream import OneOperation, stream
from api.live.hub import Connection
from api.live.operations import Live, Refused
from api.live.outlet import Member, Outlet
from api.live.sessions import Ending, Session
from kernel.errors import ErrorCode

LAST_EVENT_ID = "last-event-id"
ERROR_MEDIA = "application/json"
_VARY = (b"vary", b"accept, accept-language, authorization, fediflow-tenant, host, origin")


Handler = Callable[[Request], Awaitable[None]]


class EventStreams:
    """Answers requests for `/graphql` that take events."""

    def __init__(self, live: Live, callers: Callers, cross_origin: CrossOrigin) -> None:
        self._live = live
        self._door = StreamDoor(live, callers, cross_origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door.guarded(scope, send, lambda request: self._answer(request, scope, receive, send))

    async def _answer(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        await take(request, receive)
        asked = parameters_of(request)
        if not isinstance(asked, GraphQLRequest):
            raise HttpRefused(
                400, ErrorCode.BAD_REQUEST, "a batch is not answered as events; send one operation"
            )
        answer = _Answer(self._live, asked, request.header(LAST_EVENT_ID))
        await self._door.enter(request, scope["scheme"], answer)
        with self._live.hub.connected(answer):
            await answer.stream(receive, send, await self._door.headers(request, answer.session))


class StreamDoor:
    """What all requests about streams go through: who is asking, and how a refusal is told."""

    def __init__(self, live: Live, callers: Callers, cross_origin: CrossOrigin) -> None:
        self._live = live
        self._callers = callers
        self.cross_origin = cross_origin

    async def guarded(self, scope: Scope, send: Send, answer: Handler) -> None:
        """Runs a handler, and tells over HTTP what it refuses."""
        clear_contextvars()
        request_id, started = uuid.uuid4().hex, time.perf_counter()
        bind_contextvars(request_id=request_id)
        request = request_of(scope)
        try:
            await answer(request)
        except ClientGone:
            return
        except HttpRefused as refused:
            log_refusal([refused.code], started=started, status=refused.status)
            body = orjson.dumps({"errors": as_answers(refused, request_id)})
            await self._tell(send, request, refused.status, body, refused.headers)
        except Exception as error:
            errors = as_answers(error, request_id)
            status = status_for(GRAPHQL_JSON, codes_of(errors), has_data=False)
            log_refusal(codes_of(errors), started=started, status=status)
            await self._tell(send, request, status, orjson.dumps({"errors": errors}), ())

    async def enter(self, request: Request, scheme: str, connection: "StreamConnection") -> None:
        """Finds out who is asking and makes the connection's session; raises as for any request."""
        position = self._live.hub.authenticator.position
        principal, origin = await self._callers.principal(request, scheme)
        if principal is not None:
            bind_contextvars(tenant=principal.tenant.slug)
        connection.session = Session(principal, request, scheme, origin.address, position, connection.end)

    async def headers(self, request: Request, session: Session | None) -> Headers:
        """The headers of every answer."""
        tenant = session.principal.tenant if session is not None and session.principal is not None else None
        return (_VARY, *await self.cross_origin.headers(request, tenant))

    async def _tell(self, send: Send, request: Request, status: int, body: bytes, more: Headers) -> None:
        headers = [(b"cache-control", b"no-store"), *await self.headers(request, None), *more]
        if status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="FediFlow"'))
        await respond(send, status, body, f"{ERROR_MEDIA}; charset=utf-8".encode(), headers)


CLOSING_SECONDS = 5.0  # for what is told at the end


class StreamConnection(Connection):
    """A stream of events, open or about to be."""

    __slots__ = ("outlet",)

    outlet: Outlet

    @property
    def writing_since(self) -> float | None:
        """Since when an event is being written."""
        return self.outlet.writing_since

    def end(self, ending: Ending) -> None:
        """Ends it from outside. Who is only sent away is not told that it is complete, and so comes again."""
        raise NotImplementedError

    def close(self, ending: Ending, names: Iterable[str]) -> None:
        """Tells nothing any more but that these operations have ended, to those who read it soon."""
        self.outlet.discard()
        if not ending.is_passing:
            for name in names:
                self.outlet.refuse(name, [ending.as_error()])
        self.outlet.end(CLOSING_SECONDS)


class _Answer(StreamConnection):
    """The answer to one operation."""

    __slots__ = ("_asked", "_last_event_id", "_live", "_member", "_running")

    def __init__(self, live: Live, asked: GraphQLRequest, last_event_id: str | None) -> None:
        self._live = live
        self._asked = asked
        self._last_event_id = last_event_id
        self.outlet = Outlet(
            _FRAMING, lambda member: self.outlet.end(), lambda: self.session.end(Ending.STUCK)
        )
        self._member = Member("", self.outlet)
        self._running: asyncio.Task[None] | None = None

    async def stream(self, receive: Receive, send: Send, headers: Headers) -> None:
        """From the operation's beginning to its end, or the client's."""
        self._running = asyncio.create_task(self._run())
        try:
            await stream(self.outlet, receive, send, headers)
        finally:
            self._running.cancel()
            self._member.end()

    def pulse(self) -> None:
        """Says up to where everything was heard."""
        self.outlet.pulse(self._live.hub.last_event_id(self.session, (self._member,)))

    def end(self, ending: Ending) -> None:
        self._member.end()
        if self._running is not None:
            self._running.cancel()
        self.close(ending, [""])

    async def _run(self) -> None:
        try:
            operation = await self._live.operation(self._asked, self.session)
            if operation.kind == "subscription":
                await self._live.subscribe(
                    self._asked, operation, self.session, self._member, self._last_event_id
                )
                return
            await self._live.answer(self._asked, self.session, self.outlet, "", self.session.address)
        except Refused as refused:
            self.outlet.refuse("", refused.errors)
        self.outlet.end()


_FRAMING = OneOperation()
