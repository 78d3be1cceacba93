"""Leaky buckets of one process, as it keeps them without Redis."""

import asyncio

import pytest

from api.cost.buckets import Buckets
from api.cost.leases import LEASE_SECONDS, Leases, Terms
from kernel.cache import Cache
from tenants.signin.limits import RateLimited

TERMS = Terms(1_000, 100)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def made(processes: int = 1, most: int = 100) -> tuple[Buckets, Clock]:
    """Buckets without Redis, and their clock."""
    clock = Clock()
    return Buckets(Leases(Cache(None), TERMS), TERMS, processes=processes, most=most, now=clock), clock


async def spent(buckets: Buckets, points: int, *, user: int = 1) -> int:
    """How often so many points can be had."""
    count = 0
    while True:
        try:
            await buckets.take(buckets.of(5, user, ""), points)
        except RateLimited:
            return count
        count += 1


async def test_as_much_as_the_capacity_can_be_spent_at_once_and_then_what_comes_back() -> None:
    buckets, clock = made()
    assert await spent(buckets, 10) == 100
    clock.seconds += 1
    assert await spent(buckets, 10) == 10
    clock.seconds += 1_000
    assert await spent(buckets, 10) == 100


async def test_a_refusal_says_when_there_will_be_enough() -> None:
    buckets, clock = made()
    bucket = buckets.of(5, 1, "")
    await buckets.take(bucket, 900)
    with pytest.raises(RateLimited, match=r"this operation costs 450 points; about 100 are left") as refused:
        await buckets.take(bucket, 450)
    assert refused.value.details == {
        "retry_after": 4,
        "requested": 450,
        "available": 100,
        "restore_rate": 100,
    }
    assert buckets.refused == 1
    clock.seconds += 3.4
    with pytest.raises(RateLimited):
        await buckets.take(bucket, 450)
    clock.seconds += 0.2
    await buckets.take(bucket, 450)


async def test_each_person_of_each_institution_has_a_bucket() -> None:
    buckets, _ = made()
    assert await spent(buckets, 1_000, user=1) == 1
    assert await spent(buckets, 1_000, user=2) == 1
    await buckets.take(buckets.of(6, 1, ""), 1_000)


async def test_strangers_share_one_by_the_network_of_their_address() -> None:
    buckets, _ = made()
    one = buckets.of(5, None, "2001:db8::1")
    assert buckets.of(5, None, "2001:db8::ffff") is one
    assert buckets.of(5, None, "2001:db8:0:1::1") is not one
    assert buckets.of(6, None, "2001:db8::1") is not one
    assert buckets.of(5, None, "::ffff:192.0.2.1") is buckets.of(5, None, "192.0.2.1")


async def test_processes_without_redis_share_the_points() -> None:
    buckets, clock = made(processes=4)
    assert await spent(buckets, 10) == 25
    clock.seconds += 1
    assert await spent(buckets, 10) == 2
    clock.seconds += 1.01
    assert await spent(buckets, 10) == 3  # the half points are not lost


async def test_what_is_dearer_than_a_processs_share_is_owed() -> None:
    buckets, clock = made(processes=4)
    bucket = buckets.of(5, 1, "")
    await buckets.take(bucket, 1_000)
    assert buckets.available(bucket) == 0
    with pytest.raises(RateLimited) as refused:
        await buckets.take(bucket, 1)
    assert refused.value.details["retry_after"] == 31  # 751 points at 25 a second
    clock.seconds += 31
    await buckets.take(bucket, 1)


async def test_more_than_any_bucket_holds_takes_all_of_it() -> None:
    buckets, _ = made()
    await buckets.take(buckets.of(5, 1, ""), 5_000)
    assert await spent(buckets, 1) == 0


async def test_a_block_is_spent_without_asking_and_ends() -> None:
    buckets, clock = made()
    bucket = buckets.of(5, 1, "")
    assert not buckets.take_at_once(bucket, 1)
    await buckets.take(bucket, 1)
    assert buckets.take_at_once(bucket, 99)
    assert not buckets.take_at_once(bucket, 1)
    await buckets.take(bucket, 1)
    clock.seconds += LEASE_SECONDS
    assert not buckets.take_at_once(bucket, 1)
    assert buckets.available(bucket) == 1_000


async def test_what_is_given_back_can_be_spent_again() -> None:
    buckets, _ = made()
    bucket = buckets.of(5, 1, "")
    await buckets.take(bucket, 1_000)
    bucket.give_back(300)
    assert buckets.available(bucket) == 300
    assert await spent(buckets, 100) == 3


async def test_many_at_once_get_no_more_than_there_is() -> None:
    buckets, _ = made()
    outcomes = await asyncio.gather(
        *(buckets.take(buckets.of(5, 1, ""), 7) for _ in range(300)), return_exceptions=True
    )
    assert [type(one) for one in outcomes].count(RateLimited) == 300 - 1_000 // 7


async def test_only_so_many_buckets_are_kept() -> None:
    buckets, _ = made(most=10)
    often = buckets.of(5, 1, "")
    for user in range(2, 50):
        buckets.of(5, user, "")
        assert buckets.of(5, 1, "") is often
    assert len(buckets) == 10
