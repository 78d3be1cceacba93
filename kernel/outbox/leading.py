"""Being the only one: work that runs in one process at a time, and moves to another when that process dies.

The right to work is a session-level advisory lock, and the work is done on the session that holds it: who lost the
connection lost the lock and can write nothing any more, so there is no moment in which two believe to be the one. It
needs a connection of its own, straight to PostgreSQL (a transaction pooler would hand the session around).
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.outbox.complaints import Complaint
from kernel.outbox.waiting import retry_delay, wait

INDEX_ORDER = (
    *(
        f"SET enable_{way} = off"
        for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material", "sort")
    ),
    "SET jit = off",  # PostgreSQL before 18 gives a plan that uses a disabled way a price at which it would compile
)
"""Settings for a session that only works a queue: walk the index in order, fetch those rows.

The statistics of a queue are always old, and every other plan is quadratic in the rows that wait: 1,500 rows a second
instead of 100,000 while PostgreSQL still believed the table to be empty.
"""

# Asking again and again instead of waiting in pg_advisory_lock(): a statement that waits keeps its snapshot, and the
# snapshot of a standby that waits for weeks keeps VACUUM from removing anything.
_ASK_AGAIN = 1.0
_CONNECT_WITHIN = 10.0


async def lead(
    engine: AsyncEngine,
    name: str,
    work: Callable[[AsyncConnection], Awaitable[None]],
    *,
    stop: asyncio.Event,
    idle_limit: float,
    complaint: Complaint,
    settings: Sequence[str] = (),
) -> None:
    """Does `work` whenever this process is the one that holds `name` in the engine's database, until told to stop.

    `idle_limit`: the server ends our session when it heard nothing for so many seconds, so that a frozen process
    (SIGSTOP, a machine that vanished) makes way. `settings` are further `SET` statements for the session.
    """
    while not stop.is_set():
        try:
            async with _own_connection(engine, [*_session(idle_limit), *settings]) as connection:
                if await _become_the_one(connection, name, stop):
                    complaint.settled()
                    await work(connection)
        except DATABASE_TROUBLE as error:
            complaint.failed(error)
            await wait(stop, retry_delay(complaint.failures))


async def _become_the_one(connection: AsyncConnection, name: str, stop: asyncio.Event) -> bool:
    ask = select(func.pg_try_advisory_lock(_key(name)))
    while not stop.is_set():
        async with connection.begin():
            if (await connection.execute(ask)).scalar_one():
                return True
        await wait(stop, _ASK_AGAIN)
    return False


@asynccontextmanager
async def _own_connection(engine: AsyncEngine, settings: Sequence[str]) -> AsyncIterator[AsyncConnection]:
    """A connection that is closed afterwards and never goes back to the pool: the lock and the settings are its."""
    async with asyncio.timeout(_CONNECT_WITHIN):
        connection = await engine.connect()
    try:
        async with connection.begin():
            for setting in settings:
                await connection.execute(text(setting))
        yield connection
    finally:
        await connection.invalidate()
        await connection.close()


def _session(idle_limit: float) -> tuple[str, ...]:
    idle = int(idle_limit * 1000)
    return (
        f"SET idle_session_timeout = {idle}",
        f"SET idle_in_transaction_session_timeout = {idle}",
        # A position that was seen must survive a crash of the server: given again to another row, it would hide that
        # row from every consumer that is already past it.
        "SET synchronous_commit = on",
        # A client that died without a goodbye is noticed after 20 s and its lock is free again (TCP only).
        "SET tcp_keepalives_idle = 10",
        "SET tcp_keepalives_interval = 5",
        "SET tcp_keepalives_count = 2",
    )


def _key(name: str) -> int:
    digest = hashlib.blake2b(f"fediflow.{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
