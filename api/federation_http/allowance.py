"""How often one address may ask: a bucket each, in this process. Far above what servers need, far below what hurts."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from time import monotonic

CAPACITY = 600.0
A_SECOND = 20.0
_MOST_ADDRESSES = 50_000
_IPV6_NETWORK = 64


class Allowance:
    """Takes one for each request; whoever is out of them waits."""

    def __init__(
        self,
        *,
        capacity: float = CAPACITY,
        a_second: float = A_SECOND,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._capacity = capacity
        self._a_second = a_second
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # left, as of

    def take(self, address: str) -> float:
        """0 where the request may go on; else the seconds until there is one again."""
        key, now = _network(address), self._now()
        left, since = self._buckets.pop(key, (self._capacity, now))
        left = min(self._capacity, left + (now - since) * self._a_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._a_second
        self._buckets[key] = (left if wait else left - 1, now)
        if len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return wait


def _network(address: str) -> str:
    """An IPv6 client has a whole network of addresses."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(int(ip) >> _IPV6_NETWORK) if isinstance(ip, IPv6Address) else address
