"""How much one server may send us, and how much nonsense one address: counted in this process, by the minute."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

WINDOW_SECONDS = 60.0
MOST_COUNTED = 50_000


class MinuteRates:
    """Counts by name in windows of a minute; the oldest windows are forgotten first, so memory is bounded."""

    def __init__(self, *, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()  # until, count

    def count(self, name: str) -> None:
        """One more."""
        until, count = self._windows.get(name, (0.0, 0))
        if self._now() >= until:
            self._windows.pop(name, None)
            until, count = self._now() + WINDOW_SECONDS, 0
        self._windows[name] = (until, count + 1)
        if len(self._windows) > MOST_COUNTED:
            self._windows.popitem(last=False)

    def seconds_to_wait(self, name: str, limit: int) -> int:
        """0 while there were fewer than `limit` in this minute; else how long until there may be more."""
        until, count = self._windows.get(name, (0.0, 0))
        left = until - self._now()
        return 0 if left <= 0 or count < limit else int(left) + 1
