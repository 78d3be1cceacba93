"""The only door to tenant data: a transaction on the tenant's shard, with the tenant set inside it.

The setting is transaction-local and dies with the transaction. It is text with an integer formatted by code, because
`SET` takes no bound parameters and `set_config` is revoked.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.clock import Clock, system_clock
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import ErrorCode, FediflowError, Unavailable
from kernel.ids import IdFactory
from kernel.outbox.append import append_by_driver
from tenants.model import Principal, Tenant, TenantId


def set_tenant(tenant_id: TenantId) -> str:
    """The statement that opens a transaction to one tenant's rows."""
    return f"SET LOCAL app.tenant_id = '{int(tenant_id)}'"


@dataclass(slots=True)
class Transaction:
    """One operation's transaction: its connection, who acts, the time, and what to do once it is committed."""

    connection: AsyncConnection
    # The same connection as the driver has it, for compiled plans and statements.
    driver: "asyncpg.Connection[Any]"
    principal: Principal
    new_id: IdFactory
    now: datetime
    after_commit: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    # Event and type of object of all that was announced.
    told: list[tuple[str, str]] = field(default_factory=list)

    @property
    def tenant(self) -> Tenant:
        """The tenant whose rows this transaction sees."""
        return self.principal.tenant

    @property
    def tenant_id(self) -> TenantId:
        """Its id: every query carries it, though the database would not show another's rows anyway."""
        return self.principal.tenant.id

    @property
    def today(self) -> date:
        """The day it is where the institution is."""
        return self.tenant.day_of(self.now)

    async def announce(self, event: str, object_type: str, object_id: int, **payload: Any) -> None:
        """Tells the outbox what happened (ids and states only)."""
        self.told.append((event, object_type))
        await append_by_driver(
            self.driver,
            tenant_id=self.tenant_id,
            event=event,
            object_type=object_type,
            object_id=object_id,
            payload=payload,
        )


# Called after each commit with the tenant and the event and type of object of all that was announced in it.
Committed = Callable[[TenantId, Sequence[tuple[str, str]]], Awaitable[None]]


async def nothing_follows(_tenant_id: TenantId, _told: Sequence[tuple[str, str]]) -> None:
    """Where nobody keeps anything that a commit makes old."""


class Door:
    """Opens transactions. Holds one engine per shard, connected as the process's own database role."""

    def __init__(
        self,
        engines: Mapping[str, AsyncEngine],
        *,
        new_id: IdFactory,
        clock: Clock = system_clock,
        committed: Committed = nothing_follows,
    ) -> None:
        self._engines = engines
        self._new_id = new_id
        self._clock = clock
        self._committed = committed
        self._ours: dict[str, tuple[AsyncEngine, AsyncEngine]] = {}

    @asynccontextmanager
    async def write(self, principal: Principal) -> AsyncIterator[Transaction]:
        """A read-write transaction of the principal's tenant: committed at the end, rolled back on any error.

        What it registered in `after_commit`, and what the door calls after commits, runs before the caller goes on.
        """
        async with self._connect(principal.tenant) as connection:
            driver = driver_of(connection)
            transaction = Transaction(connection, driver, principal, self._new_id, self._clock())
            async with _transaction(driver, f"BEGIN; {set_tenant(principal.tenant.id)}", "COMMIT"):
                yield transaction
        try:
            for action in transaction.after_commit:
                await action()
        finally:
            if transaction.told:
                await self._committed(principal.tenant.id, transaction.told)

    @asynccontextmanager
    async def read(self, tenant: Tenant, settings: str = "") -> AsyncIterator["asyncpg.Connection[Any]"]:
        """A read-only snapshot of the tenant's rows, as the driver's connection: what carries a compiled plan.

        `settings` are statements that hold for the transaction, sent along with its beginning.
        """
        async with self._connect(tenant) as connection:
            driver = driver_of(connection)
            begin = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {set_tenant(tenant.id)}; {settings}"
            async with _transaction(driver, begin, "ROLLBACK"):
                yield driver

    @asynccontextmanager
    async def _connect(self, tenant: Tenant) -> AsyncIterator[AsyncConnection]:
        engine = self._engines.get(tenant.shard)
        if engine is None:
            raise Unavailable(f"the shard of {tenant.slug} is not served by this process", shard=tenant.shard)
        try:
            connection = await self._unmanaged(tenant.shard, engine).connect()
        except DATABASE_TROUBLE as error:
            raise Unavailable("the database does not answer", shard=tenant.shard) from error
        try:
            yield connection
        finally:
            await connection.close()

    def _unmanaged(self, shard: str, engine: AsyncEngine) -> AsyncEngine:
        """The same pool, where nobody but us says BEGIN and COMMIT: with the tenant in one round trip, instead of three."""
        known = self._ours.get(shard)
        if known is None or known[0] is not engine:
            known = self._ours[shard] = (engine, engine.execution_options(isolation_level="AUTOCOMMIT"))
        return known[1]


class ChangeLost(FediflowError):
    """PostgreSQL ended the transaction by taking everything back, though nothing was said to fail."""

    code = ErrorCode.INTERNAL


def driver_of(connection: AsyncConnection) -> "asyncpg.Connection[Any]":
    """An open connection as the driver has it."""
    assert connection.sync_connection is not None
    driver = connection.sync_connection.connection.driver_connection
    assert isinstance(driver, asyncpg.Connection)
    return driver


@asynccontextmanager
async def _transaction(
    driver: "asyncpg.Connection[Any]", begin: str, end: Literal["COMMIT", "ROLLBACK"]
) -> AsyncIterator[None]:
    """Ended as told, rolled back on any error: also when given up in the midst of the beginning or the end."""
    is_over = False
    try:
        await driver.execute(begin)
        yield
        if await driver.execute(end) != end:
            raise ChangeLost("the transaction had failed, and was committed all the same")
        is_over = True
    finally:
        if not is_over and not driver.is_closed():
            await driver.execute("ROLLBACK")
