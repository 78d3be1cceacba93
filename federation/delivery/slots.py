"""How many requests are on their way at one time, so that those without an answer do not keep back the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """`total` slots. Who holds one longer than `slow_after` seconds gives it to the next and counts as slow, of which
    there may be `slow`; beyond that the slow ones keep their slots."""

    def __init__(self, *, total: int, slow_after: float, slow: int) -> None:
        self._free = asyncio.Semaphore(total)
        self._slow_after = slow_after
        self._slow_left = slow

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """A slot for as long as the block lasts."""
        await self._free.acquire()
        is_slow = False

        def give_way() -> None:
            nonlocal is_slow
            if self._slow_left > 0:
                self._slow_left -= 1
                is_slow = True
                self._free.release()

        timer = asyncio.get_running_loop().call_later(self._slow_after, give_way)
        try:
            yield
        finally:
            timer.cancel()
            if is_slow:
                self._slow_left += 1
            else:
                self._free.release()
