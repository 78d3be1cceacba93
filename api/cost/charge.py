"""What one request pays: for reading a new document, for compiling a new plan, and for what it asks."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

from api.cost.buckets import Bucket, Buckets
from api.cost.price import Price
from api.cost.weights import price_of_document, price_of_plan
from api.limits import LimitExceeded
from tenants.model import Principal

BOUNDS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)


@dataclass(slots=True)
class Totals:
    """What this process charged; the counts are of operations that cost at most so many points, and more."""

    counts: list[int]
    requested: int = 0
    actual: int = 0

    def count(self, requested: int) -> None:
        """Takes an operation in."""
        self.counts[bisect_left(BOUNDS, requested)] += 1
        self.requested += requested


class Till:
    """Takes what operations cost. One per process."""

    def __init__(self, buckets: Buckets) -> None:
        self.buckets = buckets
        self.totals = Totals([0] * (len(BOUNDS) + 1))

    def payer(self, principal: Principal | None, address: str) -> "Payer":
        """Who pays for a request: a person, or who is behind an address, of an institution or of none."""
        if principal is None:
            return Payer(self, self.buckets.of(0, None, address))
        return Payer(self, self.buckets.of(principal.tenant.id, principal.user_id, address))

    def check(self, price: Price, requested: int, inputs: Any) -> None:
        """Refuses what costs more than any bucket holds, and names the field that costs most."""
        capacity = int(self.buckets.terms.capacity)
        if requested > capacity:
            path, points = price.dearest(inputs)
            raise LimitExceeded(
                f"the operation costs {requested} points; at most {capacity} are allowed: lower `first`, above all around"
                f" {path}, which costs {points} of them",
                requested=requested,
                capacity=capacity,
            )


class Payer:
    """Whoever a request is charged to, and what its operation was charged. One per request."""

    __slots__ = ("_bucket", "_price", "_requested", "_till")

    def __init__(self, till: Till, bucket: Bucket) -> None:
        self._till = till
        self._bucket = bucket

    async def pay_for_document(self, characters: int) -> None:
        """Before a document is read that is not known."""
        points = price_of_document(characters)
        await self._till.buckets.take(self._bucket, points, "reading a document that is new here")

    async def pay_for_plan(self, parts: int) -> int:
        """Before a plan is compiled that is not known; returns what was paid, to be given back if it was known after all."""
        points = price_of_plan(parts)
        await self._till.buckets.take(self._bucket, points, "preparing an operation that is new here")
        return points

    def give_back(self, points: int) -> None:
        """What was paid for nothing."""
        self._bucket.give_back(points)

    def give_back_what_it_asks(self) -> None:
        """The operation was not begun after all; it may be paid for again."""
        self._bucket.give_back(self._requested)

    def pay_at_once(self, price: Price, inputs: Any) -> bool:
        """Takes what the operation costs where nobody need be asked; False, and nothing is taken: `pay` it."""
        requested = price.fixed or price.of(inputs)
        if not self._till.buckets.take_at_once(self._bucket, requested):
            return False
        self._paid(price, requested)
        return True

    async def pay(self, price: Price, inputs: Any) -> None:
        """Takes what the operation costs; `RateLimited`, or `LimitExceeded` where no bucket holds so much."""
        requested = price.fixed or price.of(inputs)
        self._till.check(price, requested, inputs)
        await self._till.buckets.take(self._bucket, requested)
        self._paid(price, requested)

    def answer(self, data: bytes) -> bytes:
        """The answer whose `data` is this text, with what the operation cost; what was not needed goes back."""
        requested, bucket, totals = self._requested, self._bucket, self._till.totals
        actual = self._price.actual(requested, data)
        if actual < requested:
            bucket.left += requested - actual
        totals.actual += actual
        available = self._till.buckets.available(bucket)
        return _ANSWER % (data, requested, actual, available, bucket.terms.restore_rate)

    def _paid(self, price: Price, requested: int) -> None:
        self._price = price
        self._requested = requested
        self._till.totals.count(requested)


_ANSWER = b'{"data":%b,"extensions":{"cost":{"requested":%d,"actual":%d,"available":%d,"restoreRate":%d}}}'
_COST = b',"extensions":{"cost":'


def without_cost(body: bytes) -> bytes:
    """An answer as far as it is the same for whoever asks the same: what it cost, and what is left, is cut off."""
    head, _, _ = body.rpartition(_COST)
    return head or body
