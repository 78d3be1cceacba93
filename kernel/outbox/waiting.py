"""Waiting without missing the moment: a bell, a pace for polling, a delay after failures."""

import asyncio
import random
from dataclasses import dataclass

_FIRST_RETRY = 0.1
_LONGEST_RETRY = 3.0  # a server that is back is noticed about so soon


class Bell:
    """Wakes everyone who listens. Who takes `listen()` before looking for work misses no ring while looking."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def listen(self) -> asyncio.Event:
        """The next ring."""
        return self._next

    def ring(self) -> None:
        """Wakes everyone who listens now."""
        self._next.set()
        self._next = asyncio.Event()


@dataclass(slots=True)
class Pace:
    """Seconds until the next poll: `busy` after work was found, twice as long after every look in vain, up to `idle`."""

    busy: float = 0.02
    idle: float = 0.25
    _current: float = 0.0

    def after(self, found: int) -> float:
        """How long to wait when the last look found that many."""
        self._current = self.busy if found or not self._current else min(self._current * 2, self.idle)
        return self._current


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Returns when the event happens, at the latest after that time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def retry_delay(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, jittered so that many do not come back at once."""
    longest = min(_FIRST_RETRY * 2 ** min(failures - 1, 16), _LONGEST_RETRY)
    return random.uniform(longest / 2, longest)  # spreads load, keeps no secret
