"""How words are cut out of texts: one analyzer for each language, and those that no language has to itself.

Every analyzer has its name on every server; what is behind the name depends on which analysis plugins are there. So a
query names fields and never asks what the server can do.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Plugin(StrEnum):
    """Analysis plugins that are used where they are; the value is a tokenizer that only the plugin has."""

    ICU = "icu_tokenizer"
    KUROMOJI = "kuromoji_tokenizer"
    NORI = "nori_tokenizer"


# Languages that OpenSearch brings an analyzer for, by ISO 639.
STOCK: Mapping[str, str] = {
    "ar": "arabic", "bg": "bulgarian", "bn": "bengali", "ca": "catalan", "ckb": "sorani", "cs": "czech",
    "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "et": "estonian",
    "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "gl": "galician",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "lv": "latvian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sv": "swedish", "th": "thai", "tr": "turkish",
}  # fmt: skip
# Written without spaces, or better cut in twos than not at all; what cuts them is below.
CUT = ("ja", "ko", "zh")
# Without a stemmer, but with word statistics of their own.
PLAIN = ("he", "hr", "ms", "pl", "sk", "sl", "sr", "uk", "ur", "vi")
LANGUAGES = tuple(sorted((*STOCK, *CUT, *PLAIN)))

# Transliterated as passports and maps do (BGN), not letter by letter, besides what all languages get.
ROMANISED: Mapping[str, str] = {
    "bg": "Bulgarian-Latin/BGN", "el": "Greek-Latin/UNGEGN", "ru": "Russian-Latin/BGN", "sr": "Serbian-Latin/BGN", "uk": "Ukrainian-Latin/BGN",
}  # fmt: skip
# All languages whose titles have a field of their own in Latin letters.
IN_LATIN = (*ROMANISED, "ja")
# Not written in Latin letters alone: transliterating costs more than anything else that is done to a title.
IN_OTHER_LETTERS = (*IN_LATIN, "ar", "bn", "ckb", "fa", "he", "hi", "hy", "ko", "th", "ur", "zh")

LONGEST_EDGE = 20


def analyzer_of(language: str) -> str:
    """The name of the analyzer of one of `LANGUAGES`."""
    return STOCK.get(language) or (f"words_{language}" if language in CUT else "plain")


def analysis(plugins: frozenset[Plugin]) -> Json:
    """The index setting `analysis` for a server that has these plugins."""
    has_icu = Plugin.ICU in plugins
    words = "icu_tokenizer" if has_icu else "standard"
    fold = ["icu_folding", "simplified"] if has_icu else ["cjk_width", "lowercase", "asciifolding"]
    # Without a tokenizer that knows words of East Asian languages: overlapping pairs of letters.
    cut = fold if has_icu else [*fold, "cjk_bigram"]
    return {
        "analyzer": {
            "any": _custom(words, "articles", *cut),
            "plain": _custom(words, *(["icu_normalizer"] if has_icu else ["lowercase"])),
            "edges": _custom(words, "articles", *cut, "edges"),
            "edge": _custom(words, "articles", *cut, "edge"),
            "beginnings": _custom(words, "articles", *cut, "beginning"),
            "pairs": _custom(words, "articles", *cut, "pairs"),
            "grams": _custom("grams", *fold),
            "east_asian": _custom("standard", *fold, "cjk_bigram", "east_asian"),
            "twos": _custom("standard", *fold, "cjk_bigram"),
            "latin": _custom(words, *(["latin", "lowercase", "bare", "no_blanks"] if has_icu else cut)),
            **{
                f"latin_{tag}": _custom(
                    words, *([f"latin_{tag}", "latin", "lowercase", "bare", "no_blanks"] if has_icu else cut)
                )
                for tag in ROMANISED
            },
            # What somebody typed, who looks for those by Latin letters: it has them already.
            "typed_latin": _custom(words, "lowercase", "asciifolding", "bare", "no_blanks"),
            "words_ja": _japanese(plugins, "lowercase"),
            "latin_ja": _japanese(plugins, "romaji", "lowercase"),
            "words_ko": _korean(plugins),
            "words_zh": _custom("standard", *fold, "cjk_bigram"),
        },
        "tokenizer": {
            "grams": {"type": "ngram", "min_gram": 2, "max_gram": 3, "token_chars": ["letter", "digit"]}
        },
        "filter": {
            "articles": {"type": "elision", "articles": _ARTICLES, "articles_case": True},
            "edges": {"type": "edge_ngram", "min_gram": 1, "max_gram": LONGEST_EDGE},
            "edge": {"type": "truncate", "length": LONGEST_EDGE},
            "beginning": {"type": "truncate", "length": 5},
            "pairs": {"type": "shingle", "output_unigrams": False},
            # Transliteration leaves signs and, between syllables, spaces.
            "bare": {"type": "pattern_replace", "pattern": "[^a-z0-9]", "replacement": ""},
            "no_blanks": {"type": "length", "min": 1},
            "east_asian": {"type": "keep_types", "types": ["<DOUBLE>"]},
            **(_icu_filters() if has_icu else {}),
            **({"romaji": _ROMAJI} if Plugin.KUROMOJI in plugins else {}),
        },
        "char_filter": {
            "bare": {"type": "pattern_replace", "pattern": "[^\\p{L}\\p{N}]", "replacement": ""},
        },
        "normalizer": {
            "bare": {
                "type": "custom",
                "char_filter": ["bare"],
                "filter": ["icu_folding"] if has_icu else ["lowercase", "asciifolding"],
            },
        },
    }  # fmt: skip


# What French, Italian and Catalan write before an apostrophe.
_ARTICLES = [
    "l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu", "dell", "nell", "all", "dall",
    "sull", "un", "gl", "quest", "quell",
]  # fmt: skip
_ROMAJI: Json = {"type": "kuromoji_readingform", "use_romaji": True}


def _icu_filters() -> Json:
    scripts = {f"latin_{tag}": rules for tag, rules in ROMANISED.items()}
    return {
        name: {"type": "icu_transform", "id": rules}
        for name, rules in (
            ("simplified", "Traditional-Simplified"),
            ("latin", "Any-Latin; Latin-ASCII"),
            *scripts.items(),
        )
    }


def _custom(tokenizer: str, *filters: str) -> Json:
    return {"type": "custom", "tokenizer": tokenizer, "filter": list(filters)}


def _japanese(plugins: frozenset[Plugin], *last: str) -> Json:
    if Plugin.KUROMOJI not in plugins:
        return _custom("standard", "cjk_width", "lowercase", "cjk_bigram")
    stems = ("kuromoji_baseform", "kuromoji_part_of_speech", "cjk_width", "ja_stop", "kuromoji_stemmer")
    return _custom("kuromoji_tokenizer", *(stems if "romaji" not in last else ()), *last)


def _korean(plugins: frozenset[Plugin]) -> Json:
    if Plugin.NORI not in plugins:
        return _custom("standard", "cjk_width", "lowercase", "cjk_bigram")
    return _custom("nori_tokenizer", "nori_part_of_speech", "nori_readingform", "lowercase")
