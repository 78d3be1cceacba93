"""Handing the events of a shard to a consumer, batch after batch, whatever its handler does.

A consumer has a task and a connection of its own, so a stuck one holds back nobody else; a lock per consumer and shard
keeps two workers from running it twice at once. What its handler raises is counted, told once, and tried again after a
growing delay; unless a server was away, one event at a time, so that the log names the event it stumbles over.
"""

import asyncio
from collections.abc import Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.errors import Unavailable
from kernel.outbox.batches import UnableToHandle, handle_batch, position_of, register
from kernel.outbox.complaints import Complaint
from kernel.outbox.consumers import AnyConsumer, TransactionalConsumer
from kernel.outbox.leading import INDEX_ORDER, lead
from kernel.outbox.waiting import Bell, Pace, retry_delay, wait

_BEYOND_TIMEOUT = 60.0  # the longest delay between two attempts is shorter


async def run_consumer(
    engine: AsyncEngine,
    consumer: AnyConsumer,
    *,
    shard: str,
    stop: asyncio.Event,
    numbered: Bell,
    on_failure: Callable[[], None],
) -> None:
    """Hands the shard's events to the consumer until told to stop, while no other process does.

    `numbered` rings when there may be more; a ring from another process is not heard, so it also looks by itself.
    """
    about = {"shard": shard, "consumer": consumer.name}
    await lead(
        engine,
        f"outbox.consumer.{consumer.name}",
        _Handout(consumer, stop, numbered, on_failure, Complaint("outbox consumer", about)).work,
        stop=stop,
        idle_limit=consumer.timeout + _BEYOND_TIMEOUT,
        complaint=Complaint("outbox consumer's connection", about),
        settings=_settings(consumer),
    )


class _Handout:
    """What outlives a connection: the failures in a row, and how far to go carefully after one."""

    def __init__(
        self,
        consumer: AnyConsumer,
        stop: asyncio.Event,
        numbered: Bell,
        on_failure: Callable[[], None],
        complaint: Complaint,
    ) -> None:
        self._consumer = consumer
        self._stop = stop
        self._numbered = numbered
        self._on_failure = on_failure
        self._complaint = complaint
        self._careful_until = 0

    async def work(self, connection: AsyncConnection) -> None:
        pace = Pace()
        await register(connection, [self._consumer])
        position = await position_of(connection, self._consumer.name)
        while not self._stop.is_set():
            rung = self._numbered.listen()
            size = 1 if position < self._careful_until else self._consumer.batch
            try:
                handled, position = await handle_batch(connection, self._consumer, position, size)
            except UnableToHandle as failure:
                await self._pause_after(failure)
                _require_same_session(connection)
                continue
            if position >= self._careful_until:
                self._complaint.settled()
            if handled < size:
                await wait(rung, pace.after(handled))

    async def _pause_after(self, failure: UnableToHandle) -> None:
        if not isinstance(failure.__cause__, Unavailable):  # a server that is away is no event's fault
            self._careful_until = max(self._careful_until, failure.last)
        self._complaint.failed(failure.__cause__ or failure, position=failure.first)
        self._on_failure()
        await wait(self._stop, retry_delay(self._complaint.failures))


def _settings(consumer: AnyConsumer) -> Sequence[str]:
    """A transactional handler's own statements are planned as anywhere."""
    limit = f"SET statement_timeout = {int(consumer.timeout * 1000)}"
    return (limit,) if isinstance(consumer, TransactionalConsumer) else (limit, *INDEX_ORDER)


def _require_same_session(connection: AsyncConnection) -> None:
    """SQLAlchemy would reconnect by itself, and the new session would not hold the lock."""
    if connection.invalidated:
        raise ConnectionResetError("the consumer's session ended")
