"""The announcer without a Redis that answers."""

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from kernel.cache import Cache, CacheAway
from kernel.outbox.announcer import announcer
from kernel.outbox.event import Event

_NOBODY = "redis://127.0.0.1:1/0"
_EVENT = Event(1, 1, 7, "course.updated", "course", 5, {}, datetime(2026, 1, 1, tzinfo=UTC))


async def test_without_redis_it_only_moves_on() -> None:
    await announcer(Cache.connect(None)).handle([_EVENT])


async def test_while_redis_is_away_it_wants_to_try_again() -> None:
    consumer = announcer(Cache.connect(_NOBODY))
    for _ in range(5):
        with pytest.raises(CacheAway):
            await consumer.handle([_EVENT])


async def test_when_redis_stays_away_it_gives_announcements_up_and_says_so_once() -> None:
    consumer = announcer(Cache.connect(_NOBODY), patience=0)
    with capture_logs() as logs:
        for _ in range(5):
            await consumer.handle([_EVENT])
    said = [log["event"] for log in logs]
    assert said.count("announcements given up until Redis is back") == 1
    assert said.count("Redis does not answer") == 1
    assert len(said) == 2
