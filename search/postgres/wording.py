"""What a query's text asks for: terms, each in the place of a word, each clause in a language of its own.

A document counts what the clause that fits it best counts; in a clause, the best of each word's terms.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from search.language.words import folded, words, written_out
from search.model import UNDETERMINED, Query
from search.postgres.analysis import CODE, code_key, pieces, term
from search.postgres.rows import typed

_EXACT_CODE, _CODE_WORD, _CODE_BEGINNING = 1000.0, 30.0, 4.0
_SYNONYM, _BEGINNING, _MISSPELT, _JOINED = 0.8, 0.6, 0.7, 0.5
_MOST_WORDS_FOR_BEGINNING = 4
_MOST_WORDS_FOR_JOINING = 6
_SHORTEST_BEGINNING = 2
_BESIDE = 1_000  # more than a text has characters
_FULL = 20_000  # of `analysis`
# What a query may look through before words that are more common only count for the order, and no longer for finding.
_MOST_PLACES = 10_000
_COMMON_SHARE, _FEW_DOCUMENTS = 0.15, 100
_WHOLE_SHARE = 0.05  # of the documents: a word that is so common is no other's beginning


@dataclass(frozen=True, slots=True)
class Wanted:
    """One term in the place of one word of the text."""

    term: int
    language: str
    place: int
    boost: float = 1.0
    together: bool = False  # its rarity is that of all such terms of the place
    finds: bool = True  # False: it orders what the others find


@dataclass(frozen=True, slots=True)
class LastWord:
    """A word that somebody may still be typing."""

    beginning: str
    place: int


@dataclass(frozen=True, slots=True)
class Wording:
    """What is asked for, before anybody knows how common it is."""

    wanted: tuple[Wanted, ...]
    languages: tuple[str, ...]
    last: LastWord | None = None
    code: str = ""  # the whole text as a code, which may be the beginning of one
    # Folded words by their place: those that may be misspelt.
    words: Mapping[int, str] = field(default_factory=dict)

    def with_beginnings(self, found: Iterable[tuple[str, str, int]]) -> "Wording":
        """Also with the words (word, language, term) that go on like the last one, and the codes that do."""
        more: list[Wanted] = []
        for word, language, number in found:
            if language == CODE:
                if word != self.code:
                    more.append(Wanted(number, CODE, 0, _CODE_BEGINNING, together=True))
            elif self.last is not None and word != self.last.beginning:
                more.append(Wanted(number, language, self.last.place, _BEGINNING, together=True))
        return replace(self, wanted=(*self.wanted, *more))

    def with_spellings(self, place: int, found: Iterable[tuple[str, int]]) -> "Wording":
        """Also with the words (language, term) that the one in a place may be misspelt for."""
        more = (Wanted(number, language, place, _MISSPELT) for language, number in found)
        return replace(self, wanted=(*self.wanted, *more))


def wording(query: Query, present: Mapping[str, int]) -> Wording:
    """What the query's text asks for in the languages that there are documents in."""
    languages = _languages(query, present)
    wanted = [
        Wanted(term(language, key), language, place, counts)
        for language in languages
        for key, place, counts in _keys(query.text, language)
    ]
    wanted += _synonyms(query, languages)
    wanted += _codes(query.text)
    apart = {word.start: folded(word.text) for word in words(query.text) if not word.is_run}
    return Wording(tuple(wanted), languages, last_word(query.text), code_key(query.text), apart)


def last_word(text: str) -> LastWord | None:
    """The word at the end of the text, where it may go on."""
    found = list(words(text))
    if not found or len(found) > _MOST_WORDS_FOR_BEGINNING:
        return None
    last = found[-1]
    if last.is_run or last.end != len(text) or last.end - last.start < _SHORTEST_BEGINNING:
        return None
    return LastWord(folded(last.text), last.start)


def weighed(
    wanted: Sequence[Wanted], often: Mapping[int, int], present: Mapping[str, int]
) -> Iterator[tuple[Wanted, float]]:
    """The terms that stand anywhere, each with what its weight in a document is multiplied by."""
    groups: dict[tuple[str, int], int] = {}
    for one in wanted:
        if one.together:
            key = one.language, one.place
            groups[key] = groups.get(key, 0) + often.get(one.term, 0)
    everything = max(present.values(), default=1)
    whole = _whole_words(wanted, often, present)
    for one in wanted:
        found = often.get(one.term, 0)
        if found and not (one.boost == _BEGINNING and one.together and one.place in whole):
            documents = present.get(one.language, everything)
            counted = groups[one.language, one.place] if one.together else found
            yield one, one.boost * _rarity(min(counted, documents), documents) / _FULL


def _whole_words(
    wanted: Iterable[Wanted], often: Mapping[int, int], present: Mapping[str, int]
) -> frozenset[int]:
    """The places of words that nobody is still typing: `the` means itself, and neither theory nor theatre."""
    alone = (one for one in wanted if not one.together and one.boost == 1.0)
    return frozenset(
        one.place
        for one in alone
        if (documents := present.get(one.language, 0)) >= _FEW_DOCUMENTS
        and often.get(one.term, 0) > _WHOLE_SHARE * documents
    )


def finding(
    wanted: Sequence[tuple[Wanted, float]], often: Mapping[int, int], present: Mapping[str, int]
) -> list[tuple[Wanted, float]]:
    """The same, common words marked as not finding where rarer ones do, in whatever language; what costs most is not looked
    through."""

    def is_common(one: Wanted) -> bool:
        documents = present.get(one.language, 0)
        return documents >= _FEW_DOCUMENTS and often[one.term] > _COMMON_SHARE * documents

    only_common = all(is_common(one) for one, _ in wanted)
    found = []
    for language in {one.language for one, _ in wanted}:
        places = 0
        mine = sorted(
            (pair for pair in wanted if pair[0].language == language), key=lambda pair: often[pair[0].term]
        )
        for one, factor in mine:
            number = often[one.term]
            is_first = places == 0
            finds = is_first if is_common(one) and only_common else not is_common(one)
            finds = finds and (is_first or places + number <= _MOST_PLACES)
            places += number
            found.append((replace(one, finds=finds), factor))
    return found


def _rarity(often: int, documents: int) -> float:
    """The inverse document frequency of BM25, never below nothing."""
    return math.log(1 + (documents - often + 0.5) / (often + 0.5))


def _languages(query: Query, present: Mapping[str, int]) -> tuple[str, ...]:
    asked = query.languages if UNDETERMINED not in query.languages else (*query.languages, *sorted(present))
    return tuple(dict.fromkeys((*(one for one in asked if one in present), UNDETERMINED)))


def _keys(text: str, language: str) -> Iterator[tuple[str, int, float]]:
    """The terms of a text in a language, each once, with its place and how much it counts."""
    found: dict[str, tuple[int, float]] = {}
    for piece in pieces(text, language):
        # What goes over several words or pairs has places of its own: it counts beside them.
        place = piece.start if piece.counts == 1.0 else piece.start + _BESIDE
        found.setdefault(piece.key, (place, piece.counts))
    if language == UNDETERMINED:
        for word in words(text):
            if spelt := written_out(word.text):
                found.setdefault(spelt, (word.start, 1.0))
    if language == UNDETERMINED and text.isascii():
        apart = list(words(text))
        for first, second in pairwise(apart if len(apart) <= _MOST_WORDS_FOR_JOINING else ()):
            found.setdefault(folded(first.text + second.text), (first.start + _BESIDE, _JOINED))
    for key, (place, counts) in found.items():
        yield key, place, counts


def _synonyms(query: Query, languages: Sequence[str]) -> Iterator[Wanted]:
    """A word for a word takes its place; of several words each counts a part, in a place of its own."""
    places = {folded(word.text): word.start for word in words(query.text)}
    text = f" {typed(query.text)} "
    free = 2 * _BESIDE
    for name, others in query.synonyms.items():
        if f" {typed(name)} " not in text:
            continue
        for other in others:
            for language in languages:
                keys = list(_keys(other, language))
                alone = places.get(typed(name)) if len(keys) == 1 else None
                for key, place, counts in keys:
                    at = free + place if alone is None else alone
                    yield Wanted(term(language, key), language, at, _SYNONYM * counts / len(keys))
            free += 2 * _BESIDE


def _codes(text: str) -> Iterator[Wanted]:
    """The whole text as a code, and its words and pairs of words that may be one."""
    whole = code_key(text)
    apart = text.split()
    parts = {code_key(one) for one in (*apart, *map("".join, pairwise(apart)))}
    if whole:
        yield Wanted(term(CODE, whole), CODE, 0, _EXACT_CODE)
    for number, part in enumerate(sorted(parts - {whole, ""})):
        if any(one.isdigit() for one in part):
            yield Wanted(term(CODE, part), CODE, 1 + number, _CODE_WORD)
