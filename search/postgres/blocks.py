"""Documents as blocks hold them, for queries that look at many: a row is read for 32 of them, and nothing else."""

from collections.abc import Iterable

from search.model import Audience, Collection, Published, Query, Sort
from search.postgres.conditions import SCOPED, Source, Values, has_one_of
from search.postgres.rows import BLOCK, broadest_first
from search.postgres.traits import FURTHER, KINDS, KINDS_FROM, ONLINE, broad_bits, further_of, may_have

_ARRAYS = "b.traits, b.ids, b.popularities, b.latitudes, b.longitudes, b.facets"
_KINDS = ", ".join(f"'{one}'" for one in KINDS)
_ROW = f"from fediflow.search_documents a where a.{SCOPED.format('a')} and a.slot = d.slot"


def _readable(audience: Audience, values: Values) -> Iterable[str]:
    """By what most documents have; the row of the others is looked at."""
    held, further = broad_bits(audience.tokens), broadest_first(further_of(audience.tokens))
    ways = [f"d.traits & {held} <> 0"] if held else []
    if further:
        ways.append(
            f"d.traits & {FURTHER} <> 0 and (select {has_one_of('a.audience', further, values)} {_ROW})"
        )
    yield f"({' or '.join(ways)})" if ways else "false"
    if denied := broad_bits(audience.without):
        yield f"d.traits & {denied} = 0"
    if denied_further := further_of(audience.without):
        has_one = has_one_of("a.audience", denied_further, values)
        yield f"(d.traits & {may_have(denied_further)} = 0 or not (select {has_one} {_ROW}))"


BLOCKS = Source("d.facets[d.nth][{}]", _readable)
"""`d` as `in_blocks` and `all_blocks` name it."""


def have_all(query: Query, collection: Collection) -> bool:
    """Whether blocks hold all that the query chooses and sorts by."""
    return (
        query.sort in (Sort.RELEVANCE, Sort.DISTANCE)
        and query.starts is None
        and query.appeared_after is None
        and not (isinstance(collection, Published) and collection.publisher is not None)
    )


def in_blocks(scored: str) -> str:
    """`d` of the slots and points of a CTE; each block is looked up once."""
    # Unnested among the columns: in FROM, all would be stored before the first is read.
    return _opened(f"""select b.block, unnest(s.nths) as nth, unnest(s.points) as points, {_ARRAYS}
    from (select slot / {BLOCK} as block, array_agg(slot % {BLOCK} + 1) as nths, array_agg(points) as points
      from {scored} group by 1) s
    join fediflow.search_blocks b on b.{SCOPED.format("b")} and b.block = s.block""")


def all_blocks() -> str:
    """`d` of all documents."""
    return _opened(f"""select b.block, generate_series(1, {BLOCK}) as nth, 1.0::float8 as points, {_ARRAYS}
    from fediflow.search_blocks b where b.{SCOPED.format("b")}""")


def _opened(rows: str) -> str:
    """Rows with a block's arrays and a place in them, as `d`, whose columns are called as those of a document's row."""
    return f"""(select g.block * {BLOCK} + g.nth - 1 as slot, g.points, g.nth, g.facets, g.traits[g.nth] as traits,
    g.ids[g.nth] as id, g.popularities[g.nth] as popularity, nullif(g.latitudes[g.nth], 'NaN') as latitude,
    nullif(g.longitudes[g.nth], 'NaN') as longitude, g.traits[g.nth] & {ONLINE} <> 0 as is_online,
    (array[{_KINDS}])[g.traits[g.nth] >> {KINDS_FROM}] as kind
  from ({rows}) g) d"""
