"""How many requests are on their way at one time, so that those without an answer do not keep back the others."""

import asyncio
from collections import deque
from types import TracebackType


class Slots:
    """`total` slots. Who holds one longer than `slow_after` seconds gives it to the next and counts as slow, of which
    there may be `slow`; beyond that the slow ones keep their slots."""

    def __init__(self, *, total: int, slow_after: float, slow: int) -> None:
        self.slow_after = slow_after
        self.slow_left = slow
        self._free = total
        self._waiting: deque[asyncio.Future[None]] = deque()

    def hold(self) -> "Slot":
        """A slot for as long as the block lasts."""
        return Slot(self)

    async def take(self) -> None:
        """Waits for a slot, in the order of those who ask."""
        if self._free > 0:
            self._free -= 1
            return
        handed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(handed)
        try:
            await handed
        except asyncio.CancelledError:
            if not handed.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Hands a slot to whoever has waited longest."""
        while self._waiting:
            handed = self._waiting.popleft()
            if not handed.done():
                handed.set_result(None)
                return
        self._free += 1


class Slot:
    """One of them, for one `async with`."""

    __slots__ = ("_is_slow", "_slots", "_timer")
    _timer: asyncio.TimerHandle

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._is_slow = False

    async def __aenter__(self) -> None:
        await self._slots.take()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._slots.slow_after, self._give_way)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._is_slow:
            self._slots.slow_left += 1
        else:
            self._slots.give_back()

    def _give_way(self) -> None:
        if self._slots.slow_left > 0:
            self._slots.slow_left -= 1
            self._is_slow = True
            self._slots.give_back()
