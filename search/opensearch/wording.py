"""The text of a query as a clause: in the languages that it may be in, by code, unfinished, misspelt, in other letters."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from search.language.umlauts import written_out
from search.model import UNDETERMINED
from search.opensearch import weights
from search.opensearch.analysis import IN_LATIN, Json
from search.opensearch.documents import field_language
from search.opensearch.folding import has_words, seen

# A server refuses queries of more than 1024 words times fields (`indices.query.bool.max_clause_count`).
_MOST_CLAUSES = 800
_MOST_GRAM_SIGNS = 60
_MOST_LANGUAGES = 4
_MOST_SHORT = 8
_MOST_CODES = 12
_LONGEST_CODE = 64
_LATIN_FIELDS = ("latin", *(f"titles.{tag}.latin" for tag in IN_LATIN))

_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]")
# Letters that stand for a word, or are not kept apart by spaces: Thai to Khmer, kana, Han.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """A query's text, as long as a server takes it, and what is known about it."""

    text: str
    languages: tuple[str, ...]
    synonyms: Mapping[str, Sequence[str]]

    @property
    def words(self) -> list[str]:
        """Those between spaces and signs."""
        return _WORD.findall(self.text)

    @property
    def is_short(self) -> bool:
        """Whether it is typed by hand: the costlier ways of finding are for such texts."""
        return len(self.words) <= _MOST_SHORT


def wording(text: str, languages: Sequence[str], synonyms: Mapping[str, Sequence[str]]) -> Wording | None:
    """None where there is nothing to look for."""
    text = seen(text.encode("utf-8", "replace").decode()).strip()
    fields = dict.fromkeys(map(field_language, languages))
    known = tuple(field for field in fields if field != UNDETERMINED)[:_MOST_LANGUAGES]
    text = _cut(text, _MOST_CLAUSES // (4 * len(known) + 3))
    meant = {word: others for word, others in synonyms.items() if has_words(text, word)}
    return Wording(text, known, meant) if text else None


def text_clause(asked: Wording, *, forgiving: bool) -> Json:
    """What has one of the words, scored by how well it fits; `forgiving`: or a word that is nearly one of them."""
    either = [
        _best([*(_in_language(tag, asked) for tag in asked.languages), _in_any(asked.text)]),
        *_codes(asked),
        *_unfinished(asked),
        *_in_latin_letters(asked),
        *(_misspelt(asked) if forgiving else ()),
        *_synonyms(asked),
    ]
    return {"bool": {"should": either, "minimum_should_match": 1}}


def word_pattern() -> re.Pattern[str]:
    """What a word is, in queries and in what is compared with them."""
    return _WORD


def is_unspaced(text: str) -> bool:
    """Whether a word is of a script in which spaces do not end words."""
    return _UNSPACED.search(text) is not None


def word_clause(asked: Wording, word: str) -> Json:
    """What has the word, or, where it is the last that was typed, one that begins so; without a score."""
    begun = ["title.edges"] if word == asked.words[-1] else []
    fields = ["body", *begun, *(f"words.{tag}" for tag in asked.languages), *_LATIN_FIELDS]
    return {"multi_match": {"query": word, "fields": fields, "operator": "and"}}


def shown_clause(asked: Wording, others: Iterable[str]) -> Json:
    """The words that a snippet marks: in the languages that are asked in, and in others."""
    texts = [asked.text, *(word for words in asked.synonyms.values() for word in words)]
    fields = ["body", *(f"words.{tag}" for tag in dict.fromkeys((*asked.languages, *others)))]
    return {"bool": {"should": [_match(field, text) for text in texts for field in fields]}}


def _in_language(tag: str, asked: Wording) -> Json:
    text, languages = asked.text, len(asked.languages)
    found = [
        _match(f"words.{tag}", text),
        _match(f"words.{tag}.beginnings", text, weights.BEGINNINGS),
        _match(f"titles.{tag}", text, weights.TITLE),
    ]
    scored = [
        _match(f"words.{tag}.pairs", text, weights.PAIRS),
        _match(f"words.{tag}.grams", text[: _MOST_GRAM_SIGNS // languages], weights.GRAMS),
    ]
    return {"bool": {"must": [{"bool": {"should": found}}], "should": scored}}


def _in_any(text: str) -> Json:
    found = [_match("body", text, weights.ANY), _match("title", text, weights.ANY_TITLE)]
    if _EAST_ASIAN.search(text):
        pairs = {"query": text, "minimum_should_match": "60%", "boost": weights.EAST_ASIAN}
        found.append({"match": {"east_asian": pairs}})
    return {"bool": {"should": found}}


def _codes(asked: Wording) -> Iterator[Json]:
    whole = asked.text[:_LONGEST_CODE]
    signs = sum(map(str.isalnum, whole))
    if not signs:
        return
    words = whole.split()[:_MOST_CODES]
    # Codes have digits; a word without is one where it stands alone.
    parts = {whole, *(one for one in words if any(map(str.isdigit, one)))}
    parts |= {f"{one} {next_}" for one, next_ in pairwise(words) if next_[:1].isdigit()}
    yield _constant({"terms": {"codes": sorted(parts)}}, weights.EXACT_CODE)
    if signs > 1:
        yield _constant({"prefix": {"codes": whole}}, weights.CODE_BEGINNING)


def _unfinished(asked: Wording) -> Iterator[Json]:
    """As somebody types a title from its beginning, or has typed all of it. One letter begins too much."""
    if asked.words and asked.is_short:
        if len(asked.words[-1]) > 1 or is_unspaced(asked.words[-1]):
            yield _match("title.edges", asked.words[-1], weights.UNFINISHED)
        if len(asked.words) > 1:
            yield {"match_phrase": {"title.edges": {"query": asked.text, "boost": weights.IN_ORDER}}}
        yield _constant({"terms": {"title.whole": [asked.text]}}, weights.WHOLE_TITLE)


def _in_latin_letters(asked: Wording) -> Iterator[Json]:
    if asked.is_short and _LATIN.search(asked.text):
        fields = [_match(field, asked.text, weights.LATIN) for field in _LATIN_FIELDS]
        spelt = written_out(asked.text)
        written = (
            [] if spelt is None else [_match(field, spelt, weights.LATIN) for field in ("latin", "title")]
        )
        yield {"dis_max": {"queries": [*fields, *written]}}


def _misspelt(asked: Wording) -> Iterator[Json]:
    if asked.is_short:
        for field, boost in (("body", weights.MISSPELT), ("title", weights.MISSPELT_TITLE)):
            forgiving = {"fuzziness": "AUTO:5,9", "max_expansions": 20, "boost": boost}
            yield {"match": {field: {"query": asked.text, **forgiving}}}


def _synonyms(asked: Wording) -> Iterator[Json]:
    fields = [f"body^{weights.ANY}", f"title^{weights.ANY_TITLE}"]
    fields += [one for tag in asked.languages for one in (f"words.{tag}", f"titles.{tag}^{weights.TITLE}")]
    for others in asked.synonyms.values():
        for other in others:
            yield {
                "multi_match": {"query": other, "fields": fields, "type": "phrase", "boost": weights.SYNONYM}
            }


def _match(field: str, text: str, boost: float = 1.0) -> Json:
    return {"match": {field: {"query": text, "boost": boost}}}


def _constant(clause: Json, boost: float) -> Json:
    return {"constant_score": {"filter": clause, "boost": boost}}


def _best(clauses: list[Json]) -> Json:
    return {"dis_max": {"queries": clauses, "tie_breaker": weights.OTHER_LANGUAGES}}


def _cut(text: str, most: int) -> str:
    """Its first words; where words are not kept apart each letter counts as one."""
    left = most
    for word in _WORD.finditer(text):
        left -= max(1, len(_UNSPACED.findall(word[0])))
        if left < 0:
            return text[: max(word.start(), min(word.end(), word.start() + most))]
    return text
