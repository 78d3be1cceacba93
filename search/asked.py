"""What somebody asks of a search, checked; and the engine's query for it at a moment."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kernel.errors import InvalidInput
from search.language.queries import query_languages
from search.language.readers import reader_order
from search.model import (
    LONGEST_TEXT,
    MOST_FILTER_VALUES,
    Box,
    Facet,
    Kind,
    Point,
    Query,
    Range,
    Sort,
)
from tenants.model import Tenant

SHORTEST_RADIUS, LONGEST_RADIUS = 1.0, 20_000_000.0  # metres

_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of a search as values; `check` says what of them cannot be."""

    text: str = ""
    language: str | None = None
    kinds: frozenset[Kind] = frozenset()
    filters: Mapping[Facet, frozenset[str]] = field(default_factory=dict)
    starts: Range | None = None
    near: Point | None = None
    within: float | Box | None = None
    online_anywhere: bool = False
    facets: tuple[Facet, ...] = ()
    sort: Sort = Sort.RELEVANCE

    def query(self, tenant: Tenant, read: Sequence[str]) -> Query:
        """The query of a reader of these languages, the dearest first; pages, tuning and what waits are added to it."""
        return Query(
            text=self.text,
            languages=query_languages(self.text, given=self.language, languages=tenant.languages, read=read),
            reader_languages=reader_order(read, institution=tenant.languages),
            kinds=self.kinds,
            filters=self.filters,
            starts=self.starts,
            near=self.near,
            within=self.within,
            online_anywhere=self.online_anywhere,
            facets=self.facets,
            sort=self.sort,
        )


def check(asked: Asked) -> Asked:
    """The same; `InvalidInput` names the argument that cannot be, or does not go with the others."""
    check_text(asked.text)
    for facet, values in asked.filters.items():
        if len(values) > MOST_FILTER_VALUES:
            raise _refused(
                "filters", f"{facet} has {len(values)} values; at most {MOST_FILTER_VALUES} are allowed"
            )
    starts = asked.starts
    if (
        starts is not None
        and starts.first is not None
        and starts.last is not None
        and starts.last < starts.first
    ):
        raise _refused("filters", f"startsFrom is {starts.first}, after startsUntil, which is {starts.last}")
    if asked.near is not None:
        check_point(asked.near, "near")
    _check_within(asked)
    if asked.sort is Sort.DISTANCE and asked.near is None:
        raise _refused("sort", "sort is DISTANCE, from where is not said: give `near`, too")
    return asked


def check_text(text: str) -> None:
    """Raises `InvalidInput` for a text that no engine takes."""
    if len(text) > LONGEST_TEXT:
        raise _refused("text", f"text has {len(text)} characters; at most {LONGEST_TEXT} are allowed")


def check_point(point: Point, argument: str) -> None:
    """Raises `InvalidInput` for what is no place."""
    for name, value, most in (("latitude", point.latitude, 90), ("longitude", point.longitude, 180)):
        if not math.isfinite(value) or abs(value) > most:
            raise _refused(argument, f"{argument}: {name} is {value}; it is from -{most} to {most} degrees")


def distinct(values: Sequence[_V]) -> tuple[_V, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(values))


def _check_within(asked: Asked) -> None:
    within = asked.within
    if isinstance(within, Box):
        check_point(within.south_west, "within")
        check_point(within.north_east, "within")
        if within.north_east.latitude < within.south_west.latitude:
            raise _refused("within", "within: the north-eastern corner is south of the south-western one")
    elif within is not None:
        if asked.near is None:
            raise _refused("within", "within says how far, from where is not said: give `near`, too")
        if not SHORTEST_RADIUS <= within <= LONGEST_RADIUS:
            raise _refused("within", f"within is {within:g} metres; it is from 1 metre to 20,000 kilometres")


def _refused(argument: str, message: str) -> InvalidInput:
    return InvalidInput(message, path=[argument], argument=argument)
