"""Ids: 64-bit snowflakes inside, opaque prefixed strings outside.

A snowflake is 41 bits of milliseconds since 2025-01-01, 10 bits of node and 12 bits of sequence: sortable by time of
making, half the index size of a UUID. The order of ids is not the order of commits: nothing that must not miss a row may
read by id. Outside an id is `<prefix>_<decimal>`, always a string, because it exceeds 2^53.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from kernel.errors import InvalidInput, Unavailable

EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
NODE_BITS = 10
SEQUENCE_BITS = 12
MAX_CLOCK_STEP_BACK_MS = 5_000
MAX_BIGINT = 2**63 - 1

_GLOBAL_ID = re.compile(r"([a-z]{2,12})_([1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class GlobalId:
    """An object's id as clients hold it."""

    prefix: str
    number: int

    def __str__(self) -> str:
        return f"{self.prefix}_{self.number}"


@lru_cache(maxsize=4096)  # a request's ids are read twice: for its shape, and for its parameters
def parse_global_id(text: str) -> GlobalId:
    """The id that `text` spells; `InvalidInput` when it spells none."""
    match = _GLOBAL_ID.fullmatch(text) if len(text) <= 32 else None
    if match is None or int(match[2]) > MAX_BIGINT:
        raise InvalidInput(f"{text[:40]!r} is not an id; ids look like 'course_7304…' and come from the API")
    return GlobalId(match[1], int(match[2]))


def first_id_of(moment: datetime) -> int:
    """The first id that can be made at a moment, as `fediflow.first_id_of` says it."""
    return max(int(moment.timestamp() * 1000) - EPOCH_MS, 0) << (NODE_BITS + SEQUENCE_BITS)


class Lease(Protocol):
    """A node number held for a while, with the right to use milliseconds from a floor up to a ceiling."""

    @property
    def node(self) -> int: ...

    def check(self, millisecond: int) -> None:
        """Raises `Unavailable` when ids of that millisecond may not be made under this lease."""


@dataclass(frozen=True, slots=True)
class FixedLease:
    """A node number that nobody else uses: for one-off commands and tests."""

    node: int

    def check(self, millisecond: int) -> None:
        """Always fine."""


class IdFactory:
    """Makes ids under a lease; safe to share between threads."""

    def __init__(self, lease: Lease, now_ms: Callable[[], int]) -> None:
        self._lease = lease
        self._now_ms = now_ms
        self._last_ms = 0
        self._sequence = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """A new id, greater than every id this factory made before."""
        with self._lock:
            now = self._now_ms() - EPOCH_MS
            if now < self._last_ms - MAX_CLOCK_STEP_BACK_MS:
                raise Unavailable(
                    f"the clock went back by {self._last_ms - now} ms; no ids until it is right again"
                )
            if now > self._last_ms:
                moment, sequence = now, 0
            elif self._sequence < (1 << SEQUENCE_BITS) - 1:
                moment, sequence = self._last_ms, self._sequence + 1
            else:  # 4,096 in one millisecond: borrow from the next
                moment, sequence = self._last_ms + 1, 0
            # asked first: a moment that is refused was never reached
            self._lease.check(moment)
            self._last_ms, self._sequence = moment, sequence
            return (
                (self._last_ms << (NODE_BITS + SEQUENCE_BITS))
                | (self._lease.node << SEQUENCE_BITS)
                | self._sequence
            )
