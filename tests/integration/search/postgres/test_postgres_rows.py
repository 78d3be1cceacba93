"""Of a changed document only what changed is written, and of a removed one no word is left."""

from dataclasses import replace

import pytest

from kernel.database.roles import DatabaseRole
from search.model import Audience, Change, Document, Institution, Kind, Put, Query, Reference, Remove, Sort
from search.postgres.analysis import filed, term
from search.postgres.asking import statement
from search.postgres.scoring import Ask
from tenants.model import Tenant
from tests.integration.search.engines import Opened
from tests.integration.search.postgres.inside import follow_indexes, inside

_LAW = Document(
    Reference(Kind.COURSE, 1), {"en": "Roman law"}, {"en": "Quetzalcoatl"}, ("XQ-1",), frozenset({"members"})
)
_WORDED = ("search_texts", "search_postings", "search_words", "search_suggestions")
_FILED = """
select slot, term, weight from fediflow.search_texts, unnest(terms, weights) u (term, weight) order by 1, 2, 3
"""
_POSTED = """
select chunk * 512 + (e >> 16), term, e & 65535 from fediflow.search_postings, unnest(entries) e order by 1, 2, 3
"""


async def test_seats_popularity_and_audience_touch_no_words(engine: Opened) -> None:
    tenant = await engine.institution()
    await engine.engine.store(Institution(tenant), [Put(_LAW, 1)])
    before = await _written(engine, tenant)
    changed = replace(_LAW, popularity=7, audience=frozenset({"public"}))
    await engine.engine.store(Institution(tenant), [Put(changed, 2)])
    after = await _written(engine, tenant)
    assert {name: after[name] for name in _WORDED} == {name: before[name] for name in _WORDED}
    assert after["search_documents"] != before["search_documents"]


async def test_another_word_leaves_the_postings_of_the_others(engine: Opened) -> None:
    tenant = await engine.institution()
    await engine.engine.store(Institution(tenant), [Put(_LAW, 1)])
    before = await _written(engine, tenant)
    changed = replace(_LAW, texts={"en": "Xochipilli"})
    await engine.engine.store(Institution(tenant), [Put(changed, 2)])
    after = await _written(engine, tenant)
    assert len(before["search_postings"] & after["search_postings"]) == len(before["search_postings"]) - 1


async def test_a_block_is_left_alone_by_what_it_does_not_say(engine: Opened) -> None:
    tenant = await engine.institution()
    first = replace(_LAW, audience=frozenset({"members", "course:1"}))
    await engine.engine.store(Institution(tenant), [Put(first, 1)])
    before = await _written(engine, tenant)
    moved = replace(first, audience=frozenset({"members", "course:2"}))
    await engine.engine.store(Institution(tenant), [Put(moved, 2)])
    after = await _written(engine, tenant)
    assert after["search_blocks"] == before["search_blocks"]
    assert after["search_documents"] != before["search_documents"]
    await engine.engine.store(Institution(tenant), [Put(replace(moved, popularity=7), 3)])
    assert (await _written(engine, tenant))["search_blocks"] != before["search_blocks"]


async def test_postings_say_what_documents_are_filed_under_after_every_change(engine: Opened) -> None:
    tenant = await engine.institution()
    first, second = (replace(_LAW, reference=Reference(Kind.COURSE, number)) for number in (1, 2))
    longer = replace(first, titles={"en": "Roman law and roads"})
    other = replace(second, titles={"en": "Roads"}, texts={"en": "Roman law", "de": "Gift"})
    steps: list[list[Change]] = [
        [Put(first, 1), Put(second, 1)],
        [Put(longer, 2)],
        [Put(other, 2), Put(first, 3)],
        [Remove(first.reference, 4), Put(longer, 3)],
        [Put(longer, 5), Remove(second.reference, 5)],
        [Remove(first.reference, 6)],
    ]
    for step in steps:
        await engine.engine.store(Institution(tenant), step)
        async with inside(engine, tenant, DatabaseRole.WORKER) as connection:
            filed, posted = [await connection.fetch(one) for one in (_FILED, _POSTED)]
            assert posted == filed
            assert not await connection.fetch("select from fediflow.search_postings where entries = '{}'")
    assert not filed


async def test_words_are_known_as_they_are_written_after_every_change(engine: Opened) -> None:
    tenant = await engine.institution()
    roads = replace(_LAW, titles={"en": "Roads"})
    one_road = replace(_LAW, titles={"en": "A road"}, texts={"en": "Roads and roads", "de": "Gift"})
    accented = replace(
        _LAW, titles={"pt": "Educação"}, texts={"pt": "educacao"}
    )  # folded alike, of two stems
    plain = replace(accented, titles={"pt": "Rua"})
    steps = [_LAW, roads, one_road, replace(roads, texts=one_road.texts), accented, plain, accented, _LAW]
    for version, document in enumerate(steps, 1):
        await engine.engine.store(Institution(tenant), [Put(document, version)])
        async with inside(engine, tenant, DatabaseRole.WORKER) as connection:
            rows = await connection.fetch("select language, word, term from fediflow.search_words")
        found = {(row["language"], row["word"]): row["term"] for row in rows}
        said = filed(document)
        assert said.words.keys() <= found.keys(), version
        assert set(found.values()) <= said.weights.keys(), version


async def test_nothing_is_left_of_what_was_removed_but_its_version(engine: Opened) -> None:
    tenant = await engine.institution()
    await engine.engine.store(Institution(tenant), [Put(_LAW, 1)])
    await engine.engine.store(Institution(tenant), [Remove(_LAW.reference, 2)])
    after = await _written(engine, tenant)
    assert {name: len(after[name]) for name in _WORDED} == dict.fromkeys(_WORDED, 0)
    assert len(after["search_documents"]) == 1
    async with inside(engine, tenant, DatabaseRole.WORKER) as connection:
        row = await connection.fetchrow("select title_keys::text, audience from fediflow.search_documents")
    assert tuple(row or ()) == ("{}", [])


async def test_terms_are_looked_up_by_the_index_under_row_level_security(engine: Opened) -> None:
    tenant = await engine.institution()
    await engine.engine.store(Institution(tenant), [Put(_LAW, 1)])
    async with inside(engine, tenant) as connection:
        plan = await connection.fetch(
            "explain select entries from fediflow.search_postings where tenant_id = $1 and generation = $2 and term = $3",
            tenant.id,
            0,
            term("en", "law"),
        )
    text = "\n".join(row[0] for row in plan)
    assert "search_postings_pkey" in text
    assert "term = " in text.partition("Index Cond")[2]


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        (Sort.RELEVANCE, "Backward using search_documents_generation_popularity_id_slot_idx"),
        (Sort.START, "using search_documents_generation_starts_on_idx"),
    ],
)
async def test_an_empty_text_is_walked_along_an_index(engine: Opened, sort: Sort, index: str) -> None:
    tenant = await engine.institution()
    sql, values = statement(
        Ask(Institution(tenant), Query(sort=sort), Audience(frozenset({"members"})), 0, (), {})
    )
    async with inside(engine, tenant) as connection:
        await follow_indexes(connection)
        plan = await connection.fetch(f"explain {sql}", tenant.id, *values)
    assert index in "\n".join(row[0] for row in plan)


async def test_words_of_one_institution_are_nothing_to_another(engine: Opened) -> None:
    one, other = await engine.institution(), await engine.institution()
    await engine.engine.store(Institution(one), [Put(_LAW, 1)])
    async with inside(engine, other) as connection:
        for table in (*_WORDED, "search_documents", "search_blocks", "search_profiles", "search_languages"):
            assert await connection.fetchval(f"select count(*) from fediflow.{table}") == 0
    answer = await engine.engine.search(
        Institution(other), Query(text="law"), Audience(frozenset({"members"}))
    )
    assert answer.total == 0


async def _written(opened: Opened, tenant: Tenant) -> dict[str, set[tuple[str, str]]]:
    """Every row's place and the transaction that wrote it, by table."""
    async with inside(opened, tenant, DatabaseRole.WORKER) as connection:
        return {
            table: {
                (str(row[0]), str(row[1]))
                for row in await connection.fetch(f"select ctid::text, xmin::text from fediflow.{table}")
            }
            for table in (*_WORDED, "search_documents", "search_blocks")
        }
