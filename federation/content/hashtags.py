"""Hashtags in any script: which characters make one, and the key under which its spellings are one."""

import unicodedata
from itertools import takewhile

LONGEST_HASHTAG = 100
"""Characters of a hashtag, without "#"."""

SIGNS = "#＃"
"""What a hashtag begins with; the second is what Japanese and Chinese keyboards give."""


def hashtag_key(name: str) -> str | None:
    """The hashtag's one key, with or without its sign given: NFKC and case folded; None for what is no hashtag."""
    bare = name.strip().lstrip(SIGNS)
    return _key(bare) if hashtag_in(bare) == bare else None


def hashtag_in(text: str) -> str | None:
    """The hashtag that a text begins with, its sign already left out; None where it begins with none."""
    name = "".join(takewhile(_belongs, text[: LONGEST_HASHTAG + 1])).rstrip(_JOINERS)
    if len(name) > LONGEST_HASHTAG or not any(unicodedata.category(one)[0] in "LM" for one in name):
        return None
    return name


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    # Folding may give what is not normal any more; the joiners are there for the shape of letters alone.
    return unicodedata.normalize("NFKC", folded).translate(_WITHOUT_JOINERS)


# Zero width non-joiner and joiner: Persian and Indic scripts spell with them. The middle dots join Catalan and Japanese.
_JOINERS = "\u200c\u200d·・"
_WITHOUT_JOINERS = {ord("\u200c"): None, ord("\u200d"): None}


def _belongs(character: str) -> bool:
    """Letters, the marks on them, digits, the underscore, and what joins them."""
    return character == "_" or character in _JOINERS or unicodedata.category(character)[0] in "LMN"
