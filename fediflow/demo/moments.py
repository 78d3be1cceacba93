"""Moments of the demo's past, and ids that look as if they had been made then.

A moment is a number of milliseconds, which is what an id begins with. The ids are those of a node whose number a live
process could hold too; they cannot meet, because a live process makes ids of the present. Two makers have two nodes: an
id is of one thing in the whole installation.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kernel.ids import EPOCH_MS, NODE_BITS, SEQUENCE_BITS

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

LAST_NODE = (1 << NODE_BITS) - 1
_LAST = (1 << SEQUENCE_BITS) - 1
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


def as_datetime(moment: int) -> datetime:
    """The moment in UTC."""
    return _UNIX + timedelta(milliseconds=moment)


def midnight(day: date, zone: ZoneInfo) -> int:
    """When the day begins there."""
    return int(datetime.combine(day, time(), zone).timestamp()) * 1000


class PastIds:
    """Makes ids of given moments, no two alike, always the same for the same moments in the same order."""

    def __init__(self, node: int) -> None:
        self._node = node
        self._given: dict[int, int] = {}

    def at(self, moment: int) -> int:
        """A snowflake of that moment; of the first day there are ids where it lies before."""
        since = max(moment - EPOCH_MS, DAY)
        while (sequence := self._given.get(since, 0)) > _LAST:
            since += 1
        self._given[since] = sequence + 1
        return (since << (NODE_BITS + SEQUENCE_BITS)) | (self._node << SEQUENCE_BITS) | sequence
