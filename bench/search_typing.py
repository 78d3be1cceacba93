"""What people type instead of a word: with one letter wrong, or in Latin letters."""

import unicodedata
from random import Random

_LATIN, _CYRILLIC = "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщыьэюя"
# BGN/PCGN as people use it without its signs; Bulgarian by the law of 2009, Greek by ELOT 743.
_SHARED = dict(zip("абвгдзийклмнопрстуфц", "abvgdziyklmnoprstuf", strict=False)) | {
    "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "ь": "", "ъ": "",
    "е": "e", "э": "e", "ё": "yo", "ы": "y", "’": "", "ʼ": "", "'": "",
}  # fmt: skip
_TABLES = {
    "ru": _SHARED,
    "uk": _SHARED | {"г": "h", "и": "y", "і": "i", "ї": "yi", "є": "ye", "ґ": "g"},
    "bg": _SHARED | {"х": "h", "щ": "sht", "ъ": "a", "ь": "y"},
    "el": {
        **dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)),
        "θ": "th", "χ": "ch", "ψ": "ps", "ου": "ou", "αυ": "av", "ευ": "ev", "γγ": "ng", "μπ": "b", "ντ": "nt",
    },
}  # fmt: skip


def edited(word: str, random: Random) -> str | None:
    """The word with one edit (a letter more, less, other, or two exchanged), not in its first letter; None where no
    keyboard is known for it."""
    alphabet = next((one for one in (_LATIN, _CYRILLIC) if set(word.casefold()) & set(one)), None)
    if alphabet is None or len(word) < 2:
        return None
    while True:
        at, letter = random.randrange(1, len(word)), random.choice(alphabet)
        typed = random.choice(
            (
                word[:at] + letter + word[at:],
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            )
        )
        if typed != word:
            return typed


def romanised(text: str, language: str) -> str | None:
    """The text in Latin letters; None for languages and characters that have no rule here."""
    table = _TABLES.get(language)
    if table is None:
        return None
    letters = plain(text.casefold(), only="\u0301")
    written, at = [], 0
    while at < len(letters):
        width = 2 if letters[at : at + 2] in table else 1
        piece = letters[at : at + width]
        if not (piece in table or piece.isascii()):
            return None
        written.append(table.get(piece, piece))
        at += width
    return "".join(written)


def plain(text: str, *, only: str | None = None) -> str:
    """As somebody types it whose keyboard has no accents, or lacks `only` that one."""
    apart = unicodedata.normalize("NFD", text)
    kept = (one for one in apart if not (unicodedata.combining(one) and only in (None, one)))
    return unicodedata.normalize("NFC", "".join(kept))
