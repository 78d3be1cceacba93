"""The tags that texts are indexed under: a language and no more, one for all its names.

Regions and scripts say nothing to a stemmer: `de-AT` is `de`, and `zh-Hant-TW` is `zh`, as engines let traditional and
simplified Chinese meet. What stands under several tags of one language is kept together, so that all of it is found.
"""

from collections.abc import Iterable, Mapping

from search.model import UNDETERMINED

# Other names of the same (deprecated, or ISO 639-3), members of a macrolanguage that share its words, and what systems
# write that know only ISO 639-2.
_SAME = {
    "iw": "he", "in": "id", "ji": "yi", "mo": "ro", "ydd": "yi", "fil": "tl", "tgl": "tl",
    "nb": "no", "nn": "no", "nob": "no", "nno": "no", "nor": "no",
    "cmn": "zh", "yue": "zh", "wuu": "zh", "nan": "zh", "hak": "zh", "lzh": "zh", "zho": "zh", "chi": "zh",
    "arb": "ar", "arz": "ar", "ary": "ar", "apc": "ar", "acm": "ar", "ara": "ar",
    "pes": "fa", "prs": "fa", "fas": "fa", "per": "fa", "ekk": "et", "est": "et", "lvs": "lv", "lav": "lv",
    "swh": "sw", "swa": "sw", "zsm": "ms", "msa": "ms", "may": "ms", "azj": "az", "aze": "az", "uzn": "uz",
    "uzb": "uz", "khk": "mn", "mon": "mn", "npi": "ne", "nep": "ne", "ory": "or", "als": "sq", "sqi": "sq", "alb": "sq",
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "por": "pt", "ita": "it",
    "nld": "nl", "dut": "nl", "pol": "pl", "ces": "cs", "cze": "cs", "slk": "sk", "slo": "sk", "slv": "sl",
    "hrv": "hr", "srp": "sr", "bos": "bs", "hun": "hu", "ron": "ro", "rum": "ro", "bul": "bg", "mkd": "mk",
    "mac": "mk", "rus": "ru", "ukr": "uk", "bel": "be", "kaz": "kk", "kir": "ky", "ell": "el", "gre": "el",
    "tur": "tr", "heb": "he", "urd": "ur", "hin": "hi", "ben": "bn", "mar": "mr", "tam": "ta", "tel": "te",
    "tha": "th", "vie": "vi", "ind": "id", "jpn": "ja", "kor": "ko", "dan": "da", "swe": "sv", "fin": "fi",
    "isl": "is", "ice": "is", "lit": "lt", "gle": "ga", "cym": "cy", "wel": "cy", "cat": "ca", "eus": "eu",
    "baq": "eu", "glg": "gl", "hye": "hy", "arm": "hy", "kat": "ka", "geo": "ka", "khm": "km", "lao": "lo",
    "mya": "my", "bur": "my",
}  # fmt: skip
# Several languages, none, one without a code (ISO 639-2), and of one's own making.
_NO_LANGUAGE = frozenset({"mul", "zxx", "mis", "und", "x", "i", ""})
_TITLES, _TEXTS = " / ", "\n\n"


def reduced(tag: str) -> str:
    """The language of a BCP 47 tag (RFC 5646 section 2.1) as documents and queries name it; `und` for none."""
    primary = tag.replace("_", "-").partition("-")[0].lower()
    return UNDETERMINED if primary in _NO_LANGUAGE else _SAME.get(primary, primary)


def reduced_all(tags: Iterable[str]) -> tuple[str, ...]:
    """The languages of the tags in their order, each once; those that say no language are left out."""
    languages = dict.fromkeys(reduced(tag) for tag in tags)
    return tuple(language for language in languages if language != UNDETERMINED)


def merged_titles(tagged: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Short texts by language; different ones of one language follow each other after a slash."""
    return _merged(tagged, _TITLES)


def merged_texts(tagged: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Long texts by language; different ones of one language follow each other as paragraphs."""
    return _merged(tagged, _TEXTS)


def _merged(tagged: Iterable[tuple[str, str]], between: str) -> Mapping[str, str]:
    found: dict[str, dict[str, None]] = {}
    for language, text in tagged:
        found.setdefault(language, {})[text] = None
    return {language: between.join(texts) for language, texts in found.items()}
