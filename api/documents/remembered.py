"""Texts remembered for a while, bounded by their characters; also that there is none, bounded in number."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

MAX_CHARACTERS = 4_000_000
MAX_MISSING = 10_000

Key = tuple[int, str]  # of tenant and document


class Known(NamedTuple):
    """What is known of a document: its text, None where there is none; until when (monotonic seconds)."""

    text: str | None
    until: float


class Remembered:
    """Texts of one process by tenant and id, the same `str` object as long as the text is the same.

    So its hash is computed once, and whoever remembers something under a text finds it without reading the text again.
    """

    def __init__(
        self, *, seconds: float, seconds_missing: float, now: Callable[[], float] = monotonic
    ) -> None:
        self._seconds = seconds
        self._seconds_missing = seconds_missing
        self._now = now
        self._texts: OrderedDict[Key, Known] = OrderedDict()
        self._missing: OrderedDict[Key, Known] = OrderedDict()
        self._characters = 0

    def get(self, key: Key) -> Known | None:
        """What is known of it now; None: somebody must be asked."""
        known = self._texts.get(key) or self._missing.get(key)
        return known if known is not None and known.until > self._now() else None

    def text(self, key: Key) -> str | None:
        """Its text, where that is known now."""
        known = self._texts.get(key)
        return known.text if known is not None and known.until > self._now() else None

    def put(self, key: Key, text: str | None) -> str | None:
        """Remembers what was found; returns the text, as the object that was remembered before where it is the same."""
        before = self._texts.pop(key, None)
        if before is not None and before.text is not None:
            self._characters -= len(before.text)
        self._missing.pop(key, None)
        if text is None:
            self._missing[key] = Known(None, self._now() + self._seconds_missing)
            if len(self._missing) > MAX_MISSING:
                self._missing.popitem(last=False)
            return None
        kept = before.text if before is not None and before.text == text else text
        self._texts[key] = Known(kept, self._now() + self._seconds)
        self._characters += len(text)
        while self._characters > MAX_CHARACTERS:
            _, oldest = self._texts.popitem(last=False)
            self._characters -= len(oldest.text or "")
        return kept
