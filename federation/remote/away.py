"""Which hosts did not answer lately, so that a dead or hanging one is not waited for again and again."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

FIRST_SECONDS = 10.0
MOST_SECONDS = 600.0
MOST_NAMES = 20_000
MOST_SLOW = 3
"""Different documents that a host is too slow with, and nothing else that it answers between them: then it is away."""


class HostsAway:
    """Remembers failures in a row, in this process; a host is asked again after a pause that doubles up to ten minutes.

    A document that its host is too slow with is left alone in the same way, and its host's other documents are not.
    """

    def __init__(self, *, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._names: OrderedDict[str, tuple[float, float]] = OrderedDict()  # host or document: until, pause
        self._slow: OrderedDict[str, set[str]] = OrderedDict()  # by host

    def is_away(self, host: str, document: str = "") -> bool:
        """Whether to leave the host, or that document of it, alone for now."""
        return self._is_left(host) or self._is_left(document)

    def failed(self, host: str) -> None:
        """It could not be reached. Failures of requests that went out together count once."""
        self._leave(host)

    def was_slow(self, host: str, document: str) -> None:
        """It did not answer with a document in time."""
        self._leave(document)
        slow = self._slow.setdefault(host, set())
        slow.add(document)
        if len(slow) >= MOST_SLOW:
            del self._slow[host]
            self._leave(host)
        elif len(self._slow) > MOST_NAMES:
            self._slow.popitem(last=False)

    def answered(self, host: str, document: str = "") -> None:
        """It is there."""
        for name in (host, document):
            self._names.pop(name, None)
        self._slow.pop(host, None)

    def _is_left(self, name: str) -> bool:
        known = self._names.get(name)
        return known is not None and self._now() < known[0]

    def _leave(self, name: str) -> None:
        if self._is_left(name):
            return
        _, pause = self._names.pop(name, (0.0, 0.0))
        pause = min(max(FIRST_SECONDS, 2 * pause), MOST_SECONDS)
        self._names[name] = (self._now() + pause, pause)
        if len(self._names) > MOST_NAMES:
            self._names.popitem(last=False)
