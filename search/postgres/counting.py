"""The parts of the statement that count: by the values that documents have of a facet together, of which there are few."""

from collections.abc import Sequence

from search.model import Facet, Query
from search.postgres.conditions import SCOPED, Source, Values, facet_of, filters


def counted_columns(source: Source, query: Query, values: Values) -> dict[str, str]:
    """What is kept of each row to count by: its values of each facet, and which filters it does not pass, each a bit."""
    passes = filters(source, query, values).values()
    missed = " + ".join(f"case when {one} then 0 else {1 << number} end" for number, one in enumerate(passes))
    values_of = {_column(facet): facet_of(source, facet) for facet in _facets(query)}
    return {**values_of, "missed": missed or "0"}


def countable(query: Query) -> str:
    """Rows that are counted for some facet: each is counted without its own filter."""
    return f"m.missed in ({', '.join(map(str, (0, *_bits(query).values())))})"


def seen(query: Query) -> str:
    """How many of the rows in `matched` have the same values of a facet, by facet and by what they miss."""
    columns = [_column(facet) for facet in _facets(query)]
    sets = ", ".join(f"({one}, missed)" for one in columns)
    return f"""seen as materialized (
  select grouping({", ".join(columns)}) as facet, coalesce({", ".join(columns)}) as id, missed, count(*) as documents
  from matched group by grouping sets ({sets}))"""


def counted(query: Query) -> str:
    """The values of each facet, counted where all filters but its own let through; the most frequent of each."""
    bits = _bits(query)
    facets = _facets(query)
    own = " ".join(f"when {_grouping(facets, facet)} then {bits[facet]}" for facet in facets if facet in bits)
    let_through = f"s.missed = 0 or s.missed = case s.facet {own} end" if own else "s.missed = 0"
    return f"""counted as (select choice, documents from (
    select choice, sum(s.documents)::bigint as documents,
      row_number() over (partition by s.facet order by sum(s.documents) desc, choice) as place
    from seen s join fediflow.search_profiles p on p.{SCOPED.format("p")} and p.id = s.id
    cross join unnest(p.choices) as choice
    where {let_through} group by s.facet, choice) ranked
  where place <= {int(query.facet_size)})"""


def total(query: Query) -> str:
    """How many pass all filters: as many as are counted for any facet."""
    facets = _facets(query)
    first = _grouping(facets, facets[0])
    return f"select coalesce(sum(s.documents), 0) from seen s where s.facet = {first} and s.missed = 0"


def _facets(query: Query) -> Sequence[Facet]:
    return list(dict.fromkeys(query.facets))


def _column(facet: Facet) -> str:
    return f"{facet.value}_values"


def _bits(query: Query) -> dict[Facet, int]:
    return {facet: 1 << number for number, facet in enumerate(query.filters)}


def _grouping(facets: Sequence[Facet], facet: Facet) -> int:
    """What `grouping` says of rows that are grouped by this one: a bit for each of the others, the first the highest."""
    return (1 << len(facets)) - 1 - (1 << (len(facets) - 1 - facets.index(facet)))
