"""Redis that is away costs little, and is found again."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from kernel.cache import FAILURES_BEFORE_PAUSE, LONGEST_PAUSE_SECONDS, Cache, CacheAway


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Counts what reaches it; answers or fails as told."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_up = True

    async def command(self, _: Redis) -> str:
        self.asked += 1
        if not self.is_up:
            raise RedisConnectionError("down")
        return "answer"


async def failing(cache: Cache, server: Server, times: int) -> None:
    for _ in range(times):
        with pytest.raises(CacheAway):
            await cache.run(server.command)


async def test_without_redis_every_command_is_refused_and_nothing_is_told() -> None:
    cache = Cache.connect(None)
    assert not cache.is_configured
    assert not await cache.ping()
    assert not await cache.publish("channel", "message")
    with pytest.raises(CacheAway):
        await anext(cache.listen("channel"))


async def test_a_dead_redis_is_not_asked_again_for_a_while_and_then_once() -> None:
    time, server = Time(), Server()
    cache = Cache(Redis(), now=time)
    assert await cache.run(server.command) == "answer"
    server.is_up = False
    await failing(cache, server, 100)
    assert server.asked == 1 + FAILURES_BEFORE_PAUSE
    time.now += LONGEST_PAUSE_SECONDS
    await failing(cache, server, 100)
    assert server.asked == 2 + FAILURES_BEFORE_PAUSE


async def test_redis_that_is_back_is_used_at_once() -> None:
    time, server = Time(), Server()
    cache = Cache(Redis(), now=time)
    server.is_up = False
    await failing(cache, server, FAILURES_BEFORE_PAUSE)
    server.is_up = True
    time.now += LONGEST_PAUSE_SECONDS
    for _ in range(10):
        assert await cache.run(server.command) == "answer"


async def test_while_one_tries_the_others_do_not_wait() -> None:
    time, server = Time(), Server()
    cache = Cache(Redis(), now=time)
    server.is_up = False
    await failing(cache, server, FAILURES_BEFORE_PAUSE)
    time.now += LONGEST_PAUSE_SECONDS
    answer = asyncio.Event()

    async def slow(_: Redis) -> str:
        await answer.wait()
        return "late"

    trying = asyncio.create_task(cache.run(slow))
    await asyncio.sleep(0)
    await failing(cache, server, 10)
    assert server.asked == FAILURES_BEFORE_PAUSE
    answer.set()
    assert await trying == "late"


async def test_a_wrong_program_is_not_taken_for_a_dead_redis() -> None:
    async def wrong(_: Redis) -> str:
        raise LookupError

    cache = Cache(Redis())
    for _ in range(FAILURES_BEFORE_PAUSE + 1):
        with pytest.raises(LookupError):
            await cache.run(wrong)
