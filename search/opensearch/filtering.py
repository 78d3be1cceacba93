"""What must hold besides the text, and the counting of facets."""

from collections.abc import Iterator, Mapping
from typing import Any

from search.model import Box, Facet, FacetCount, Kind, Point, Query, Reference
from search.opensearch.analysis import Json
from search.opensearch.documents import microseconds

# So many values each shard names, where an index has several: the counts of those that are shown are right then.
_FEWEST_NAMED = 500
# Places are stored to a centimetre: what is on the edge of a box belongs to it. In degrees.
_CENTIMETRES = 2e-7


def filters(query: Query) -> Iterator[Json]:
    """All but the facets that are counted: those come after the counting, see `after_counting`."""
    if query.kinds:
        yield {"terms": {"kind": sorted(query.kinds)}}
    for facet, values in query.filters.items():
        if facet not in query.facets:
            yield _has(facet, values)
    if query.starts is not None and (query.starts.first or query.starts.last):
        days = {"gte": query.starts.first, "lte": query.starts.last}
        yield {"range": {"starts_on": {key: day.isoformat() for key, day in days.items() if day}}}
    if query.appeared_after is not None:
        yield {"range": {"appeared_at": {"gt": microseconds(query.appeared_after)}}}
    if query.within is not None:
        place = _inside(query.within, query.near)
        online = {"term": {"is_online": True}}
        yield {"bool": {"should": [place, online]}} if query.online_anywhere else place


def after_counting(query: Query) -> Json | None:
    """The filters of the facets that are counted."""
    late = [_has(facet, values) for facet, values in query.filters.items() if facet in query.facets]
    return {"bool": {"filter": late}} if late else None


def of_references(references: frozenset[Reference]) -> list[Json]:
    """The documents of these rows, a clause for each kind."""
    ids: dict[Kind, list[int]] = {}
    for reference in sorted(references):
        ids.setdefault(reference.kind, []).append(reference.id)
    return [
        {"bool": {"filter": [{"term": {"kind": kind.value}}, {"terms": {"id": some}}]}} for kind, some in ids.items()
    ]  # fmt: skip


def counting(query: Query) -> Json:
    """Aggregations: of each facet under the filters of all others."""
    counts: Json = {}
    for facet in query.facets:
        others = [
            _has(one, values) for one, values in query.filters.items() if one in query.facets and one != facet
        ]
        named = {
            "field": _field(facet),
            "size": query.facet_size,
            "shard_size": max(_FEWEST_NAMED, 4 * query.facet_size),
            "order": [{"_count": "desc"}, {"_key": "asc"}],
        }
        counts[f"facet.{facet.value}"] = {
            "filter": {"bool": {"filter": others}},
            "aggs": {"values": {"terms": named}},
        }
    return counts  # fmt: skip


def counted(query: Query, aggregations: Mapping[str, Any]) -> Mapping[Facet, tuple[FacetCount, ...]]:
    """What `counting` found."""
    return {
        facet: tuple(
            FacetCount(bucket["key"], bucket["doc_count"])
            for bucket in aggregations[f"facet.{facet.value}"]["values"]["buckets"]
        )
        for facet in query.facets
    }


def _has(facet: Facet, values: frozenset[str]) -> Json:
    return {"terms": {_field(facet): sorted(values)}}


def _field(facet: Facet) -> str:
    return "kind" if facet is Facet.KIND else f"facets.{facet.value}"


def _inside(within: float | Box, near: Point | None) -> Json:
    if isinstance(within, Box):
        corners = {
            "top": min(90.0, within.north_east.latitude + _CENTIMETRES),
            "left": max(-180.0, within.south_west.longitude - _CENTIMETRES),
            "bottom": max(-90.0, within.south_west.latitude - _CENTIMETRES),
            "right": min(180.0, within.north_east.longitude + _CENTIMETRES),
        }
        return {"geo_bounding_box": {"point": corners}}
    if near is None:
        raise ValueError("a distance is measured from somewhere: give `near`")
    return {
        "geo_distance": {"distance": f"{within}m", "point": {"lat": near.latitude, "lon": near.longitude}}
    }
