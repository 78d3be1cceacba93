"""Text cut into words, and words folded: what is compared is neither upper nor lower, accented nor full width."""

import re
import unicodedata
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import NamedTuple

import opencc

from search.language import umlauts

# Written without spaces between words: cut into pairs of characters. (Unicode 15.1, Blocks.txt)
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_KANA = "\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
_EAST_ASIAN = f"{_HAN}{_KANA}{_HANGUL}"
_SOUTH_EAST_ASIAN = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u1780-\u17d3"
)
_UNSPACED = f"{_EAST_ASIAN}{_SOUTH_EAST_ASIAN}"


# Inside a word, and no part of it: the soft hyphen, and what keeps letters apart or together.
_JOINERS = "\u00ad\u200c\u200d"


def _letters() -> str:
    """Letters, digits, and the signs that Indic, Arabic and Hebrew words are written with, of the first plane: all that
    is looked up in one table, where a class of characters would be asked range by range."""
    unspaced = re.compile(f"[{_UNSPACED}]")
    ranges: list[list[int]] = []
    for point in range(0x10000):
        one = chr(point)
        if (one.isalnum() or unicodedata.category(one) in ("Mn", "Mc")) and not unspaced.match(one):
            if ranges and ranges[-1][1] == point - 1:
                ranges[-1][1] = point
            else:
                ranges.append([point, point])
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges)


_LETTERS = f"(?:[{_letters()}]++|[^\\W\\u0000-\\uffff{_UNSPACED}]++)"
_WRITTEN = f"{_LETTERS}(?:[{_JOINERS}]*{_LETTERS})*"
_WORD = re.compile(f"([{_UNSPACED}]+)|{_WRITTEN}")
_RUN = re.compile(f"[{_UNSPACED}]")
_TEXT_OF_WORD = re.compile(f"[{_UNSPACED}]+|{_WRITTEN}")
_NO_JOINERS = dict.fromkeys(map(ord, _JOINERS))
_CLUSTER = re.compile(".[\uff9e\uff9f]?", re.DOTALL)  # half-width kana and its voicing
# Arabic and Hebrew vowel signs, the tatweel, and the accents of Latin, Greek and Cyrillic.
_UNWRITTEN = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670]")
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
    | {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه"}
)
_LONGEST_WORD = 64  # characters: what is longer is no word, and is known by its beginning
_simplify = opencc.OpenCC("t2s").convert


class Word(NamedTuple):
    """A piece of a text: where it stands, how it is written, and whether it is a run of a script without spaces."""

    start: int
    end: int
    text: str
    is_run: bool


def words(text: str) -> Iterator[Word]:
    """The words of a text in their order; `start` and `end` count characters of the text as it was given."""
    for match in _WORD.finditer(text):
        yield Word(*match.span(), match[0], match.lastindex is not None)


def texts_of_words(text: str) -> list[str]:
    """The texts of the words in their order: much sooner than the words are cut."""
    return _TEXT_OF_WORD.findall(text)


def different_words(text: str) -> set[str]:
    """The texts of the words, each once."""
    return set(texts_of_words(text))


def places_of(text: str, wanted: Container[str]) -> list[tuple[int, str]]:
    """Where the words with one of these texts begin, in order."""
    return [(match.start(), match[0]) for match in _TEXT_OF_WORD.finditer(text) if match[0] in wanted]


def is_run(word: str) -> bool:
    """Whether the text of a word is a run of a script without spaces."""
    return _RUN.match(word) is not None


@lru_cache(100_000)
def cased(word: str) -> str:
    """The word without case and width (UAX 15, NFKC), with its accents."""
    plain = unicodedata.normalize("NFKC", word.translate(_NO_JOINERS))
    return unicodedata.normalize("NFKC", plain.casefold())[:_LONGEST_WORD]


@lru_cache(100_000)
def folded(word: str) -> str:
    """The word without case, width and accents; the same for all who type it in whatever way."""
    apart = unicodedata.normalize("NFKD", cased(word))
    return unicodedata.normalize("NFC", _UNWRITTEN.sub("", apart)).translate(_PLAIN)


@lru_cache(100_000)
def written_out(word: str) -> str | None:
    """The folded word as it is written where there are no umlauts (`Jürgens`: juergens); None where it has none."""
    spelt = umlauts.written_out(cased(word))
    return None if spelt is None else folded(spelt)


def unmarked(word: str) -> str:
    """The word without what few write: vowel signs of Arabic and Hebrew."""
    return _UNWRITTEN.sub("", word)


def run_letters(run: str) -> list[tuple[str, int, int]]:
    """The characters of a run at full width, each with where it stands in it."""
    if unicodedata.is_normalized("NFKC", run):
        return [(one, at, at + 1) for at, one in enumerate(run)]
    return [
        (one, match.start(), match.end())
        for match in _CLUSTER.finditer(run)
        for one in unicodedata.normalize("NFKC", match[0])
    ]


@lru_cache(50_000)
def simplified(character: str) -> str:
    """The simplified Chinese character for a traditional one."""
    plain: str = _simplify(character)
    return plain
