"""What clients register is kept in Redis for a day, and there is only so much room."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from redis.asyncio import Redis

from api.documents.automatic import KEPT_SECONDS, AutomaticDocuments
from kernel.cache import Cache
from tenants.documents.model import HASH_PREFIX, hash_of
from tenants.model import Tenant, TenantId
from tests.servers import RunningRedis

TEXTS = [f"query Room{number} {{ tenant {{ slug }} }}" for number in range(4)]


@pytest.fixture
async def cache(redis_server: RunningRedis) -> AsyncIterator[Cache]:
    opened = Cache.connect(redis_server.url, timeout=10.0)
    yield opened
    await opened.aclose()


def tenant(number: int) -> Tenant:
    return Tenant(TenantId(number), "t", {"en": "T"}, "one", "eu", "UTC", ("en",), (), is_suspended=False)


def document_id(text: str) -> str:
    return HASH_PREFIX + hash_of(text)


async def test_an_institutions_clients_fill_their_own_room_only(cache: Cache) -> None:
    full, other = tenant(990_001), tenant(990_002)
    room = sum(len(text) for text in TEXTS[:2])
    writing = AutomaticDocuments(cache, max_characters=room)
    for text in (*TEXTS[:2], *TEXTS):
        await writing.keep(full, document_id(text), text)
    await writing.keep(other, document_id(TEXTS[3]), TEXTS[3])
    reading = AutomaticDocuments(cache)
    assert [await reading.find(full, document_id(text)) for text in TEXTS] == [*TEXTS[:2], None, None]
    assert await reading.find(other, document_id(TEXTS[3])) == TEXTS[3]
    assert await writing.find(full, document_id(TEXTS[2])) is None


async def test_everything_that_is_kept_ends(cache: Cache) -> None:
    own = tenant(990_003)
    await AutomaticDocuments(cache).keep(own, document_id(TEXTS[0]), TEXTS[0])
    keys = await cache.run(lambda redis: redis.keys(f"fediflow:{own.id}:*"))
    assert len(keys) == 2
    lives = [await cache.run(partial(_life, key)) for key in keys]
    assert all(0 < seconds <= KEPT_SECONDS for seconds in lives)


async def test_a_text_that_is_not_of_its_hash_is_nobodys(cache: Cache) -> None:
    own = tenant(990_004)
    await AutomaticDocuments(cache).keep(own, document_id(TEXTS[0]), TEXTS[0])
    (key,) = await cache.run(lambda redis: redis.keys(f"fediflow:{own.id}:document:*"))
    await cache.run(lambda redis: redis.set(key, TEXTS[1]))
    assert await AutomaticDocuments(cache).find(own, document_id(TEXTS[0])) is None


async def _life(key: bytes | str, redis: Redis) -> int:
    return int(await redis.ttl(key))
