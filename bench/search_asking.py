"""What is asked of a corpus, by kinds: words, facets, places, misspelt words, and what somebody types letter by letter."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from bench.search_corpus import LANGUAGES, document
from bench.search_typing import edited
from search.language.queries import query_languages
from search.language.scripts import Script, script_of
from search.model import Document, Facet, Prefix, Query, Sort

FACETS = (Facet.LANGUAGE, Facet.LEVEL, Facet.DELIVERY, Facet.ORG_UNIT, Facet.COUNTRY)
_UNSPACED = (Script.HAN, Script.JAPANESE, Script.THAI)
_WITHIN = 100_000.0  # metres


@dataclass(frozen=True, slots=True)
class Asked:
    """Queries of one kind, or prefixes."""

    name: str
    queries: Sequence[Query | Prefix]


def asked(count: int, among: int) -> list[Asked]:
    """So many of each kind about the first `among` documents."""
    return [Asked(name, list(_made(name, make, count, among))) for name, make in _KINDS.items()]


def _made(
    name: str, make: "Callable[[Document, Random], Query | Prefix]", count: int, among: int
) -> Iterator[Query | Prefix]:
    random = Random(name)
    return (make(document(random.randint(1, among)), random) for _ in range(count))


def words_query(meant: Document, random: Random) -> Query:
    """One to three words of a title."""
    text = _words(meant, random)
    languages = query_languages(text, given=None, languages=LANGUAGES)
    return Query(text=text, languages=languages, reader_languages=LANGUAGES[:2], first=20)


def _with_facets(meant: Document, random: Random) -> Query:
    return replace(words_query(meant, random), facets=FACETS)


def _filtered(meant: Document, random: Random) -> Query:
    """Two facets are chosen already, and all of them are counted."""
    chosen = {facet: frozenset(meant.facets[facet][:1]) for facet in (Facet.LEVEL, Facet.COUNTRY)}
    return replace(words_query(meant, random), facets=FACETS, filters=chosen)


def _near(meant: Document, random: Random) -> Query:
    return Query(near=meant.point, within=_WITHIN, sort=Sort.DISTANCE, first=20)


def _words_near(meant: Document, random: Random) -> Query:
    return replace(words_query(meant, random), near=meant.point, within=_WITHIN)


def _misspelt(meant: Document, random: Random) -> Query:
    query = words_query(meant, random)
    longest = max(query.text.split(), key=len)
    typed = edited(longest, random) if len(longest) > 5 else None
    return replace(query, text=query.text.replace(longest, typed or longest))


def _typing(meant: Document, random: Random) -> Prefix:
    """Somewhere on the way to a title."""
    title = random.choice(list(meant.titles.values()))
    text = title[: random.randint(1, 12)].rstrip() or title[:1]
    return Prefix(text, query_languages(text, given=None, languages=LANGUAGES))


_KINDS: Mapping[str, Callable[[Document, Random], Query | Prefix]] = {
    "words": words_query,
    "misspelt": _misspelt,
    "five facets": _with_facets,
    "filters and facets": _filtered,
    "nearest": _near,
    "words near": _words_near,
    "suggest": _typing,
}


def _words(meant: Document, random: Random) -> str:
    title = random.choice(list(meant.titles.values()))
    if script_of(title) in _UNSPACED:
        start = random.randrange(max(len(title) - 3, 1))
        return title[start : start + 4].strip() or title
    every = title.replace(":", " ").split()
    start = random.randrange(len(every))
    return " ".join(every[start : start + random.randint(1, 3)])
