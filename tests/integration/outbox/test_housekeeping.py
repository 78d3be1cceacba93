"""What is forgotten and when, and the figures about it all."""

import asyncio
from datetime import timedelta

from kernel.outbox.batches import register
from kernel.outbox.consumers import Consumer
from kernel.outbox.relay import number_batch
from kernel.outbox.retention import forget_consumer, sweep
from kernel.outbox.survey import Survey, survey
from kernel.outbox.worker import Meter, run_outbox
from tests.integration.outbox.shards import Shard, until

_WEEK = timedelta(days=7)


async def _ignore(_: object) -> None:
    return


async def _numbered(shard: Shard, *, old: int, new: int) -> None:
    await shard.tell(old)
    await shard.rows("update fediflow.outbox set created_at = now() - interval '8 days'")
    await shard.tell(new)
    async with shard.worker.connect() as connection:
        await number_batch(connection)
        await register(connection, [Consumer(name, _ignore) for name in ("fast", "slow")])


async def _kept(shard: Shard) -> list[int]:
    return [position for position, _, _ in await shard.positions()]


async def test_old_rows_go_once_every_consumer_has_handled_them(shard: Shard) -> None:
    await _numbered(shard, old=6, new=3)
    await shard.rows(
        "update fediflow.outbox_consumers set position = case name when 'fast' then 9 else 4 end"
    )
    async with shard.worker.connect() as connection:
        assert await sweep(connection, _WEEK, 3) == 3
        assert await sweep(connection, _WEEK, 3) == 1
        assert await sweep(connection, _WEEK, 3) == 0
        assert await _kept(shard) == [5, 6, 7, 8, 9]
        await shard.rows("update fediflow.outbox_consumers set position = 9")
        assert await sweep(connection, _WEEK) == 2
        assert await sweep(connection, _WEEK) == 0  # the others are too young
    assert await _kept(shard) == [7, 8, 9]


async def test_rows_without_a_position_stay_however_old(shard: Shard) -> None:
    await _numbered(shard, old=1, new=0)
    await shard.rows("update fediflow.outbox_consumers set position = 1")
    await shard.tell()
    await shard.rows("update fediflow.outbox set created_at = now() - interval '8 days'")
    async with shard.worker.connect() as connection:
        assert await sweep(connection, _WEEK) == 1
    assert await shard.value("select count(*) from fediflow.outbox where position is null") == 1


async def test_a_consumer_that_is_gone_holds_rows_until_it_is_forgotten(shard: Shard) -> None:
    await _numbered(shard, old=5, new=0)
    await shard.rows("update fediflow.outbox_consumers set position = 5 where name = 'fast'")
    async with shard.worker.connect() as connection:
        assert await sweep(connection, _WEEK) == 0
        assert await forget_consumer(connection, "slow")
        assert not await forget_consumer(connection, "slow")
        assert await sweep(connection, _WEEK) == 5


async def test_positions_go_on_after_everything_was_deleted(shard: Shard) -> None:
    await _numbered(shard, old=5, new=0)
    await shard.rows("update fediflow.outbox_consumers set position = 5")
    await shard.tell()
    async with shard.worker.connect() as connection:
        await sweep(connection, _WEEK)
        await number_batch(connection)
    assert await _kept(shard) == [6]


async def test_without_consumers_nothing_is_deleted(shard: Shard) -> None:
    await _numbered(shard, old=5, new=0)
    await shard.rows("delete from fediflow.outbox_consumers")
    async with shard.worker.connect() as connection:
        assert await sweep(connection, _WEEK) == 0


async def test_the_survey_says_who_is_behind_and_since_when(shard: Shard) -> None:
    await _numbered(shard, old=2, new=2)
    await shard.rows(
        "update fediflow.outbox_consumers set position = case name when 'fast' then 4 else 1 end"
    )
    async with shard.worker.connect() as connection:
        before = await survey(connection)
        await shard.tell()
        await shard.rows(
            "update fediflow.outbox set created_at = now() - interval '1 hour' where position is null"
        )
        after = await survey(connection)
    fast, slow = before.consumers
    assert before.position == 4
    assert before.unnumbered_age_seconds == 0
    assert (fast.name, fast.position, fast.behind, fast.age_seconds) == ("fast", 4, 0, 0)
    assert (slow.name, slow.position, slow.behind) == ("slow", 1, 3)
    assert timedelta(days=8) < timedelta(seconds=slow.age_seconds) < timedelta(days=8, minutes=5)
    assert before.age_seconds == slow.age_seconds
    assert 3600 <= after.unnumbered_age_seconds < 3900


async def test_the_worker_sweeps_and_reports(shard: Shard) -> None:
    await _numbered(shard, old=3, new=1)
    await shard.rows("update fediflow.outbox_consumers set position = 4")
    reports: list[tuple[str, Survey]] = []

    async def reported() -> bool:
        return bool(reports)

    stop = asyncio.Event()
    meter = Meter(surveyed=lambda where, what: reports.append((where, what)))
    consumers = [Consumer("fast", _ignore)]
    running = asyncio.create_task(run_outbox({"one": shard.worker}, consumers, stop, meter=meter, keep=_WEEK))
    await until(reported)
    stop.set()
    await running
    assert await _kept(shard) == [4]
    assert reports[0][0] == "one"
    assert reports[0][1].position == 4
