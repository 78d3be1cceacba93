"""Blocks say what the documents' rows say, whatever was changed, and are what most queries look at."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kernel.database.roles import DatabaseRole
from search.model import (
    Audience,
    Document,
    Facet,
    Institution,
    Kind,
    Point,
    Published,
    Put,
    Query,
    Reference,
    Remove,
    Sort,
)
from search.postgres.analysis import term
from search.postgres.asking import statement
from search.postgres.homes import statements
from search.postgres.scoring import Ask
from search.postgres.wording import Wanted
from tenants.model import Tenant
from tests.integration.search.engines import Opened
from tests.integration.search.postgres.inside import follow_indexes, inside

_COUNT = 70  # two blocks and a part of a third
_EVERYBODY = Audience(frozenset({"public"}))
_FACETS = (Facet.LEVEL, Facet.ORG_UNIT)
_LAW = [(Wanted(term("en", "law"), "en", 0), 1.0)]
_DIFFERENT = """
select d.slot from fediflow.search_documents d
left join fediflow.search_blocks b on b.tenant_id = d.tenant_id and b.generation = d.generation and b.block = d.slot / 32
cross join lateral (select d.slot % 32 + 1 as nth) p
where (d.traits, d.id, d.popularity::real, coalesce(d.latitude, 'NaN'), coalesce(d.longitude, 'NaN'))
  is distinct from (b.traits[nth], b.ids[nth], b.popularities[nth], b.latitudes[nth], b.longitudes[nth])
  or coalesce(nullif(d.facets, '{}'), array_fill(0::bigint, array[11]))
    is distinct from (select array_agg(b.facets[nth][n] order by n) from generate_series(1, 11) n)
"""


def _documents(*, audience: str = "public") -> list[Document]:
    return [
        Document(
            Reference(Kind.COURSE, number),
            {"en": "Law"},
            audience=frozenset({audience}),
            facets={Facet.LEVEL: (str(number % 3),), Facet.ORG_UNIT: ("1", str(number))},
            point=Point(48, number) if number % 2 else None,
            popularity=number,
        )
        for number in range(1, _COUNT + 1)
    ]


async def test_blocks_say_what_the_rows_say_after_every_change(engine: Opened) -> None:
    tenant = await engine.institution()
    documents = _documents()
    collection = Institution(tenant)
    await engine.engine.store(collection, [Put(one, 1) for one in documents])
    assert await _different(engine, tenant) == []
    changed = replace(
        documents[40],
        popularity=7,
        point=None,
        audience=frozenset({"course:1"}),
        facets={Facet.LEVEL: ("9",)},
    )
    await engine.engine.store(collection, [Put(changed, 2), Remove(documents[3].reference, 2)])
    assert await _different(engine, tenant) == []
    answer = await engine.engine.search(collection, Query("law", ("en",), facets=_FACETS), _EVERYBODY)
    assert answer.total == _COUNT - 2
    assert sum(one.count for one in answer.facets[Facet.LEVEL]) == _COUNT - 2
    await engine.engine.store(
        collection, [Put(documents[3], 3), Put(replace(documents[60], popularity=0), 2)]
    )
    assert await _different(engine, tenant) == []


async def test_blocks_forget_with_the_rows(engine: Opened) -> None:
    tenant, other = await engine.institution(), await engine.institution()
    everybodys = Published()
    asked = Query("law", ("en",), facets=_FACETS)
    await engine.engine.store(Published(tenant), [Put(one, 1) for one in _documents()])
    await engine.engine.store(Published(other), [Put(one, 1) for one in _documents()[:3]])
    before = (await engine.engine.search(everybodys, asked, _EVERYBODY)).total
    await engine.engine.forget(Published(tenant))
    assert (await engine.engine.search(everybodys, asked, _EVERYBODY)).total == before - _COUNT
    await engine.engine.store(Published(other), [Put(one, 1) for one in _documents()[3:]])
    assert (await engine.engine.search(everybodys, asked, _EVERYBODY)).total == before - 3
    await engine.engine.forget(Published(other))

    await engine.engine.store(Institution(tenant), [Put(one, 1) for one in _documents()])
    await engine.engine.forget(Institution(tenant))
    async with inside(engine, tenant) as connection:
        assert await connection.fetchval("select count(*) from fediflow.search_blocks") == 0


@pytest.mark.parametrize(
    "more",
    [
        {"facets": _FACETS},
        {"facets": _FACETS, "filters": {Facet.LEVEL: frozenset({"1"})}},
        {"filters": {Facet.LEVEL: frozenset({"1"})}, "kinds": frozenset({Kind.COURSE})},
        {"near": Point(48, 11), "within": 10_000.0, "online_anywhere": True, "sort": Sort.DISTANCE},
    ],
    ids=str,
)
async def test_no_row_is_looked_at_for_each_document_that_has_a_word(
    engine: Opened, more: dict[str, object]
) -> None:
    tenant = await engine.institution()
    asked = replace(Query("law", ("en",)), **more)  # type: ignore[arg-type]  # as given above
    plan = await _plan(engine, tenant, Ask(Institution(tenant), asked, _EVERYBODY, 0, _LAW, {}))
    assert "search_blocks" in plan
    assert "search_documents" not in plan


async def test_rows_are_looked_at_for_what_blocks_do_not_hold(engine: Opened) -> None:
    tenant = await engine.institution()
    for asked, reader in (
        (Query("law", ("en",), sort=Sort.TITLE), _EVERYBODY),
        (Query("law", ("en",), sort=Sort.START), _EVERYBODY),
        (Query("law", ("en",)), Audience(frozenset({"public", "course:1"}))),
        (Query("law", ("en",)), Audience(frozenset({"public"}), frozenset({"by:1"}))),
    ):
        plan = await _plan(engine, tenant, Ask(Institution(tenant), asked, reader, 0, _LAW, {}))
        assert "search_documents" in plan


async def test_a_block_is_written_out_of_its_rows_alone(engine: Opened) -> None:
    tenant = await engine.institution()
    written = statements("store")["put_blocks"]
    async with inside(engine, tenant, DatabaseRole.WORKER) as connection:
        await follow_indexes(connection)
        rows = await connection.fetch(f"explain {written}", tenant.id, 0, ["0"], 32, 11)
    plan = "\n".join(row[0] for row in rows)
    looked_up = plan.partition("using search_documents_pkey")[2]
    assert "slot >= " in looked_up.partition("Index Cond")[2].partition("\n")[0], plan


async def test_the_values_of_a_facet_are_stored_once_for_all_that_have_them(engine: Opened) -> None:
    tenant = await engine.institution()
    documents = [replace(one, facets={Facet.LEVEL: (str(n % 3),)}) for n, one in enumerate(_documents())]
    await engine.engine.store(Institution(tenant), [Put(one, 1) for one in documents])
    async with inside(engine, tenant) as connection:
        stored = await connection.fetch("select choices from fediflow.search_profiles order by choices")
    assert [row["choices"] for row in stored] == [["kind:course"], ["level:0"], ["level:1"], ["level:2"]]


async def _different(opened: Opened, tenant: Tenant) -> Sequence[int]:
    """The slots of which a block says something else."""
    async with inside(opened, tenant) as connection:
        return [row["slot"] for row in await connection.fetch(_DIFFERENT)]


async def _plan(opened: Opened, tenant: Tenant, ask: Ask) -> str:
    sql, values = statement(ask)
    async with inside(opened, tenant) as connection:
        return "\n".join(row[0] for row in await connection.fetch(f"explain {sql}", tenant.id, *values))
