"""Names as they are written where there are no umlauts."""

import unicodedata

# As in passports (ICAO Doc 9303, part 3, section 6), and on other keyboards; `ß` and `æ` are folded so by everybody.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


def written_out(text: str) -> str | None:
    """The text in small letters with `Jürgens` as `juergens`; None where there is nothing to write out."""
    plain = unicodedata.normalize("NFC", text.casefold())
    spelt = plain.translate(_WRITTEN_OUT)
    return None if spelt == plain else spelt
