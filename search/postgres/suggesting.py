"""Suggestions while somebody types: the most popular documents with a title or code that goes on so."""

from collections.abc import Sequence

import asyncpg
import orjson

from kernel.languages import choose_language
from search.model import Audience, Collection, Kind, Prefix, Published, Reference, Suggestion
from search.postgres.analysis import CODE, code_key
from search.postgres.conditions import Values, visible
from search.postgres.homes import Home, statements
from search.postgres.rows import is_storable, typed
from search.postgres.spelling import AFTER_ALL

_SQL = statements("lookup")
# What begins so is sorted by popularity, unless it is more than this: then the popular ones are looked through.
_MOST_SORTED = 1_000
_MOST_LOOKED_THROUGH = 5_000
_LONGEST = 60  # of `rows`
_SCOPED = "tenant_id = $1 and {0}.generation = $2"


async def suggest(
    home: Home, collection: Collection, prefix: Prefix, audience: Audience
) -> Sequence[Suggestion]:
    """Each document once."""
    beginning = typed(prefix.text)[:_LONGEST] if is_storable(prefix.text) else ""
    code = code_key(prefix.text)[:_LONGEST] if beginning else ""
    if not beginning:
        return []
    opened = await home.row(_SQL["many"], *_bounds(beginning, code), _MOST_SORTED + 1)
    generation, is_many = opened["generation"], opened["number"] > _MOST_SORTED
    found = await _rows(home, collection, prefix, audience, generation, (beginning, code), is_many=is_many)
    if is_many and len(found) < prefix.first:  # the popular ones do not begin so, or may not be found
        found = await _rows(home, collection, prefix, audience, generation, (beginning, code), is_many=False)
    return [
        _suggestion(prefix, row["kind"], row["id"], row["language"], row["beginning"], row["said"])
        for row in found
    ]


async def _rows(
    home: Home,
    collection: Collection,
    prefix: Prefix,
    audience: Audience,
    generation: int,
    typed_as: tuple[str, str],
    *,
    is_many: bool,
) -> Sequence[asyncpg.Record]:
    values = Values(generation, *_bounds(*typed_as), list(prefix.languages))
    where = list(visible(audience, prefix.without, values))
    if prefix.kinds:
        where.append(f"d.kind = any ({values.texts(prefix.kinds)})")
    if isinstance(collection, Published) and collection.publisher is not None:
        where.append(f"d.publisher_id = {values.bind(collection.publisher.id, 'bigint')}")
    source = _popular() if is_many else _beginning()
    institution = "t.institution" if isinstance(collection, Published) else "null"
    sql = f"""select d.kind, d.id, d.language, d.beginning, (
        select json_build_array(t.titles, t.code_texts, {institution})::text from fediflow.search_texts t
        where t.{_SCOPED.format("t")} and t.slot = d.slot) as said
      from ({source}) d where {" and ".join(where)} order by d.popularity desc, d.id desc limit {int(prefix.first)}"""
    return await home.rows(sql, *values.listed)


def _beginning() -> str:
    """Of all that begin so the documents, each once: by its title before by its code."""
    return f"""select d.*, b.language, b.beginning from (
        select distinct on (b.slot) b.slot, b.language, b.beginning from fediflow.search_suggestions b
        where b.{_SCOPED.format("b")} and {_begins()}
        order by b.slot, b.language = 'code', array_position($7::text[], b.language), b.beginning) b
      join fediflow.search_documents d on d.{_SCOPED.format("d")} and d.slot = b.slot"""


def _popular() -> str:
    """Of the most popular documents those that begin so."""
    return f"""select d.*, b.language, b.beginning from (
        select * from fediflow.search_documents d where d.{_SCOPED.format("d")}
        order by d.popularity desc, d.id desc limit {_MOST_LOOKED_THROUGH}) d
      cross join lateral (
        select b.language, b.beginning from fediflow.search_suggestions b
        where b.{_SCOPED.format("b")} and b.slot = d.slot and {_begins()}
        order by b.language = 'code', array_position($7::text[], b.language), b.beginning limit 1) b"""


def _begins() -> str:
    return """((b.language <> 'code' and b.beginning >= $3::text and b.beginning < $4::text)
      or (b.language = 'code' and b.beginning >= $5::text and b.beginning < $6::text))"""


def _bounds(beginning: str, code: str) -> tuple[str, str, str, str]:
    return beginning, beginning + AFTER_ALL, code, code + AFTER_ALL


def _suggestion(
    prefix: Prefix, kind: str, number: int, language: str, beginning: str, said: str
) -> Suggestion:
    titles, codes, institution = orjson.loads(said)
    reference = Reference(Kind(kind), number)
    if language != CODE:
        return Suggestion(reference, titles[language], language, institution)
    code = next((one for one in codes if code_key(one)[:_LONGEST] == beginning), beginning)
    if not titles:
        return Suggestion(reference, code, language, institution)
    shown = choose_language(titles, prefix.languages)
    return Suggestion(reference, f"{code} {titles[shown]}", shown, institution)
