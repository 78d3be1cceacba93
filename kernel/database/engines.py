"""Engines: pooled connections of one role to one database that never wait for ever.

Without limits of its own the driver hangs for over 20 s on a cut network, so every step has one: connecting, waiting for
a pooled connection, a statement (at the server and at the client), a lock, an abandoned transaction.
"""

from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, NullPool

from kernel.database.addresses import NO_TLS, Address, Tls
from kernel.database.roles import PLANNING, SEARCH_PATH, DatabaseRole

_STATEMENTS_KEPT = 1000  # prepared, per connection


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long, in seconds, each step may take."""

    connect: float = 5.0
    pool: float = 5.0
    statement: float = 30.0
    lock: float = 10.0
    idle_in_transaction: float = 60.0


DEFAULT_TIMEOUTS = Timeouts()


def create_engine(
    address: Address,
    role: DatabaseRole,
    password: str,
    *,
    tls: Tls = NO_TLS,
    pool_size: int = 5,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    application: str = "fediflow",
) -> AsyncEngine:
    """An engine that connects as `role`; `pool_size` is also the most connections, 0 makes a new one each time."""
    context = tls.context()

    async def connect(*_: Any, **__: Any) -> "asyncpg.Connection[Any]":
        return await asyncpg.connect(
            host=address.host,
            port=address.port,
            database=address.database,
            user=role.value,
            password=password,
            ssl=False if address.is_socket else context or False,
            timeout=timeouts.connect,
            # A little later than the server, which says better what happened.
            command_timeout=timeouts.statement + 5.0 if timeouts.statement else None,
            statement_cache_size=_STATEMENTS_KEPT,
            max_cacheable_statement_size=0,
            max_cached_statement_lifetime=0,
            server_settings=server_settings(role, timeouts, application),
        )

    pool: dict[str, Any] = (
        {"poolclass": _Pool, "pool_size": pool_size, "max_overflow": 0, "pool_timeout": timeouts.pool}
        if pool_size
        else {"poolclass": NullPool}
    )
    engine = create_async_engine(
        f"postgresql+asyncpg://?prepared_statement_cache_size={_STATEMENTS_KEPT}",
        async_creator=connect,
        hide_parameters=True,  # they hold personal values, errors are logged
        **pool,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


class _Pool(AsyncAdaptedQueuePool):
    """Closes what comes back after it was disposed of: SQLAlchemy's keeps it open until it is collected as garbage."""

    _is_disposed = False

    def dispose(self) -> None:
        self._is_disposed = True
        super().dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if self._is_disposed:
            record.close()
        super()._do_return_conn(record)


def server_settings(role: DatabaseRole, timeouts: Timeouts, application: str) -> dict[str, str]:
    """What a session of this role begins with: its limits, and how its names, times and plans are meant."""
    settings = {
        "application_name": application,
        "search_path": SEARCH_PATH,
        "timezone": "UTC",
        "jit": "off",
        "statement_timeout": _milliseconds(timeouts.statement),
        "lock_timeout": _milliseconds(timeouts.lock),
        "idle_in_transaction_session_timeout": _milliseconds(timeouts.idle_in_transaction),
    }
    if role is DatabaseRole.APP:
        settings |= PLANNING
    return settings


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """The driver knows without a round trip when the server hung up; the pool then starts afresh."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError("the server closed the connection")
