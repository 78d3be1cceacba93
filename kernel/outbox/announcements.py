"""Listening to announcements: which tenants have news, told by `kernel.outbox.announcer` through Redis.

They are hints. Whoever listens compares positions and reads by itself, more often where nobody announces.
"""

import asyncio
from collections.abc import Callable

from redis.asyncio.client import PubSub

from kernel.cache import Cache, CacheAway, wait_before_listening_again
from kernel.outbox.announcer import channel, tenant_of

_TURN = 0.5  # seconds until a tenant that is new to us is listened to
_STANDING = "fediflow:changes"  # a subscription that there always is


class Announcements:
    """What Redis says of the tenants that are followed. `heard` is called with the tenant's id."""

    def __init__(self, cache: Cache, heard: Callable[[int], None]) -> None:
        self._cache = cache
        self._heard = heard
        self._wanted: set[int] = set()
        self._listened: set[int] = set()

    def follow(self, tenant_id: int) -> None:
        """From within half a second on."""
        self._wanted.add(tenant_id)

    def forget(self, tenant_id: int) -> None:
        """Nobody here wants to know any more."""
        self._wanted.discard(tenant_id)

    def is_listened(self, tenant_id: int) -> bool:
        """Whether announcements of this tenant reach us, as far as we know."""
        return tenant_id in self._listened

    async def run(self) -> None:
        """Listens until cancelled. What may have been said while we did not is made up for by calling `heard`."""
        while self._cache.is_configured:
            try:
                async with self._cache.listening() as subscription:
                    await subscription.subscribe(_STANDING)
                    while True:
                        await self._agree(subscription)
                        await self._hear(subscription)
            except CacheAway:
                self._listened.clear()
            await wait_before_listening_again()
        await asyncio.Event().wait()

    async def _agree(self, subscription: PubSub) -> None:
        """Subscribes to what is wanted, and to nothing else."""
        new, old = self._wanted - self._listened, self._listened - self._wanted
        if new:
            await subscription.subscribe(*map(channel, new))
        if old:
            await subscription.unsubscribe(*map(channel, old))
        self._listened = (self._listened | new) - old
        for tenant_id in new:
            self._heard(tenant_id)

    async def _hear(self, subscription: PubSub) -> None:
        message = await subscription.get_message(timeout=_TURN)
        tenant_id = tenant_of(message["channel"]) if message is not None else None
        if tenant_id is not None:
            self._heard(tenant_id)
