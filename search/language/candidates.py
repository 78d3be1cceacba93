"""Which languages a text can be in by its letters alone."""

from collections.abc import Iterable, Sequence

from search.language.scripts import Script, is_written, script_of, usual_language

# The characters that a country's old encoding has are those that its texts are written with: traditional, simplified and
# Japanese forms differ.
_ENCODINGS = {"ja": ("shift_jis",), "zh": ("gb2312", "big5"), "ko": ("euc_kr",)}
_LONG_HAN = 25  # so many characters in a row without any kana are no Japanese sentence
_PERSIAN, _URDU = frozenset("پچژگکی"), frozenset("ٹڈڑںے")
_ARABIC = frozenset("كيىةإأ")


def candidates(text: str, languages: Sequence[str]) -> tuple[str, ...]:
    """Those of the languages that the text can be in, in their order: all of them where it has no letters.

    Where it can be in none of them, the language of its script, if there is one; else nothing.
    """
    script = script_of(text)
    if script is None:
        return tuple(languages)
    fitting = tuple(language for language in languages if is_written(language, script))
    narrowed = _narrowed(text, script, fitting)
    if narrowed:
        return narrowed
    usual = usual_language(script)
    if usual is not None:
        return (usual,)
    # nobody here writes so: one language at most may be told by its letters
    known = _narrowed(text, script, _WITHOUT_ALL.get(script, ()))
    return known if len(known) == 1 else ()


def widespread(text: str) -> tuple[str, ...]:
    """The languages that most of what is written in the text's script is in; none for Latin letters."""
    script = script_of(text)
    if script is None:
        return ()
    usual = usual_language(script)
    return (usual,) if usual is not None else _narrowed(text, script, _WIDESPREAD.get(script, ()))


def _narrowed(text: str, script: Script, languages: tuple[str, ...]) -> tuple[str, ...]:
    if len(languages) < 2:
        return languages
    if script is Script.JAPANESE:
        return tuple(language for language in languages if language == "ja")
    if script is Script.HANGUL:
        return tuple(language for language in languages if language == "ko")
    if script is Script.HAN:
        return _by_han(text, languages)
    if script is Script.ARABIC:
        return _by_arabic(text, languages)
    return languages


def _by_han(text: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    han = "".join(character for character in text if script_of(character) is Script.HAN)
    left = [language for language in languages if _can_encode(han, _ENCODINGS.get(language, ()))]
    if len(han) >= _LONG_HAN and "zh" in languages:
        left = [language for language in left if language != "ja"]
    return tuple(left) or languages


def _can_encode(text: str, encodings: Iterable[str]) -> bool:
    for encoding in encodings:
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            continue
        return True
    return False


def _by_arabic(text: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    letters = frozenset(text)
    if letters & _URDU and "ur" in languages:
        return ("ur",)
    persian, arabic = len(letters & _PERSIAN), len(letters & _ARABIC)
    if persian > arabic:
        left = tuple(language for language in languages if language != "ar")
    elif arabic > persian:
        left = tuple(language for language in languages if language not in ("fa", "ur"))
    else:
        left = languages
    return left or languages


_WIDESPREAD = {
    Script.HAN: ("zh", "ja"),
    Script.CYRILLIC: ("ru", "uk", "bg"),
    Script.ARABIC: ("ar", "fa", "ur"),
    Script.DEVANAGARI: ("hi", "mr", "ne"),
}
_WITHOUT_ALL = {Script.HAN: ("zh", "ja"), Script.ARABIC: ("ar", "fa")}
