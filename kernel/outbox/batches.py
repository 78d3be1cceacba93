"""One batch of one consumer: read, handled, remembered."""

import asyncio
from collections.abc import Awaitable, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Unavailable
from kernel.outbox.consumers import AnyConsumer, Consumer, TransactionalConsumer
from kernel.outbox.event import Event
from kernel.outbox.tables import outbox, outbox_consumers


class UnableToHandle(Exception):
    """A handler raised; the cause says what. It will be tried again."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(f"positions {first} to {last}")
        self.first = first
        self.last = last


class LostPosition(Unavailable):
    """Somebody else moved this consumer's position; what was handled will be handled again."""


async def register(connection: AsyncConnection, consumers: Sequence[AnyConsumer]) -> None:
    """Makes the consumers known. A new one begins with the oldest row that is kept. Commits."""
    async with connection.begin():
        for consumer in consumers:
            row = insert(outbox_consumers).values(name=consumer.name)
            await connection.execute(row.on_conflict_do_nothing())


async def position_of(connection: AsyncConnection, name: str) -> int:
    """How far the consumer came. Commits."""
    async with connection.begin():
        query = select(outbox_consumers.c.position).where(outbox_consumers.c.name == name)
        return int((await connection.execute(query)).scalar_one())


async def handle_batch(
    connection: AsyncConnection, consumer: AnyConsumer, position: int, size: int
) -> tuple[int, int]:
    """One batch from read to remembered: how many were handled and the new position. Commits."""
    match consumer:
        case Consumer():
            async with connection.begin():
                events = await _read(connection, position, size)
            if events:
                await _call(consumer.handle(events), events, consumer.timeout)
                async with connection.begin():
                    await _advance(connection, consumer.name, position, events[-1].position)
        case TransactionalConsumer():
            async with connection.begin():
                events = await _read(connection, position, size)
                if events:
                    await _call(consumer.handle(connection, events), events, consumer.timeout)
                    await _advance(connection, consumer.name, position, events[-1].position)
    return len(events), events[-1].position if events else position


async def _read(connection: AsyncConnection, position: int, size: int) -> list[Event]:
    query = (
        select(
            outbox.c.position,
            outbox.c.sequence,
            outbox.c.tenant_id,
            outbox.c.event,
            outbox.c.object_type,
            outbox.c.object_id,
            outbox.c.payload,
            outbox.c.created_at,
        )
        .where(outbox.c.position > position)
        .order_by(outbox.c.position)
        .limit(size)
    )
    return [Event(*row) for row in await connection.execute(query)]


async def _call(handling: Awaitable[None], events: Sequence[Event], timeout: float) -> None:
    try:
        async with asyncio.timeout(timeout):
            await handling
    except Exception as error:  # whatever a handler raises, only its own consumer waits for it
        raise UnableToHandle(events[0].position, events[-1].position) from error


async def _advance(connection: AsyncConnection, name: str, before: int, after: int) -> None:
    moved = await connection.execute(
        update(outbox_consumers)
        .where(outbox_consumers.c.name == name, outbox_consumers.c.position == before)
        .values(position=after, updated_at=func.now())
    )
    if moved.rowcount != 1:
        raise LostPosition(f"the consumer {name} is no longer at position {before}")
