"""Doing once more what may be done twice, while a database or the engine is away for a moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from kernel.outbox.complaints import Complaint
from search.engine import NoIndex

PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 1.0

T = TypeVar("T")
StillAlone = Callable[[], Awaitable[None]]
"""Raises where somebody else may do the same by now."""


async def _nobody_else() -> None:
    """Where nobody else does the same."""


@dataclass(frozen=True, slots=True)
class Patience:
    """For so many `seconds` each; before anything is done again it is asked who else may do so."""

    seconds: float = PATIENCE_SECONDS
    still_alone: StillAlone = _nobody_else

    async def do(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives; raises what stood in its way to the end. `what` is for the log."""
        complaint, until = Complaint(what, {}), time.monotonic() + self.seconds
        while True:
            try:
                done = await work()
            except NoIndex:
                raise  # it does not come back
            except (*DATABASE_TROUBLE, Unavailable) as error:
                if time.monotonic() + _PAUSE_SECONDS > until:
                    raise
                complaint.failed(error)
                await asyncio.sleep(_PAUSE_SECONDS)
                await self.still_alone()
            else:
                complaint.settled()
                return done
