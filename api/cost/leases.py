"""Points leased from the installation's buckets in Redis, one block at a time, for all gateway processes.

A bucket holds `capacity` points and gets `restore_rate` of them back every second. A process takes a block and spends it
without asking again; what it did not spend in `LEASE_SECONDS` goes back with its next request, or is lost to nobody: by
then the bucket has filled itself by more.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import cast

from kernel.cache import Cache
from kernel.crypto.secret_texts import digest

BLOCK_SHARE = 10  # a block is a tenth of the capacity
LEASE_SECONDS = 5.0

# Gives back, restores, grants: at least what is needed or nothing, at most a block, and of what is left at most half, so
# that the last points are there for whichever process is asked next.
_LEASE = """
local clock = redis.call('time')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local need, block, back = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local state = redis.call('hmget', KEYS[1], 'level', 'at')
local level, at = tonumber(state[1] or capacity), tonumber(state[2] or now)
level = math.min(capacity, level + math.max(0, now - at) * rate + back)
local granted = 0
if level >= need then
  granted = math.max(need, math.min(block, level / 2))
  level = level - granted
end
redis.call('hset', KEYS[1], 'level', string.format('%.3f', level), 'at', string.format('%.6f', now))
redis.call('pexpire', KEYS[1], math.ceil((capacity - level) / rate * 1000) + 1000)
return {string.format('%.3f', granted), string.format('%.3f', level)}
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """How much a bucket holds, and how much of it comes back every second."""

    capacity: float
    restore_rate: float

    def shared_by(self, processes: int) -> "Terms":
        """The part of one of so many."""
        return Terms(self.capacity / processes, self.restore_rate / processes)


@dataclass(frozen=True, slots=True)
class Lease:
    """Points to spend (0: there were too few), and what the bucket holds after that."""

    points: float
    level: float


class Leases:
    """Takes points out of the buckets in Redis."""

    def __init__(self, cache: Cache, terms: Terms) -> None:
        self._cache = cache
        self._terms = terms

    async def take(self, subject: str, need: float, back: float) -> Lease:
        """A block, or at least what is needed; raises `CacheAway`. `back`: what is left of the last block."""
        terms = self._terms
        given = (terms.capacity, terms.restore_rate, need, terms.capacity / BLOCK_SHARE, back)
        arguments = (_key(subject), *(f"{one:.3f}" for one in given))
        granted, level = await self._cache.run(
            lambda redis: cast("Awaitable[list[bytes]]", redis.eval(_LEASE, 1, *arguments))
        )
        return Lease(float(granted), float(level))


def _key(subject: str) -> str:
    """Addresses are personal: Redis sees a digest."""
    return f"fediflow:cost:{digest(subject)[:32]}"
