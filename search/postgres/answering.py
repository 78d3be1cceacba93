"""Answers a query: finds out what its words are called here, asks once, and reads the page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from search.model import (
    EXACT_TOTAL,
    UNDETERMINED,
    Answer,
    Audience,
    Collection,
    Facet,
    FacetCount,
    Hit,
    Kind,
    Point,
    Published,
    PublishedDocument,
    Query,
    Reference,
)
from search.postgres.analysis import code_key
from search.postgres.asking import statement
from search.postgres.highlights import Highlighter, Stored
from search.postgres.homes import Home, statements
from search.postgres.presence import Asked, presence
from search.postgres.scoring import Ask
from search.postgres.spelling import AFTER_ALL, spelt
from search.postgres.wording import Wanted, Wording, finding, last_word, weighed, wording

_SQL = statements("lookup")


async def search(home: Home, collection: Collection, query: Query, audience: Audience) -> Answer:
    """The page of hits that the audience may find."""
    query = replace(query, text=_plain(query.text))
    opened = await home.row(_SQL["opened"], *_beginnings(query), list(query.languages), _is_any(query))
    generation, present = opened["generation"], orjson.loads(opened["languages"] or b"{}")
    wanted: Sequence[tuple[Wanted, float]] = ()
    meant = None
    if query.text.strip():
        asked = Asked(home, collection, generation, query, audience)
        said = wording(query, present).with_beginnings(orjson.loads(opened["beginnings"] or b"[]"))
        wanted, meant = await _wanted(asked, said, present)
    pinned = await _pinned(home, generation, query.pinned)
    ask = Ask(collection, query, audience, generation, wanted, pinned)
    sql, values = statement(ask)
    row = await home.row(sql, *values)
    marking = Highlighter(query, frozenset(one.term for one, _ in wanted))
    page = orjson.loads(row["page"] or b"[]")
    hits = tuple(_hit(marking, collection, one) for one in page[: query.first])
    return Answer(
        hits,
        min(row["total"], EXACT_TOTAL),
        row["total"] <= EXACT_TOTAL,
        len(page) > query.first,
        _facets(query, orjson.loads(row["facets"] or b"[]")),
        meant,
    )


def _beginnings(query: Query) -> tuple[str | None, str | None, str | None, str | None]:
    """From where to where codes and words go on like the text; None where nothing may."""
    code, last = code_key(query.text), last_word(query.text)
    codes = (code, code + AFTER_ALL) if len(code) > 1 else (None, None)
    return *codes, *((last.beginning, last.beginning + AFTER_ALL) if last is not None else (None, None))


def _is_any(query: Query) -> bool:
    return UNDETERMINED in query.languages


async def _wanted(
    asked: Asked, said: Wording, present: Mapping[str, int]
) -> tuple[Sequence[tuple[Wanted, float]], str | None]:
    """The terms to look for, and what the text may mean."""
    often, unknown = await presence(asked, said)
    corrected = await spelt(asked, said, unknown)
    if corrected.wording is not said:
        often, _ = await presence(asked, corrected.wording, is_checked=False)
    weights = list(weighed(corrected.wording.wanted, often, present))
    return finding(weights, often, present), corrected.text


async def _pinned(home: Home, generation: int, references: Sequence[Reference]) -> Mapping[int, int]:
    """The slots of pinned rows with their rank."""
    if not references:
        return {}
    kinds, ids = [one.kind.value for one in references], [str(one.id) for one in references]
    ranks = {(one.kind.value, one.id): rank for rank, one in reversed(list(enumerate(references)))}
    rows = await home.rows(_SQL["pinned"], generation, kinds, ids)
    return {row["slot"]: ranks[row["kind"], row["id"]] for row in rows}


def _hit(marking: Highlighter, collection: Collection, row: Sequence[Any]) -> Hit:
    kind, number, score, pin, key, distance, slot, titles, texts, codes, *published = row
    return Hit(
        Reference(Kind(kind), int(number)),
        score,
        (pin, key, int(number), slot),
        distance,
        marking.highlights(Stored(titles or {}, texts or {}, codes or ())),
        _published(titles, *published) if isinstance(collection, Published) else None,
    )


def _published(
    titles: Mapping[str, str],
    institution: str,
    url: str | None,
    latitude: float | None,
    longitude: float | None,
    starts_on: str | None,
    choices: Sequence[str],
) -> PublishedDocument:
    facets: dict[Facet, tuple[str, ...]] = {}
    for facet, _, value in (one.partition(":") for one in choices):
        if facet == Facet.KIND:  # the reference says it
            continue
        facets[Facet(facet)] = (*facets.get(Facet(facet), ()), value)
    point = Point(latitude, longitude) if latitude is not None and longitude is not None else None
    return PublishedDocument(
        institution, titles, url, point, date.fromisoformat(starts_on) if starts_on else None, facets
    )


def _facets(query: Query, counted: Sequence[tuple[str, int]]) -> Mapping[Facet, tuple[FacetCount, ...]]:
    found: dict[Facet, list[FacetCount]] = {facet: [] for facet in query.facets}
    for choice, documents in counted:
        facet, _, value = choice.partition(":")
        found[Facet(facet)].append(FacetCount(value, documents))
    return {facet: tuple(counts) for facet, counts in found.items()}


def _plain(text: str) -> str:
    """The text without what no text of a document can have."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode()
