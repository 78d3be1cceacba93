"""A gateway that many tests share outlives their loop's standing still: it turns for tests that await, and for no others.

For as long as those take nothing is renewed or read again, and the first who asked afterwards would find the gateway without
a node lease, or blind for revocations, as a process is that hung.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from unittest.mock import patch

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.leases import NodeLease, node_lease
from tenants.signin.revocation_list import RevocationList

_AT_MOST = 10.0  # twice as long as a loop that turns lets anybody wait


class LoopClock:
    """Seconds, of which a standstill adds a few; for what asks it every few seconds."""

    def __init__(self) -> None:
        self._looked_at = time.monotonic()
        self._seconds = 0.0

    def __call__(self) -> float:
        now = time.monotonic()
        self._seconds += min(now - self._looked_at, _AT_MOST)
        self._looked_at = now
        return self._seconds


@dataclass(frozen=True, slots=True)
class _Lasting:
    """A lease that is renewed as ever, and lasts until it is."""

    lease: NodeLease

    @property
    def node(self) -> int:
        return self.lease.node

    def check(self, millisecond: int) -> None:
        """Always fine: who takes the number during a standstill has given it back when the loop turns."""


@asynccontextmanager
async def _lasting(engine: AsyncEngine, table: Table) -> AsyncIterator[_Lasting]:
    async with node_lease(engine, table) as lease:
        yield _Lasting(lease)


@contextmanager
def outlived() -> Iterator[None]:
    """A gateway that is opened inside outlives standstills."""
    revocations = partial(RevocationList, now=LoopClock())
    with (
        patch("fediflow.processes.stack.node_lease", _lasting),
        patch("fediflow.processes.opened.RevocationList", revocations),
    ):
        yield
