"""Buckets that several processes share through Redis: while it is there, when it goes, and when it is back."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from api.cost.buckets import Bucket, Buckets
from api.cost.leases import BLOCK_SHARE, Leases, Terms
from fediflow.local.redis import RedisServer
from kernel.cache import Cache
from kernel.crypto.secret_texts import digest
from tenants.signin.limits import RateLimited
from tests.servers import RunningRedis, redis_binary, server_folder

# So little comes back that it does not count, however long a test takes.
TERMS = Terms(10_000, 0.001)
BLOCK = TERMS.capacity / BLOCK_SHARE


class Process:
    """What one gateway process has of it: its own connection, its own buckets."""

    def __init__(self, url: str, processes: int) -> None:
        # A busy machine must not look like a Redis that is away.
        self.cache = Cache.connect(url, timeout=60.0)
        # Moments of its own, so that no block goes back because the machine was busy.
        now = itertools.count(1.0, 1e-6).__next__
        self.buckets = Buckets(Leases(self.cache, TERMS), TERMS, processes=processes, now=now)

    def bucket(self, address: str) -> Bucket:
        """A stranger's."""
        return self.buckets.of(5, None, address)

    async def spend(self, address: str, points: int, most: int = 10_000) -> int:
        """How often so many points can be had."""
        for count in range(most):
            try:
                await self.buckets.take(self.bucket(address), points)
            except RateLimited:
                return count
        return most


@pytest.fixture
def address() -> str:
    """Nobody else's in this Redis."""
    return uuid.uuid4().hex


@pytest.fixture
async def two(redis_server: RunningRedis) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes on the run's Redis."""
    one, other = Process(redis_server.url, 2), Process(redis_server.url, 2)
    async with AsyncExitStack() as opened:
        opened.push_async_callback(one.cache.aclose)
        opened.push_async_callback(other.cache.aclose)
        yield one, other


async def test_two_processes_together_give_what_one_bucket_holds(
    two: tuple[Process, Process], address: str
) -> None:
    one, other = two
    first = await one.spend(address, 10, most=300)
    rest = await other.spend(address, 10)
    rest += await one.spend(address, 10)
    # what is left of blocks and came back meanwhile is less than a few operations
    assert 995 <= first + rest <= 1_005


async def test_two_processes_at_the_same_time_never_give_more(
    two: tuple[Process, Process], address: str
) -> None:
    counts = await asyncio.gather(*(one.spend(address, 7) for one in two for _ in range(5)))
    assert 1_400 <= sum(counts) <= 10_020 // 7


async def test_a_block_needs_no_round_trip(two: tuple[Process, Process], address: str) -> None:
    one, _ = two
    await one.buckets.take(one.bucket(address), 1)
    await one.cache.aclose()
    taken = 1
    while one.buckets.take_at_once(one.bucket(address), 1):
        taken += 1
    assert taken == BLOCK


async def test_what_is_left_of_a_block_goes_back_with_the_next_one(
    two: tuple[Process, Process], address: str
) -> None:
    one, other = two
    await one.buckets.take(one.bucket(address), 1)  # a block, and 999 points of it left
    await one.buckets.take(one.bucket(address), 9_900)  # more than is outside of it
    assert await other.spend(address, 10) <= 10
    assert one.buckets.available(one.bucket(address)) < 120


async def test_a_refusal_asks_redis_once_and_says_when(two: tuple[Process, Process], address: str) -> None:
    one, other = two
    await one.buckets.take(one.bucket(address), 9_000)
    with pytest.raises(RateLimited) as refused:
        await other.buckets.take(other.bucket(address), 5_000)
    assert 3_900_000 <= int(str(refused.value.details["retry_after"])) <= 4_000_000
    at = other.bucket(address).at
    with pytest.raises(RateLimited):
        await other.buckets.take(other.bucket(address), 5_000)
    assert other.bucket(address).at == at  # it was not asked again


async def test_redis_knows_nobodys_address_and_forgets_full_buckets(
    two: tuple[Process, Process], address: str
) -> None:
    one, _ = two
    await one.buckets.take(one.bucket(address), 5)
    assert not await one.cache.run(lambda redis: redis.keys(f"*{address}*"))
    key = f"fediflow:cost:{digest(f'5 {address}')[:32]}"
    lasts = await one.cache.run(lambda redis: redis.pttl(key))
    assert 990_000_000 <= lasts <= 1_000_001_000  # until the block has come back


async def test_with_redis_killed_processes_go_on_with_their_shares_of_what_was_left(address: str) -> None:
    with server_folder() as folder:
        server = RedisServer(folder / "redis", redis_binary())
        await server.start()
        one, other = Process(server.url, 2), Process(server.url, 2)
        try:
            assert await one.spend(address, 10, most=400) == 400
            await server.stop()
            # A stranger of before has at most half of what was left, somebody new half of everything.
            known = await one.spend(address, 10)
            assert 200 <= known <= 360  # with what was left of the block
            assert 495 <= await one.spend("somebody new", 10) <= 505
            assert 495 <= await other.spend("somebody new", 10) <= 505
            assert await other.spend("somebody new", 10) == 0

            await server.start()
            await _answers(one.cache)
            await _answers(other.cache)
            # Redis has forgotten: everybody has a full bucket again, shared again.
            first = await one.spend("somebody else", 10, most=700)
            assert 995 <= first + await other.spend("somebody else", 10) <= 1_005
        finally:
            await one.cache.aclose()
            await other.cache.aclose()
            await server.stop()


async def _answers(cache: Cache) -> None:
    """After a few failures it pauses; the first command after the pause tries again."""
    deadline = asyncio.get_running_loop().time() + 60
    while not await cache.ping():
        assert asyncio.get_running_loop().time() < deadline, "Redis is back, and nobody notices"
        await asyncio.sleep(0.05)
