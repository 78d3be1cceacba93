"""Which lanes a worker holds: a fair share, for as long as it says every few seconds that it is there."""

from collections.abc import Callable
from time import monotonic

from federation.inbox.queue import LEASE, InboxQueue
from federation.tables.inbox import LANES

RENEW_SECONDS = 5.0
# A worker stops before others may begin, whatever the clocks: counted from before it asked.
_MARGIN_SECONDS = 10.0


class Lanes:
    """The lanes of one worker."""

    def __init__(self, queue: InboxQueue, *, now: Callable[[], float] = monotonic) -> None:
        self._queue = queue
        self._now = now
        self._until = 0.0
        self.held: frozenset[int] = frozenset()
        self._chair: frozenset[int] = frozenset()

    def is_held(self, lane: int) -> bool:
        """Whether work on the lane may begin now."""
        return lane in self.held and self._now() < self._until

    async def renew(self) -> None:
        """Prolongs what is held, gives back what is more than a fair share, takes what is free up to it."""
        asked = self._now()
        mine = await self._queue.renew()
        held = frozenset(lane for lane in mine if lane < LANES)
        self._chair = mine - held or await self._queue.sit_down()
        share = -(-LANES // (1 + await self._queue.others()))
        if len(held) > share:
            surplus = sorted(held)[share:]
            self.held = held - frozenset(surplus)
            await self._queue.give_back(surplus)
        elif len(held) < share:
            self.held = held | await self._queue.take(share - len(held))
        else:
            self.held = held
        self._until = asked + LEASE.total_seconds() - _MARGIN_SECONDS

    async def give_back(self) -> None:
        """Gives all of them back, at the end."""
        mine, self.held, self._chair = self.held | self._chair, frozenset(), frozenset()
        if mine:
            await self._queue.give_back(mine)
