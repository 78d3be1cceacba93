"""Numbering: every committed row of the outbox gets its `position`, once, without gaps.

What the numbers promise, and why it holds:

* Nothing is skipped and nobody waits. Rows are found by having no position yet, so a row that commits late is numbered
  late, after rows with higher sequence values; an open transaction is simply not seen.
* The events of one object are numbered in the order of its commits. Both take their sequence value while holding the
  object's row lock: the second got the lock after the first had committed, so it has the higher value, and whoever
  sees the second one committed sees the first. A batch is one statement, hence one snapshot, and goes by sequence.
  (The sequence must stay at CACHE 1.)
* A position that a consumer saw is never given again: clock and rows change in one statement, durably, on the session
  that holds the relay's lock.

Polled and not notified: NOTIFY takes one lock of the whole cluster at commit, so every writing transaction of every
tenant would queue for it; a poll in vain reads two pages of a partial index.
"""

import asyncio
import time

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.outbox.complaints import Complaint
from kernel.outbox.leading import INDEX_ORDER, lead
from kernel.outbox.tables import outbox, outbox_clock
from kernel.outbox.waiting import Bell, Pace, wait

BATCH = 1000
_IDLE_LIMIT = 60.0


async def run_relay(engine: AsyncEngine, *, shard: str, stop: asyncio.Event, numbered: Bell) -> None:
    """Numbers the shard's rows until told to stop, while no other process does; rings `numbered` after each batch."""

    async def number(connection: AsyncConnection) -> None:
        pace = Pace()
        await _start_clock(connection)
        while not stop.is_set():
            began = time.monotonic()
            count = await number_batch(connection)
            if count:
                numbered.ring()
            if count < BATCH:
                # While an old snapshot keeps VACUUM away, a look costs 0.07 us for each row numbered since: it may take
                # a fifth of a core, not all of it.
                await wait(stop, max(pace.after(count), 4 * (time.monotonic() - began)))

    complaint = Complaint("outbox relay", {"shard": shard})
    await lead(
        engine,
        "outbox.relay",
        number,
        stop=stop,
        idle_limit=_IDLE_LIMIT,
        complaint=complaint,
        settings=("SET statement_timeout = '30s'", *INDEX_ORDER),
    )


async def number_batch(connection: AsyncConnection, size: int = BATCH) -> int:
    """Numbers the committed rows of lowest sequence, at most `size`; returns how many. Commits."""
    async with connection.begin():
        return int((await connection.execute(_numbering(size))).scalar_one())


async def _start_clock(connection: AsyncConnection) -> None:
    async with connection.begin():
        await connection.execute(insert(outbox_clock).values(only=1).on_conflict_do_nothing())


def _numbering(size: int) -> Select[int]:
    waiting = select(outbox.c.sequence).where(outbox.c.position.is_(None))
    batch = waiting.order_by(outbox.c.sequence).limit(size).cte("batch")
    nth = func.row_number().over(order_by=batch.c.sequence)
    placed = select(batch.c.sequence, nth.label("nth")).cte("placed")
    count = select(func.count()).select_from(batch).scalar_subquery()
    clock = (
        update(outbox_clock)
        .values(position=outbox_clock.c.position + count)
        .where(count > 0)
        .returning((outbox_clock.c.position - count).label("before"))
        .cte("clock")
    )
    done = (
        update(outbox)
        .values(position=select(clock.c.before).scalar_subquery() + placed.c.nth)
        .where(outbox.c.sequence == placed.c.sequence)
        .returning(outbox.c.position)
        .cte("done")
    )
    return select(func.count()).select_from(done)
