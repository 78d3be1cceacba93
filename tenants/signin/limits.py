"""How often somebody may be wrong: failed sign-ins per address and per name, tokens that are nobody's per address.

A password's attempt is counted before it is checked and given back when it was right, so attempts side by side are
counted too. A token is counted when it turned out wrong: many right ones may come from one address at the same time.
Every process counts for itself as well: with Redis away or emptied its own count still holds.

An address is what one subscriber has: of IPv6 the first 64 bits.
"""

import contextlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import cast

from kernel.cache import Cache, CacheAway
from kernel.crypto.secret_texts import digest
from kernel.errors import ErrorCode, FediflowError

MOST_COUNTED_HERE = 100_000
_SUBSCRIBERS_BITS = 64

# One window per key: the first attempt starts it. Returns the attempts in it and how long it still lasts.
_COUNT = """
local n = redis.call('incrby', KEYS[1], ARGV[1])
if n <= 0 then redis.call('del', KEYS[1]) return {0, 0} end
local ttl = redis.call('pttl', KEYS[1])
if ttl < 0 then redis.call('pexpire', KEYS[1], ARGV[2]) ttl = tonumber(ARGV[2]) end
return {n, ttl}
"""


class RateLimited(FediflowError):
    """Too many attempts; `retry_after` in the details says how many seconds to wait."""

    code = ErrorCode.RATE_LIMITED


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures in so many seconds."""

    attempts: int
    seconds: int


# A whole campus may sign in from one address; a person mistypes their own password a few times.
PER_ADDRESS = Limit(100, 300)
PER_NAME = Limit(10, 300)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was counted, to be given back when the attempt was right."""

    keys: tuple[tuple[str, Limit], ...]


class SignInLimits:
    """Counts attempts in Redis for all processes, and in this one."""

    def __init__(
        self,
        cache: Cache,
        *,
        per_address: Limit = PER_ADDRESS,
        per_name: Limit = PER_NAME,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = cache
        self._per_address = per_address
        self._per_name = per_name
        self._here = _LocalCounts(now)

    async def take(self, *, tenant_id: int, address: str | None, name: str | None) -> Attempt:
        """Counts one attempt; raises `RateLimited` when there were too many."""
        keys: list[tuple[str, Limit]] = []
        if address is not None:
            keys.append((_key("address", subscriber(address)), self._per_address))
        if name is not None:
            keys.append((_key("name", f"{tenant_id} {name}"), self._per_name))
        return await self._take(keys)

    async def take_own(self, *, tenant_id: int, user_id: int) -> Attempt:
        """Counts one attempt of somebody signed in at their own password: nobody else can use these up."""
        return await self._take([(_key("own", f"{tenant_id} {user_id}"), self._per_name)])

    async def give_back(self, attempt: Attempt) -> None:
        """The attempt was right: it does not count."""
        for key, limit in attempt.keys:
            await self._add(key, limit, -1)

    async def refuse_tokens_from(self, address: str | None) -> None:
        """Raises `RateLimited` when too many wrong tokens came from there; counts nothing."""
        if address is not None:
            counts = await self._add(_token_key(address), self._per_address, 0)
            _refuse(max((left for count, left in counts if count >= self._per_address.attempts), default=0.0))

    async def count_wrong_token(self, address: str | None) -> None:
        """A token from there was nobody's."""
        if address is not None:
            await self._add(_token_key(address), self._per_address, 1)

    async def _take(self, keys: list[tuple[str, Limit]]) -> Attempt:
        _refuse(max([await self._count(key, limit) for key, limit in keys], default=0.0))
        return Attempt(tuple(keys))

    async def _count(self, key: str, limit: Limit) -> float:
        """Seconds to wait, 0 when the attempt may go on."""
        return max(
            (left for count, left in await self._add(key, limit, 1) if count > limit.attempts), default=0.0
        )

    async def _add(self, key: str, limit: Limit, amount: int) -> list[tuple[int, float]]:
        counts = [self._here.add(key, limit, amount)]
        with contextlib.suppress(CacheAway):  # what this process counted holds
            counts.append(await self._add_for_all(key, limit, amount))
        return counts

    async def _add_for_all(self, key: str, limit: Limit, amount: int) -> tuple[int, float]:
        arguments = (key, str(amount), str(limit.seconds * 1000))
        count, milliseconds = await self._cache.run(
            lambda redis: cast("Awaitable[list[int]]", redis.eval(_COUNT, 1, *arguments))
        )
        return count, milliseconds / 1000


class _LocalCounts:
    """The same windows in memory, the least recently used ones forgotten first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def add(self, key: str, limit: Limit, amount: int) -> tuple[int, float]:
        now = self._now()
        count, until = self._windows.pop(key, (0, 0.0))
        if until <= now:
            count, until = 0, now + limit.seconds
        count += amount
        if count <= 0:
            return 0, 0.0
        self._windows[key] = (count, until)
        while len(self._windows) > MOST_COUNTED_HERE:
            self._windows.popitem(last=False)
        return count, until - now


def subscriber(address: str) -> str:
    """Whose address it is: an IPv6 network of 64 bits, since every subscriber has one; any other text as it is."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:  # a socket that listens on both shows IPv4 clients so
        return str(ip.ipv4_mapped)
    return str(IPv6Network((int(ip), _SUBSCRIBERS_BITS), strict=False))


def _refuse(wait: float) -> None:
    if wait:
        seconds = int(wait) + 1
        raise RateLimited(f"too many attempts; try again in {seconds} s", retry_after=seconds)


def _token_key(address: str) -> str:
    return _key("token", subscriber(address))


def _key(kind: str, subject: str) -> str:
    """Names and addresses are personal: Redis sees a digest."""
    return f"fediflow:signin:{kind}:{digest(subject)[:32]}"
