"""What of a text can be seen: which are blank though not empty, and which turn the direction of what stands after them."""

import unicodedata


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in it: spaces, characters of no width and controls alone."""
    return all(map(_is_unseen, text))


def is_line(text: str) -> bool:
    """Whether it is one line without controls. Joiners, which spelling and emojis need, may be in it."""
    return not any(unicodedata.category(sign) in _BREAKING for sign in text)


def self_contained(text: str) -> str:
    """The text without its controls of direction where one is left open: it would turn what stands after the text.

    Those that are closed stay (Unicode Standard Annex 9, section 3.1.2).
    """
    return text if _is_balanced(text) else text.translate(_WITHOUT_DIRECTIONS)


def _is_unseen(sign: str) -> bool:
    if sign in _DRAWN_FORMATS:
        return False
    return sign in _UNDRAWN or unicodedata.category(sign) in _UNSEEN


def _is_balanced(text: str) -> bool:
    if text.isascii():
        return True
    waiting: list[str] = []
    for sign in text:
        if sign in _CLOSED_BY:
            waiting.append(_CLOSED_BY[sign])
        elif sign in _ENDS and (not waiting or waiting.pop() != sign):
            return False
    return not waiting


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Of category Cf, but drawn: the signs that Arabic, Syriac and Kaithi numbers stand under.
_DRAWN_FORMATS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
# Letters, marks and signs by category, and nothing to see: fillers of Hangul, joiners, variation selectors, blank Braille.
_UNDRAWN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
_OVERRIDES_END, _ISOLATES_END = "\u202c", "\u2069"
_ENDS = frozenset({_OVERRIDES_END, _ISOLATES_END})
_CLOSED_BY = {
    **dict.fromkeys("\u202a\u202b\u202d\u202e", _OVERRIDES_END),
    **dict.fromkeys("\u2066\u2067\u2068", _ISOLATES_END),
}
_WITHOUT_DIRECTIONS = dict.fromkeys(map(ord, (*_CLOSED_BY, *_ENDS)))
