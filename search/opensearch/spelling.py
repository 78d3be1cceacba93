"""What else may be meant: a word of a document that the reader may find, where the one that was typed is in none."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from search.model import Query
from search.opensearch.analysis import Json
from search.opensearch.filtering import filters, of_references
from search.opensearch.folding import edits, edits_allowed, folded
from search.opensearch.wording import Wording, is_unspaced, word_clause, word_pattern

_FEWEST_LETTERS = 4
_MOST_WORDS = 6
_DOCUMENTS = 20
_TITLE_SIGNS, _TEXT_SIGNS = 500, 4_000


def doubtful(asked: Wording) -> list[str]:
    """The words that may be misspelt; none where there are many, which nobody types by hand."""
    words = [word for word in dict.fromkeys(asked.words) if len(word) >= _FEWEST_LETTERS]
    fitting = [word for word in words if not is_unspaced(word) and not any(map(str.isdigit, word))]
    return fitting if len(fitting) <= _MOST_WORDS else []


def unseen(asked: Wording, hits: Iterable[Mapping[str, Any]]) -> list[str]:
    """The doubtful words that no title of these hits has, and that have no synonym which may be found."""
    there = {folded(word) for word in asked.synonyms}
    for hit in hits:
        for title in hit["_source"]["given"]["titles"].values():
            there.update(word_pattern().findall(title[:_TITLE_SIGNS].casefold()))
    return [word for word in doubtful(asked) if word.casefold() not in there and folded(word) not in there]


def checks(query: Query, asked: Wording, words: Sequence[str]) -> Json:
    """Asks which of the words are in a document at all."""
    clauses = [word_clause(asked, word) for word in words]
    return {
        "query": _bounded(query, {"bool": {"should": clauses}}),
        "aggs": {f"word.{n}": {"filter": clause} for n, clause in enumerate(clauses)},
        "size": 0,
        "track_total_hits": False,
    }


def unknown_words(words: Sequence[str], aggregations: Mapping[str, Any]) -> list[str]:
    """Those that are in none."""
    return [word for n, word in enumerate(words) if aggregations[f"word.{n}"]["doc_count"] == 0]


def alike(query: Query, word: str) -> Json:
    """Documents with a word like this one."""
    near = {"query": word, "fuzziness": edits_allowed(word), "max_expansions": 50}
    return {
        "query": _bounded(query, {"match": {"body": near}}),
        "size": _DOCUMENTS,
        "_source": ["titles", "texts"],
        "track_total_hits": False,
    }


def likeliest(word: str, sources: Iterable[Mapping[str, Any]]) -> str | None:
    """The word of the documents that is the least different, then the most frequent; None where none is alike."""
    wanted, found = folded(word), Counter[str]()
    for source in sources:
        for within, most in (("titles", _TITLE_SIGNS), ("texts", _TEXT_SIGNS)):
            for texts in source[within].values():
                for text in texts:
                    found.update(set(word_pattern().findall(text[:most])))
    most_edits = edits_allowed(word)
    near = [
        (apart, -count, candidate)
        for candidate, count in found.items()
        if 0 < (apart := edits(wanted, folded(candidate), most_edits)) <= most_edits
    ]
    return min(near)[2] if near else None


def respelt(text: str, words: Mapping[str, str]) -> str:
    """The text with these words in place of those."""
    return word_pattern().sub(lambda found: words.get(found[0], found[0]), text)


def _bounded(query: Query, clause: Json) -> Json:
    """Facets' filters hold here as all others do."""
    everything = list(filters(replace(query, facets=())))
    return {"bool": {"must": [clause], "filter": everything, "must_not": of_references(query.without)}}
