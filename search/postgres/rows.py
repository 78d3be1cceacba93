"""A document as the rows of the index, and whether it can be stored at all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from search.language.words import Word, folded, simplified, words, written_out
from search.model import UNDETERMINED, Document, Facet, Reference
from search.postgres.analysis import code_key
from search.postgres.collation import title_keys
from search.postgres.traits import traits_of

CHUNK = 512
"""How many slots share a row of a term's postings."""

BLOCK = 32
"""How many slots share a block: half a page."""

_LONGEST_BEGINNING = 60  # characters: nobody types more before choosing
_MOST_BEGINNINGS = 12  # words of a title that one may begin with
_BREADTH = {"public": 0, "members": 1}
_MOST = 2**62
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What somebody may begin to type to be suggested the document."""

    text: str
    language: str


def why_not(document: Document) -> str | None:
    """Why PostgreSQL could not store the document, None where it can."""
    texts = (*document.titles.values(), *document.texts.values(), *document.codes, *document.audience)
    for text in (*texts, document.url or ""):
        if not is_storable(text):
            return "a text has a U+0000 or half a surrogate pair"
    point = document.point
    if point is not None and not (abs(point.latitude) <= 90 and abs(point.longitude) <= 180):
        return "the place is not on WGS 84"
    if abs(document.popularity) > _MOST or not 0 <= document.reference.id <= _MOST * 2:
        return "a number does not fit into 64 bits"
    return None


def document_row(
    document: Document,
    *,
    slot: int,
    version: int,
    digest: str,
    languages: Iterable[str],
    facets: Sequence[int],
) -> dict[str, object]:
    """What is filtered and sorted by; `facets` are the ids of its values, facet by facet."""
    point = document.point
    return {
        "slot": slot,
        "kind": document.kind.value,
        "id": document.reference.id,
        "version": version,
        "digest": digest,
        "audience": broadest_first(document.audience),
        "latitude": point and point.latitude,
        "longitude": point and point.longitude,
        "is_online": document.is_online,
        "starts_on": document.starts_on,
        "popularity": document.popularity,
        "appeared_at": document.appeared_at,
        "title_keys": dict(title_keys(document.titles, languages)),
        "facets": facets,
        "traits": traits_of(document),
    }


def removed_row(reference: Reference, *, slot: int, version: int) -> dict[str, object]:
    """What stays of a document that was removed: the version, so that nothing older comes back."""
    return {
        "slot": slot,
        "kind": reference.kind.value,
        "id": reference.id,
        "version": version,
        "digest": None,
        "audience": (),
        "latitude": None,
        "longitude": None,
        "is_online": False,
        "popularity": 0,
        "title_keys": {},
        "facets": (),
        "traits": 0,
    }


def in_block(row: Mapping[str, Any]) -> tuple[object, ...]:
    """What a block says again of a document's row, but for what never changes."""
    return row["traits"], row["popularity"], row["latitude"], row["longitude"], tuple(map(int, row["facets"]))


def text_row(
    document: Document, *, slot: int, institution: str, weights: Mapping[int, int]
) -> dict[str, object]:
    """What snippets are cut out of."""
    return {
        "slot": slot,
        "titles": dict(document.titles),
        "texts": dict(document.texts),
        "codes": document.codes,
        "institution": institution,
        "url": document.url,
        "terms": list(weights),
        "weights": list(weights.values()),
    }


def broadest_first(tokens: Iterable[str]) -> list[str]:
    """Tokens of many before those of one row: PostgreSQL compares in this order, and stops at the first that is shared."""
    return sorted(tokens, key=lambda token: (":" in token, _BREADTH.get(token, len(_BREADTH)), token))


def choices(document: Document) -> dict[Facet, tuple[str, ...]]:
    """The values of every facet, each as `facet:value`, in order."""
    facets = {Facet.KIND: (document.kind.value,), **document.facets}
    return {
        facet: tuple(sorted({choice(facet, value) for value in facets.get(facet, ())})) for facet in Facet
    }


def choice(facet: Facet, value: str) -> str:
    """A value of a facet as documents have it."""
    return f"{facet.value}:{value}"


def profile_of(chosen: tuple[str, ...]) -> int:
    """The id of a facet's values; 0: none."""
    if not chosen:
        return 0
    joined = _BETWEEN.join(chosen).encode()
    return int.from_bytes(blake2b(joined, digest_size=8).digest(), "big", signed=True)


def languages_of(titles: Iterable[str], texts: Iterable[str], codes: Iterable[str]) -> set[str]:
    """The languages whose numbers of documents the document counts for."""
    found = {*titles, *texts}
    return found | {UNDETERMINED} if found or list(codes) else found


def beginnings(document: Document) -> Iterator[Beginning]:
    """What the document is suggested for: its titles from each of their words on, and its codes."""
    for language, title in document.titles.items():
        for text in _from_each_word(title):
            yield Beginning(text, language)
        if language == UNDETERMINED:  # names
            for word in words(title):
                if spelt := written_out(word.text):
                    yield Beginning(spelt[:_LONGEST_BEGINNING], language)
    for code in document.codes:
        if code_key(code):
            yield Beginning(code_key(code)[:_LONGEST_BEGINNING], "code")


def typed(text: str) -> str:
    """A beginning of a title as it is compared: folded words with a space between, Han simplified."""
    return " ".join(_compared(word) for word in words(text))


def _compared(word: Word) -> str:
    return "".join(map(simplified, folded(word.text))) if word.is_run else folded(word.text)


def is_storable(text: str) -> bool:
    """Whether it is a text to PostgreSQL."""
    if text.isascii():
        return "\0" not in text
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _from_each_word(title: str) -> Iterator[str]:
    found = list(words(title))
    compared = [_compared(word) for word in found]
    for place, word in enumerate(found[:_MOST_BEGINNINGS]):
        yield _beginning(compared[place:])
        if word.is_run:
            for at in range(1, min(word.end - word.start, _MOST_BEGINNINGS)):
                rest = word._replace(text=word.text[at:])
                yield _beginning([_compared(rest), *compared[place + 1 :]])


def _beginning(compared: Sequence[str]) -> str:
    return " ".join(compared)[:_LONGEST_BEGINNING]
