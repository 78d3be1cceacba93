"""Queries of people who know what they look for, made out of real catalogues, always the same.

Each means one document: where several would fit, no query is made.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from bench.search_catalogues import catalogues
from bench.search_data import lines
from bench.search_titles import is_word, own_titles, telling_beginning, telling_part
from bench.search_typing import edited, plain, romanised
from search.model import Reference

EACH = 40
_LONGEST_QUERY = 120
_FEWEST_LETTERS = 6  # of a word that somebody misspells
_WITH_TITLES = ("ntut", "tsukuba", "universities")


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What is typed in which catalogue, and what is meant."""

    kind: str
    catalogue: str
    text: str
    wanted: Reference


def known_items(each: int = EACH) -> list[KnownItem]:
    """So many of each kind and catalogue; fewer where the catalogue has no more."""
    return [item for kind, make in _MAKERS.items() for item in _sampled(kind, make(), each)]


def _sampled(kind: str, made: Iterator[tuple[str, str, Reference]], each: int) -> Iterator[KnownItem]:
    by_catalogue: dict[str, list[KnownItem]] = defaultdict(list)
    for catalogue, text, wanted in made:
        if len(text) <= _LONGEST_QUERY:
            by_catalogue[catalogue].append(KnownItem(kind, catalogue, text, wanted))
    random = Random(f"known items: {kind}")
    for found in by_catalogue.values():
        yield from random.sample(found, min(each, len(found)))


_Made = Iterator[tuple[str, str, Reference]]


def _codes() -> _Made:
    """As they are printed, and every other one in small letters and without spaces."""
    for name in ("ntut", "tsukuba", "cuhk"):
        for number, document in enumerate(catalogues()[name].documents):
            code = document.codes[0]
            yield name, code if number % 2 else code.replace(" ", "").lower(), document.reference


def _title_words() -> _Made:
    for title in own_titles(*_WITH_TITLES):
        if (part := telling_part(title)) is not None:
            yield title.catalogue, part, title.wanted


def _misspelt() -> _Made:
    """The longest word has one edit."""
    for title in own_titles(*_WITH_TITLES):
        part = telling_part(title) if title.is_spaced else None
        if part is None:
            continue
        longest = max(part.split(), key=len)
        typed = edited(longest, Random(part)) if len(longest) >= _FEWEST_LETTERS else None
        if typed is not None and longest.isalpha() and not is_word(title.catalogue, typed):
            yield title.catalogue, part.replace(longest, typed), title.wanted


def _prefixes() -> _Made:
    for title in own_titles(*_WITH_TITLES):
        if (beginning := telling_beginning(title)) is not None:
            yield title.catalogue, beginning, title.wanted


def _other_languages() -> _Made:
    """The whole title in a language that is not the institution's first."""
    for title in own_titles("ntut", "universities"):
        if title.language not in (catalogues()[title.catalogue].languages[0][:2], "und"):
            yield title.catalogue, title.text, title.wanted


def _transliterated() -> _Made:
    for title in own_titles("native names"):
        if (latin := romanised(title.text, title.language)) is not None:
            yield title.catalogue, latin, title.wanted


def _without_accents() -> _Made:
    for title in own_titles("universities"):
        if plain(title.text).isascii() and not title.text.isascii():
            yield title.catalogue, plain(title.text).lower(), title.wanted


def _called_elsewhere() -> _Made:
    """A university as another list calls it that knows it by the same domain."""
    rows = lines("universities-ror", "universities.jsonl")
    count = Counter(domain for row in rows for domain in row.get("domains", ()))
    by_domain = {
        domain: document
        for row, document in zip(rows, catalogues()["universities"].documents, strict=True)
        for domain in row.get("domains", ())
        if count[domain] == 1
    }
    for one in lines("universities-hipo", "universities.jsonl"):
        found = by_domain.get(one["domains"][0]) if one["domains"] else None
        if found is not None and one["name"] not in found.titles.values():
            yield "universities", one["name"], found.reference


_MAKERS: Mapping[str, Callable[[], _Made]] = {
    "code": _codes,
    "title words": _title_words,
    "misspelt": _misspelt,
    "prefix": _prefixes,
    "other language": _other_languages,
    "transliterated": _transliterated,
    "without accents": _without_accents,
    "called elsewhere": _called_elsewhere,
}
