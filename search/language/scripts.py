"""What a text is written in, and which languages are written so: decides before any detector is asked.

The ranges are Unicode's blocks of letters (Unicode 15.1, Blocks.txt), neighbours of one script put together.
"""

import unicodedata
from bisect import bisect_right
from collections import Counter
from enum import StrEnum
from functools import lru_cache

_LONGEST = 2_000  # characters: what the beginning does not tell, the rest does not either
_KANA_SHARE = 0.1  # Japanese sentences have more of it; Chinese ones quote a word at most


class Script(StrEnum):
    """ISO 15924, `Jpan` being kana with or without Han."""

    LATIN = "Latn"
    GREEK = "Grek"
    CYRILLIC = "Cyrl"
    ARMENIAN = "Armn"
    HEBREW = "Hebr"
    ARABIC = "Arab"
    DEVANAGARI = "Deva"
    BENGALI = "Beng"
    GURMUKHI = "Guru"
    GUJARATI = "Gujr"
    ORIYA = "Orya"
    TAMIL = "Taml"
    TELUGU = "Telu"
    KANNADA = "Knda"
    MALAYALAM = "Mlym"
    SINHALA = "Sinh"
    THAI = "Thai"
    LAO = "Laoo"
    TIBETAN = "Tibt"
    MYANMAR = "Mymr"
    GEORGIAN = "Geor"
    ETHIOPIC = "Ethi"
    KHMER = "Khmr"
    MONGOLIAN = "Mong"
    HANGUL = "Hang"
    JAPANESE = "Jpan"
    HAN = "Hani"


_RANGES = (
    (0x0041, 0x024F, Script.LATIN),
    (0x0250, 0x02AF, Script.LATIN),
    (0x0370, 0x03FF, Script.GREEK),
    (0x0400, 0x052F, Script.CYRILLIC),
    (0x0531, 0x058F, Script.ARMENIAN),
    (0x0591, 0x05F4, Script.HEBREW),
    (0x0600, 0x077F, Script.ARABIC),
    (0x08A0, 0x08FF, Script.ARABIC),
    (0x0900, 0x097F, Script.DEVANAGARI),
    (0x0980, 0x09FF, Script.BENGALI),
    (0x0A00, 0x0A7F, Script.GURMUKHI),
    (0x0A80, 0x0AFF, Script.GUJARATI),
    (0x0B00, 0x0B7F, Script.ORIYA),
    (0x0B80, 0x0BFF, Script.TAMIL),
    (0x0C00, 0x0C7F, Script.TELUGU),
    (0x0C80, 0x0CFF, Script.KANNADA),
    (0x0D00, 0x0D7F, Script.MALAYALAM),
    (0x0D80, 0x0DFF, Script.SINHALA),
    (0x0E00, 0x0E7F, Script.THAI),
    (0x0E80, 0x0EFF, Script.LAO),
    (0x0F00, 0x0FFF, Script.TIBETAN),
    (0x1000, 0x109F, Script.MYANMAR),
    (0x10A0, 0x10FF, Script.GEORGIAN),
    (0x1100, 0x11FF, Script.HANGUL),
    (0x1200, 0x139F, Script.ETHIOPIC),
    (0x1780, 0x17FF, Script.KHMER),
    (0x1800, 0x18AF, Script.MONGOLIAN),
    (0x1C90, 0x1CBF, Script.GEORGIAN),
    (0x1D00, 0x1DBF, Script.LATIN),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0x1F00, 0x1FFF, Script.GREEK),
    (0x3005, 0x3007, Script.HAN),
    (0x3041, 0x30FF, Script.JAPANESE),
    (0x3105, 0x312F, Script.HAN),  # Bopomofo
    (0x3131, 0x318E, Script.HANGUL),
    (0x31F0, 0x31FF, Script.JAPANESE),
    (0x3400, 0x4DBF, Script.HAN),
    (0x4E00, 0x9FFF, Script.HAN),
    (0xA640, 0xA69F, Script.CYRILLIC),
    (0xAC00, 0xD7AF, Script.HANGUL),
    (0xF900, 0xFAFF, Script.HAN),
    (0xFB50, 0xFDFF, Script.ARABIC),
    (0x20000, 0x323AF, Script.HAN),
)
_STARTS = [first for first, _, _ in _RANGES]
# A character of these says as much as a few letters of the others.
_DENSE = {Script.HAN: 3, Script.JAPANESE: 3, Script.HANGUL: 3}

# Languages that are not (only) written in Latin letters.
_WRITTEN: dict[str, frozenset[Script]] = {
    language: frozenset(scripts)
    for languages, scripts in (
        ("ja", (Script.JAPANESE, Script.HAN)),
        ("zh", (Script.HAN,)),
        ("ko", (Script.HANGUL, Script.HAN)),
        ("el grc", (Script.GREEK,)),
        ("ru uk be bg mk ky tg ba ce cv os", (Script.CYRILLIC,)),
        ("sr uz kk tt bs cnr crh", (Script.CYRILLIC, Script.LATIN)),
        ("mn", (Script.CYRILLIC, Script.MONGOLIAN)),
        ("hy", (Script.ARMENIAN,)),
        ("he yi", (Script.HEBREW,)),
        ("ar fa ur ps ckb sd ug", (Script.ARABIC,)),
        ("ku az", (Script.LATIN, Script.ARABIC)),
        ("hi mr ne sa bho mai kok", (Script.DEVANAGARI,)),
        ("bn as", (Script.BENGALI,)),
        ("pa", (Script.GURMUKHI, Script.ARABIC)),
        ("gu", (Script.GUJARATI,)),
        ("or", (Script.ORIYA,)),
        ("ta", (Script.TAMIL,)),
        ("te", (Script.TELUGU,)),
        ("kn", (Script.KANNADA,)),
        ("ml", (Script.MALAYALAM,)),
        ("si", (Script.SINHALA,)),
        ("th", (Script.THAI,)),
        ("lo", (Script.LAO,)),
        ("bo dz", (Script.TIBETAN,)),
        ("my", (Script.MYANMAR,)),
        ("ka", (Script.GEORGIAN,)),
        ("am ti", (Script.ETHIOPIC,)),
        ("km", (Script.KHMER,)),
    )
    for language in languages.split()
}
# The language that (nearly) everybody means who writes so, where nothing else is known.
_USUAL = {
    Script.GREEK: "el",
    Script.ARMENIAN: "hy",
    Script.HEBREW: "he",
    Script.BENGALI: "bn",
    Script.GURMUKHI: "pa",
    Script.GUJARATI: "gu",
    Script.ORIYA: "or",
    Script.TAMIL: "ta",
    Script.TELUGU: "te",
    Script.KANNADA: "kn",
    Script.MALAYALAM: "ml",
    Script.SINHALA: "si",
    Script.THAI: "th",
    Script.LAO: "lo",
    Script.MYANMAR: "my",
    Script.GEORGIAN: "ka",
    Script.KHMER: "km",
    Script.HANGUL: "ko",
    Script.JAPANESE: "ja",
}


def script_of(text: str) -> Script | None:
    """The script that most of the text is in; None where it has no letters."""
    counts = _counted(text)
    kana, han = counts[Script.JAPANESE], counts[Script.HAN]
    if kana and kana >= _KANA_SHARE * (kana + han):
        counts[Script.JAPANESE] += counts.pop(Script.HAN, 0)
    weights = {script: count * _DENSE.get(script, 1) for script, count in counts.items() if count}
    return max(weights, key=lambda script: weights[script], default=None)


def is_written(language: str, script: Script) -> bool:
    """Whether the language is written so. One that is not known here counts as written in Latin letters."""
    return script in _WRITTEN.get(language, (Script.LATIN,))


def usual_language(script: Script) -> str | None:
    """The language of a script that has one; None where several share it."""
    return _USUAL.get(script)


def letters(text: str) -> int:
    """How many letters the text has, those of dense scripts counted as a few."""
    return sum(count * _DENSE.get(script, 1) for script, count in _counted(text).items())


def _counted(text: str) -> Counter[Script]:
    found: Counter[Script] = Counter()
    for character, count in Counter(unicodedata.normalize("NFKC", text[:_LONGEST])).items():
        if (script := _script(character)) is not None:
            found[script] += count
    return found


@lru_cache(20_000)
def _script(character: str) -> Script | None:
    number = ord(character)
    if number < _STARTS[0] or not (character.isalpha() or unicodedata.combining(character)):
        return None
    _, last, script = _RANGES[bisect_right(_STARTS, number) - 1]
    return script if number <= last else None
