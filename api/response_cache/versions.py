"""Under which version a tenant's answers may be served at this moment: one question to Redis for all who ask at once."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from redis.asyncio import Redis

from api.response_cache.identity import Identities
from api.response_cache.names import VERSION_SECONDS, lease_name, new_token, version_name
from api.response_cache.telling import tell
from kernel.cache import Cache, CacheAway
from tenants.model import Tenant

_LOOK_AGAIN_SECONDS = 0.2

# Epoch and version; None: nothing may be served or kept.
Stamp = bytes | None
# The identity of the tenant's shard, and the tenant's id.
_Asked = tuple[str, int]


class Versions:
    """Asks Redis. What a caller is told was read after the call, so an answered write is in it."""

    def __init__(self, cache: Cache, identities: Identities) -> None:
        self._cache = cache
        self._identities = identities
        self._asking: list[tuple[_Asked, Callable[[Stamp], None]]] = []
        # Until when it is not asked again: to serve nothing is always right, and no worker need be there.
        self._without_lease: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None

    def ask(self, tenant: Tenant, told: Callable[[Stamp], None]) -> None:
        """Calls `told`, soon or now, with the tenant's stamp."""
        identity = self._identities.of(tenant.shard)
        if identity is None or self._without_lease.get(identity, 0.0) > monotonic():
            told(None)
            return
        # A question under way may have been answered before the write that this caller knows of: it takes the next.
        self._asking.append(((identity, tenant.id), told))
        if self._task is None:
            self._task = asyncio.create_task(self._answer_all())

    async def aclose(self) -> None:
        """Ends what is under way; who still asks is not told."""
        await self._identities.aclose()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _answer_all(self) -> None:
        try:
            while self._asking:
                asking, self._asking = self._asking, []
                stamps = await self._stamps(sorted({asked for asked, _ in asking}))
                for asked, told in asking:
                    stamp = stamps.get(asked)
                    if stamp is None:
                        self._without_lease[asked[0]] = monotonic() + _LOOK_AGAIN_SECONDS
                    tell(told, stamp)
        finally:
            self._task = None

    async def _stamps(self, asked: Sequence[_Asked]) -> dict[_Asked, bytes]:
        try:
            found = await self._read(asked)
            new = [tenant_id for (_, tenant_id), (lease, version) in found.items() if lease and not version]
            if new:
                await self._cache.run(lambda redis: _begin(redis, new))
                found = await self._read(asked)
        except CacheAway:
            return {}
        return {one: lease + version for one, (lease, version) in found.items() if lease and version}

    async def _read(self, asked: Sequence[_Asked]) -> dict[_Asked, tuple[bytes | None, bytes | None]]:
        names = [name for shard, tenant in asked for name in (lease_name(shard), version_name(tenant))]
        values: list[Any] = await self._cache.run(lambda redis: redis.mget(names))
        return dict(zip(asked, zip(values[::2], values[1::2], strict=True), strict=True))


async def _begin(redis: Redis, tenants: Sequence[int]) -> None:
    """First versions of tenants that have none: nothing can have been kept under them."""
    async with redis.pipeline(transaction=False) as pipeline:
        for tenant_id in tenants:
            pipeline.set(version_name(tenant_id), new_token(), nx=True, ex=VERSION_SECONDS)
        await pipeline.execute()
