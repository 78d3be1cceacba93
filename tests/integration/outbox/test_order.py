"""What the positions promise: nothing skipped, nobody waited for, the events of one object in the order of its commits."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from kernel.outbox.relay import number_batch, run_relay
from kernel.outbox.waiting import Bell
from tests.integration.outbox.shards import TENANT, Shard, change_object, tell, until

_LOCKS = """
    from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())
"""


async def number(shard: Shard, size: int = 1000) -> int:
    async with shard.worker.connect() as connection:
        return await number_batch(connection, size)


async def test_committed_rows_are_numbered_while_an_earlier_transaction_is_open(shard: Shard) -> None:
    async with AsyncExitStack() as open_for_long:
        early = await open_for_long.enter_async_context(shard.change())
        await tell(early, object_id=1)
        await shard.tell(50, object_id=2)
        assert await number(shard) == 50
        assert [row[:2] for row in await shard.positions()] == [(n, 2) for n in range(1, 51)]
    assert await number(shard) == 1
    last = (await shard.positions())[-1]
    assert last[:2] == (51, 1)  # committed late, numbered late, though its sequence value is the lowest
    assert await shard.value("select object_id from fediflow.outbox order by sequence limit 1") == 1


async def test_rolled_back_rows_leave_no_gap(shard: Shard) -> None:
    async with shard.change() as connection:
        await tell(connection, object_id=1)
        kept = await connection.begin_nested()
        await tell(connection, object_id=2)
        await kept.rollback()
        await tell(connection, object_id=3)
    await number(shard)
    assert [row[:2] for row in await shard.positions()] == [(1, 1), (2, 3)]


async def test_a_batch_takes_the_lowest_sequence_values(shard: Shard) -> None:
    for object_id in range(1, 8):
        await shard.tell(object_id=object_id)
    assert [await number(shard, 3) for _ in range(4)] == [3, 3, 1, 0]
    assert [row[:2] for row in await shard.positions()] == [(n, n) for n in range(1, 8)]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_many_writers_at_once_keep_the_order_of_every_object(shard: Shard, seed: int) -> None:
    """Transactions of all lengths, some rolled back, over few objects; small batches, so that they cut everywhere."""
    stop, done = asyncio.Event(), asyncio.Event()
    relay = asyncio.create_task(_number_in_small_batches(shard, done))
    holder = asyncio.create_task(_hold_open(shard, stop))
    committed = await asyncio.gather(*(_write(shard, random.Random(seed * 100 + n)) for n in range(8)))
    stop.set()
    told = sum(committed) + await holder
    await until(shard.all_numbered)
    done.set()
    await relay
    rows = await shard.positions()
    assert [position for position, _, _ in rows] == list(range(1, told + 1))
    for object_id in range(1, 21):
        versions = [version for _, changed, version in rows if changed == object_id]
        assert versions == list(range(1, len(versions) + 1))


async def test_a_relay_that_stands_by_numbers_nothing_until_the_other_is_gone(shard: Shard) -> None:
    stop_first, stop_second = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(run_relay(shard.worker, shard="one", stop=stop_first, numbered=Bell()))
    await until(lambda: _leaders(shard, 1))
    second = asyncio.create_task(run_relay(shard.worker, shard="one", stop=stop_second, numbered=Bell()))
    await until(lambda: _sessions(shard, 2))
    await shard.tell(10)
    await until(shard.all_numbered)
    assert await _leaders(shard, 1)
    stop_first.set()
    await first
    await until(lambda: _sessions(shard, 1))
    await shard.tell(10)
    await until(shard.all_numbered)
    stop_second.set()
    await second
    assert [row[0] for row in await shard.positions()] == list(range(1, 21))


async def test_the_relay_comes_back_when_its_session_is_ended(shard: Shard) -> None:
    stop = asyncio.Event()
    relay = asyncio.create_task(run_relay(shard.worker, shard="one", stop=stop, numbered=Bell()))
    for _ in range(3):
        await until(lambda: _leaders(shard, 1))
        await shard.rows(f"select pg_terminate_backend(pid) {_LOCKS}")
        await shard.tell(5)
        await until(shard.all_numbered)
    stop.set()
    await relay
    assert [row[0] for row in await shard.positions()] == list(range(1, 16))


async def _write(shard: Shard, chance: random.Random) -> int:
    told = 0
    for _ in range(25):
        objects = sorted(chance.sample(range(1, 7), chance.randint(1, 3)))
        async with shard.app.connect() as connection, connection.begin() as transaction:
            await connection.execute(text(f"SET LOCAL app.tenant_id = '{TENANT}'"))
            for object_id in objects:
                await change_object(connection, object_id)
                for _ in range(chance.randint(0, 3)):
                    await connection.execute(text("select 1"))
            if chance.random() < 0.2:
                await transaction.rollback()
            else:
                told += len(objects)
    return told


async def _hold_open(shard: Shard, stop: asyncio.Event) -> int:
    """Told at the beginning, committed at the end, of objects that nobody else needs."""
    objects: Sequence[int] = range(10, 21)
    async with shard.change() as connection:
        for object_id in objects:
            await change_object(connection, object_id)
        await stop.wait()
    return len(objects)


async def _number_in_small_batches(shard: Shard, done: asyncio.Event) -> None:
    async with shard.worker.connect() as connection:
        while not done.is_set():
            await number_batch(connection, 3)


async def _leaders(shard: Shard, expected: int) -> bool:
    return bool(await shard.value(f"select count(*) {_LOCKS}") == expected)


async def _sessions(shard: Shard, expected: int) -> bool:
    query = "select count(*) from pg_stat_activity where datname = current_database() and usename = 'fediflow_worker'"
    return bool(await shard.value(query) == expected)
