"""What of a wording is there: how often each term, and which words stand in something that the reader may find."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from search.model import Audience, Collection, Query
from search.postgres.analysis import CODE
from search.postgres.conditions import DOCUMENTS, Values, conditions, filters
from search.postgres.homes import Home
from search.postgres.rows import CHUNK
from search.postgres.wording import Wording

_SHORTEST = 4  # characters: shorter words are one edit from too many
_MOST_WORDS = 12  # of a query: in a long one a word more or less does not matter


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose question it is: only what answers it may be spoken of."""

    home: Home
    collection: Collection
    generation: int
    query: Query
    audience: Audience


async def presence(
    asked: Asked, wording: Wording, *, is_checked: bool = True
) -> tuple[Mapping[int, int], Sequence[int]]:
    """In how many documents each term stands, and the places of words that might be misspelt: those that stand in nothing
    that answers the question otherwise. Without `is_checked` nobody wants to know the places."""
    values = Values(asked.generation)
    terms = values.numbers(dict.fromkeys(one.term for one in wording.wanted))
    sql = f"""with often as materialized (
      select p.term, sum(cardinality(p.entries))::bigint as documents from unnest({terms}) as w (term)
      join fediflow.search_postings p on p.tenant_id = $1 and p.generation = $2 and p.term = w.term
      group by p.term)
    select term as number, documents from often"""
    pairs = list(_checked(wording)) if is_checked else []
    if pairs:
        checked = values.numbers(term for term, _ in pairs)
        places = values.numbers(place for _, place in pairs)
        codes = values.numbers({one.term for one in wording.wanted if one.language == CODE})
        sql += f""" union all
    select w.place, null from (
      select w.place, array_agg(o.term) as terms from unnest({checked}, {places}) as w (term, place)
      join often o on o.term = w.term group by w.place) w
    cross join lateral ({_documents(asked, values, "= any (w.terms)")} limit 1) f
    where not exists (select from often o where o.term = any ({codes}))"""
    rows = await asked.home.rows(sql, *values.listed)
    often = {row["number"]: row["documents"] for row in rows if row["documents"] is not None}
    if any(one.language == CODE and one.term in often for one in wording.wanted):
        return often, ()
    known = {row["number"] for row in rows if row["documents"] is None}
    return often, sorted({place for _, place in pairs} - known)


def _checked(wording: Wording) -> Iterator[tuple[int, int]]:
    """The terms that speak for a word, with its place. The end of the word may be missing, so that those which go on like it
    are among them."""
    if len(wording.words) > _MOST_WORDS:
        return
    for one in wording.wanted:
        word = wording.words.get(one.place, "")
        if one.language != CODE and len(word) >= _SHORTEST and not any(sign.isdigit() for sign in word):
            yield one.term, one.place


async def seen(asked: Asked, terms: Sequence[int], most: int) -> Mapping[int, list[int]]:
    """For each term that stands in something that answers the question otherwise: some of the slots."""
    if not terms:
        return {}
    values = Values(asked.generation)
    wanted = values.numbers(dict.fromkeys(terms))
    sql = f"""select w.term, f.slot from unnest({wanted}) as w (term)
      cross join lateral ({_documents(asked, values, "= w.term")} limit {int(most)}) f"""
    found: dict[int, list[int]] = {}
    for row in await asked.home.rows(sql, *values.listed):
        found.setdefault(row["term"], []).append(row["slot"])
    return found


def _documents(asked: Asked, values: Values, terms: str) -> str:
    """The slots of what has one of the terms and answers the question otherwise."""
    where = conditions(DOCUMENTS, asked.query, asked.audience, asked.collection, values)
    chosen = filters(DOCUMENTS, asked.query, values).values()
    # One look at the index each, and no further than to the first that may be found: a join would go through all rows.
    return f"""select d.slot from fediflow.search_postings o cross join unnest(o.entries) as entry
      cross join lateral (
        select d.slot from fediflow.search_documents d
        where d.tenant_id = $1 and d.generation = $2 and d.slot = o.chunk * {CHUNK} + (entry >> 16)
          and {" and ".join([*where, *chosen])}
        limit 1) d
      where o.tenant_id = $1 and o.generation = $2 and o.term {terms}"""
