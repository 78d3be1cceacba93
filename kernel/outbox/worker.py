"""The outbox at work: relays and consumers of every shard in one process.

Any number of processes may run this. Per shard one of them numbers and, per consumer, one hands out; the others stand
by and take over within about a second when that process dies.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.outbox.batches import register
from kernel.outbox.complaints import Complaint
from kernel.outbox.consumers import AnyConsumer
from kernel.outbox.handout import run_consumer
from kernel.outbox.relay import run_relay
from kernel.outbox.retention import sweep
from kernel.outbox.survey import Survey, survey
from kernel.outbox.waiting import Bell, retry_delay, wait

KEEP = timedelta(days=7)
_SURVEY_EVERY = 15.0
_SWEEPS_PER_SURVEY = 4  # 20,000 rows in 15 s: more than a shard writes for long

_log = structlog.get_logger(__name__)


def _ignore(*_: object) -> None:
    return


@dataclass(frozen=True, slots=True)
class Meter:
    """Where the figures go: `surveyed(shard, survey)` every 15 s, `failed(shard, consumer)` at each failed attempt."""

    surveyed: Callable[[str, Survey], None] = _ignore
    failed: Callable[[str, str], None] = _ignore


NO_METER = Meter()


def connections_needed(consumers: Sequence[AnyConsumer]) -> int:
    """How many connections `run_outbox` takes from each shard's engine: what its pool must allow at least."""
    return 2 + len(consumers)


async def run_outbox(
    engines: Mapping[str, AsyncEngine],
    consumers: Sequence[AnyConsumer],
    stop: asyncio.Event,
    *,
    meter: Meter = NO_METER,
    keep: timedelta = KEEP,
    grace: float = 10.0,
) -> None:
    """Numbers, hands out and forgets on all shards until `stop`; then finishes the batches that were begun.

    A handler that needs longer than `grace` seconds for that is cancelled: its batch comes again at the next start.
    Databases and consumers that fail are waited for; an error that nobody foresaw ends all of it and is raised.
    """
    _require_distinct(consumers)
    bells = [Bell() for _ in engines]
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(work)
            for (shard, engine), bell in zip(engines.items(), bells, strict=True)
            for work in _works(shard, engine, consumers, stop, bell, meter, keep)
        ]
        group.create_task(_close(stop, bells, running, grace))


def _works(
    shard: str,
    engine: AsyncEngine,
    consumers: Sequence[AnyConsumer],
    stop: asyncio.Event,
    bell: Bell,
    meter: Meter,
    keep: timedelta,
) -> list[Coroutine[None, None, None]]:
    return [
        run_relay(engine, shard=shard, stop=stop, numbered=bell),
        _keep_house(engine, shard, consumers, stop, meter, keep),
        *(
            run_consumer(
                engine,
                consumer,
                shard=shard,
                stop=stop,
                numbered=bell,
                on_failure=partial(meter.failed, shard, consumer.name),
            )
            for consumer in consumers
        ),
    ]


async def _keep_house(
    engine: AsyncEngine,
    shard: str,
    consumers: Sequence[AnyConsumer],
    stop: asyncio.Event,
    meter: Meter,
    keep: timedelta,
) -> None:
    complaint = Complaint("outbox housekeeping", {"shard": shard})
    while not stop.is_set():
        pause = _SURVEY_EVERY
        try:
            async with engine.connect() as connection:
                await register(connection, consumers)
                for _ in range(_SWEEPS_PER_SURVEY):
                    if not await sweep(connection, keep):
                        break
                meter.surveyed(shard, await survey(connection))
            complaint.settled()
        except DATABASE_TROUBLE as error:
            complaint.failed(error)
            pause = retry_delay(complaint.failures)
        await wait(stop, pause)


async def _close(
    stop: asyncio.Event, bells: Sequence[Bell], running: Sequence[asyncio.Task[None]], grace: float
) -> None:
    await stop.wait()
    for bell in bells:
        bell.ring()
    if running:
        _, late = await asyncio.wait(running, timeout=grace)
        for task in late:
            task.cancel()
        if late:
            _log.warning("outbox stopped in the middle of a batch", tasks=len(late))


def _require_distinct(consumers: Sequence[AnyConsumer]) -> None:
    names = [consumer.name for consumer in consumers]
    if len(set(names)) != len(names):
        raise ValueError(f"two consumers of one name share a position: {sorted(names)}")
