"""The prepared statements of one connection: bounded, the longest unused one is closed."""

from collections import OrderedDict
from collections.abc import Iterable

from kernel.database.wire.messages import bind_head, close_statement, parse


class Statements:
    """Gives each SQL text a name on its connection. Names are never used twice, so a forgotten one cannot clash."""

    __slots__ = ("_closing", "_heads", "_limit", "_made")

    def __init__(self, limit: int = 1000) -> None:
        self._heads: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()
        self._closing: list[bytes] = []
        self._limit = limit
        self._made = 0

    def __len__(self) -> int:
        return len(self._heads)

    def head(self, sql: str) -> bytes | None:
        """What a Bind of it begins with, None where it is not prepared."""
        known = self._heads.get(sql)
        if known is None:
            return None
        self._heads.move_to_end(sql)
        return known[1]

    def prepare(self, sql: str) -> bytes:
        """The message that prepares it; to be sent, for from now on it counts as prepared."""
        message = parse(name := b"s%d" % self._made, sql)
        self._made += 1
        self._heads[sql] = (name, bind_head(name))
        return message

    def forget(self, many: Iterable[str]) -> None:
        """They are not prepared, or not as they should be."""
        for sql in many:
            known = self._heads.pop(sql, None)
            if known is not None:
                self._closing.append(close_statement(known[0]))

    def evicted(self) -> list[bytes]:
        """Messages that close what is not needed any more. They go first in the next request: nothing skips them."""
        closing, self._closing = self._closing, []
        # What the previous request used is over the limit only now, when nobody can need it any more.
        while len(self._heads) > self._limit:
            _, (name, _) = self._heads.popitem(last=False)
            closing.append(close_statement(name))
        return closing
