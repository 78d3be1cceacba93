"""What an engine answered, as the plan shows it: rows to be read again, and what is said about all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from api.plan.hits import PUBLISHED, FoundPage, FoundRow
from api.searching.cursors import Cursors
from kernel.languages import choose_language
from search.facet_values import written_value
from search.model import (
    UNDETERMINED,
    Answer,
    Facet,
    FacetCount,
    Highlight,
    Hit,
    PublishedDocument,
    Query,
    Reference,
    Suggestion,
)

# What an institution is called in the reader's language, by its slug.
Names = Mapping[str, str]


def page_of_hits(
    answer: Answer,
    query: Query,
    *,
    cursors: Cursors,
    key: str,
    first: int,
    languages: Sequence[str],
    names: Names,
    hidden: frozenset[Reference],
    is_quoted: bool,
    is_counted: bool,
    is_last: bool,
) -> FoundPage:
    """A page of `first` hits, without the `hidden` ones.

    Where it is not `is_counted`, nothing is said of what else there is; where not `is_quoted`, nothing of the index's texts.
    """
    hits = answer.hits[:first]
    ends = [cursors.written(hit.cursor, key) for hit in hits]
    shown = [(hit, cursor) for hit, cursor in zip(hits, ends, strict=True) if hit.reference not in hidden]
    rows = tuple(
        _row(hit if is_quoted else replace(hit, highlights=()), cursor, query, languages)
        for hit, cursor in shown
    )
    about = {
        "total_count": answer.total if is_counted else None,
        "is_total_exact": is_counted and answer.is_total_exact,
        "facets": _facets(answer, query, names) if is_counted else None,
        "did_you_mean": answer.did_you_mean if is_counted else None,
        "language": _language(query),
        "page_info": {
            "has_next_page": answer.has_next or len(answer.hits) > first,
            "has_previous_page": query.after is not None,
            "start_cursor": ends[0] if ends else None,
            "end_cursor": ends[-1] if ends else None,
        },
    }
    return FoundPage(rows, about, is_last)


def page_of_suggestions(
    suggestions: Sequence[Suggestion], *, is_federation: bool, is_last: bool
) -> FoundPage:
    """The suggestions, whose texts the engine has."""
    rows = tuple(
        FoundRow(
            PUBLISHED if is_federation else str(one.reference.kind),
            one.reference.id,
            {"text": one.text, "language": one.language, "kind": one.reference.kind},
        )
        for one in suggestions
    )
    return FoundPage(rows, {}, is_last)


def _row(hit: Hit, cursor: str, query: Query, languages: Sequence[str]) -> FoundRow:
    shown = {
        "cursor": cursor,
        "score": hit.score,
        "distance": hit.distance,
        "highlights": [_highlight(one) for one in hit.highlights],
    }
    if hit.published is None:
        return FoundRow(str(hit.reference.kind), hit.reference.id, shown)
    return FoundRow(
        PUBLISHED,
        hit.reference.id,
        shown
        | {"kind": hit.reference.kind}
        | _published(hit.published, (*languages, *query.reader_languages)),
    )


def _highlight(one: Highlight) -> dict[str, Any]:
    parts = [{"text": part.text, "is_match": part.is_match} for part in one.parts]
    return {"field": one.field.upper(), "language": one.language, "parts": parts}


def _published(document: PublishedDocument, languages: Sequence[str]) -> dict[str, Any]:
    texts = [{"text": text, "language": language} for language, text in document.titles.items()]
    chosen = choose_language(document.titles, languages)
    return {
        "institution": document.institution,
        "title": {"text": document.titles[chosen], "language": chosen},
        "titles": texts,
        "url": document.url,
        "starts_on": document.starts_on,
        "latitude": document.point.latitude if document.point is not None else None,
        "longitude": document.point.longitude if document.point is not None else None,
        "country": next(iter(document.facets.get(Facet.COUNTRY, ())), None),
        "region": next(iter(document.facets.get(Facet.REGION, ())), None),
    }


def _facets(answer: Answer, query: Query, names: Names) -> list[dict[str, Any]]:
    return [
        {
            "facet": facet,
            "values": [_counted(facet, one, names) for one in answer.facets.get(facet, ())],
        }
        for facet in query.facets
    ]


def _counted(facet: Facet, one: FacetCount, names: Names) -> dict[str, Any]:
    label = names.get(one.value) if facet is Facet.INSTITUTION else None
    return {"value": written_value(facet, one.value), "label": label, "count": one.count}


def _language(query: Query) -> str | None:
    known = [language for language in query.languages if language != UNDETERMINED]
    return known[0] if len(known) == 1 and query.text else None
