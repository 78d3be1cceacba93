"""Where what was asked for stands in text of scripts without spaces, which engines know by pairs of characters alone."""

from collections.abc import Iterable, Iterator

from search.language.scripts import Script, script_of
from search.language.words import run_letters, simplified

_Span = tuple[int, int]
_FEWEST, _ENOUGH = 3, 4  # characters of a longer run: as many as most words have


class Runs:
    """Looks for runs in others."""

    def __init__(self, asked: Iterable[str]) -> None:
        self._asked = [asked for run in asked if (asked := _plain(run))]

    def places(self, run: str) -> list[_Span]:
        """Where enough of a run that was asked for stands, in order: two of its characters say little outside of Han."""
        letters = run_letters(run)
        text = "".join(simplified(one) for one, _, _ in letters)
        found = sorted(span for asked in self._asked for span in _common(asked, text))
        return [(letters[first][1], letters[last - 1][2]) for first, last in merged(found)]


def merged(spans: Iterable[_Span]) -> Iterator[_Span]:
    """Spans in order, what overlaps put together."""
    before: _Span | None = None
    for start, end in spans:
        if before is None or start >= before[1]:
            if before is not None:
                yield before
            before = start, end
        else:
            before = before[0], max(end, before[1])
    if before is not None:
        yield before


def _plain(run: str) -> str:
    return "".join(simplified(one) for one, _, _ in run_letters(run))


def _common(asked: str, text: str) -> Iterator[_Span]:
    """The longest pieces of `asked` that stand in the text, those that are too short left out."""
    at = 0
    while at < len(text):
        length = _begins(asked, text, at)
        if length and _says_enough(text[at : at + length], len(asked)):
            yield at, at + length
            at += length
        else:
            at += 1


def _begins(asked: str, text: str, at: int) -> int:
    """How many of the characters from there on stand so in what was asked for."""
    length = 0
    while at + length < len(text) and text[at : at + length + 1] in asked:
        length += 1
    return length


def _says_enough(piece: str, asked: int) -> bool:
    """`asked` is the length of what was asked for."""
    if len(piece) > 1 and all(script_of(one) is Script.HAN for one in piece):
        return True
    return len(piece) >= (asked if asked <= _FEWEST else max(_FEWEST, min(asked // 2, _ENOUGH)))
