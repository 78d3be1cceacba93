"""As many documents as one likes, put together out of real ones: words, lengths and languages are as in catalogues.

The n-th document is always the same, and no two are alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random

from bench.search_catalogues import PUBLIC, catalogues
from bench.search_data import lines, readings
from search.model import Document, Facet, Kind, Point, Reference

LANGUAGES = ("en", "de", "es", "ru", "zh", "ja")  # of the institution
_READ = ("en", "de", "es", "ru", "tr", "vi", "ar", "el", "hi", "th")
_SENTENCES = 3
_FIRST_DAY, _APPEARED = date(2026, 9, 1), datetime(2026, 1, 1, tzinfo=UTC)
_CREDITS = ("ECTS:250", "ECTS:500", "ECTS:600", "ECTS:1000")
_DELIVERIES = ("on campus", "online", "distance-learning", "hybrid", "situated")
_SEATS = ("free", "free", "full", "unlimited")
_UNITS, _TERMS = 120, 8


@dataclass(frozen=True, slots=True)
class _Piece:
    """A title and the sentences that tell of it, by language."""

    titles: Mapping[str, str]
    sentences: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Town:
    country: str
    region: str
    point: Point


def corpus(count: int) -> Iterator[Document]:
    """The first so many."""
    return (document(number) for number in range(1, count + 1))


def document(number: int) -> Document:
    """A course: the title and a word of two pieces, sentences of both, facets that have as many values as in life."""
    random = Random(number)
    shelf = random.choice(_shelves())
    first, second = random.choice(shelf), random.choice(shelf)
    town = random.choice(_towns())
    point = town.point
    online = random.random() < 0.2
    return Document(
        Reference(Kind.COURSE, number),
        {
            language: _title(text, second.titles.get(language), random)
            for language, text in first.titles.items()
        },
        {
            language: " ".join(random.sample(some, min(_SENTENCES, len(some))))
            for language in first.sentences
            if (some := [*first.sentences[language], *second.sentences.get(language, ())])
        },
        codes=(code_of(number),),
        audience=frozenset({PUBLIC}),
        facets={
            Facet.KIND: (Kind.COURSE,),
            Facet.LANGUAGE: tuple(first.titles),
            Facet.LEVEL: (str(random.randint(5, 8)),),
            Facet.CREDITS: (random.choice(_CREDITS),),
            Facet.DELIVERY: (_DELIVERIES[1] if online else random.choice(_DELIVERIES),),
            Facet.TERM: (str(random.randint(1, _TERMS)),),
            Facet.SEATS: (random.choice(_SEATS),),
            Facet.ORG_UNIT: ("1", str(random.randint(2, _UNITS))),
            Facet.COUNTRY: (town.country,),
            Facet.REGION: (town.region,),
        },
        point=Point(point.latitude + random.gauss(0, 0.05), point.longitude + random.gauss(0, 0.05)),
        is_online=online,
        starts_on=_FIRST_DAY + timedelta(days=random.randint(0, 365)),
        popularity=int(random.paretovariate(1.1)) - 1,
        appeared_at=_APPEARED + timedelta(minutes=number),
    )


def code_of(number: int) -> str:
    """The code of a document."""
    letters = Random(-number).choices("ABCDEFGHKLMNPRSTUVW", k=3)
    return f"{''.join(letters)}{number:07}"


def _title(text: str, other: str | None, random: Random) -> str:
    """With a piece of another one, so that titles differ without new words."""
    if other is None or other == text:
        return text
    words = other.split()
    return f"{text}: {random.choice(words) if len(words) > 1 else other[:4]}"


@cache
def _shelves() -> Sequence[Sequence[_Piece]]:
    """Half of what is made is in the institution's first languages, the rest in the others."""
    bilingual = [
        _Piece(one.titles, {language: _sentences(text) for language, text in one.texts.items()})
        for name in ("ntut", "tsukuba")
        for one in catalogues()[name].documents
    ]
    read = {
        reading.language: [
            _Piece(
                {reading.language: " ".join(text.split()[:5])[:80]},
                {reading.language: _sentences(text)},
            )
            for text in reading.paragraphs.values()
        ]
        for reading in readings()
        if reading.language in _READ
    }
    return [bilingual, bilingual, read["en"], read["en"], *(read[language] for language in _READ)]


def _sentences(text: str) -> list[str]:
    pieces = text.replace("。", "。\n").replace(". ", ".\n").replace("। ", "।\n").split("\n")
    return [piece.strip()[:200] for piece in pieces if piece.strip()]


@cache
def _towns() -> Sequence[_Town]:
    rows = lines("universities-ror", "universities.jsonl")
    return [
        _Town(one["country"], f"{one['country']}-{one['region'][:3].upper()}", Point(one["lat"], one["lng"]))
        for one in rows
        if one.get("region") and abs(one["lat"]) < 80
    ]
