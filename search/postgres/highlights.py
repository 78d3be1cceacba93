"""Snippets: the title, the piece of the text and the code that a query's words are in, out of what is stored."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from search.language.runs import Runs, merged
from search.language.words import (
    different_words,
    folded,
    is_run,
    places_of,
    words,
    written_out,
)
from search.model import UNDETERMINED, Highlight, Part, Query
from search.postgres.analysis import CODE, code_key, term
from search.postgres.stems import stem

_LONGEST = 300  # characters of a snippet
_BEFORE = 60  # of them before the first word that was found
_LOOKED_THROUGH = 50_000  # characters of a text
_LONGEST_NAME = (
    32  # characters in a script without spaces that may have been asked for whole, in Latin letters
)

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """The texts of a document."""

    titles: Mapping[str, str]
    texts: Mapping[str, str]
    codes: Sequence[str]


class Highlighter:
    """Marks the terms of one query in one document after the other; what a word is, is looked up once."""

    def __init__(self, query: Query, terms: AbstractSet[int]) -> None:
        self._query = query
        self._terms = terms
        self._dearest = (*query.reader_languages, *query.languages)
        self._known: dict[str, dict[str, Sequence[_Span]]] = {}  # by language: where in a word the terms are
        asked = (query.text, *(other for others in query.synonyms.values() for other in others))
        apart = [word for text in asked for word in words(text)]
        runs = [word.text for word in apart if word.is_run]
        self._runs = Runs(runs)
        self._has_words = len(runs) < len(apart)

    def highlights(self, stored: Stored) -> tuple[Highlight, ...]:
        """The title; the text and the codes where there is one of the terms. In the language that the reader reads, if
        that has one."""
        if not self._query.text.strip():
            return ()
        found = [
            _whole("title", *self._best(stored.titles)),
            _snippet(*self._best(stored.texts)),
            *(_code(code, self._query, self._terms) for code in stored.codes),
        ]
        return tuple(one for one in found if one is not None)

    def _best(self, texts: Mapping[str, str]) -> tuple[str, str, list[_Span]]:
        """The dearest language that has one of the terms, else the dearest: its text and where they are."""
        others = sorted(texts.keys() - set(self._dearest))
        order = [*dict.fromkeys(one for one in self._dearest if one in texts), *others]
        for language in order:
            spans = self._spans(texts[language], language)
            if spans:
                return language, texts[language], spans
        return (order[0], texts[order[0]], []) if order else ("", "", [])

    def _spans(self, text: str, language: str) -> list[_Span]:
        """Where the terms are, in order."""
        return list(merged(sorted(self._matches(text[:_LOOKED_THROUGH], language))))

    def _matches(self, text: str, language: str) -> Iterator[_Span]:
        known = self._known.setdefault(language, {})
        there = different_words(text)
        for new in [one for one in there if one not in known]:
            known[new] = self._in_word(new, language)
        wanted = {one for one in there if known[one]}
        for start, one in places_of(text, wanted) if wanted else ():
            for first, last in known[one]:
                yield start + first, start + last

    def _in_word(self, word: str, language: str) -> Sequence[_Span]:
        whole = ((0, len(word)),)
        if not is_run(word):
            return () if self._terms.isdisjoint(_terms(word, language)) else whole
        return whole if self._has_words and self._is_name(word) else self._runs.places(word)

    def _is_name(self, run: str) -> bool:
        """Whether the whole run is asked for, in Latin letters."""
        return len(run) <= _LONGEST_NAME and not self._terms.isdisjoint(_terms(run, UNDETERMINED))


@lru_cache(100_000)
def _terms(word: str, language: str) -> tuple[int, ...]:
    """What a word may have been found by: in its language, in any, and in Latin letters."""
    plain = folded(word)
    keys = (plain,) if word.isascii() else (plain, folded(anyascii(plain)), written_out(word) or plain)
    return term(language, stem(word, language)), *(term(UNDETERMINED, key) for key in keys)


def _whole(field: str, language: str, text: str, spans: Sequence[_Span]) -> Highlight | None:
    return Highlight(field, language, tuple(_parts(text, 0, len(text), spans))) if text else None


def _snippet(language: str, text: str, spans: Sequence[_Span]) -> Highlight | None:
    """The piece of the text where most of the words are."""
    if not spans:
        return None
    start, end = 0, len(text)
    if len(text) > _LONGEST:
        room = _LONGEST - _BEFORE
        densest = max(spans, key=lambda one: sum(one[0] <= other[0] < one[0] + room for other in spans))
        start = _word_start(text, max(0, densest[0] - _BEFORE), densest[0])
        end = _word_end(text, max(min(len(text), start + _LONGEST), densest[1]), densest[1])
    return Highlight("text", language, tuple(_parts(text, start, end, spans)))


def _word_start(text: str, at: int, most: int) -> int:
    space = text.find(" ", at, most) if at else -1
    return space + 1 if space >= 0 else at


def _word_end(text: str, at: int, least: int) -> int:
    space = text.rfind(" ", least, at) if at < len(text) else -1
    return space if space >= 0 else at


def _code(code: str, query: Query, terms: AbstractSet[int]) -> Highlight | None:
    whole = code_key(query.text)
    if term(CODE, code_key(code)) in terms or (whole and code_key(code).startswith(whole)):
        return Highlight("code", UNDETERMINED, (Part(code, True),))
    return None


def _parts(text: str, start: int, end: int, spans: Sequence[_Span]) -> Iterator[Part]:
    at = start
    for first, last in spans:
        if first >= end or last <= start:
            continue
        first, last = max(first, start), min(last, end)
        if first > at:
            yield Part(text[at:first], False)
        yield Part(text[first:last], True)
        at = last
    if at < end:
        yield Part(text[at:end], False)
