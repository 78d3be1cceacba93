"""What is announced into Redis, and that a lost Redis stops nothing."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from kernel.cache import Cache
from kernel.outbox.announcer import announcer, channel
from kernel.outbox.worker import run_outbox
from tests.integration.outbox.shards import Shard, tell, until
from tests.servers import RunningRedis

_TENANT, _OTHER = 811, 812  # the Redis is shared by the run


@pytest.fixture
async def cache(redis_server: RunningRedis) -> AsyncIterator[Cache]:
    cache = Cache.connect(redis_server.url, timeout=60.0)
    yield cache
    await cache.aclose()


async def test_a_committed_change_is_announced_to_its_tenants_listeners_with_ids_only(
    shard: Shard, cache: Cache, redis_server: RunningRedis
) -> None:
    stop = asyncio.Event()
    async with Redis.from_url(redis_server.url) as redis, redis.pubsub() as listener:
        await listener.subscribe(channel(_TENANT))
        assert (await listener.get_message(timeout=60.0))["type"] == "subscribe"
        running = asyncio.create_task(run_outbox({"one": shard.worker}, [announcer(cache)], stop))
        await shard.tell(object_id=1, tenant=_OTHER)
        async with shard.change(_TENANT) as connection:
            await tell(connection, tenant=_TENANT, object_id=2, version=9)
        message = await listener.get_message(timeout=60.0)
        stop.set()
        await running
    assert message["channel"].decode() == f"fediflow:{_TENANT}:changes"
    announced = json.loads(message["data"])
    position = await shard.value("select position from fediflow.outbox where tenant_id = $1", _TENANT)
    assert announced == {"position": position}


async def test_the_announcer_moves_on_when_redis_stays_away(shard: Shard) -> None:
    stop = asyncio.Event()
    cache = Cache.connect("redis://127.0.0.1:1/0")
    running = asyncio.create_task(run_outbox({"one": shard.worker}, [announcer(cache, patience=0.3)], stop))
    await shard.tell(3)
    query = "select coalesce(max(position), 0) from fediflow.outbox_consumers where name = 'announcer'"

    async def moved_on() -> bool:
        return bool(await shard.value(query) == 3)

    await until(moved_on)
    stop.set()
    await running
    await cache.aclose()
