"""The statement that answers a query: who matches, how well, and from there the page, the total and the facets.

Written for the query at hand, because what is not asked for costs, planning included; the parts are fixed, the values are
bound. A query with words looks at all that has them, in blocks where these hold all that it asks for. One without walks the
institution's rows in the order that is asked for, until the page is full, and counts no further than anybody is told.
"""

from collections.abc import Mapping

from search.model import EXACT_TOTAL, Institution, Query, Sort
from search.postgres.blocks import BLOCKS, all_blocks, have_all, in_blocks
from search.postgres.collation import names_of_keys
from search.postgres.conditions import DOCUMENTS, SCOPED, Source, Values, conditions, distance, filters
from search.postgres.counting import countable, counted, counted_columns, seen, total
from search.postgres.scoring import Ask, scored

_MOST_POPULAR = 0.2  # times the score, at the most
_HALF_POPULAR = 100.0  # how many make half of that
_NO_PLACE, _NO_DATE = 1e12, 1e9  # come last
_START = f"coalesce((d.starts_on - date '2000-01-01')::float8, {_NO_DATE}::float8)"
# Orders in which an index has the rows, but for few that are equal.
_WALKS = {
    Sort.RELEVANCE: "d.popularity desc, d.id desc, d.slot desc",
    Sort.START: "d.starts_on, d.id desc, d.slot desc",
}
_UNPINNED = 1_000_000
_MOST_KEYS = 8
_ROWS = f"fediflow.search_documents d where d.{SCOPED.format('d')}"
_CHOICES = f"""(select json_agg(choice order by choice)
  from fediflow.search_profiles p cross join unnest(p.choices) as choice
  where p.{SCOPED.format("p")} and p.id = any (d.facets))"""


def statement(ask: Ask) -> tuple[str, list[object]]:
    """The SQL and its parameters, after the scope."""
    values = Values(ask.generation)
    return (_walked if _is_walk(ask) else _ranked)(ask, values), values.listed


def _is_walk(ask: Ask) -> bool:
    # Distances within some metres are computed once, for the page and for the total.
    return ask.is_blank and not ask.pinned and not (ask.query.within and ask.query.sort is Sort.DISTANCE)


def _ranked(ask: Ask, values: Values) -> str:
    """Of all that has the words."""
    query = ask.query
    source = _source(ask)
    rows = f"{_rows(ask, values)} where {_chosen(ask, source, values)}"
    if query.facets:
        kept = f"{_columns(ask, values)}, {_named(counted_columns(source, query, values))}"
        # `offset 0` keeps filters from being looked at twice
        matched = f"select * from (select {kept} {rows} offset 0) m where {countable(query)}"
    else:
        matched = f"select {_columns(ask, values)} {rows} {_passing(source, query, values)}"
    parts = [*scored(ask, values), f"matched as materialized ({matched})"]
    passing = ""
    if query.facets:
        parts += [seen(query), counted(query)]
        passing = "where m.missed = 0"
    page = _first_of(ask, values, f"(select * from matched m {passing}) m")
    return _answer(ask, parts, f"select from matched limit {EXACT_TOTAL + 1}", page)


def _walked(ask: Ask, values: Values) -> str:
    query = ask.query
    rows = f"from {_ROWS} and {_chosen(ask, DOCUMENTS, values)} {_passing(DOCUMENTS, query, values)}"
    parts = []
    if query.facets:
        source = _source(ask)
        everything = f"from {all_blocks()} where true" if source is BLOCKS else f"from {_ROWS}"
        kept = _named(counted_columns(source, query, values))
        everything = f"select {kept} {everything} and {_chosen(ask, source, values)} offset 0"
        parts = [f"matched as (select * from ({everything}) m where {countable(query)})"]
        parts += [seen(query), counted(query)]
    selected = f"select {_columns(ask, values)} {rows}"
    if query.sort in _WALKS:
        after = f"and {_after_row(query, values)}" if query.after is not None else ""
        page = f"{selected} {after} order by {_WALKS[query.sort]} limit {int(query.first) + 1}"
    else:  # `offset 0` keeps distances from being computed twice
        page = _first_of(ask, values, f"({selected} offset 0) m")
    return _answer(ask, parts, f"select {rows} limit {EXACT_TOTAL + 1}", page)


def _first_of(ask: Ask, values: Values, rows: str) -> str:
    after = f"where {_after(ask, values)}" if ask.query.after is not None else ""
    return f"select m.* from {rows} {after} order by {_order(ask)} limit {int(ask.query.first) + 1}"


def _answer(ask: Ask, parts: list[str], everything: str, page: str) -> str:
    """The whole statement: `everything` are rows to count, `page` those to show."""
    query = ask.query
    number, facets = f"select count(*) from ({everything}) m", "null"
    if query.facets:
        number = total(query)
        facets = """(select json_agg(json_build_array(c.choice, c.documents) order by c.documents desc, c.choice)
    from counted c)::text"""
    said, texts = _said(ask)
    with_ = f"with {', '.join(parts)} " if parts else ""
    return f"""{with_}select ({number})::bigint as total, {facets} as facets, (
  select json_agg(json_build_array(m.kind, m.id::text, m.score, m.pin, {_key(ask)}, m.distance, m.slot, {said})
    order by {_order(ask)})
  from ({page}) m {texts})::text as page"""


def _said(ask: Ask) -> tuple[str, str]:
    """What of a hit's texts is needed, and where it stands: for snippets, and for those who cannot read the row itself."""
    texts = f"join fediflow.search_texts t on t.{SCOPED.format('t')} and t.slot = m.slot"
    if isinstance(ask.collection, Institution):
        return ("null, null, null", "") if ask.is_blank else ("t.titles, t.texts, t.code_texts", texts)
    return (
        f"t.titles, t.texts, t.code_texts, t.institution, t.url, d.latitude, d.longitude, d.starts_on, {_CHOICES}",
        f"{texts} join fediflow.search_documents d on d.{SCOPED.format('d')} and d.slot = m.slot",
    )


def _source(ask: Ask) -> Source:
    return BLOCKS if have_all(ask.query, ask.collection) else DOCUMENTS


def _chosen(ask: Ask, source: Source, values: Values) -> str:
    """What must hold for a row, but for the facets' filters."""
    return " and ".join(conditions(source, ask.query, ask.audience, ask.collection, values))


def _passing(source: Source, query: Query, values: Values) -> str:
    """The facets' filters, after other conditions."""
    return "".join(f" and {one}" for one in filters(source, query, values).values())


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} as {name}" for name, sql in columns.items())


def _rows(ask: Ask, values: Values) -> str:
    """Where the candidates come from: `d`, with `points`."""
    found = "found_or_pinned" if ask.pinned and not ask.is_blank else "scored"
    pinned = ""
    if ask.pinned:
        slots, ranks = values.numbers(ask.pinned, "int"), values.numbers(ask.pinned.values(), "int")
        pinned = f"left join unnest({slots}, {ranks}) as pinned (slot, rank) on pinned.slot = d.slot"
    if _source(ask) is BLOCKS:
        return f"from {all_blocks() if ask.is_blank else in_blocks(found)} {pinned}"
    return f"from {found} s join fediflow.search_documents d on d.{SCOPED.format('d')} and d.slot = s.slot {pinned}"


def _columns(ask: Ask, values: Values) -> str:
    """What is kept of each row: little, because there may be all of the institution's."""
    query = ask.query
    popularity = "greatest(d.popularity, 0)::float8"
    points = "1.0::float8" if ask.is_blank else "points"
    kept = {
        "score": f"{points} * (1 + {_MOST_POPULAR} * {popularity} / ({popularity} + {_HALF_POPULAR}))",
        "distance": distance(query.near, values) if query.near is not None else "null::float8",
        "pin": f"coalesce(pinned.rank, {_UNPINNED})" if ask.pinned else f"{_UNPINNED}",
    }
    if query.sort is Sort.RELEVANCE and _is_walk(ask):
        kept["popularity"] = "d.popularity"
    if query.sort is Sort.START:
        kept["start"] = _START
    if query.sort is Sort.TITLE:
        names = names_of_keys(query.reader_languages[:_MOST_KEYS])
        keys = (f"d.title_keys ->> {values.bind(name, 'text')}" for name in names)
        kept["title"] = f"""coalesce({", ".join(keys)}, '') collate "C\""""
    return f"d.slot, d.id, d.kind, {_named(kept)}"


def _order(ask: Ask) -> str:
    """Upwards, the pinned ones first; ties end with the newest row."""
    return f"m.pin, {_key(ask)}, m.id desc, m.slot desc"


def _key(ask: Ask) -> str:
    match ask.query.sort:
        case Sort.RELEVANCE if _is_walk(ask):  # nothing else tells them apart
            return "-m.popularity"
        case Sort.RELEVANCE:  # not to the last bit, which hangs on the order that numbers were added in
            return "(-m.score)::float4::float8"
        case Sort.DISTANCE:
            return f"coalesce(m.distance, {_NO_PLACE}::float8)"
        case Sort.START:
            return "m.start"
        case Sort.TITLE:
            return "m.title"


def _after(ask: Ask, values: Values) -> str:
    """What comes after the page before."""
    assert ask.query.after is not None
    pin, key, number, slot = ask.query.after
    if ask.query.sort is Sort.TITLE:
        bound = f"""{values.bind(str(key), "text")} collate "C\""""
    else:
        bound = values.bind(float(key or 0), "float8")
    ends = values.bind(-int(number or 0), "bigint"), values.bind(-int(slot or 0), "int")
    return f"(m.pin, {_key(ask)}, -m.id, -m.slot) > ({values.bind(pin, 'int')}, {bound}, {', '.join(ends)})"


def _after_row(query: Query, values: Values) -> str:
    """The same of rows that are walked along an index."""
    assert query.after is not None
    _, key, number, slot = query.after
    ends = values.bind(int(number or 0), "bigint"), values.bind(int(slot or 0), "int")
    if query.sort is Sort.RELEVANCE:
        return f"(d.popularity, d.id, d.slot) < ({values.bind(-int(key or 0), 'bigint')}, {', '.join(ends)})"
    return f"({_START}, -d.id, -d.slot) > ({values.bind(float(key or 0), 'float8')}, -{ends[0]}, -{ends[1]})"
