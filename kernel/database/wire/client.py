"""The client: plans of one tenant in one snapshot, in one write and one answer.

Two lanes: one with many requests in flight on few connections, and one with one request per connection for what is
slow, so that it holds back nobody, and for what is sent a second time, so that nothing can hit it again.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic

from asyncpg.exceptions import QueryCanceledError

from kernel.database.addresses import NO_TLS, Address, Tls
from kernel.database.engines import DEFAULT_TIMEOUTS, Timeouts, server_settings
from kernel.database.roles import DatabaseRole
from kernel.database.wire.errors import STALE_STATEMENT, Unanswered
from kernel.database.wire.exchange import Exchange
from kernel.database.wire.lane import GOING_DOWN, Bounds, Lane
from kernel.database.wire.pace import Pace
from kernel.database.wire.server import Server
from kernel.database.wire.values import encoded
from kernel.errors import Unavailable

IN_FLIGHT = 8  # on one connection: enough that the server never waits for us
_WAITING = 2000
_LATER_THAN_SERVER = 5.0  # seconds: the server says better what happened
_SWEEPS = 0.25  # seconds between looks at what takes too long
_REPEATABLE = (*STALE_STATEMENT, QueryCanceledError, Unanswered)

Statement = tuple[str, Sequence[object]]


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

    async def fetch(self, tenant_id: int, statements: Sequence[Statement]) -> list[bytes | None]:
        """The text of each statement's one row. Raises PostgreSQL's errors as the driver would, and `Unavailable`."""
        if not statements:
            return []
        bound = [(sql, encoded(values)) for sql, values in statements]
        exchange = Exchange(tenant_id, bound, self._loop.create_future())
        if self._is_closing:
            raise Unavailable(GOING_DOWN)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(self._sweeps, self._sweep)
        try:
            return await _asked(self._slow if self._pace.is_slow(exchange.kind) else self._fast, exchange)
        except _REPEATABLE as error:
            if not self._is_repeatable(error, exchange):
                raise
        # It only reads. Once: what fails twice is no accident.
        again = Exchange(tenant_id, bound, self._loop.create_future())
        return await _asked(self._slow, again)

    async def close(self, drain: float = 0.0) -> None:
        """Takes no more requests, waits so many seconds for those under way, then hangs up."""
        self._is_closing = True
        until = monotonic() + drain
        while (left := until - monotonic()) > 0 and (futures := self._outstanding()):
            await asyncio.wait(futures, timeout=left)
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        await self._fast.stop()
        await self._slow.stop()

    @property
    def in_use(self) -> int:
        """Requests that are not answered yet."""
        return len(self._outstanding())

    @property
    def open_connections(self) -> int:
        """How many connections there are now."""
        return self._fast.open_connections + self._slow.open_connections

    def _outstanding(self) -> list["asyncio.Future[list[bytes | None]]"]:
        lanes = (self._fast, self._slow)
        return [one.future for lane in lanes for one in lane.outstanding() if not one.future.done()]

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


async def _asked(lane: Lane, exchange: Exchange) -> list[bytes | None]:
    lane.submit(exchange)
    try:
        return await exchange.future
    except asyncio.CancelledError:
        lane.withdraw(exchange)
        raise
