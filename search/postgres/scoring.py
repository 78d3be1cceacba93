"""The part of the statement that looks words up: where the terms stand, and what that counts for each document."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.model import Audience, Collection, Query
from search.postgres.conditions import SCOPED, Values
from search.postgres.rows import CHUNK
from search.postgres.wording import Wanted


@dataclass(frozen=True, slots=True)
class Ask:
    """A query with what was found out about it."""

    collection: Collection
    query: Query
    audience: Audience
    generation: int
    wanted: Sequence[tuple[Wanted, float]]
    pinned: Mapping[int, int]  # slot to rank

    @property
    def is_blank(self) -> bool:
        """Whether nothing is asked for but what the filters let through."""
        return not self.query.text.strip()


def scored(ask: Ask, values: Values) -> list[str]:
    """The CTEs that end in `scored (slot, points)`; with pinned ones, in `found_or_pinned`."""
    if ask.is_blank:
        rows = f"select d.slot, 1.0::float8 as points from fediflow.search_documents d where d.{SCOPED.format('d')}"
        return [f"scored as ({rows})"]
    parts = [*_found(ask.wanted, values), f"scored as ({_added_up(ask.wanted)})"]
    if not ask.pinned:
        return parts
    slots = values.numbers(ask.pinned, "int")
    # Pinned ones are there whatever the text.
    return [
        *parts,
        f"""found_or_pinned as (
  select slot, points from scored
  union all select slot, 0 from unnest({slots}) as slot where slot not in (select slot from scored))""",
    ]


def _added_up(wanted: Sequence[tuple[Wanted, float]]) -> str:
    """The best clause of the sums of the best of each place; what there is only one of needs no choice."""
    places = Counter((one.language, one.place) for one, _ in wanted)
    source, points = "found", "sum(points)"
    if any(number > 1 for number in places.values()):
        source = (
            "(select slot, clause, max(points) as points from found group by slot, clause, place) by_place"
        )
    if len({language for language, _ in places}) == 1:
        return f"select slot, {points} as points from {source} group by slot"
    return f"""select slot, max(points) as points from (
    select slot, {points} as points from {source} group by slot, clause) by_clause group by slot"""


def _found(wanted: Sequence[tuple[Wanted, float]], values: Values) -> list[str]:
    """Where the terms stand: those that find, and where these stand the others too."""
    clauses = {
        language: number for number, language in enumerate(sorted({one.language for one, _ in wanted}))
    }
    finding = [pair for pair in wanted if pair[0].finds]
    ordering = [pair for pair in wanted if not pair[0].finds]
    if not ordering:
        return [f"found as ({_places(finding, clauses, values)})"]
    return [
        f"finding as materialized ({_places(finding, clauses, values)})",
        "candidates as materialized (select distinct slot from finding)",
        f"""found as (
  select * from finding
  union all select o.* from ({_places(ordering, clauses, values)}) o join candidates c on c.slot = o.slot)""",
    ]


def _places(wanted: Sequence[tuple[Wanted, float]], clauses: Mapping[str, int], values: Values) -> str:
    terms = values.numbers(one.term for one, _ in wanted)
    clause = values.numbers((clauses[one.language] for one, _ in wanted), "int")
    place = values.numbers((one.place for one, _ in wanted), "int")
    factor = f"{values.texts(repr(factor) for _, factor in wanted)}::float8[]"
    # Unnested among the columns, because in FROM each row's entries would be stored before they are read.
    return f"""select chunk * {CHUNK} + (entry >> 16) as slot, clause, place, factor * (entry & 65535) as points from (
    select p.chunk, w.clause, w.place, w.factor, unnest(p.entries) as entry
    from unnest({terms}, {clause}, {place}, {factor}) as w (term, clause, place, factor)
    join fediflow.search_postings p on p.{SCOPED.format("p")} and p.term = w.term) o"""
