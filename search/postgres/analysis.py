"""What a text is filed under: terms, each the hash of a language and a stem, with how much it says about the document.

Languages have namespaces of their own, so that the rarity of a word is counted among texts of its language. Titles and
codes stand in the namespace `und` as well, folded and in Latin letters: to be found whatever language was guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, pairwise
from typing import NamedTuple, TypeAlias

from anyascii import anyascii

from search.language.words import (
    Word,
    cased,
    folded,
    is_run,
    run_letters,
    simplified,
    texts_of_words,
    words,
    written_out,
)
from search.model import UNDETERMINED, Document
from search.postgres.stems import stem

CODE = "code"
"""The namespace of codes, which are found whole and by their beginning."""

# BM25 (Robertson and Zaragoza 2009, section 3): how soon a word that is said again says nothing new, and how much the
# length of the text matters. The lengths are what titles and descriptions usually have, not the average of what is
# stored, so that a document's weights hang on nothing but the document.
_SATURATION, _LENGTH_MATTERS = 1.2, 0.4
_TITLE_LENGTH, _TEXT_LENGTH = 8.0, 120.0
_TITLE_COUNTS = 3.0  # times a word of the text
_FULL = 20_000  # what is stored for the most that a word can weigh
_SYLLABLES_APART = frozenset({"vi"})  # words are of several syllables, written with spaces between
_TRIPLES = frozenset({"th", "lo", "km", "my"})  # alphabets: three characters say more than two
_PAIR_COUNTS = 0.4
_SIMPLIFIED = frozenset({"zh", UNDETERMINED})
# Words of a text, or pairs of characters, that are filed: some 50 pages. What comes after them is not found.
_LONGEST_TEXT = 20_000
_SHORT = 5_000  # characters of a document whose words are kept in memory

_Texts: TypeAlias = tuple[tuple[str, str], ...]  # language and text


class Piece(NamedTuple):
    """One term's occurrence in a text: where, and for how much of a word it counts."""

    start: int
    end: int
    key: str
    counts: float = 1.0


@dataclass(frozen=True, slots=True)
class Filed:
    """Under which terms a document is filed, and which words are to be known as they are written."""

    weights: Mapping[int, int]  # term to what it says, up to 20,000
    words: Mapping[tuple[str, str], int]  # language and folded word to term
    languages: frozenset[str]


def filed(document: Document) -> Filed:
    """Everything that the document is found by."""
    titles, texts = tuple(document.titles.items()), tuple(document.texts.items())
    is_short = sum(len(text) for _, text in (*titles, *texts)) <= _SHORT
    told = _kept(titles, texts) if is_short else _told(titles, texts)
    weights, known = dict(told.weights), dict(told.words)
    for code in document.codes:
        whole = code_key(code)
        if whole:
            known[CODE, whole] = term(CODE, whole)
            weights[term(CODE, whole)] = _FULL
        for part in words(code):
            weights.setdefault(term(UNDETERMINED, folded(part.text)), _FULL // 2)
    return Filed(weights, known, told.languages)


def _told(titles: _Texts, texts: _Texts) -> Filed:
    """What titles and texts say."""
    counts: dict[str, _Counted] = {}
    known: dict[tuple[str, str], int] = {}
    for language, title in titles:
        _count(counts, known, language, title, is_title=True)
        for word in _latin(title):
            counts.setdefault(UNDETERMINED, _Counted()).add(word, is_title=True)
            known.setdefault((UNDETERMINED, word), term(UNDETERMINED, word))
    for language, text in texts:
        _count(counts, known, language, text, is_title=False)
    weights = {
        term(language, key): weight
        for language, counted in counts.items()
        for key, weight in counted.weights().items()
    }
    return Filed(weights, known, frozenset(counts))


# A course, its offerings and what is published of them say the same.
_kept = lru_cache(256)(_told)


def words_said(texts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of `Filed.words` those that stand in these texts: language and folded word."""
    return {(language, folded(word)) for language, text in texts for word in set(_spoken(text))}


def pieces(text: str, language: str) -> Iterator[Piece]:
    """The terms of a text in a language, in order."""
    before: tuple[Word, str] | None = None
    for word in words(text):
        if word.is_run:
            yield from _of_run(word, language)
            before = None
            continue
        key = stem(word.text, language)
        yield Piece(word.start, word.end, key)
        if language in _SYLLABLES_APART and before is not None:
            yield Piece(before[0].start, word.end, _pair(before[1], key), _PAIR_COUNTS)
        before = word, key


def transliterated(text: str) -> Iterator[str]:
    """The words of a text in Latin letters, folded; runs of a script without spaces whole and by pairs of syllables."""
    for word in words(text):
        if not word.is_run:
            yield folded(anyascii(folded(word.text)))
            continue
        syllables = [folded(anyascii(one)) for one in word.text]
        yield "".join(syllables)
        for first, second in pairwise(syllables):
            yield first + second


def code_key(text: str) -> str:
    """A code without what people leave out or put in: case, spaces, hyphens and dots."""
    return "".join(one for one in cased(text.strip()) if one.isalnum())


@lru_cache(200_000)
def term(language: str, key: str) -> int:
    """The 64 bits that stand for a stem of a language."""
    return int.from_bytes(blake2b(f"{language}\0{key}".encode(), digest_size=8).digest(), "big", signed=True)


class _Counted:
    """How often terms stand in the title and in the text of one language."""

    def __init__(self) -> None:
        self._title: defaultdict[str, float] = defaultdict(float)
        self._text: defaultdict[str, float] = defaultdict(float)
        self._lengths = [0.0, 0.0]

    def add(self, key: str, *, is_title: bool, counts: float = 1.0) -> None:
        (self._title if is_title else self._text)[key] += counts
        self._lengths[not is_title] += counts

    def weights(self) -> dict[str, int]:
        title_length = _TITLE_COUNTS / _norm(self._lengths[0], _TITLE_LENGTH)
        text_length = 1.0 / _norm(self._lengths[1], _TEXT_LENGTH)
        found = {}
        for key in self._title.keys() | self._text.keys():
            often = self._title.get(key, 0.0) * title_length + self._text.get(key, 0.0) * text_length
            found[key] = max(1, round(_FULL * often / (often + _SATURATION)))
        return found


def _norm(length: float, usual: float) -> float:
    return 1.0 - _LENGTH_MATTERS + _LENGTH_MATTERS * length / usual


def _count(
    counts: dict[str, _Counted],
    known: dict[tuple[str, str], int],
    language: str,
    text: str,
    *,
    is_title: bool,
) -> None:
    """Counts what `pieces` gives of the text, sooner: each different word is looked up once, however often it is said."""
    counted = counts.setdefault(language, _Counted())
    spoken = _spoken(text)
    room = _LONGEST_TEXT
    for word, often in Counter(spoken).items():
        if not is_run(word):
            key = stem(word, language)
            counted.add(key, is_title=is_title, counts=often)
            room -= often
            if len(word) > 1:
                known.setdefault((language, folded(word)), term(language, key))
        else:
            for piece in islice(_of_run(Word(0, len(word), word, True), language), max(room, 0)):
                counted.add(piece.key, is_title=is_title, counts=piece.counts * often)
                room -= often
    if language in _SYLLABLES_APART:
        for (first, second), often in Counter(pairwise(spoken)).items():
            if not (is_run(first) or is_run(second)):
                key = _pair(stem(first, language), stem(second, language))
                counted.add(key, is_title=is_title, counts=_PAIR_COUNTS * often)


def _spoken(text: str) -> list[str]:
    return texts_of_words(text)[:_LONGEST_TEXT]


def _pair(first: str, second: str) -> str:
    """The term of two syllables beside each other."""
    return f"{first} {second}"


def _latin(title: str) -> Iterator[str]:
    """Of each word of a title: itself folded, and in Latin letters where it is in others."""
    for word in words(title):
        if word.is_run:
            yield from (piece.key for piece in _of_run(word, UNDETERMINED))
            # one character is asked for as well
            yield from (simplified(one) for one, _, _ in run_letters(word.text))
        else:
            yield folded(word.text)
    for word in words(title):
        if spelt := written_out(word.text):
            yield spelt
        if not word.text.isascii():
            yield from transliterated(word.text)


def _of_run(word: Word, language: str) -> Iterator[Piece]:
    letters = [
        (simplified(one) if language in _SIMPLIFIED else one, word.start + start, word.start + end)
        for one, start, end in run_letters(word.text)
    ]
    if len(letters) == 1:
        yield Piece(word.start, word.end, letters[0][0])
    for (first, start, _), (second, _, end) in pairwise(letters):
        yield Piece(start, end, first + second)
    if language in _TRIPLES:
        for (first, start, _), (second, *_), (third, _, end) in zip(
            letters, letters[1:], letters[2:], strict=False
        ):
            yield Piece(start, end, first + second + third, _PAIR_COUNTS)
