"""What of a query must hold for a document, as SQL over `d`, a row of the index: values are bound, nothing is pasted."""

import math
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Collection as Several
from dataclasses import dataclass

from search.model import EARTH_RADIUS, Audience, Box, Collection, Facet, Point, Published, Query, Reference
from search.postgres.rows import broadest_first, choice, is_storable

_FACETS = tuple(Facet)
_ROOM = 1.0001  # around a circle, for rounding
_FIRST_COMPARED, _MOST_COMPARED = 2, 12
SCOPED = "tenant_id = $1 and {0}.generation = $2"
"""Of this collection and this index alone, after the name of a table."""


class Values:
    """The parameters of a statement; the first is the scope."""

    def __init__(self, *first: object) -> None:
        self.listed: list[object] = list(first)

    def bind(self, value: object, type_: str) -> str:
        """The parameter that stands for the value in the SQL."""
        self.listed.append(value)
        return f"${len(self.listed) + 1}::{type_}"

    def texts(self, values: Iterable[object]) -> str:
        """An array of texts."""
        return self.bind([one for one in map(str, values) if is_storable(one)], "text[]")

    def numbers(self, values: Iterable[int], type_: str = "bigint") -> str:
        """An array of whole numbers."""
        return f"{self.texts(values)}::{type_}[]"


@dataclass(frozen=True, slots=True)
class Source:
    """Where `d` comes from: its columns are called alike, but for these."""

    facet: str  # the id of a document's values, by the facet's number
    readable: Callable[[Audience, Values], Iterable[str]]  # what the audience may find


def conditions(
    source: Source, query: Query, audience: Audience, collection: Collection, values: Values
) -> list[str]:
    """What a document must fulfil, but for the facets' filters."""
    found = [*source.readable(audience, values), *_not_without(query.without, values)]
    if isinstance(collection, Published) and collection.publisher is not None:
        found.append(f"d.publisher_id = {values.bind(collection.publisher.id, 'bigint')}")
    if query.kinds:
        found.append(f"d.kind = any ({values.texts(query.kinds)})")
    if query.starts is not None:
        if query.starts.first is not None:
            found.append(f"d.starts_on >= {values.bind(query.starts.first.isoformat(), 'text')}::date")
        if query.starts.last is not None:
            found.append(f"d.starts_on <= {values.bind(query.starts.last.isoformat(), 'text')}::date")
    if query.appeared_after is not None:
        found.append(f"d.appeared_at > {values.bind(query.appeared_after, 'timestamptz')}")
    if query.within is not None:
        inside = _inside(query, values)
        found.append(f"(d.is_online or {inside})" if query.online_anywhere else inside)
    return found


def visible(audience: Audience, without: Several[Reference], values: Values) -> Iterable[str]:
    """What of the documents' rows the audience may find."""
    yield from _readable(audience, values)
    yield from _not_without(without, values)


def _readable(audience: Audience, values: Values) -> Iterable[str]:
    yield "d.digest is not null"
    yield has_one_of("d.audience", broadest_first(audience.tokens), values)
    if audience.without:
        yield f"not {has_one_of('d.audience', sorted(audience.without), values)}"


DOCUMENTS = Source("d.facets[{}]", _readable)
"""The narrow rows themselves."""


def _not_without(without: Several[Reference], values: Values) -> Iterable[str]:
    if without:
        names = values.texts(sorted(f"{one.kind.value}:{one.id}" for one in without))
        yield f"(d.kind || ':' || d.id) <> all ({names})"


def facet_of(source: Source, facet: Facet) -> str:
    """The id of a document's values."""
    return source.facet.format(1 + _FACETS.index(facet))


def filters(source: Source, query: Query, values: Values) -> dict[Facet, str]:
    """By facet what its filter demands: that the document's values are among those that have one that is wanted."""
    return {
        facet: f"({facet_of(source, facet)} in (select p.id from fediflow.search_profiles p where "
        f"p.{SCOPED.format('p')} and {has_one_of('p.choices', sorted(choice(facet, one) for one in wanted), values)})) is true"
        for facet, wanted in query.filters.items()
    }


def has_one_of(array: str, wanted: Sequence[str], values: Values) -> str:
    """Whether a column has one of the texts. Few are compared, the first ones first; the others are looked up.

    `&&` compares each text with each other one. `= any` of constants is looked up in a hash table, which is made once
    (from nine on: PostgreSQL, `MIN_ARRAY_SIZE_FOR_HASHED_SAOP`).
    """
    if len(wanted) <= _MOST_COMPARED:  # the right side is taken apart anew for each row: the shorter one
        return f"({values.texts(wanted)} && {array})"
    first, others = values.texts(wanted[:_FIRST_COMPARED]), values.texts(wanted[_FIRST_COMPARED:])
    each = f"select unnest({array}) as text"  # among the columns: in FROM, all are stored before the first is read
    return f"({first} && {array} or exists (select from ({each}) held where held.text = any ({others})))"


def distance(point: Point, values: Values) -> str:
    """Metres from the point along the sphere (haversine); null where the document has no place."""
    latitude, longitude = values.bind(point.latitude, "float8"), values.bind(point.longitude, "float8")
    half = f"sin(radians(d.latitude - {latitude}) / 2) ^ 2"
    around = f"sin(radians(d.longitude - {longitude}) / 2) ^ 2"
    # `least` passes over null
    return (
        f"case when d.latitude is not null then {2 * EARTH_RADIUS} * asin(least(1, sqrt({half} + "
        f"cos(radians(d.latitude)) * cos(radians({latitude})) * {around}))) end"
    )


def _inside(query: Query, values: Values) -> str:
    within = query.within
    if isinstance(within, Box):
        return _in_box(within, values)
    assert within is not None
    if query.near is None:
        return "false"
    # The box around the circle first: it is compared at once, and most are outside. Near a pole it is a cap.
    span = math.degrees(within / EARTH_RADIUS) * _ROOM
    south, north = query.near.latitude - span, query.near.latitude + span
    return (
        f"(d.latitude between {values.bind(south, 'float8')} and {values.bind(north, 'float8')} "
        f"and {distance(query.near, values)} <= {values.bind(float(within), 'float8')})"
    )


def _in_box(box: Box, values: Values) -> str:
    south, north = box.south_west.latitude, box.north_east.latitude
    west, east = box.south_west.longitude, box.north_east.longitude
    lower, upper = values.bind(west, "float8"), values.bind(east, "float8")
    between = "and" if west <= east else "or"  # over the antimeridian
    return (
        f"(d.latitude between {values.bind(south, 'float8')} and {values.bind(north, 'float8')} "
        f"and (d.longitude >= {lower} {between} d.longitude <= {upper}))"
    )
