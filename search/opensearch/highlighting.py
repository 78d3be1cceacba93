"""Snippets: which words of a hit are those that were asked for, in a language that the reader reads."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from search.language.candidates import widespread
from search.language.runs import Runs
from search.language.words import words
from search.model import UNDETERMINED, Highlight, Part, Query
from search.opensearch.analysis import Json
from search.opensearch.documents import field_language
from search.opensearch.folding import bare, folded, is_alike, is_unseen, seen
from search.opensearch.wording import Wording, shown_clause

_SNIPPET = 200
_MOST_READ = 4
_MOST_COMPARED, _LONGEST_COMPARED = 8, 300
_SHOWN_OF_TEXT = 100_000  # characters: what stands further down is found, and not shown
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # soft hyphen and its like: analyzers leave them at a word
_FIELDS = {"title": "titles", "text": "texts"}


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands around a word that was found: no text has it, as it is another one for each query."""

    # Not of control characters, which the server trims like spaces.
    start: str = field(default_factory=lambda: f"\ue000{secrets.token_hex(6)}\ue000")
    end: str = field(default_factory=lambda: f"\ue001{secrets.token_hex(6)}\ue001")


def highlighting(query: Query, asked: Wording, marks: Marks) -> Json:
    """What the server is to mark: in the languages that are read or asked in, as each costs time for every hit."""
    written_so = widespread(
        query.text
    )  # in a language that nobody asked in, it may have been found by its letters
    wanted = (*query.reader_languages[:_MOST_READ], *query.languages, *written_so)
    fields_of = dict.fromkeys(map(field_language, wanted))
    languages = [*(tag for tag in fields_of if tag != UNDETERMINED), UNDETERMINED]
    whole, snippet = {"number_of_fragments": 0}, {"number_of_fragments": 1, "fragment_size": _SNIPPET}
    fields = {f"titles.{tag}": whole for tag in languages} | {f"texts.{tag}": snippet for tag in languages}
    return {
        "type": "unified",
        "pre_tags": [marks.start],
        "post_tags": [marks.end],
        "require_field_match": False,
        "highlight_query": shown_clause(asked, map(field_language, written_so)),
        "max_analyzer_offset": _SHOWN_OF_TEXT,
        "fields": fields,
    }  # fmt: skip


def highlights(query: Query, marks: Marks, hit: Mapping[str, Any]) -> Iterator[Highlight]:
    """Of each of title and text one, in the dearest of the languages in which there is something to show; and codes."""
    marked: Mapping[str, list[str]] = hit.get("highlight", {})
    kept = hit["_source"]
    for name, within in _FIELDS.items():
        there = [
            tag
            for tag in _dearest(query, kept["given"][within])
            if f"{within}.{field_language(tag)}" in marked
        ]
        if there:
            tag = there[0]
            text = _chosen(marked[f"{within}.{field_language(tag)}"], kept, within, tag, marks)
            written = kept["given"].get("titles" if name == "title" else "as_written", {}).get(tag, "")
            yield Highlight(name, tag, tuple(_as_written(tuple(_parts(text, marks)), written)))
        elif name == "title":
            yield from _nearly(query, kept["given"]["titles"])
    yield from _codes(query, kept["codes"])


def _nearly(query: Query, titles: Mapping[str, str]) -> Iterator[Highlight]:
    """The title with words that are nearly those of the query, or begin so, where the server marked none."""
    compared = _Compared(query.text)
    for tag in _dearest(query, list(titles)):
        parts = tuple(compared.parts(titles[tag]))
        if any(part.is_match for part in parts):
            yield Highlight("title", tag, parts)
            return


class _Compared:
    """The words of a query beside those of titles."""

    def __init__(self, text: str) -> None:
        asked = list(islice(words(text), _MOST_COMPARED))
        self._words = [folded(word.text) for word in asked if not word.is_run]
        self._runs = Runs(word.text for word in asked if word.is_run)

    def parts(self, title: str) -> Iterator[Part]:
        at = 0
        for start, end in self._places(title[:_LONGEST_COMPARED]):
            if start > at:
                yield Part(title[at:start], False)
            yield Part(title[start:end], True)
            at = end
        if at < len(title):
            yield Part(title[at:], False)

    def _places(self, title: str) -> Iterator[tuple[int, int]]:
        for word in words(title):
            if word.is_run:
                yield from (
                    (word.start + first, word.start + last) for first, last in self._runs.places(word.text)
                )
            elif any(is_alike(asked, folded(word.text)) for asked in self._words):
                yield word.start, word.end


def _dearest(query: Query, tags: Sequence[str]) -> list[str]:
    """The languages of a document as this reader wants them."""
    wanted = [field_language(tag) for tag in (*query.reader_languages, *query.languages)]
    return sorted(tags, key=lambda tag: _place(wanted, field_language(tag)))


def _place(wanted: Sequence[str], language: str) -> int:
    known = language in wanted and language != UNDETERMINED
    return wanted.index(language) if known else len(wanted)


def _chosen(snippets: Sequence[str], kept: Mapping[str, Any], within: str, tag: str, marks: Marks) -> str:
    """Traditional and simplified Chinese share a field: the snippet that is of the tag, else the first."""
    titles = kept["given"]["titles"]
    if within == "titles":
        for snippet in snippets:
            if _bared(snippet, marks) == seen(titles.get(tag, "")):
                return snippet
    return snippets[0]


def _bared(snippet: str, marks: Marks) -> str:
    return snippet.replace(marks.start, "").replace(marks.end, "")


def _parts(snippet: str, marks: Marks) -> Iterator[Part]:
    first, *others = snippet.split(marks.start)
    if first:
        yield Part(first, False)
    for other in others:
        match, _, rest = other.partition(marks.end)
        seen = match.rstrip(_UNSEEN)
        match, rest = seen, match[len(seen) :] + rest
        yield Part(match, True)
        if rest:
            yield Part(rest, False)


def _as_written(parts: Sequence[Part], text: str) -> Iterator[Part]:
    """The parts with the characters in them that nobody sees, as they stand in the text."""
    start = seen(text).find("".join(part.text for part in parts))
    if start < 0 or seen(text) == text:
        yield from parts
        return
    places = [place for place, sign in enumerate(text) if not is_unseen(sign)]
    at = places[start]
    for part in parts:
        start += len(part.text)
        end = places[start - 1] + 1
        if part.is_match and places[start - len(part.text)] > at:
            yield Part(text[at : places[start - len(part.text)]], False)
            at = places[start - len(part.text)]
        yield Part(text[at:end], part.is_match)
        at = end


def _codes(query: Query, codes: Sequence[str]) -> Iterator[Highlight]:
    asked = {bare(query.text), *map(bare, query.text.split())} - {""}
    for code in codes:
        if bare(code) in asked:
            yield Highlight("code", UNDETERMINED, (Part(code, True),))
        elif len(bare(query.text)) > 1 and bare(code).startswith(bare(query.text)):
            end = _end(code, len(bare(query.text)))
            yield Highlight("code", UNDETERMINED, (Part(code[:end], True), Part(code[end:], False)))


def _end(code: str, signs: int) -> int:
    """Where in the code so many of its letters and digits are over."""
    return next(end for end in range(1, len(code) + 1) if len(bare(code[:end])) >= signs)
