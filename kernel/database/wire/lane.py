"""A lane: a few connections, a bound of requests on each, and a bounded queue for the others."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

from kernel.database.wire.cancelling import Canceller
from kernel.database.wire.connecting import Connector
from kernel.database.wire.connection import Connection
from kernel.database.wire.exchange import Exchange
from kernel.database.wire.pace import SLOW, Pace
from kernel.database.wire.server import Server
from kernel.errors import Unavailable

GOING_DOWN = "this process is going down"
_LAST_WAIT = 5.0  # seconds between giving a request up and giving its connection up


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a lane takes on."""

    connections: int
    in_flight: int  # on each connection; more would only wait at the server, where nothing can overtake
    waiting: int
    wait: float  # seconds until a request is on its way
    answer: float  # seconds from there to the answer, 0: for ever


class Lane:
    """Sends each request where the fewest are in flight."""

    def __init__(self, server: Server, bounds: Bounds, pace: Pace) -> None:
        self._bounds = bounds
        self._pace = pace
        self._connections: list[Connection] = []
        self._waiting: deque[Exchange] = deque()
        self._connector = Connector(server, self, self._made, self._failed)
        self._canceller = Canceller(server)
        self._is_stopped = False

    def submit(self, exchange: Exchange) -> None:
        """Sends it, or lets it wait for its turn; raises `Unavailable` where too many wait."""
        if self._is_stopped:
            raise Unavailable(GOING_DOWN)
        connection = self._freest()
        if connection is None or connection.in_flight:
            self._grow()
        if connection is not None:
            connection.send(exchange)
        elif len(self._waiting) < self._bounds.waiting:
            exchange.queued = monotonic()
            self._waiting.append(exchange)
        else:
            raise Unavailable("the database is busy: too many requests wait for it")

    def withdraw(self, exchange: Exchange) -> None:
        """Nobody waits for it any more: not sent, or cancelled while the server is at it, or its answer dropped."""
        if not exchange.written:
            if exchange in self._waiting:
                self._waiting.remove(exchange)
            return
        for connection in self._connections:
            if connection.head is exchange:
                self._canceller.soon(connection, exchange)

    def outstanding(self) -> Iterator[Exchange]:
        """What is not answered yet."""
        yield from self._waiting
        for connection in self._connections:
            yield from connection.in_flight

    @property
    def open_connections(self) -> int:
        """How many connections there are now."""
        return len(self._connections)

    def sweep(self, now: float) -> bool:
        """Gives up what has taken too long; whether anything is left to watch."""
        waiting, bounds = self._waiting, self._bounds
        while waiting and now - waiting[0].queued > bounds.wait:
            _fail(waiting.popleft(), f"the database is busy: no connection was free for {bounds.wait:g} s")
        for connection in tuple(self._connections):
            if connection.in_flight:
                self._watch(connection, now)
        return bool(waiting) or any(connection.in_flight for connection in self._connections)

    async def stop(self) -> None:
        """Closes every connection; what waits or is under way fails."""
        self._is_stopped = True
        await self._connector.stop()
        await self._canceller.stop()
        for exchange in self._waiting:
            _fail(exchange, GOING_DOWN)
        self._waiting.clear()
        await asyncio.gather(*(connection.close() for connection in tuple(self._connections)))

    def answered(self, connection: Connection, exchange: Exchange, seconds: float) -> None:
        """A request is over and there is room for another one."""
        self._pace.record(exchange.kind, seconds)
        if self._waiting:
            self._fill(connection)

    def rested(self, connection: Connection) -> None:
        """It takes requests again."""
        self._fill(connection)

    def lost(self, connection: Connection) -> None:
        """It will not answer any more; its requests have been told."""
        if connection in self._connections:
            self._connections.remove(connection)
        if self._waiting:
            self._grow()

    def _freest(self) -> Connection | None:
        """None where every connection is full, or busy with something slow that should not hold back others."""
        freest, fewest = None, self._bounds.in_flight
        for connection in self._connections:
            count = len(connection.in_flight)
            if count < fewest and not connection.is_quiet:
                if not count:
                    return connection
                if monotonic() - connection.in_flight[0].began <= SLOW:
                    freest, fewest = connection, count
        return freest

    def _grow(self) -> None:
        if len(self._connections) + len(self._connector) < self._bounds.connections:
            self._connector.start()

    def _fill(self, connection: Connection) -> None:
        bound = self._bounds.in_flight
        while self._waiting and not (
            connection.is_quiet or connection.is_closed or len(connection.in_flight) >= bound
        ):
            exchange = self._waiting.popleft()
            if not exchange.future.done():  # or its caller is about to withdraw it
                connection.send(exchange)

    def _made(self, connection: Connection) -> None:
        if not connection.is_closed:
            self._connections.append(connection)
        self._fill(connection)
        if self._waiting:
            self._grow()

    def _failed(self, failure: Unavailable | None) -> None:
        if (
            failure is not None and not self._connections
        ):  # where there are any, those that wait get their turn
            waiting, self._waiting = self._waiting, deque()
            for exchange in waiting:
                _fail(exchange, failure.message, failure.__cause__)
        if self._waiting:
            self._grow()

    def _watch(self, connection: Connection, now: float) -> None:
        limit = self._bounds.answer
        head = connection.in_flight[0]
        if len(connection.in_flight) > 1 and now - head.began > SLOW:
            self._overtake(connection)
        if limit:
            for exchange in connection.in_flight:
                if now - exchange.written > limit:
                    _fail(exchange, f"the database gave no answer within {limit:g} s")
            if now - head.began > limit + _LAST_WAIT:
                connection.abort(TimeoutError())
                return
        if head.future.done() and now - head.began > SLOW:
            self._canceller.now(connection, head)

    def _overtake(self, connection: Connection) -> None:
        """What waits behind something slow, that was not known as slow, goes over a connection that is free, too."""
        for exchange in tuple(connection.in_flight)[1:]:
            if not exchange.is_doubled and not exchange.future.done():
                other = self._freest()
                if other is None:
                    self._grow()
                    return
                other.send(exchange.double())


def _fail(exchange: Exchange, said: str, cause: BaseException | None = None) -> None:
    if not exchange.future.done():
        failure = Unavailable(said)
        failure.__cause__ = cause
        exchange.future.set_exception(failure)
