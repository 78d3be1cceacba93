"""Which requests are slow: a 95th percentile of recent times, kept in a few bits."""

from collections import OrderedDict

SLOW = 0.05  # seconds
_RECENT = 64
_MASK = (1 << _RECENT) - 1
_FULL = (_MASK << 1) | 1
_KEPT = 4096


class Pace:
    """Remembers for each kind of request whether its recent answers were slow."""

    __slots__ = ("_histories",)

    def __init__(self) -> None:
        # A bit for each answer, 1 where it was slow, behind a leading 1 that tells how many there are.
        self._histories: OrderedDict[object, int] = OrderedDict()

    def record(self, kind: object, seconds: float) -> None:
        """An answer took so long."""
        history = self._histories.get(kind)
        if history is None:
            history = 1
            if len(self._histories) >= _KEPT:
                self._histories.popitem(last=False)
        moved = history << 1 | (seconds > SLOW)
        self._histories[kind] = moved if moved <= _FULL else (moved & _MASK) | _MASK + 1

    def is_slow(self, kind: object) -> bool:
        """Whether more than one in twenty recent answers was slow."""
        history = self._histories.get(kind)
        if history is None:
            return False
        return (history.bit_count() - 1) * 20 > history.bit_length() - 1

    def __len__(self) -> int:
        return len(self._histories)
