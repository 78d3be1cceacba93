"""The writer's side: another version after the commit and before the answer."""

import asyncio
from collections.abc import Collection
from contextlib import suppress

import structlog

from api.plan.catalogue import Told, changes_catalogue
from api.response_cache.names import VERSION_SECONDS, WRITER_WAITS_SECONDS, new_token, version_name
from kernel.cache import Cache, CacheAway

_ASK_AGAIN = 0.2

_log = structlog.get_logger(__name__)


class Bumps:
    """Gives tenants another version, so that nothing that was queried before is served again."""

    def __init__(self, cache: Cache, *, patience: float = WRITER_WAITS_SECONDS) -> None:
        self._cache = cache
        self._patience = patience

    async def committed(self, tenant_id: int, told: Collection[Told]) -> None:
        """What a door calls after each commit; nothing happens where no answer that is kept can have changed."""
        if self._cache.is_configured and changes_catalogue(told):
            await self.bump(tenant_id)

    async def bump(self, tenant_id: int) -> None:
        """Returns when no process serves what was queried before this call; after 2 s at the latest."""
        # Without Redis the time does it: by then the lease under which all of them serve has ended.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                while not await self._set(tenant_id):  # noqa: ASYNC110 - another server's state
                    await asyncio.sleep(_ASK_AGAIN)
                return
        _log.warning("a write waited for cached answers to end", seconds=self._patience)

    async def _set(self, tenant_id: int) -> bool:
        try:
            await self._cache.run(
                lambda redis: redis.set(version_name(tenant_id), new_token(), ex=VERSION_SECONDS)
            )
        except CacheAway:
            return False
        return True
