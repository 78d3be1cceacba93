"""Texts compared without case, width and accents, about as the index does it."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
# Of Unicode's Default_Ignorable_Code_Point what may stand within a word and is no part of it: soft hyphens, word
# joiners, directions. Zero-width spaces and non-joiners part words in some languages: those are the analyzers'.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def seen(text: str) -> str:
    """Without the characters in words that nobody sees."""
    return _UNSEEN.sub("", text)


@lru_cache(20_000)
def folded(text: str) -> str:
    """Without case, width, marks and what nobody sees."""
    apart = unicodedata.normalize("NFKD", seen(text).casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return unicodedata.normalize("NFKC", bare).casefold()


def is_unseen(sign: str) -> bool:
    """Whether `seen` leaves the character out."""
    return _UNSEEN.match(sign) is not None


def words_of(text: str) -> list[str]:
    """Its words, folded; runs of letters and digits."""
    return _WORD.findall(folded(text))


def bare(text: str) -> str:
    """Its letters and digits alone, folded, as codes are compared."""
    return "".join(words_of(text))


def has_words(text: str, wanted: str) -> bool:
    """Whether all words that are wanted stand in the text, one after the other."""
    there, words = words_of(text), words_of(wanted)
    if not words:
        return False
    if not words[0].isascii() and "".join(words) in "".join(there):
        return True  # also where no spaces keep them apart
    return any(there[at : at + len(words)] == words for at in range(len(there)))


def goes_on(text: str, typed: list[str]) -> bool:
    """Whether every word that was typed begins a word of the text, or stands in one where words are not kept apart."""
    there = words_of(text)
    return all(
        any(word.startswith(one) or (not one.isascii() and one in word) for word in there) for one in typed
    )


def is_alike(asked: str, word: str) -> bool:
    """Whether a folded word begins as the one that is asked for, or is nearly that."""
    if len(asked) > 2 and word.startswith(asked):
        return True
    return len(asked) > 4 and edits(asked, word, edits_allowed(asked)) <= edits_allowed(asked)


def edits_allowed(word: str) -> int:
    """By how many letters a word may differ and still be meant; about as the server forgives."""
    return 1 if len(word) < 9 else 2


def edits(one: str, other: str, most: int) -> int:
    """Letters left out, put in, replaced or swapped with the next (optimal string alignment); more than `most`: any."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, sign in enumerate(one, start=1):
        row = [i]
        for j, against in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (sign != against))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return last[-1]
