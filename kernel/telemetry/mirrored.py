"""Counts that somebody else keeps, as Prometheus counters."""

from prometheus_client import Counter


class MirroredCount:
    """Moves a counter by what the other count moved. One that is less than before began anew at zero."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._last = 0

    def now(self, count: int) -> None:
        """The other count's present value."""
        before = self._last if count >= self._last else 0
        self._counter.inc(count - before)
        self._last = count
