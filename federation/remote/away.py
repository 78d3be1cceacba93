"""Which hosts did not answer lately, so that a dead or hanging one is not waited for again and again."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

FIRST_SECONDS = 10.0
MOST_SECONDS = 600.0
MOST_HOSTS = 10_000


class HostsAway:
    """Remembers failures in a row, in this process; a host is asked again after a pause that doubles up to ten minutes."""

    def __init__(self, *, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._hosts: OrderedDict[str, tuple[float, float]] = OrderedDict()  # until, pause

    def is_away(self, host: str) -> bool:
        """Whether to leave the host alone for now."""
        known = self._hosts.get(host)
        return known is not None and self._now() < known[0]

    def failed(self, host: str) -> None:
        """It did not answer. Failures of requests that went out together count once."""
        if self.is_away(host):
            return
        _, pause = self._hosts.pop(host, (0.0, 0.0))
        pause = min(max(FIRST_SECONDS, 2 * pause), MOST_SECONDS)
        self._hosts[host] = (self._now() + pause, pause)
        if len(self._hosts) > MOST_HOSTS:
            self._hosts.popitem(last=False)

    def answered(self, host: str) -> None:
        """It is there."""
        self._hosts.pop(host, None)
