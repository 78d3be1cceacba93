"""What a word is reduced to in a language, so that its forms meet (Snowball)."""

import re
from collections.abc import Callable
from functools import lru_cache

import Stemmer  # type: ignore[import-not-found]  # a C module without types

from search.language.words import cased, folded, unmarked

# BCP 47 language to Snowball's algorithm.
_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "ms": "indonesian", "ne": "nepali", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_TURKIC = frozenset({"tr", "az"})
_VOWELLED = frozenset({"ar", "fa", "ur"})
# Arabic's article, with a conjunction or preposition before it: before a beginning ل the one of للـ is left out in writing.
_ARTICLE = re.compile(r"^[وف]?(?:[بك]?ال|ل(?:ل(?!غ(?:[ةه]|ات|وي)|سان)|(?=لغ|لسان)))(?=\w{3})")
_DOTS = str.maketrans({"İ": "i", "I": "ı"})


@lru_cache(200_000)
def stem(word: str, language: str) -> str:
    """The stem, folded; the folded word where the language has no stemmer."""
    if language in _TURKIC:
        word = word.translate(_DOTS)
    if language in _VOWELLED:
        word = unmarked(cased(word))
    stemmer = _stemmer(language)
    if stemmer is None:
        return folded(word)
    if language == "ar":
        return folded(_arabic(stemmer, cased(word)))
    return folded(stemmer(cased(word)))


def _arabic(stemmer: Callable[[str], str], word: str) -> str:
    """With and without the article the same: the stemmer cuts other endings off where it sees one.

    Twice, because the article hides a beginning that looks like a conjunction.
    """
    bare = _ARTICLE.sub("", word)
    return stemmer(stemmer(f"ال{bare}" if len(bare) > 2 else bare))


@lru_cache
def _stemmer(language: str) -> Callable[[str], str] | None:
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None:
        return None
    return Stemmer.Stemmer(algorithm, 0).stemWord  # type: ignore[no-any-return]
