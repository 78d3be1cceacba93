"""In which languages a query may be: as given, as its letters say, or several.

A wrong guess finds nothing, one too many costs a little: few words are looked for in all languages of the institution that
are written so, and only what is clearly in one is looked for in that one first.
"""

from collections.abc import Sequence

from search.language.candidates import candidates, widespread
from search.language.detector import probabilities
from search.language.scripts import letters
from search.language.tags import reduced, reduced_all
from search.model import UNDETERMINED

MOST = 4  # of languages that are asked at once, besides `und`
# From so many letters on the detector is asked, and a language is left out that is so much less likely than the first.
_FEWEST_LETTERS, _UNLIKELY = 16, 0.05


def query_languages(
    text: str, *, given: str | None, languages: Sequence[str], read: Sequence[str] = ()
) -> tuple[str, ...]:
    """What `search.model.Query.languages` is to be, the likeliest first.

    `given` is the language that the asker names; it is taken as it is. Else these are the institution's `languages` and
    those that the asker reads (`read`, which are thought likelier), as far as the text can be in them, and `und` last:
    what is written in a language that nobody thought of is still found by its words. Where it can be in none of them, the
    languages that are written so are tried: something may have been declared to be in one.
    """
    if given is not None:
        return (reduced(given),)
    known = reduced_all((*read, *languages))
    possible = candidates(text, known) or widespread(text)
    if len(possible) > 1 and letters(text) >= _FEWEST_LETTERS:
        possible = _likely(text, possible)
    return (*possible[:MOST], UNDETERMINED)


def _likely(text: str, possible: tuple[str, ...]) -> tuple[str, ...]:
    found = probabilities(text, possible)
    if not found:
        return possible
    best = max(found.values())
    # a language that the model does not know cannot be told from the others: it stays
    unknown = tuple(language for language in possible if language not in found)
    return tuple(language for language, one in found.items() if one >= _UNLIKELY * best) + unknown
