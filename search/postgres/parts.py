"""Changes cut into parts, each of which one transaction takes within seconds, however long the texts are."""

from collections.abc import Iterator, Sequence

from search.model import Change, Changes, Put

_CHANGES = 500
LONG = 1_000_000
"""Characters: to file as many takes some seconds. A document that has more is a part of its own."""


def parts(changes: Changes) -> Iterator[Sequence[Change]]:
    """All of them, in their order."""
    part: list[Change] = []
    length = 0
    for change in changes:
        more = length_of(change)
        if part and (len(part) == _CHANGES or length + more > LONG):
            yield part
            part, length = [], 0
        part.append(change)
        length += more
    if part:
        yield part


def length_of(change: Change) -> int:
    """How many characters there are to file."""
    if not isinstance(change, Put):
        return 0
    document = change.document
    return sum(map(len, (*document.titles.values(), *document.texts.values(), *document.codes)))
