"""The announcer: tells Redis what changed, so that listeners need not poll the database.

Channel `fediflow:{tenant_id}:changes`, message `{"position"}`: the tenant's last one of a batch; who wants more asks
under row-level security. Announcements are hints. Publish/subscribe forgets by nature, so a listener compares positions
and reads what it missed from PostgreSQL; nothing becomes wrong when Redis is lost.
"""

import time
from collections.abc import Sequence

import orjson
import structlog
from redis.asyncio import Redis

from kernel.cache import Cache, CacheAway
from kernel.outbox.consumers import Consumer
from kernel.outbox.event import Event

PATIENCE = 60.0

_BATCH = 200  # published in one go, within the cache's timeout

_log = structlog.get_logger(__name__)


def announcer(cache: Cache, *, patience: float = PATIENCE) -> Consumer:
    """The consumer that announces changes; where no Redis is configured it only moves on.

    While Redis is away it tries again for `patience` seconds, then gives announcements up, so that a Redis that is away
    for days holds back neither the deletion of old rows nor, once it is back, the news behind a heap of old ones.
    """
    return Consumer("announcer", _Announcer(cache, patience) if cache.is_configured else _move_on, _BATCH)


def channel(tenant_id: int) -> str:
    """Where a tenant's changes are announced."""
    return f"fediflow:{tenant_id}:changes"


def tenant_of(channel: bytes | str) -> int | None:
    """Whose channel it is; None where it is none of ours."""
    name = channel.decode() if isinstance(channel, bytes) else channel
    number = name.removeprefix("fediflow:").removesuffix(":changes")
    return int(number) if number.isdecimal() else None


class _Announcer:
    def __init__(self, cache: Cache, patience: float) -> None:
        self._cache = cache
        self._patience = patience
        self._away_since: float | None = None
        self._given_up = 0

    async def __call__(self, events: Sequence[Event]) -> None:
        last = {event.tenant_id: event.position for event in events}

        async def publish(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for tenant_id, position in last.items():
                    pipeline.publish(channel(tenant_id), orjson.dumps({"position": position}))
                await pipeline.execute()

        try:
            await self._cache.run(publish)
        except CacheAway:
            if not self._patience_is_over():
                raise
            self._give_up(len(events))
        else:
            self._back()

    def _patience_is_over(self) -> bool:
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
        return now - self._away_since >= self._patience

    def _give_up(self, count: int) -> None:
        if not self._given_up:
            _log.warning("announcements given up until Redis is back")
        self._given_up += count

    def _back(self) -> None:
        if self._given_up:
            _log.info("announcements again", given_up=self._given_up)
        self._away_since, self._given_up = None, 0


async def _move_on(_: Sequence[Event]) -> None:
    return
