"""What a word that nobody uses may be misspelt for: words one edit away, out of documents that the reader may find.

One edit leaves one half of a word as it is. So words are looked up by their beginning and by their end, in btree
indexes, and compared here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from search.language.words import folded, words
from search.postgres.homes import statements
from search.postgres.presence import Asked, seen
from search.postgres.wording import Wording

_SQL = statements("lookup")
_LONG_ENOUGH_TO_BEGIN_WRONG = 6
_LONG, _SLIP = 8, 2
_MOST_CANDIDATES = 20  # for a word
_SHOWN = 3  # documents of each candidate that are looked into for how it is spelt
AFTER_ALL = "\U0010ffff"
"""After every character: what begins with a text is from it to it and this."""


@dataclass(frozen=True, slots=True)
class Spelt:
    """The query with what it may mean, and how that is written; None where nothing better is known."""

    wording: Wording
    text: str | None


async def spelt(asked: Asked, wording: Wording, unknown: Sequence[int]) -> Spelt:
    """Finds what the words in these places, which stand in nothing that the reader may find, may be misspelt for."""
    better: dict[int, str] = {}
    for place in unknown:
        found = await _alternatives(asked, wording, place)
        if found:
            wording = wording.with_spellings(place, found.terms)
            if found.written is not None:
                better[place] = found.written
    return Spelt(wording, _with(asked.query.text, better) if better else None)


def is_one_edit(one: str, other: str) -> bool:
    """Whether a letter more, less, other, or two neighbours exchanged makes one of the other (Damerau 1964)."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if one[0] != other[0] and len(one) < _LONG_ENOUGH_TO_BEGIN_WRONG:
        return False
    if len(one) > len(other):
        one, other = other, one
    start = next((at for at in range(len(one)) if one[at] != other[at]), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    return one[start + 1 :] == other[start + 1 :] or (
        one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    )


def is_one_slip(one: str, other: str) -> bool:
    """Whether two letters in one place make one long word of the other: `filosophie`."""
    if min(len(one), len(other)) < _LONG:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    backwards = zip(reversed(one[start:]), reversed(other[start:]), strict=False)
    end = next((at for at, (a, b) in enumerate(backwards) if a != b), min(len(one), len(other)) - start)
    return max(len(one), len(other)) - start - end <= _SLIP


@dataclass(frozen=True, slots=True)
class _Alternatives:
    terms: Sequence[tuple[str, int]]
    written: str | None


async def _alternatives(asked: Asked, wording: Wording, place: int) -> _Alternatives | None:
    word = wording.words[place]
    half = (len(word) - 1) // 2
    start, end = word[:half], word[half - len(word) + 1 :][::-1]
    languages = list(wording.languages)
    lengths = len(word) - 1, len(word) + 1
    rows = await asked.home.rows(
        _SQL["spellings"],
        asked.generation,
        start,
        start + AFTER_ALL,
        end,
        end + AFTER_ALL,
        *lengths,
        languages,
    )
    for is_near in (is_one_edit, is_one_slip):
        near = [row for row in rows if is_near(word, row["word"])]
        shown = await seen(asked, [row["term"] for row in near], _SHOWN)
        near = [row for row in near if row["term"] in shown][:_MOST_CANDIDATES]
        if near:
            break
    else:
        return None
    often = Counter({row["word"]: 0 for row in near})
    for row in near:
        often[row["word"]] = max(often[row["word"]], len(shown[row["term"]]))
    terms = dict.fromkeys((row["language"], row["term"]) for row in near)
    written = None
    for candidate, _ in often.most_common():
        slots = {slot for row in near if row["word"] == candidate for slot in shown[row["term"]]}
        written = await _written(asked, candidate, slots)
        if written is not None:
            break
    return _Alternatives(list(terms), written)


async def _written(asked: Asked, word: str, slots: Iterable[int]) -> str | None:
    """How documents that the reader may find write a folded word; None where they only have other forms of it."""
    rows = await asked.home.rows(_SQL["texts"], asked.generation, [str(one) for one in slots])
    spellings: Counter[str] = Counter()
    for row in rows:
        for texts in (row["titles"], row["texts"]):
            for text in orjson.loads(texts).values():
                spellings.update(one.text for one in words(text) if folded(one.text) == word)
    if not spellings:
        return None
    written = spellings.most_common(1)[0][0]
    return written.lower()


def _with(text: str, better: Mapping[int, str]) -> str:
    """The text with other words in some places."""
    parts, at = [], 0
    for word in words(text):
        if word.start in better:
            parts += [text[at : word.start], better[word.start]]
            at = word.end
    return "".join((*parts, text[at:]))
