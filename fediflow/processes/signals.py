"""Being told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop(asyncio.Event):
    """Set when we are told to stop. SIGTERM leaves time for what is open (`in_haste` is false), SIGINT does not."""

    in_haste = False

    def tell(self, number: signal.Signals) -> None:
        """Takes note of a signal."""
        self.in_haste = self.in_haste or number is signal.SIGINT
        self.set()


@asynccontextmanager
async def stopping() -> AsyncIterator[Stop]:
    """An event that is set by SIGINT or SIGTERM while the block lasts."""
    loop, stop = asyncio.get_running_loop(), Stop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.tell, number)
    try:
        yield stop
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
