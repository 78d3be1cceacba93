"""Real catalogues as documents of search: each is an institution of its own, with its languages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bench.search_data import lines, table
from search.language.documents import indexed_texts, indexed_titles
from search.model import Document, Facet, Kind, Point, Reference

PUBLIC = "public"
_FOR_ALL = frozenset({PUBLIC})
_ONLY_NATIVE = ("ru", "uk", "bg", "el")  # written so that a keyboard of Latin letters cannot type it


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What an institution publishes; the first language is its default."""

    name: str
    languages: tuple[str, ...]
    documents: Sequence[Document]


@cache
def catalogues() -> Mapping[str, Catalogue]:
    """Courses in Chinese and English, in Japanese, and by nothing but codes; universities of the world, some as they
    are called at home and nowhere else."""
    made = (_bilingual(), _japanese(), _coded(), _universities(), _native())
    return {one.name: one for one in made}


def _bilingual() -> Catalogue:
    languages = ("zh-Hant", "en")
    rows = {one["code"]: one for one in reversed(lines("courses-zh-en-ntut", "courses.jsonl"))}
    return Catalogue(
        "ntut",
        languages,
        [
            _course(
                number,
                one["code"],
                {"zh-Hant": one["name_zh"], "en": one["name_en"]},
                {"zh-Hant": one["description_zh"], "en": one["description_en"]},
                languages,
            )
            for number, one in enumerate(rows.values(), 1)
        ],
    )


def _japanese() -> Catalogue:
    languages = ("ja", "en")
    return Catalogue(
        "tsukuba",
        languages,
        [
            _course(number, one["code"], {"ja": one["name"]}, {"ja": one["description"]}, languages)
            for number, one in enumerate(lines("courses-ja-tsukuba", "courses.jsonl"), 1)
        ],
    )


def _coded() -> Catalogue:
    rows = dict.fromkeys(
        (one["subject"], one["course_code"]) for one in table("sections-cuhk", "sections.csv")
    )
    codes = [f"{subject} {number}" for subject, number in rows]
    return Catalogue(
        "cuhk", ("en",), [_course(n, code, {"en": code}, {}, ("en",)) for n, code in enumerate(codes, 1)]
    )


def _universities() -> Catalogue:
    languages = ("en",)
    rows = lines("universities-ror", "universities.jsonl")
    return Catalogue(
        "universities",
        languages,
        [_university(number, one, names_of(one), languages) for number, one in enumerate(rows, 1)],
    )


def _native() -> Catalogue:
    """Of universities that have a name in Cyrillic or Greek that name alone."""
    found = []
    for number, one in enumerate(lines("universities-ror", "universities.jsonl"), 1):
        native = {
            tag: name for tag, name in names_of(one).items() if tag in _ONLY_NATIVE and not name[:1].isascii()
        }
        if native:
            found.append(_university(number, one, native, ("ru", "uk", "bg", "el")))
    return Catalogue("native names", ("ru", "uk", "bg", "el", "en"), found)


def names_of(university: Mapping[str, Any]) -> dict[str, str]:
    """A university's label in each language, that of no language as `und`."""
    labels = [name for name in university["names"] if "label" in name["t"]]
    return {name.get("lang") or "und": name["v"] for name in reversed(labels)}


def _course(
    number: int, code: str, titles: Mapping[str, str], texts: Mapping[str, str], languages: Sequence[str]
) -> Document:
    return Document(
        Reference(Kind.COURSE, number),
        indexed_titles(_given(titles) or {"und": code}, languages=languages),
        indexed_texts(_given(texts), languages=languages),
        codes=(code,),
        audience=_FOR_ALL,
    )


def _university(
    number: int, one: Mapping[str, Any], names: Mapping[str, str], languages: Sequence[str]
) -> Document:
    return Document(
        Reference(Kind.ORG_UNIT, number),
        indexed_titles(names or {"und": one["names"][0]["v"]}, languages=languages),
        codes=tuple(_acronyms(one["names"])),
        audience=_FOR_ALL,
        facets={Facet.COUNTRY: (one["country"],)},
        point=Point(one["lat"], one["lng"]),
    )


def _acronyms(names: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return dict.fromkeys(name["v"] for name in names if "acronym" in name["t"])


def _given(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if text.strip()}
