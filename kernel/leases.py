"""Node numbers for ids, leased in the directory: no two processes ever make ids out of the same range.

    async with node_lease(engine, node_leases) as lease:
        new_id = IdFactory(lease, wall_clock_ms)

The row of a node keeps the highest millisecond its holder may use. A renewal moves that ceiling up before anything above
it is used, and a new holder starts above it: so the ranges of two holders cannot overlap, whatever their clocks say. Time
only decides when a holder must stop: it makes ids while two thirds of its lease remain, counted from before it asked.
"""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
from sqlalchemy import Integer, Table, column, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from kernel.ids import EPOCH_MS, NODE_BITS

LEASE_SECONDS = 60.0
USABLE_SECONDS = LEASE_SECONDS / 3
RENEW_EVERY_SECONDS = 5.0
# A node whose last holder's range ended only now is left alone: its new holder would have to wait.
_CLEAR_MS = 1_000
_ATTEMPT_SECONDS = 4.0
_ATTEMPTS = 20
_LEASE = text(f"interval '{LEASE_SECONDS} seconds'")
_TROUBLE = (*DATABASE_TROUBLE, Unavailable)

_log = structlog.get_logger(__name__)


def wall_clock_ms() -> int:
    """Milliseconds since 1970 by the system's clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class _Grant:
    node: int
    floor_ms: int  # the last millisecond that is somebody else's
    ceiling_ms: int  # the last one that is ours
    usable_until: float  # monotonic


class NodeLease:
    """A node number held by this process; a `kernel.ids.Lease`. `renew` must be called, `node_lease` does."""

    def __init__(
        self,
        engine: AsyncEngine,
        table: Table,
        *,
        now_ms: Callable[[], int] = wall_clock_ms,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._table = table
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(8)}"
        self._grant: _Grant | None = None
        self._highest_ms = 0

    @property
    def node(self) -> int:
        """The number that goes into ids; ask `check` first."""
        return self._held().node

    @property
    def holder(self) -> str:
        """How the row names us."""
        return self._holder

    def check(self, millisecond: int) -> None:
        """Raises `Unavailable` unless ids of that millisecond (since `EPOCH_MS`) may be made now."""
        grant, moment = self._held(), millisecond + EPOCH_MS
        if self._monotonic() > grant.usable_until:
            raise Unavailable("no ids: the node lease could not be renewed in the directory")
        if moment <= grant.floor_ms:
            raise Unavailable(
                f"no ids: the clock is {grant.floor_ms - moment + 1} ms behind this node's last holder"
            )
        if moment > grant.ceiling_ms:
            raise Unavailable(
                f"no ids: the clock is {moment - grant.ceiling_ms} ms beyond what this lease reserved"
            )
        self._highest_ms = max(self._highest_ms, moment)

    async def acquire(self) -> None:
        """Takes a free node; `Unavailable` when all 1,024 are held."""
        asked = self._monotonic()
        for _ in range(_ATTEMPTS):
            now = self._now_ms()
            ceiling = now + int(LEASE_SECONDS * 1000)
            async with self._engine.begin() as connection:
                taken = await self._take_over(connection, now, ceiling) or await self._take_new(
                    connection, ceiling
                )
            if taken is not None:
                node, floor = taken
                self._grant = _Grant(node, floor, ceiling, asked + USABLE_SECONDS)
                return
        raise Unavailable("no ids: every node number is leased")

    async def renew(self) -> None:
        """Prolongs the lease and moves its ceiling up; takes another node where this one was lost."""
        grant = self._held()
        asked, ceiling = self._monotonic(), max(grant.ceiling_ms, self._now_ms() + int(LEASE_SECONDS * 1000))
        row = self._table.c
        async with self._engine.begin() as connection:
            done = await connection.execute(
                update(self._table)
                .where(row.node == grant.node, row.holder == self._holder)
                .values(expires_at=func.now() + _LEASE, reserved_until_ms=ceiling)
            )
        if done.rowcount == 1:
            self._grant = _Grant(grant.node, grant.floor_ms, ceiling, asked + USABLE_SECONDS)
            return
        _log.warning("node lease lost", node=grant.node)
        await self.acquire()

    async def release(self) -> None:
        """Gives the node back: the next holder starts after the last id that was made."""
        grant, self._grant = self._held(), None
        # Also up to now: another thread may be making an id at this moment.
        reserved = min(grant.ceiling_ms, max(grant.floor_ms, self._highest_ms, self._now_ms()))
        row = self._table.c
        async with self._engine.begin() as connection:
            await connection.execute(
                update(self._table)
                .where(row.node == grant.node, row.holder == self._holder)
                .values(expires_at=func.now(), reserved_until_ms=reserved)
            )

    def _held(self) -> _Grant:
        grant = self._grant
        if grant is None:
            raise Unavailable("no ids: this process holds no node lease")
        return grant

    async def _take_over(self, connection: AsyncConnection, now: int, ceiling: int) -> tuple[int, int] | None:
        """A node whose lease ended and whose range lies behind us."""
        row = self._table.c
        free = (
            select(row.node, row.reserved_until_ms)
            .where(row.expires_at <= func.now(), row.reserved_until_ms < now - _CLEAR_MS)
            .order_by(row.node)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = (await connection.execute(free)).one_or_none()
        if found is None:
            return None
        await connection.execute(
            update(self._table)
            .where(row.node == found.node)
            .values(holder=self._holder, expires_at=func.now() + _LEASE, reserved_until_ms=ceiling)
        )
        return int(found.node), int(found.reserved_until_ms)

    async def _take_new(self, connection: AsyncConnection, ceiling: int) -> tuple[int, int] | None:
        """A node that nobody ever held; None when somebody else was faster or there is none."""
        row = self._table.c
        numbers = (
            func.generate_series(0, (1 << NODE_BITS) - 1)
            .table_valued(column("n", Integer))
            .render_derived(name="numbers")
        )
        unused = (
            select(
                numbers.c.n,
                literal(self._holder),
                (func.now() + _LEASE).label("expires_at"),
                literal(ceiling),
            )
            .where(~select(row.node).where(row.node == numbers.c.n).exists())
            .order_by(func.random())  # processes that start together rarely want the same
            .limit(1)
        )
        statement = (
            insert(self._table)
            .from_select([row.node, row.holder, row.expires_at, row.reserved_until_ms], unused)
            .on_conflict_do_nothing()
            .returning(row.node)
        )
        node = (await connection.execute(statement)).scalar_one_or_none()
        return None if node is None else (int(node), 0)


@asynccontextmanager
async def node_lease(engine: AsyncEngine, table: Table) -> AsyncIterator[NodeLease]:
    """A lease that is renewed in the background and given back at the end. Where that fails it runs out by itself."""
    lease = NodeLease(engine, table)
    await lease.acquire()
    keeper = asyncio.create_task(_keep(lease), name="node lease")
    try:
        yield lease
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        with suppress(*_TROUBLE):
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                await lease.release()


async def _keep(lease: NodeLease) -> None:
    """Renews for ever; what goes wrong is told and tried again, `check` says when it is too late."""
    while True:
        await asyncio.sleep(RENEW_EVERY_SECONDS)
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                await lease.renew()
        except _TROUBLE as error:
            _log.warning("node lease not renewed", why=type(error).__name__)
