"""Which of some languages a text is in, by the letters that follow each other: the last resort, never asked alone.

One model for all languages (py3langid, naive Bayes over byte sequences) that is loaded when it is first needed; asking for
few languages looks only at theirs. Decision 0015 has the comparison.
"""

import math
from collections.abc import Sequence
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # has no types

from search.language.scripts import Script, script_of
from search.language.tags import reduced

_LONGEST = 1_000  # characters: more tells nothing new


def load() -> None:
    """Reads the model, half a second of work, which otherwise the first text pays for that needs it."""
    _model()


def probabilities(text: str, languages: Sequence[str]) -> dict[str, float]:
    """How likely each of the languages is, the likeliest first, if the text is in one of them.

    Languages that the model does not know are left out; empty where it knows none of them, or the text says nothing, or is
    in Han alone: detectors take kanji titles for Chinese.
    """
    if script_of(text) is Script.HAN:
        return {}
    asked = frozenset(languages)
    scores: dict[str, float] = {}
    for label, score in _model().rank(_without_surrogates(text[:_LONGEST])):
        language = reduced(label)
        if language in asked:
            scores[language] = max(score, scores.get(language, -math.inf))
    if not scores or len(set(scores.values())) == 1 < len(scores):
        return {}
    # the longer the text, the farther apart are the scores: the root keeps them comparable
    scale = math.sqrt(len(text.encode(errors="replace")) or 1)
    best = max(scores.values())
    shares = {language: math.exp((score - best) / scale) for language, score in scores.items()}
    whole = sum(shares.values())
    return {language: share / whole for language, share in sorted(shares.items(), key=lambda one: -one[1])}


def _without_surrogates(text: str) -> str:
    return text.encode(errors="replace").decode()


@cache
def _model() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)
