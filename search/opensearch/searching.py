"""A `Query` as OpenSearch is asked, and its answer."""

from collections.abc import Collection as Several
from dataclasses import dataclass
from typing import Any

from search.model import EXACT_TOTAL, Answer, Collection, Hit, Published, Query, Sort
from search.opensearch import weights
from search.opensearch.analysis import Json
from search.opensearch.documents import point_of, published_document, reference_of
from search.opensearch.filtering import after_counting, counted, counting, filters, of_references
from search.opensearch.highlighting import Marks, highlighting, highlights
from search.opensearch.ordering import Place, cursor, distance, orders
from search.opensearch.wording import Wording, text_clause, wording

_KEPT = ["kind", "id", "codes", "point", "given"]
_KEPT_OF_PUBLISHED = [*_KEPT, "facets", "starts_on"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, with what is needed to read its answer."""

    collection: Collection
    query: Query
    wording: Wording | None
    marks: Marks
    # Whether words that are nearly those of the text are enough: asked only where a word is in no document.
    forgiving: bool = False

    def body(self) -> Json:
        """Without whose documents they are, which `scope.scoped` adds, and without the page."""
        query = self.query
        body: Json = {
            "query": _clause(query, self.wording, self.forgiving),
            "sort": orders(self.collection, query),
            "size": query.first + 1,
            "track_total_hits": EXACT_TOTAL,
            "track_scores": True,
            "_source": _KEPT_OF_PUBLISHED if isinstance(self.collection, Published) else _KEPT,
        }
        if late := after_counting(query):
            body["post_filter"] = late
        if counts := counting(query):
            body["aggs"] = counts
        if self.wording is not None:
            body["highlight"] = highlighting(query, self.wording, self.marks)
        return body

    def counts(self) -> Json:
        """Total and facets without hits."""
        return {**_without(self.body(), "sort", "highlight", "_source", "track_scores"), "size": 0}

    def order(self, gone: Several[str]) -> Json:
        """Which hits, and in which order, without what they say; none of those that are `gone`, by their names."""
        body = _without(self.body(), "aggs", "highlight")
        left: Json = {"bool": {"must": [body["query"]], "must_not": [_named(gone)]}}
        return {**body, "query": left, "_source": False, "track_total_hits": False}

    def among(self, names: Several[str]) -> Json:
        """What those of the given names say, as far as they are hits."""
        body = _without(self.body(), "aggs", "sort", "track_scores")
        among: Json = {"bool": {"must": [body["query"]], "filter": [_named(names)]}}
        return {**body, "query": among, "size": len(names), "track_total_hits": False}

    def answer(self, found: Json, snapshot: str | None) -> Answer:
        """What the server found."""
        hits = found["hits"]["hits"]
        total = found["hits"]["total"]
        return Answer(
            hits=tuple(self._hit(hit, snapshot) for hit in hits[: self.query.first]),
            total=total["value"],
            is_total_exact=total["relation"] == "eq",
            has_next=len(hits) > self.query.first,
            facets=counted(self.query, found.get("aggregations", {})),
        )

    def _hit(self, hit: dict[str, Any], snapshot: str | None) -> Hit:
        kept, near, point = hit["_source"], self.query.near, point_of(hit["_source"])
        return Hit(
            reference=reference_of(kept),
            score=hit["_score"] or 0.0,
            cursor=cursor(Place(snapshot, self.forgiving, hit["sort"]), self.query.sort),
            distance=None if near is None or point is None else distance(near, point),
            highlights=tuple(highlights(self.query, self.marks, hit)) if self.wording else (),
            published=published_document(kept) if isinstance(self.collection, Published) else None,
        )


def _without(body: Json, *keys: str) -> Json:
    return {key: value for key, value in body.items() if key not in keys}


def _named(names: Several[str]) -> Json:
    return {"ids": {"values": sorted(names)}}


def asked(collection: Collection, query: Query) -> Asked:
    """The query, read."""
    return Asked(collection, query, wording(query.text, query.languages, query.synonyms), Marks())


def _clause(query: Query, words: Wording | None, forgiving: bool) -> Json:
    text = {"match_all": {}} if words is None else text_clause(words, forgiving=forgiving)
    if query.sort is Sort.RELEVANCE:
        popular = {"field_value_factor": {"field": "factor", "missing": 1}, "boost_mode": "multiply"}
        text = {"function_score": {"query": text, **popular}}
    if query.pinned:
        if query.sort is not Sort.RELEVANCE:
            text = {"constant_score": {"filter": text, "boost": 0}}
        pinned = reversed(query.pinned)
        text = {"dis_max": {"queries": [text, *(
            {"constant_score": {"filter": of_references(frozenset({one}))[0], "boost": weights.PINNED * place}}
            for place, one in enumerate(pinned, start=1)
        )]}}  # fmt: skip
    bounds: Json = {"must": [text], "filter": list(filters(query))}
    if query.without:
        bounds["must_not"] = of_references(query.without)
    return {"bool": bounds}
