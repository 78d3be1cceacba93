"""Many ask, few questions are put; whoever holds a slot too long gives it to the next."""

import asyncio
from collections.abc import Sequence

import pytest

from federation.delivery.slots import Slots
from kernel.batching import Batches


async def test_what_is_asked_meanwhile_is_put_together() -> None:
    asked: list[list[int]] = []
    first = asyncio.Event()

    async def double(items: Sequence[int]) -> list[int]:
        asked.append(list(items))
        if len(asked) == 1:
            await first.wait()
        return [item * 2 for item in items]

    batches = Batches(double, most=3)
    futures = [batches.put(0)]
    await asyncio.sleep(0)
    futures += [batches.put(number) for number in range(1, 6)]
    first.set()
    assert await asyncio.gather(*futures) == [0, 2, 4, 6, 8, 10]
    assert asked == [[0], [1, 2, 3], [4, 5]]


async def test_what_goes_wrong_is_told_to_those_who_asked_and_no_others() -> None:
    async def refuse_odd(items: Sequence[int]) -> list[int]:
        if any(item % 2 for item in items):
            raise ValueError("odd")
        return list(items)

    batches = Batches(refuse_odd, most=1)
    odd, even = batches.put(1), batches.put(2)
    assert await even == 2
    with pytest.raises(ValueError, match="odd"):
        await odd


async def test_who_lingers_asks_once_for_all_that_came_meanwhile() -> None:
    asked: list[list[int]] = []

    async def same(items: Sequence[int]) -> list[int]:
        asked.append(list(items))
        return list(items)

    batches = Batches(same, most=10, linger=0.001)
    first = batches.put(1)
    await asyncio.sleep(0)
    assert list(await asyncio.gather(first, batches.put(2))) == [1, 2]
    assert asked == [[1, 2]]


async def test_slots_go_round_in_order_and_none_is_lost_with_who_gives_up() -> None:
    slots = Slots(total=1, slow_after=60.0, slow=0)
    came: list[int] = []

    async def come(number: int) -> None:
        async with slots.hold():
            came.append(number)

    async with asyncio.timeout(60):
        async with slots.hold():
            waiting = [asyncio.create_task(come(number)) for number in range(4)]
            await asyncio.sleep(0)
            waiting[1].cancel()
        waiting[0].cancel()  # when it has been handed the slot
        await asyncio.wait(waiting)
    assert came == [2, 3]


async def test_a_slow_holder_gives_its_slot_away() -> None:
    slots = Slots(total=1, slow_after=0.0, slow=1)
    go_on, both = asyncio.Event(), asyncio.Barrier(2)

    async def hang() -> None:
        async with slots.hold():
            await both.wait()  # only when the second is in, too
            await go_on.wait()

    holders = [asyncio.create_task(hang()) for _ in range(2)]
    async with asyncio.timeout(60):
        go_on.set()
        await asyncio.gather(*holders)
        async with slots.hold():
            pass


async def test_whoever_has_an_answer_may_ask_again_at_once() -> None:
    async def same(items: Sequence[int]) -> Sequence[int]:
        return items

    batches = Batches(same, most=2)

    async def ask_three() -> list[int]:
        return [await batches.ask(number) for number in range(3)]

    # A task of its own: what waits with a timeout asks a turn later, when it no longer matters.
    asking = asyncio.create_task(ask_three())
    done, _ = await asyncio.wait({asking}, timeout=60)
    assert done
    assert asking.result() == [0, 1, 2]
