"""Keys that sort titles as a language's dictionary does, compared by code points.

Computed here, not by PostgreSQL: the embedded build has no ICU, and an ICU collation changes with its version
(docs/decisions/0006). The letters that a language tells apart are those of CLDR 45, common/collation.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from anyascii import anyascii

from kernel.languages import LanguageText
from search.language.words import folded

# Letters that come after another and all that begins with it, in their order: `z: å ä ö`.
_AFTER = {
    "sv fi": "z: å ä=æ ö=ø",
    "da no": "z: æ=ä ø=ö å=aa",
    "is": "a: á; d: ð; e: é; i: í; o: ó; u: ú; y: ý; z: þ æ ö å",
    "et": "s: š z ž; w: õ ä ö ü x y",
    "es gl eu": "n: ñ",
    "pl": "a: ą; c: ć; e: ę; l: ł; n: ń; o: ó; s: ś; z: ź ż",
    "cs": "c: č; h: ch; r: ř; s: š; z: ž",
    "sk": "a: ä; c: č; h: ch; o: ô; s: š; z: ž",
    "hr bs sl": "c: č ć; d: dž đ; l: lj; n: nj; s: š; z: ž",
    "hu": "c: cs; d: dz dzs; g: gy; l: ly; n: ny; o: ö=ő; s: sz; t: ty; u: ü=ű; z: zs",
    "ro": "a: ă â; i: î; s: ș=ş; t: ț=ţ",
    "tr az": "c: ç; g: ğ; h: ı; o: ö; s: ş; u: ü",
    "lt": "c: č; i: y; s: š; z: ž",
    "lv": "c: č; g: ģ; k: ķ; l: ļ; n: ņ; s: š; z: ž",
    "sq": "c: ç; d: dh; e: ë; g: gj; l: ll; n: nj; r: rr; s: sh; t: th; x: xh; z: zh",
    "vi": "a: ă â; d: đ; e: ê; o: ô ơ; u: ư",
}
_HIGH = "\uf8ff"  # after every letter
_LONGEST = 80  # characters of a key: who agrees on so many is sorted by id
_HAN_AFTER = "\uf8fe"  # after every letter of other scripts
_NO_LETTER = re.compile(r"[^\w\uf8fe\uf8ff]+")
_KATAKANA = {point: point - 0x60 for point in range(0x30A1, 0x30F7)}
_CHINESE = "zh"


def title_keys(titles: LanguageText, languages: Iterable[str]) -> Mapping[str, str]:
    """The keys of a document's titles: `<title's language>`, and `<title's language>@<reader's>` where it differs.

    `languages` are those of the institution, the dearest first: of its readers, and of the title that is shown to those
    who read none of them (which stands under "").
    """
    readers = list(dict.fromkeys((*languages, *sorted(titles))))
    default = next((one for one in readers if one in titles), None)
    keys: dict[str, str] = {}
    for language, title in titles.items():
        names = (language, "") if language == default else (language,)
        plain = sort_key(title, "")
        for name in names:
            keys[name] = plain
        for reader in readers:
            own = sort_key(title, reader)
            if own != plain:
                keys |= {f"{name}@{reader}": own for name in names}
    return keys


def names_of_keys(readers: Iterable[str]) -> list[str]:
    """Under which names to look for the key of the title that a reader is shown, the first that is there."""
    languages = list(readers)
    first = languages[0] if languages else ""
    names = [name for one in languages for name in (f"{one}@{first}", one)]
    return [*names, f"@{first}", ""]


def sort_key(title: str, language: str) -> str:
    """The key of a title for readers of a language."""
    text = unicodedata.normalize("NFC", title).replace("İ", "i")
    text = text.replace("I", "ı").lower() if language in ("tr", "az") else text.lower()
    tailoring = _TAILORINGS.get(language)
    if tailoring is not None:
        pattern, keys = tailoring
        text = pattern.sub(lambda match: keys[match[0]], text)
    if language == _CHINESE:
        text = "".join(
            f"{_HAN_AFTER}{anyascii(one).lower()}{one}" if one >= "\u3400" else one for one in text
        )
    parts = _HIGH.join(folded(part) if part else "" for part in text.split(_HIGH))
    return _NO_LETTER.sub(" ", parts.translate(_KATAKANA)).strip()[:_LONGEST]


def _tailoring(rules: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    keys: dict[str, str] = {}
    for rule in rules.split("; "):
        base, letters = rule.split(": ")
        for place, same in enumerate(letters.split()):
            keys |= dict.fromkeys(same.split("="), f"{base}{_HIGH}{place}")
    longest_first = sorted(keys, key=len, reverse=True)
    return re.compile("|".join(longest_first)), keys


_TAILORINGS = {
    language: _tailoring(rules) for languages, rules in _AFTER.items() for language in languages.split()
}
