"""One connection in use: requests go out as they come, answers belong to the one at the head of the queue."""

import asyncio
from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

import asyncpg

from kernel.database.wire import parsing
from kernel.database.wire.errors import STALE_STATEMENT, Unanswered, cause
from kernel.database.wire.exchange import Exchange
from kernel.database.wire.messages import TERMINATE
from kernel.database.wire.parsing import Incoming, ProtocolViolation
from kernel.database.wire.statements import Statements
from kernel.errors import Unavailable

_GOODBYE = 1.0  # seconds for the last bytes


class Owner(Protocol):
    """Who is told about a connection."""

    def answered(self, connection: "Connection", exchange: Exchange, seconds: float) -> None:
        """A request is over and there is room for another one."""
        ...

    def rested(self, connection: "Connection") -> None:
        """It takes requests again."""
        ...

    def lost(self, connection: "Connection") -> None:
        """It will not answer any more; its requests have been told."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """What a handshake found out: where to, and the key that a CancelRequest needs."""

    name: str  # of the server, for messages
    key: bytes


class Connection(asyncio.BufferedProtocol):
    """Speaks over `transport`, which has been through the handshake."""

    def __init__(self, transport: asyncio.Transport, session: Session, owner: Owner, statements: int) -> None:
        self.session = session
        self.statements = Statements(statements)
        self.in_flight: deque[Exchange] = deque()
        self.is_quiet = False  # a CancelRequest is on its way: whoever came next might be hit
        self.is_closed = False
        self._transport = transport
        self._owner = owner
        self._incoming = Incoming()
        self._unsent: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._gone: asyncio.Future[None] = self._loop.create_future()

    @property
    def head(self) -> Exchange | None:
        """The request that the server is at."""
        return self.in_flight[0] if self.in_flight else None

    def send(self, exchange: Exchange) -> None:
        """Sends a request behind those that are under way."""
        try:
            message = exchange.request(self.statements)
        except ValueError as error:  # an SQL text that cannot be sent; nothing was
            self.statements.forget(exchange.unprepared)
            exchange.future.set_exception(error)
            return
        exchange.written = monotonic()
        if self.in_flight:
            # The server is busy: what comes until the loop turns goes out together.
            if not self._unsent:
                self._loop.call_soon(self._flush)
            self._unsent.append(message)
        else:
            exchange.began = exchange.written
            self._transport.write(message)
        self.in_flight.append(exchange)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the transport puts what arrives."""
        return self._incoming.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Something arrived."""
        self._incoming.arrived(nbytes)
        try:
            self._read()
        except (ProtocolViolation, UnicodeError) as violation:
            self.abort(violation)

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        self._gone.set_result(None)
        self._fail(exc or ConnectionResetError("the server closed the connection"))

    async def close(self) -> None:
        """Says goodbye; whatever is under way is not waited for."""
        if not self.is_closed:
            self._transport.write(TERMINATE)
            self._transport.close()
            self._fail(ConnectionAbortedError("this process closed the connection"))
            await asyncio.wait([self._gone], timeout=_GOODBYE)

    def abort(self, reason: BaseException) -> None:
        """Gives it up at once."""
        self._transport.abort()
        self._fail(reason)

    def resume(self) -> None:
        """The CancelRequest is done with."""
        self.is_quiet = False
        if not self.is_closed:
            self._owner.rested(self)

    def _flush(self) -> None:
        message = b"".join(self._unsent)
        self._unsent.clear()
        if not self.is_closed:
            self._transport.write(message)

    def _read(self) -> None:
        incoming, in_flight = self._incoming, self.in_flight
        while kind := incoming.next():
            if not in_flight:
                self._receive_unasked(kind)
            elif in_flight[0].receive(kind, incoming):
                self._finish(in_flight.popleft())

    def _finish(self, exchange: Exchange) -> None:
        if exchange.error is not None:
            self.statements.forget(exchange.unprepared)
            if isinstance(exchange.error, STALE_STATEMENT):
                self.statements.forget(sql for sql, _ in exchange.statements)
        now = monotonic()
        if self.in_flight:
            self.in_flight[0].began = now
        self._owner.answered(self, exchange, now - exchange.began)

    def _receive_unasked(self, kind: int) -> None:
        if kind == parsing.ERROR:  # it is being shut down, or this backend was ended
            self.abort(asyncpg.PostgresError.new(parsing.error_fields(self._incoming.body())))
        elif kind not in parsing.ANY_TIME:
            raise ProtocolViolation(f"a message {chr(kind)} that nobody asked for")

    def _fail(self, reason: BaseException) -> None:
        """The one the server was at fails; those behind it were not begun, and may go elsewhere."""
        if self.is_closed:
            return
        self.is_closed = True
        head = self.head
        if head is not None and head.error is not None:
            reason = head.error
        said = f"the connection to PostgreSQL at {self.session.name} was lost: {cause(reason)}"
        for exchange in self.in_flight:
            if not exchange.future.done():
                exchange.future.set_exception((Unavailable if exchange is head else Unanswered)(said))
        self.in_flight.clear()
        self._owner.lost(self)
