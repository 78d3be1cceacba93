"""Suggestions as somebody reads them: each text once, however many objects are called so."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from search.model import Kind, Prefix, Suggestion

Suggest = Callable[[Prefix], Awaitable[Sequence[Suggestion]]]
"""Asks an engine."""

# An engine is asked for more than are shown: of a course and its offerings one is left. It is asked again where few are.
_TIMES = (3, 12)


async def suggested(suggest: Suggest, prefix: Prefix) -> Sequence[Suggestion]:
    """At most `prefix.first` suggestions."""
    distinct: list[Suggestion] = []
    for times in _TIMES:
        size = prefix.first * times
        found = await suggest(replace(prefix, first=size))
        distinct = once_each(found)
        if len(distinct) >= prefix.first or len(found) < size:
            break
    return distinct[: prefix.first]


def once_each(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Each text once, at its first place: of the course rather than of an offering of it. People of one name are several."""
    kept: dict[tuple[str, int], Suggestion] = {}
    for one in found:
        key = (one.text.casefold(), one.reference.id if one.reference.kind is Kind.USER else 0)
        before = kept.get(key)
        if before is None or (before.reference.kind, one.reference.kind) == (Kind.OFFERING, Kind.COURSE):
            kept[key] = one
    return list(kept.values())
