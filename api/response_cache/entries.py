"""Where answers are kept: some megabytes in each process, and Redis for all of them.

Every answer stands behind the stamp that it was queried under, so an old one is found and not served.
"""

import struct
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from api.response_cache.names import ENTRY_SECONDS, STAMP_BYTES, budget_name, entry_name
from kernel.cache import Cache, CacheAway

# Texts of a plan's statements, as PostgreSQL returned them.
Texts = Sequence[bytes | None]

LOCAL_BYTES = 32 * 1024 * 1024
LARGEST_ENTRY = 256 * 1024
# What one tenant may write into Redis while entries live: whoever makes up questions fills no more than twice this.
TENANT_BYTES = 16 * 1024 * 1024
_ENTRY_ITSELF = 400  # bytes that an entry costs besides its texts
_LENGTH = struct.Struct("<i")
_NULL = -1


class LocalEntries:
    """The answers used last, at most so many bytes."""

    def __init__(self, most: int = LOCAL_BYTES) -> None:
        self._most = most
        self._bytes = 0
        self._entries: OrderedDict[bytes, tuple[bytes, Texts, int]] = OrderedDict()

    def get(self, key: bytes, stamp: bytes) -> Texts | None:
        """The answer, if one was queried under this stamp."""
        found = self._entries.get(key)
        if found is None or found[0] != stamp:
            return None
        self._entries.move_to_end(key)
        return found[1]

    def put(self, key: bytes, stamp: bytes, texts: Texts) -> None:
        """Keeps it, and forgets what is too much."""
        before = self._entries.pop(key, None)
        if before is not None:
            self._bytes -= before[2]
        size = size_of(texts) + _ENTRY_ITSELF
        self._entries[key] = (stamp, texts, size)
        self._bytes += size
        while self._bytes > self._most:
            _, (_, _, forgotten) = self._entries.popitem(last=False)
            self._bytes -= forgotten


class SharedEntries:
    """Answers in Redis. Without it there are none; nothing is raised."""

    def __init__(self, cache: Cache, *, tenant_bytes: int = TENANT_BYTES) -> None:
        self._cache = cache
        self._tenant_bytes = tenant_bytes

    async def get(self, key: bytes, stamp: bytes) -> Texts | None:
        """The answer, if one was queried under this stamp."""
        try:
            kept: Any = await self._cache.run(lambda redis: redis.get(entry_name(key)))
        except CacheAway:
            return None
        if kept is None or kept[:STAMP_BYTES] != stamp:
            return None
        try:
            return _unpacked(kept[STAMP_BYTES:])
        except (struct.error, ValueError):  # not as we wrote it: as good as none
            return None

    async def put(self, tenant_id: int, key: bytes, stamp: bytes, texts: Texts) -> None:
        """Keeps it for some minutes, unless the tenant has written too much lately."""
        packed = stamp + _packed(texts)
        try:
            written = await self._cache.run(lambda redis: _spend(redis, tenant_id, len(packed)))
            if written <= self._tenant_bytes:
                await self._cache.run(lambda redis: redis.set(entry_name(key), packed, ex=ENTRY_SECONDS))
        except CacheAway:
            return


def size_of(texts: Texts) -> int:
    """Its bytes."""
    return sum(len(text) for text in texts if text is not None)


async def _spend(redis: Redis, tenant_id: int, size: int) -> int:
    name = budget_name(tenant_id)
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.set(name, 0, nx=True, ex=ENTRY_SECONDS)
        pipeline.incrby(name, size)
        _, written = await pipeline.execute()
    return int(written)


def _packed(texts: Texts) -> bytes:
    parts = []
    for text in texts:
        parts += [_LENGTH.pack(_NULL)] if text is None else [_LENGTH.pack(len(text)), text]
    return b"".join(parts)


def _unpacked(packed: bytes) -> Texts:
    texts: list[bytes | None] = []
    at = 0
    while at < len(packed):
        (length,) = _LENGTH.unpack_from(packed, at)
        at += _LENGTH.size
        if length < _NULL or at + length > len(packed):
            raise ValueError("an entry that contradicts its lengths")
        texts.append(None if length == _NULL else packed[at : at + length])
        at += max(length, 0)
    return texts
