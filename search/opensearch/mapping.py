"""What an index is like: its fields, and its settings.

`titles.<language>` and `texts.<language>` are what was given, for snippets; `words.<language>` has both, with more ways
to be found by; `title` and `body` are of all languages together.
"""

from search.model import UNDETERMINED, Facet
from search.opensearch.analysis import (
    CUT,
    IN_LATIN,
    IN_OTHER_LETTERS,
    LANGUAGES,
    Json,
    Plugin,
    analysis,
    analyzer_of,
)

# A removal is remembered so long: what is older and comes later than this would be taken.
_REMEMBER_REMOVALS = "24h"
_LONGEST_CODE = 256
REFRESH_INTERVAL = "1s"

# Raised by one whenever documents have to be stored anew; written down in the index.
LAYOUT = 1


def index_body(plugins: frozenset[Plugin], *, shards: int) -> Json:
    """What an index is created with."""
    return {
        "settings": {
            "number_of_shards": shards,
            "auto_expand_replicas": "0-1",
            "refresh_interval": REFRESH_INTERVAL,
            "gc_deletes": _REMEMBER_REMOVALS,
            "max_result_window": 10_000,
            "analysis": analysis(plugins),
        },
        "mappings": {"dynamic": False, "_meta": {"layout": LAYOUT}, "properties": _properties(plugins)},
    }


def _properties(plugins: frozenset[Plugin]) -> Json:
    return {
        "tenant": _KEYWORD,
        "kind": _KEYWORD,
        "id": {"type": "long"},
        "audience": _KEYWORD,
        "facets": {"properties": {facet.value: _KEYWORD for facet in Facet}},
        "codes": {"type": "keyword", "normalizer": "bare", "ignore_above": _LONGEST_CODE},
        "titles": {"properties": {tag: _given(tag, "title") for tag in (*LANGUAGES, UNDETERMINED)}},
        "texts": {"properties": {tag: _given(tag, "body") for tag in (*LANGUAGES, UNDETERMINED)}},
        "words": {"properties": {tag: _words(tag) for tag in LANGUAGES}},
        "title": {
            "type": "text",
            "analyzer": "any",
            "fields": {
                "edges": {"type": "text", "analyzer": "edges", "search_analyzer": "edge", "norms": False},
                "whole": {"type": "keyword", "normalizer": "bare", "ignore_above": _LONGEST_CODE},
            },
        },
        "body": {"type": "text", "analyzer": "any"},
        "latin": _in_latin("latin"),
        "east_asian": {"type": "text", "analyzer": "east_asian", "norms": False},
        "order": {"properties": {tag: _collation(tag, plugins) for tag in (*LANGUAGES, UNDETERMINED)}},
        "point": {"type": "geo_point"},
        "is_online": {"type": "boolean"},
        "starts_on": {"type": "date", "format": "strict_date"},
        "appeared_at": {"type": "long"},  # microseconds: a date field has milliseconds
        "popularity": {"type": "double"},
        "factor": {"type": "float", "index": False},
        "digest": {"type": "keyword", "index": False},
        # Only kept: the document's own tags, and what readers of the published set are shown.
        "given": {"type": "object", "enabled": False},
    }


_KEYWORD: Json = {"type": "keyword"}


def _given(tag: str, copied_to: str) -> Json:
    """A title or text as it was given: searched by its title, or through what it is copied to."""
    is_title, is_known = copied_to == "title", tag != UNDETERMINED
    field: Json = {"type": "text", "analyzer": analyzer_of(tag) if is_known else "any"}
    field["copy_to"] = [
        "body",
        *(["title"] if is_title else []),
        *([f"words.{tag}"] if is_known else []),
        *(["latin"] if is_title and (tag in IN_OTHER_LETTERS or not is_known) else []),
        *(["east_asian"] if tag in CUT or not is_known else []),
    ]
    if is_title and tag in IN_LATIN:
        field["fields"] = {"latin": _in_latin(f"latin_{tag}")}
    if not is_title:
        field |= {"index": False}  # it is only cut again, to be shown
    return field


def _in_latin(analyzer: str) -> Json:
    return {"type": "text", "analyzer": analyzer, "search_analyzer": "typed_latin", "norms": False}


def _words(tag: str) -> Json:
    """Title and text of a language, and what helps where a word has another ending, or stands beside another one."""
    return {
        "type": "text",
        "analyzer": analyzer_of(tag),
        "fields": {
            "beginnings": {"type": "text", "analyzer": _BESIDE.get(tag, "beginnings")},
            "pairs": {"type": "text", "analyzer": "pairs"},
            "grams": {"type": "text", "analyzer": "grams"},
        },
    }


# Where words have no endings that differ: another way to cut the text.
_BESIDE = {"zh": "any", "ja": "twos", "ko": "twos", "th": "any"}


def _collation(tag: str, plugins: frozenset[Plugin]) -> Json:
    if Plugin.ICU not in plugins:
        return {"type": "keyword", "normalizer": "bare", "index": False}
    language = {} if tag == UNDETERMINED else {"language": tag}
    return {"type": "icu_collation_keyword", "index": False, **language}
