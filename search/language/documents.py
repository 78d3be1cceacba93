"""In which language what is indexed is written: declared, else the institution's default, else detected."""

from collections.abc import Mapping, Sequence

from kernel.languages import LanguageText
from search.language.candidates import candidates
from search.language.detector import probabilities
from search.language.scripts import is_written, letters, script_of
from search.language.tags import merged_texts, merged_titles, reduced, reduced_all
from search.model import UNDETERMINED

# A detector is believed against the institution's default when it is so sure, and has so many letters to judge by.
_SURE, _FEWEST_LETTERS = 0.8, 12


def document_language(text: str, *, declared: str | None, languages: Sequence[str]) -> str:
    """The language to index a text under (`und` where nobody can tell).

    `declared` is what its author says; that is believed unless the text is not even written in letters of that language.
    `languages` are the institution's, the first is its default.
    """
    declared_language = reduced(declared) if declared is not None else UNDETERMINED
    if declared_language != UNDETERMINED and _is_believable(text, declared_language, declared or ""):
        return declared_language
    possible = candidates(text, reduced_all(languages))
    if len(possible) < 2:
        return possible[0] if possible else UNDETERMINED
    return _detected(text, possible) or possible[0]


def indexed_titles(titles: LanguageText, *, languages: Sequence[str]) -> LanguageText:
    """Titles under the languages they are indexed in."""
    return merged_titles(_tagged(titles, languages))


def indexed_texts(texts: LanguageText, *, languages: Sequence[str]) -> LanguageText:
    """Descriptions under the languages they are indexed in."""
    return merged_texts(_tagged(texts, languages))


def _tagged(texts: Mapping[str, str], languages: Sequence[str]) -> list[tuple[str, str]]:
    return [(document_language(text, declared=tag, languages=languages), text) for tag, text in texts.items()]


def _is_believable(text: str, language: str, declared: str) -> bool:
    """Romanised texts say so by their script (`ja-Latn`)."""
    script = script_of(text)
    return script is None or is_written(language, script) or script.value in declared.split("-")


def _detected(text: str, possible: Sequence[str]) -> str | None:
    """Another language than the first, if it surely is that."""
    if letters(text) < _FEWEST_LETTERS:
        return None
    found = probabilities(text, possible)
    best = next(iter(found), None)
    return best if best is not None and found[best] >= _SURE else None
