"""In which order hits come, and how a page goes on where the last one ended."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import InvalidInput
from search.model import EARTH_RADIUS, UNDETERMINED, Collection, Cursor, Institution, Point, Query, Sort
from search.opensearch.analysis import Json
from search.opensearch.documents import field_language

_MOST_TITLES = 3  # languages whose titles are sorted apart


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the values of its last hit, and how the search was asked that it is a page of."""

    snapshot: str | None
    forgiving: bool  # see `searching.Asked`
    values: Sequence[Any]


def orders(collection: Collection, query: Query) -> list[Json]:
    """What hits are sorted by, to the last tie: rows of two kinds, or of two institutions, may have the same id."""
    last: list[Json] = [{"id": "desc"}, {"kind": "asc"}, {"tenant": "asc"}]
    # Whatever the order, what is pinned has a score and the rest has none: see `searching`.
    pinned: list[Json] = [{"_score": "desc"}] if query.pinned and query.sort is not Sort.RELEVANCE else []
    match query.sort:
        case Sort.RELEVANCE:
            return [{"_score": "desc"}, *last]
        case Sort.DISTANCE:
            return [*pinned, _by_distance(query), *last]
        case Sort.START:
            return [*pinned, {"starts_on": {"order": "asc", "missing": "_last"}}, *last]
        case Sort.TITLE:
            return [*pinned, *_by_title(collection, query), *last]


def cursor(end: Place, sort: Sort) -> Cursor:
    """What leads to what comes after a hit."""
    return (sort.value, end.snapshot, end.forgiving, *end.values)


def place(collection: Collection, query: Query) -> Place | None:
    """Where the page begins. Raises `InvalidInput` for a cursor that no page of such a query had."""
    if query.after is None:
        return None
    if len(query.after) != 3 + len(orders(collection, query)):
        raise unknown_cursor()
    sort, snapshot, forgiving, *values = query.after
    if sort != query.sort or not isinstance(snapshot, str | None) or not isinstance(forgiving, bool):
        raise unknown_cursor()
    return Place(snapshot, forgiving, values)


def unknown_cursor() -> InvalidInput:
    """A cursor that is none, or of another order."""
    return InvalidInput("the cursor is of another search: begin without one", path="after")


def distance(one: Point, other: Point) -> float:
    """Metres between two places, by the haversine formula."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))


def _by_distance(query: Query) -> Json:
    if query.near is None:
        raise InvalidInput("to sort by distance, say from where: give `near`", path="near")
    point = {"lat": query.near.latitude, "lon": query.near.longitude}
    return {"_geo_distance": {"point": point, "order": "asc", "unit": "m"}}


def _by_title(collection: Collection, query: Query) -> list[Json]:
    """By the title that the reader is shown. What has one in their first language comes first, then what has one in the next; an
    institution's documents are stored with what those are shown who read one of its languages, so there it ends with that."""
    read = [tag for tag in map(field_language, query.reader_languages) if tag != UNDETERMINED][:_MOST_TITLES]
    if isinstance(collection, Institution):
        spoken = set(map(field_language, collection.tenant.languages))
        first = next((place for place, tag in enumerate(read, start=1) if tag in spoken), len(read))
        read = read[:first]
    return [
        {f"order.{tag}": {"order": "asc", "missing": "_last"}} for tag in (*dict.fromkeys(read), UNDETERMINED)
    ]
