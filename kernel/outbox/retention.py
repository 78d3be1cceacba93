"""Forgetting: rows that every consumer has handled and that are old enough are deleted in small batches."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.outbox.tables import outbox, outbox_consumers

_BATCH = 5000


async def sweep(connection: AsyncConnection, keep: timedelta, size: int = _BATCH) -> int:
    """Deletes one batch of the oldest rows that nobody needs; returns how many went. Commits.

    Every consumer in the table counts, also one that this release does not know: another release may run beside it.
    `forget_consumer` ends that. Without any consumer nothing is deleted.
    """
    behind_all = select(func.min(outbox_consumers.c.position)).scalar_subquery()
    oldest = (
        select(outbox.c.position)
        .where(outbox.c.position <= behind_all)
        .order_by(outbox.c.position)
        .limit(size)
        .cte("oldest")
    )
    done = delete(outbox).where(
        outbox.c.position.in_(select(oldest.c.position)), outbox.c.created_at < func.now() - keep
    )
    async with connection.begin():
        return (await connection.execute(done)).rowcount


async def forget_consumer(connection: AsyncConnection, name: str) -> bool:
    """Removes a consumer that no process runs any more, so that it no longer holds back `sweep`. Commits."""
    async with connection.begin():
        gone = await connection.execute(delete(outbox_consumers).where(outbox_consumers.c.name == name))
        return gone.rowcount == 1
