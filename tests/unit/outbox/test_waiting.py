"""Waiting: nobody misses a ring, polling slows down, retries spread."""

import asyncio

from kernel.outbox.waiting import Bell, Pace, retry_delay, wait


async def test_a_ring_while_looking_for_work_is_not_missed() -> None:
    bell = Bell()
    heard = bell.listen()
    bell.ring()
    async with asyncio.timeout(1):
        await wait(heard, 60)


async def test_a_ring_wakes_everyone_and_only_once() -> None:
    bell = Bell()
    first = [asyncio.create_task(wait(bell.listen(), 60)) for _ in range(3)]
    bell.ring()
    await asyncio.gather(*first)
    assert not bell.listen().is_set()


async def test_waiting_ends_by_itself() -> None:
    event = asyncio.Event()
    await wait(event, 0.001)
    assert not event.is_set()


def test_polling_slows_down_to_its_limit_and_starts_again_with_work() -> None:
    pace = Pace(busy=0.02, idle=0.25)
    assert [pace.after(found) for found in (1, 0, 0, 0, 0, 0, 3, 0)] == [
        *(0.02, 0.04, 0.08, 0.16, 0.25, 0.25),
        *(0.02, 0.04),
    ]


def test_retries_get_rarer_to_a_limit_and_do_not_come_together() -> None:
    for failures, longest in ((1, 0.1), (2, 0.2), (5, 1.6), (50, 3.0), (10_000, 3.0)):
        delays = {retry_delay(failures) for _ in range(50)}
        assert longest / 2 <= min(delays) < max(delays) <= longest
