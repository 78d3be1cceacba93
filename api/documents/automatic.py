"""Documents that clients register as they go: kept in Redis under the hash of their text, for a day.

It saves them the sending, and nothing else: with Redis away they send their texts again. What an institution's clients
may leave there is bounded, so that nobody fills Redis with texts.
"""

from redis.asyncio import Redis

from api.documents.references import AutomaticNotSupported
from api.documents.remembered import Remembered
from kernel.cache import Cache, CacheAway
from tenants.documents.model import HASH_PREFIX, fits
from tenants.model import Tenant

KEPT_SECONDS = 86_400
# Of one institution within a day; what was kept before midnight lives on beside it, so there may be twice as many.
MAX_CHARACTERS = 5_000_000
# A process asks Redis again after so long.
SECONDS = 60.0
SECONDS_MISSING = 0.0  # the next request registers it

_KEEP = """
if redis.call('exists', KEYS[1]) == 1 then return 1 end
local used = redis.call('incrby', KEYS[2], ARGV[3])
if used == tonumber(ARGV[3]) then redis.call('expire', KEYS[2], ARGV[2]) end
if used > tonumber(ARGV[4]) then redis.call('decrby', KEYS[2], ARGV[3]) return 0 end
redis.call('set', KEYS[1], ARGV[1], 'ex', ARGV[2])
return 1
"""


class AutomaticDocuments:
    """The texts that clients registered, by tenant and hash."""

    def __init__(self, cache: Cache, *, max_characters: int = MAX_CHARACTERS) -> None:
        self._cache = cache
        self._max_characters = max_characters
        self._remembered = Remembered(seconds=SECONDS, seconds_missing=SECONDS_MISSING)

    def known(self, tenant: Tenant, document_id: str) -> str | None:
        """The text, where this process knows it: nobody is asked."""
        return self._remembered.text((tenant.id, document_id))

    async def find(self, tenant: Tenant, document_id: str) -> str | None:
        """The text of a hash; None where none was registered, `AutomaticNotSupported` with Redis away."""
        known = self.known(tenant, document_id)
        if known is not None:
            return known
        try:
            kept = await self._cache.run(lambda redis: redis.get(_key(tenant, document_id)))
        except CacheAway:
            raise AutomaticNotSupported from None
        text = kept.decode("utf-8", "replace") if isinstance(kept, bytes) else kept
        if text is None or not fits(document_id, text):
            return None
        return self._remembered.put((tenant.id, document_id), text)

    async def keep(self, tenant: Tenant, document_id: str, text: str) -> None:
        """Registers a valid document; nothing happens where there is no room, or no Redis."""
        if self.known(tenant, document_id) is not None:
            return

        async def run(redis: Redis) -> object:
            keys = (_key(tenant, document_id), f"fediflow:{tenant.id}:documents")
            sizes = (str(KEPT_SECONDS), str(len(text)), str(self._max_characters))
            return await redis.eval(_KEEP, len(keys), *keys, text, *sizes)

        try:
            is_kept = await self._cache.run(run)
        except CacheAway:
            return
        if is_kept:
            self._remembered.put((tenant.id, document_id), text)


def _key(tenant: Tenant, document_id: str) -> str:
    return f"fediflow:{tenant.id}:document:{document_id.removeprefix(HASH_PREFIX)}"
