"""Words that nobody writes by accident, none of which is a misspelling or the beginning of another."""

import random
from collections.abc import Iterator

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_SYLLABLES = 5
_FAR_APART = 5  # changes of a letter


def marks(seed: int) -> Iterator[str]:
    """Such words, without end."""
    chance, known = random.Random(seed), []
    while True:
        word = "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(_SYLLABLES))
        if all(word[:4] != other[:4] and _distance(word, other) >= _FAR_APART for other in known):
            known.append(word)
            yield word


def misspelt(mark: str) -> str:
    """With a wrong letter in the middle."""
    return f"{mark[:5]}{'x'}{mark[6:]}"


def _distance(one: str, other: str) -> int:
    """Letters of one that are other ones there: of words of one length, no less than what an edit distance allows for."""
    row = list(range(len(other) + 1))
    for n, letter in enumerate(one, start=1):
        before, row[0] = row[0], n
        for m, its in enumerate(other, start=1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (letter != its))
    return row[-1]
