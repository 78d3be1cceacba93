"""Which words of a query an institution may have said something about: folded as the engines fold them."""

from collections.abc import Iterator

from search.language.words import Word, folded, words

LONGEST_PHRASE = 4  # words
_LONGEST_CUT = 8  # characters out of a run that is written without spaces
_MOST_WORDS, _MOST_PHRASES = 60, 600


def folded_words(text: str) -> tuple[str, ...]:
    """The words of a text in their order; what is written without spaces is one."""
    return tuple(filter(None, (folded(one.text) for one in words(text))))


def phrase(text: str) -> str:
    """A word, or a few, as they are compared: equal for all who write them in whatever way."""
    return " ".join(folded_words(text))


def phrases(text: str) -> frozenset[str]:
    """Each word of the text, each few that follow each other, and the pieces of what is written without spaces.

    Of a longer text those of its beginning.
    """
    first = [one for one, _ in zip(words(text), range(_MOST_WORDS), strict=False)]
    found: dict[str, None] = {}
    for one in _all(first):
        if len(found) >= _MOST_PHRASES:
            break
        found[one] = None
    return frozenset(found)


def _all(first: list[Word]) -> Iterator[str]:
    plain = [folded(one.text) for one in first]
    for length in range(1, LONGEST_PHRASE + 1):
        for start in range(len(plain) - length + 1):
            yield " ".join(plain[start : start + length])
    for one, run in zip(first, plain, strict=True):
        if one.is_run:
            for length in range(2, min(len(run), _LONGEST_CUT) + 1):
                yield from (run[start : start + length] for start in range(len(run) - length + 1))
