"""Redis, which may be absent: short timeouts, no retries, and after a few failures no attempt for a while.

Nothing that must be right lives here. Whoever uses it catches `CacheAway` and goes on without, slower and never more open.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Self, TypeVar

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from kernel.errors import Unavailable

TIMEOUT_SECONDS = 0.25
CONNECTIONS = 50
FAILURES_BEFORE_PAUSE = 3
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
# A blocked read notices a cut network only by a deadline; nothing depends on it, so it may be long.
_LISTEN_SECONDS = 15.0

_LONGEST_REASON = 200

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class CacheAway(Unavailable):
    """Redis is not configured, does not answer, or did not lately."""


class Cache:
    """Runs commands on Redis, or says at once that it is away. One per process."""

    def __init__(self, client: Redis | None, *, now: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._now = now
        self._failures = 0
        self._paused_until = 0.0

    @classmethod
    def connect(
        cls, url: str | None, *, ca_file: str | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> Self:
        """A cache at `redis://`, `rediss://` (TLS, checked against `ca_file` where given) or `unix://`; None: without.

        User and password stand in the URL. Nothing is connected before the first command.
        """
        if not url:
            return cls(None)
        trust = {"ssl_ca_certs": ca_file} if ca_file and url.startswith("rediss:") else {}
        # Its own retries turn a fifth of a second into more than five.
        options: dict[str, Any] = {
            "socket_timeout": timeout,
            "socket_connect_timeout": timeout,
            "retry": Retry(NoBackoff(), 0),
            "max_connections": CONNECTIONS,
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
            **trust,
        }
        return cls(Redis.from_url(url, **options))

    @property
    def is_configured(self) -> bool:
        """Whether there is a Redis at all, away or not."""
        return self._client is not None

    async def run(self, command: Callable[[Redis], Awaitable[T]]) -> T:
        """The answer of `command`; raises `CacheAway` when there is none."""
        client = self._reachable()
        try:
            answer = await command(client)
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            raise CacheAway("Redis does not answer") from error
        self._answered()
        return answer

    async def ping(self) -> bool:
        """Whether Redis answers now."""
        try:
            await self.run(lambda redis: redis.ping())
        except CacheAway:
            return False
        return True

    async def publish(self, channel: str, message: str) -> bool:
        """Tells everyone who listens to `channel`; False when Redis is away."""
        try:
            await self.run(lambda redis: redis.publish(channel, message))
        except CacheAway:
            return False
        return True

    async def listen(self, channel: str) -> AsyncGenerator[str, None]:
        """What is said on `channel` from now on, after an empty string that says we are listening.

        Ends with `CacheAway`.
        """
        client = self._reachable()
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(channel)
                self._answered()
                yield ""
                while True:
                    message = await subscription.get_message(timeout=_LISTEN_SECONDS)
                    if message is not None:
                        yield _text(message["data"])
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            raise CacheAway("Redis does not answer") from error

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[PubSub]:
        """Publish and subscribe on a connection of its own, for who listens to changing channels.

        What fails on it inside the block is raised as `CacheAway`.
        """
        client = self._reachable()
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.connect()
                self._answered()
                yield subscription
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            raise CacheAway("Redis does not answer") from error

    async def aclose(self) -> None:
        """Closes all connections."""
        if self._client is not None:
            await self._client.aclose()

    def _reachable(self) -> Redis:
        if self._client is None:
            raise CacheAway("no Redis is configured")
        if self._now() < self._paused_until:
            raise CacheAway("Redis did not answer lately")
        if self._failures >= FAILURES_BEFORE_PAUSE:
            self._paused_until = (
                self._now() + self._pause()
            )  # this one may try; the others wait for its outcome
        return self._client

    def _answered(self) -> None:
        if self._failures >= FAILURES_BEFORE_PAUSE:
            _log.info("Redis answers again")
        self._failures, self._paused_until = 0, 0.0

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == FAILURES_BEFORE_PAUSE:  # what it says of itself holds nobody's data
            _log.warning(
                "Redis does not answer", why=f"{type(error).__name__}: {str(error)[:_LONGEST_REASON]}"
            )
        if self._failures >= FAILURES_BEFORE_PAUSE:
            self._paused_until = self._now() + self._pause()

    def _pause(self) -> float:
        doublings = min(max(self._failures - FAILURES_BEFORE_PAUSE, 0), 8)
        return min(FIRST_PAUSE_SECONDS * float(2**doublings), LONGEST_PAUSE_SECONDS)


async def wait_before_listening_again() -> None:
    """A pause between two attempts to listen, so that a dead Redis is not asked in a loop."""
    await asyncio.sleep(1.0)


def _text(data: object) -> str:
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else str(data)
