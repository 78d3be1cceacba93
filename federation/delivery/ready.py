"""What a session has read ahead, in the order in which it goes: class by class, institutions in turn, what is about one
object one after another."""

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Set

from federation.delivery.model import Delivery

_Line = tuple[int, str, int, int]


class Ready:
    """Deliveries to one host. Of what one actor says of one object to one inbox only one is on its way, in the order in which
    they were added, and what is behind one that is tried again waits for it."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int, Delivery]] = []
        self._arrivals = self._takes = 0
        self._lines: dict[_Line, deque[int]] = {}  # ids; the first one may go, or is on its way
        self._waiting: set[_Line] = set()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, deliveries: Iterable[Delivery]) -> Counter[tuple[int, int]]:
        """The first ones of all institutions go before their second ones. How many there are by (class, institution)."""
        self._takes += 1
        found = Counter[tuple[int, int]]()
        for delivery in deliveries:
            group = delivery.delivery_class, delivery.tenant_id
            self._arrivals += 1
            entry = (group[0], self._takes + found[group], self._arrivals, delivery)
            heapq.heappush(self._heap, entry)
            found[group] += 1
            line = _line_of(delivery)
            if line is not None:
                self._lines.setdefault(line, deque()).append(delivery.id)
        return found

    def next(self) -> Delivery | None:
        """The first that may go now; whoever takes it says when it is `over`."""
        held, found = [], None
        while self._heap and found is None:
            entry = heapq.heappop(self._heap)
            delivery, line = entry[3], _line_of(entry[3])
            if line is None:
                found = delivery
            elif line in self._waiting:
                continue  # it is found when the queue is looked through anew
            elif self._lines[line][0] == delivery.id:
                found = delivery
            else:
                held.append(entry)
        for entry in held:
            heapq.heappush(self._heap, entry)
        return found

    def over(self, delivery: Delivery, *, is_tried_again: bool) -> None:
        """It is not on its way any more."""
        line = _line_of(delivery)
        if line is None:
            return
        if is_tried_again:
            self._waiting.add(line)
        else:
            self._leave(line, delivery.id)

    def forget(self, gone: Set[tuple[int, int]]) -> None:
        """Some of them, by institution and id, are in the queue no more."""
        left = []
        for entry in self._heap:
            delivery, line = entry[3], _line_of(entry[3])
            if (delivery.tenant_id, delivery.id) not in gone:
                left.append(entry)
            elif line is not None:
                self._leave(line, delivery.id)
        heapq.heapify(left)
        self._heap = left

    def begin_anew(self) -> None:
        """Nothing is on its way, and all that came to an end is written: the queue knows what waits."""
        self._lines.clear()
        self._waiting.clear()

    def _leave(self, line: _Line, delivery_id: int) -> None:
        ids = self._lines[line]
        ids.remove(delivery_id)
        if not ids:
            del self._lines[line]


def _line_of(delivery: Delivery) -> _Line | None:
    if delivery.object_key is None:
        return None
    return delivery.tenant_id, delivery.inbox, delivery.signer_id, delivery.object_key
