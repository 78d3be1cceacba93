"""Suggestions as somebody types: titles and codes that go on so, the popular first."""

from collections.abc import Iterator, Mapping
from typing import Any

from search.model import UNDETERMINED, Prefix, Suggestion
from search.opensearch.analysis import Json
from search.opensearch.documents import field_language, reference_of
from search.opensearch.filtering import of_references
from search.opensearch.folding import bare, goes_on, seen, words_of

_LONGEST = 100  # characters: nobody waits for suggestions to more


def suggesting(prefix: Prefix) -> Json | None:
    """What to ask; None where nothing is typed yet."""
    typed = _typed(prefix)
    if not words_of(typed):
        return None
    words = {"match": {"title.edges": {"query": typed, "operator": "and"}}}
    bounds: Json = {
        "filter": [{"bool": {"should": [words, {"prefix": {"codes": typed.strip()}}]}}],
        "must_not": of_references(prefix.without),
    }
    if prefix.kinds:
        bounds["filter"].append({"terms": {"kind": sorted(prefix.kinds)}})
    return {
        "query": {"bool": bounds},
        "sort": [{"popularity": "desc"}, {"id": "desc"}, {"kind": "asc"}],
        "size": prefix.first,
        "track_total_hits": False,
        "_source": ["kind", "id", "codes", "given.titles", "given.institution"],
    }


def suggestion(prefix: Prefix, kept: Mapping[str, Any]) -> Suggestion:
    """What of a document goes on so: a title, in the typed language if that one does, else its code and a title."""
    titles: Mapping[str, str] = kept["given"]["titles"]
    institution: str = kept["given"]["institution"]
    typed = _typed(prefix)
    ordered = sorted(titles, key=lambda tag: _place(prefix, tag))
    fitting = [tag for tag in ordered if goes_on(titles[tag], words_of(typed))]
    codes = list(_codes(kept["codes"], typed))
    if codes and not fitting:
        title = titles[ordered[0]] if ordered else ""
        language = ordered[0] if ordered else UNDETERMINED
        return Suggestion(reference_of(kept), f"{codes[0]} {title}".strip(), language, institution)
    tag = (fitting or ordered or [UNDETERMINED])[0]
    return Suggestion(reference_of(kept), titles.get(tag, ""), tag, institution)


def _typed(prefix: Prefix) -> str:
    return seen(prefix.text[:_LONGEST].encode("utf-8", "replace").decode())


def _codes(codes: list[str], typed: str) -> Iterator[str]:
    yield from (code for code in codes if bare(code).startswith(bare(typed)))


def _place(prefix: Prefix, tag: str) -> int:
    wanted = [field_language(one) for one in prefix.languages]
    return wanted.index(field_language(tag)) if field_language(tag) in wanted else len(wanted)
