"""Leaky buckets, one for each principal of a tenant: what an operation costs is taken out of it before it runs.

While a process has points of a block left (`api.cost.leases`), taking some is a subtraction. Without Redis each process
keeps a bucket of its own with its share of the points: slower, never more open. Anonymous clients have one for each
subscriber's address.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import NoReturn

from api.cost.leases import BLOCK_SHARE, LEASE_SECONDS, Lease, Leases, Terms
from kernel.cache import CacheAway
from tenants.signin.limits import RateLimited, subscriber

MOST_BUCKETS = 50_000  # some 500 bytes each


class Bucket:
    """What this process knows of one bucket, and the points it may spend of it."""

    __slots__ = ("asking", "at", "is_own", "left", "level", "subject", "terms", "until")

    def __init__(self, subject: str, terms: Terms) -> None:
        self.subject = subject
        self.terms = terms
        self.left = 0.0  # of the block
        self.until = 0.0  # when the block goes back
        self.level = terms.capacity  # what the bucket itself held `at` that time, beside all blocks
        self.at = 0.0  # 0: never asked
        self.is_own = False  # the level is that of this process alone
        self.asking = asyncio.Lock()

    def take_at_once(self, points: float, now: float) -> bool:
        """Takes the points if the block holds them."""
        if self.left < points or now >= self.until:
            return False
        self.left -= points
        return True

    def level_at(self, now: float) -> float:
        """About what the bucket holds beside the block: others may have taken of it."""
        return min(self.terms.capacity, self.level + (now - self.at) * self.terms.restore_rate)

    def available_at(self, now: float) -> int:
        """About what may still be spent."""
        terms = self.terms
        available = self.level + (now - self.at) * terms.restore_rate + self.left
        return int(available if available < terms.capacity else terms.capacity) if available > 0 else 0

    def give_back(self, points: float) -> None:
        """What was not needed after all."""
        self.left += points


class Buckets:
    """The buckets used last. One per process; `processes` share what there is where Redis is away."""

    def __init__(
        self,
        leases: Leases,
        terms: Terms,
        *,
        processes: int = 1,
        most: int = MOST_BUCKETS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.terms = terms
        self.refused = 0
        self._leases = leases
        self._own = terms.shared_by(processes)
        self._most = most
        self._now = now
        self._known: OrderedDict[Hashable, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, tenant_id: int, user_id: int | None, address: str) -> Bucket:
        """The bucket of a person, or of whoever is behind an address."""
        whose = user_id or _subscriber(address)
        found = self._known.get((tenant_id, whose))
        if found is None:
            found = self._known[tenant_id, whose] = Bucket(f"{tenant_id} {whose}", self.terms)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end((tenant_id, whose))
        return found

    def take_at_once(self, bucket: Bucket, points: float) -> bool:
        """Takes the points where no other process need be asked."""
        return bucket.take_at_once(points, self._now())

    async def take(self, bucket: Bucket, points: float, what: str = "this operation") -> None:
        """Takes the points, all there can be at most; `RateLimited` says when there will be enough for `what`."""
        points = min(points, self.terms.capacity)
        if bucket.take_at_once(points, self._now()):
            return
        async with bucket.asking:  # one asks; whoever waited finds what it got
            if bucket.take_at_once(points, self._now()):
                return
            # As it was when last asked: others can only have taken more since.
            if bucket.at == 0 or self._missing(bucket, points) <= 0:
                await self._lease(bucket, points)
                if bucket.take_at_once(points, self._now()):
                    return
            self._refuse(bucket, points, what)

    def available(self, bucket: Bucket) -> int:
        """About what may still be spent."""
        return bucket.available_at(self._now())

    async def _lease(self, bucket: Bucket, points: float) -> None:
        back = 0.0 if bucket.is_own else bucket.left
        if not bucket.is_own:
            bucket.left = 0.0  # while it goes back nobody may spend it
        try:
            lease = await self._leases.take(bucket.subject, points, back)
        except CacheAway:  # then `back` may have arrived or not: it is not spent here
            lease = self._own_lease(bucket, points)
        else:
            if bucket.is_own:
                bucket.left, bucket.is_own, bucket.terms = 0.0, False, self.terms
        now = self._now()
        bucket.left += lease.points
        bucket.level, bucket.at, bucket.until = lease.level, now, now + LEASE_SECONDS

    def _own_lease(self, bucket: Bucket, points: float) -> Lease:
        """Out of the bucket that this process keeps itself; what one operation costs beyond it is owed."""
        level = bucket.level_at(self._now())
        if not bucket.is_own:
            level *= self._own.capacity / self.terms.capacity
            bucket.is_own, bucket.terms = True, self._own
        level += bucket.left
        bucket.left = 0.0
        if level < min(points, self._own.capacity):
            return Lease(0.0, level)
        granted = max(points, min(self._own.capacity / BLOCK_SHARE, level / 2))
        return Lease(granted, level - granted)

    def _missing(self, bucket: Bucket, points: float) -> float:
        return min(points, bucket.terms.capacity) - bucket.level_at(self._now()) - bucket.left

    def _refuse(self, bucket: Bucket, points: float, what: str) -> NoReturn:
        self.refused += 1
        available, restore_rate = self.available(bucket), int(bucket.terms.restore_rate)
        seconds = math.ceil(max(self._missing(bucket, points), 0) / bucket.terms.restore_rate) or 1
        raise RateLimited(
            f"{what} costs {points:.0f} points; about {available} are left and {restore_rate} come"
            f" back every second: try again in {seconds} s, and lower `first`, above all of lists inside of lists",
            retry_after=seconds,
            requested=int(points),
            available=available,
            restore_rate=restore_rate,
        )


@lru_cache(maxsize=10_000)
def _subscriber(address: str) -> str:
    return subscriber(address)
