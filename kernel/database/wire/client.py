"""The client: plans of one tenant in one snapshot, in one write and one answer.

Two lanes: one with many requests in flight on few connections, and one with one request per connection for what is
slow, so that it holds back nobody, and for what is sent a second time, so that nothing can hit it again.
"""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic

from asyncpg.exceptions import QueryCanceledError

from kernel.database.addresses import NO_TLS, Address, Tls
from kernel.database.engines import DEFAULT_TIMEOUTS, Timeouts, server_settings
from kernel.database.roles import DatabaseRole
from kernel.database.wire.errors import STALE_STATEMENT, Unanswered
from kernel.database.wire.exchange import Exchange
from kernel.database.wire.lane import GOING_DOWN, Bounds, Lane
from kernel.database.wire.pace import Pace
from kernel.database.wire.promise import Awaited, Outcome, Promise, Texts
from kernel.database.wire.server import Server
from kernel.database.wire.values import encoded
from kernel.errors import Unavailable

IN_FLIGHT = 8  # on one connection: enough that the server never waits for us
_WAITING = 2000
_LATER_THAN_SERVER = 5.0  # seconds: the server says better what happened
_DRAIN_LOOKS = 0.01  # seconds between looks at what is still under way
_SWEEPS = 0.25  # seconds between looks at what takes too long
_REPEATABLE = (*STALE_STATEMENT, QueryCanceledError, Unanswered)

Statement = tuple[str, Sequence[object]]
Done = Callable[[Outcome], None]


class Flight:
    """A request that nobody awaits: `done` hears of its end, unless it is withdrawn before."""

    __slots__ = ("_client", "_done", "_exchange", "_is_repeated", "_lane", "_promise")

    def __init__(self, client: "WireClient", done: Done) -> None:
        self._client = client
        self._done = done
        self._is_repeated = False
        self._promise = Promise(self._ended)

    def take_off(self, lane: Lane, exchange: Exchange) -> None:
        """Sends it; `Unavailable` where that cannot be."""
        self._lane, self._exchange = lane, exchange
        lane.submit(exchange)

    @property
    def promise(self) -> Promise:
        """What is told of the end."""
        return self._promise

    def withdraw(self) -> None:
        """Nobody wants the answer any more."""
        self._done = _nobody  # a failure may be on its way already
        if not self._promise.done():
            self._promise.cancel()
            self._lane.withdraw(self._exchange)

    def _ended(self, outcome: Outcome) -> None:
        if self._done is _nobody:
            return
        if isinstance(outcome, _REPEATABLE) and not self._is_repeated and self._repeat(outcome):
            return
        self._done(outcome)

    def _repeat(self, error: BaseException) -> bool:
        self._is_repeated = True
        self._promise = Promise(self._ended)
        again = self._client.repeated(error, self._exchange, self._promise)
        if again is None:
            return False
        try:
            self.take_off(*again)
        except Unavailable:  # then what happened first is the answer
            self._promise.cancel()
            return False
        return True


class WireClient:
    """Reads of one role in one database."""

    def __init__(self, server: Server, *, size: int, slow: int, timeouts: Timeouts, waiting: int) -> None:
        self._pace = Pace()
        answer = timeouts.statement + _LATER_THAN_SERVER if timeouts.statement else 0.0
        bounds = Bounds(size, IN_FLIGHT, waiting, timeouts.pool, answer)
        one_each = Bounds(slow, 1, waiting, timeouts.pool, answer)
        self._fast, self._slow = Lane(server, bounds, self._pace), Lane(server, one_each, self._pace)
        self._statement_timeout = timeouts.statement
        self._loop = asyncio.get_running_loop()
        self._sweeper: asyncio.TimerHandle | None = None
        self._sweeps = min(_SWEEPS, max(timeouts.pool / 4, 0.01))
        self._is_closing = False

    @classmethod
    async def open(
        cls,
        address: Address,
        role: DatabaseRole,
        password: str,
        *,
        tls: Tls = NO_TLS,
        size: int = 4,
        slow: int = 2,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        application: str = "fediflow",
        waiting: int = _WAITING,
    ) -> "WireClient":
        """A client that connects when the first request comes, with at most `size` + `slow` connections."""
        settings = server_settings(role, timeouts, application)
        context = None if address.is_socket else tls.context()
        server = Server(address, role.value, password, context, settings, timeouts.connect)
        return cls(server, size=size, slow=slow, timeouts=timeouts, waiting=waiting)

    async def fetch(self, tenant_id: int, statements: Sequence[Statement]) -> Texts:
        """The text of each statement's one row. Raises PostgreSQL's errors as the driver would, and `Unavailable`."""
        if not statements:
            return []
        future: asyncio.Future[Texts] = self._loop.create_future()
        exchange = self._exchange(tenant_id, statements, future)
        try:
            return await _asked(self._lane(exchange), exchange, future)
        except _REPEATABLE as error:
            future = self._loop.create_future()
            again = self.repeated(error, exchange, future)
            if again is None:
                raise
        return await _asked(*again, future)

    def start(self, tenant_id: int, statements: Sequence[Statement], done: Done) -> Flight:
        """As `fetch`, for who does not await: `done` gets what it would return or raise. Raises what keeps it from going out."""
        flight = Flight(self, done)
        exchange = self._exchange(tenant_id, statements, flight.promise)
        flight.take_off(self._lane(exchange), exchange)
        return flight

    def repeated(
        self, error: BaseException, exchange: Exchange, future: Awaited
    ) -> tuple[Lane, Exchange] | None:
        """What to send once more, since it only reads and the failure was not its own. Once: what fails twice is no accident."""
        if not self._is_repeatable(error, exchange):
            return None
        return self._slow, Exchange(exchange.tenant_id, exchange.statements, future)

    async def close(self, drain: float = 0.0) -> None:
        """Takes no more requests, waits so many seconds for those under way, then hangs up."""
        self._is_closing = True
        until = monotonic() + drain
        while monotonic() < until and self.in_use:  # noqa: ASYNC110  # not worth a signal: only a process that goes asks
            await asyncio.sleep(_DRAIN_LOOKS)
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        await self._fast.stop()
        await self._slow.stop()

    @property
    def in_use(self) -> int:
        """Requests that are not answered yet."""
        lanes = (self._fast, self._slow)
        return sum(not one.future.done() for lane in lanes for one in lane.outstanding())

    @property
    def open_connections(self) -> int:
        """How many connections there are now."""
        return self._fast.open_connections + self._slow.open_connections

    def _exchange(self, tenant_id: int, statements: Sequence[Statement], future: Awaited) -> Exchange:
        bound = [(sql, encoded(values)) for sql, values in statements]
        exchange = Exchange(tenant_id, bound, future)
        if self._is_closing:
            raise Unavailable(GOING_DOWN)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(self._sweeps, self._sweep)
        return exchange

    def _lane(self, exchange: Exchange) -> Lane:
        return self._slow if self._pace.is_slow(exchange.kind) else self._fast

    def _sweep(self) -> None:
        now = monotonic()
        busy = [lane.sweep(now) for lane in (self._fast, self._slow)]
        self._sweeper = self._loop.call_later(self._sweeps, self._sweep) if any(busy) else None

    def _is_repeatable(self, error: BaseException, exchange: Exchange) -> bool:
        """Whether the failure was not the request's own."""
        if not isinstance(error, QueryCanceledError):
            return True
        # The server ends a statement for its time with the same code as for a CancelRequest meant for another one.
        took = monotonic() - exchange.began
        return not self._statement_timeout or took < 0.8 * self._statement_timeout


def _nobody(_: Outcome) -> None:
    return


async def _asked(lane: Lane, exchange: Exchange, future: "asyncio.Future[Texts]") -> Texts:
    lane.submit(exchange)
    try:
        return await future
    except asyncio.CancelledError:
        lane.withdraw(exchange)
        raise
