"""The titles of a catalogue, and which words or pieces of them only one document has."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, takewhile

from bench.search_catalogues import catalogues
from search.language.scripts import Script, script_of
from search.model import Reference

_WORD = re.compile(r"\w+")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
_UNSPACED = (Script.HAN, Script.JAPANESE, Script.THAI, Script.LAO, Script.KHMER, Script.MYANMAR)
_SHORTEST_PIECE, _MOST_WORDS = 4, 3


@dataclass(frozen=True, slots=True)
class Title:
    """A title that is one document's alone."""

    catalogue: str
    wanted: Reference
    language: str
    text: str

    @property
    def is_spaced(self) -> bool:
        """Whether it is written in words."""
        return script_of(self.text) not in _UNSPACED


def own_titles(*names: str) -> Iterator[Title]:
    """The titles of the catalogues that belong to one document each."""
    for name in names:
        holders = _holders(name)
        for document in catalogues()[name].documents:
            for language, text in document.titles.items():
                if len(holders[text.casefold()]) == 1:
                    yield Title(name, document.reference, language, text)


def telling_part(title: Title) -> str | None:
    """Two or three words of the title that no other document has all of, or a piece where there are no words."""
    return _telling_words(title) if title.is_spaced else _telling_piece(title)


def telling_beginning(title: Title) -> str | None:
    """Two thirds of the title, ending inside a word, with which no other title begins."""
    text = title.text
    cut = text[: max(len(text) * 2 // 3, _SHORTEST_PIECE)]
    is_inside = len(cut) < len(text) and cut[-1].isalnum() and text[len(cut)].isalnum()
    return cut if is_inside and _with_beginning(title.catalogue, cut) == {title.wanted} else None


def is_word(name: str, word: str) -> bool:
    """Whether a title of the catalogue has it: real ones have misspelt words, too."""
    return word in _by_word(name)


def _telling_words(title: Title) -> str | None:
    by_word = _by_word(title.catalogue)
    in_order = list(dict.fromkeys(_WORD.findall(title.text.casefold())))
    rarest = sorted(in_order, key=lambda word: (len(by_word[word]), word))
    for count in range(2, min(_MOST_WORDS, len(rarest)) + 1):
        if set.intersection(*(by_word[word] for word in rarest[:count])) == {title.wanted}:
            return " ".join(word for word in in_order if word in rarest[:count])
    return None


def _telling_piece(title: Title) -> str | None:
    """The shortest that the title ends with: what it is about stands there."""
    text = title.text.casefold()
    for length in range(_SHORTEST_PIECE, len(text)):
        piece = text[-length:]
        cuts_word = _KATAKANA.match(piece) and _KATAKANA.match(text[-length - 1])
        if piece.isalnum() and not cuts_word and _with_piece(title.catalogue, piece) == {title.wanted}:
            return piece
    return None


@cache
def _holders(name: str) -> dict[str, set[Reference]]:
    found: dict[str, set[Reference]] = defaultdict(set)
    for document in catalogues()[name].documents:
        for text in document.titles.values():
            found[text.casefold()].add(document.reference)
    return found


@cache
def _by_word(name: str) -> dict[str, set[Reference]]:
    found: dict[str, set[Reference]] = defaultdict(set)
    for text, holders in _holders(name).items():
        for word in _WORD.findall(text):
            found[word] |= holders
    return found


@cache
def _by_pair(name: str) -> dict[str, set[str]]:
    """Titles by the two characters that follow each other in them."""
    found: dict[str, set[str]] = defaultdict(set)
    for text in _holders(name):
        for start in range(len(text) - 1):
            found[text[start : start + 2]].add(text)
    return found


def _with_piece(name: str, piece: str) -> set[Reference]:
    texts = set.intersection(*(_by_pair(name)[piece[at : at + 2]] for at in range(len(piece) - 1)))
    holders = _holders(name)
    return {one for text in texts if piece in text for one in holders[text]}


def _with_beginning(name: str, beginning: str) -> set[Reference]:
    begun, in_order, holders = beginning.casefold(), _in_order(name), _holders(name)
    first = bisect_left(in_order, begun)
    texts = takewhile(lambda text: text.startswith(begun), islice(in_order, first, None))
    return {one for text in texts for one in holders[text]}


@cache
def _in_order(name: str) -> list[str]:
    return sorted(_holders(name))
