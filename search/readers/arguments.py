"""The arguments of a saved search: as clients write them, as they are kept, and as an engine is asked.

They are kept as clients write them, with the version of that: names and values of the GraphQL field `search`, which stay
what they are. What a later version writes differently it reads here in both ways.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kernel.errors import ErrorCode, FediflowError, InvalidInput, below
from search.asked import Asked
from search.facet_values import FILTERS, read_language, read_value, written_value
from search.model import LONGEST_TEXT, Box, Facet, Kind, Point, Query, Range, Sort
from search.readers.values import (
    box_of,
    day_of,
    listed,
    members_of,
    one_of,
    point_of,
    radius_of,
    text_of,
    truth_of,
    written_box,
    written_point,
)
from tenants.model import Tenant

VERSION = 1

_MEMBERS = ("text", "language", "kinds", "near", "within", "onlineAnywhere", "filters", "sort")


class UnreadableSearch(FediflowError):
    """A saved search that this program cannot read: a later one wrote it, or what it named is not there any more."""

    code = ErrorCode.BAD_USER_INPUT


@dataclass(frozen=True, slots=True)
class Arguments:
    """What is searched for, checked. `near` is a point or an institution's slug. Sets are sorted: equal ones are written alike."""

    text: str = ""
    language: str | None = None
    kinds: tuple[Kind, ...] = ()
    near: Point | str | None = None
    within: float | Box | None = None
    online_anywhere: bool = False
    filters: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    starts: Range | None = None
    sort: Sort = Sort.RELEVANCE


def read_arguments(given: Mapping[str, Any]) -> Arguments:
    """The arguments out of what a client wrote; raises `InvalidInput` with the path below them."""
    members_of(given, _MEMBERS)
    with below("filters"):
        filters, starts = _filters(
            members_of(given.get("filters") or {}, (*FILTERS, "startsFrom", "startsUntil"))
        )
    found = Arguments(
        text=text_of(given, "text", longest=LONGEST_TEXT) or "",
        language=_language(given),
        kinds=tuple(sorted({one_of(Kind, one, "kinds") for one in listed(given, "kinds")})),
        near=_near(given),
        within=_within(given),
        online_anywhere=truth_of(given, "onlineAnywhere"),
        filters=filters,
        starts=starts,
        sort=one_of(Sort, given.get("sort") or "RELEVANCE", "sort"),
    )
    _require_sense(found)
    return found


def written_arguments(arguments: Arguments) -> dict[str, Any]:
    """As a client writes them, without what is not given."""
    filters: dict[str, Any] = {
        name: [written_value(facet, one) for one in arguments.filters[facet]]
        for name, facet in FILTERS.items()
        if facet in arguments.filters
    }
    starts = arguments.starts or Range()
    days = {"startsFrom": starts.first, "startsUntil": starts.last}
    filters |= {name: day.isoformat() for name, day in days.items() if day is not None}
    whole = {
        "text": arguments.text,
        "language": arguments.language,
        "kinds": [kind.name for kind in arguments.kinds],
        "near": _written_near(arguments.near),
        "within": _written_within(arguments.within),
        "onlineAnywhere": arguments.online_anywhere,
        "filters": filters,
        "sort": None if arguments.sort is Sort.RELEVANCE else arguments.sort.name,
    }
    return {name: value for name, value in whole.items() if value}


def kept(arguments: Arguments) -> dict[str, Any]:
    """What is stored."""
    return {"v": VERSION, "arguments": written_arguments(arguments)}


def arguments_kept(stored: Mapping[str, Any]) -> Arguments:
    """The arguments out of what is stored; raises `UnreadableSearch`."""
    if stored.get("v") != VERSION:
        raise UnreadableSearch(f"the search was saved in version {stored.get('v')}, which is not known here")
    try:
        return read_arguments(stored["arguments"])
    except InvalidInput as error:
        raise UnreadableSearch(f"the search cannot be asked any more: {error.message}") from error


def query_of(
    arguments: Arguments,
    *,
    tenant: Tenant,
    near: Point | None,
    reader: str | None,
    appeared_after: datetime | None = None,
    first: int = 10,
) -> Query:
    """What an engine is asked for them. `near` is the point that they mean, `reader` the language that the person reads."""
    asked = Asked(
        text=arguments.text,
        language=arguments.language,
        kinds=frozenset(arguments.kinds),
        filters={facet: frozenset(values) for facet, values in arguments.filters.items()},
        starts=arguments.starts,
        near=near,
        within=arguments.within,
        online_anywhere=arguments.online_anywhere,
        sort=arguments.sort,
    )
    query = asked.query(tenant, [reader] if reader is not None else [])
    return replace(query, appeared_after=appeared_after, first=first)


def _language(given: Mapping[str, Any]) -> str | None:
    language = text_of(given, "language", longest=64)
    return None if language is None else read_language(language)


def _filters(given: Mapping[str, Any]) -> tuple[dict[Facet, tuple[str, ...]], Range | None]:
    filters = {
        facet: tuple(sorted({read_value(facet, one, name) for one in listed(given, name)}))
        for name, facet in FILTERS.items()
        if listed(given, name)
    }
    days = Range(day_of(given, "startsFrom"), day_of(given, "startsUntil"))
    return filters, None if days == Range() else days


def _near(given: Mapping[str, Any]) -> Point | str | None:
    if given.get("near") is None:
        return None
    with below("near"):
        near = members_of(given["near"], ("point", "institution"))
        if (near.get("point") is None) is (near.get("institution") is None):
            raise InvalidInput("give exactly one of point and institution")
        if near.get("point") is not None:
            return point_of(near["point"], "point")
        return (text_of(near, "institution", longest=40) or "").lower() or None


def _within(given: Mapping[str, Any]) -> float | Box | None:
    if given.get("within") is None:
        return None
    with below("within"):
        within = members_of(given["within"], ("metres", "kilometres", "box"))
        if sum(one is not None for one in within.values()) != 1:
            raise InvalidInput("give exactly one of metres, kilometres and box")
        return box_of(within["box"]) if within.get("box") is not None else radius_of(within)


def _require_sense(arguments: Arguments) -> None:
    if isinstance(arguments.within, float) and arguments.near is None:
        raise InvalidInput("a distance is measured from `near`, which is not given", path=["within"])
    if arguments.sort is Sort.DISTANCE and arguments.near is None:
        raise InvalidInput("DISTANCE is the one from `near`, which is not given", path=["sort"])
    starts = arguments.starts
    if (
        starts is not None
        and starts.first is not None
        and starts.last is not None
        and starts.first > starts.last
    ):
        raise InvalidInput("the last day is before the first", path=["filters", "startsUntil"])
    if not (arguments.text or arguments.kinds or arguments.filters or starts or arguments.within):
        raise InvalidInput("a search that is saved has a text, kinds, filters or a place")


def _written_near(near: Point | str | None) -> dict[str, Any] | None:
    if isinstance(near, Point):
        return {"point": written_point(near)}
    return None if near is None else {"institution": near}


def _written_within(within: float | Box | None) -> dict[str, Any] | None:
    if isinstance(within, Box):
        return {"box": written_box(within)}
    return None if within is None else {"metres": within}
