"""Later pages are of one moment, and go on without it once it is over."""

from dataclasses import replace

import pytest

from kernel.errors import InvalidInput
from search.model import Facet, Published, Put, Query, Remove, Sort
from tests.indices import call
from tests.integration.search.conformance.shelves import Shelf, audience, course, fill, ids, ref


async def test_an_expired_snapshot_is_gone_on_without(shelf: Shelf, opensearch_url: str) -> None:
    await shelf.put(*(course(n, "Statistics") for n in range(1, 10)))
    first = await shelf.ask("statistics", first=3)
    second = await shelf.ask("statistics", first=3, after=first.hits[-1].cursor)
    snapshot = second.hits[-1].cursor[1]
    assert isinstance(snapshot, str)
    call(opensearch_url, "DELETE", "/_search/point_in_time", {"pit_id": [snapshot]})
    third = await shelf.ask("statistics", first=3, after=second.hits[-1].cursor)
    assert [ids(page) for page in (first, second, third)] == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]


async def test_pages_after_the_second_do_not_see_what_comes_meanwhile(shelf: Shelf) -> None:
    await shelf.put(*(course(n, "Statistics") for n in range(10, 20)))
    first = await shelf.ask(first=3)
    second = await shelf.ask(first=3, after=first.hits[-1].cursor)
    await shelf.put(course(1, "Statistics"))
    last = await shelf.ask(first=10, after=second.hits[-1].cursor)
    assert ids(last) == [13, 12, 11, 10]


async def test_pages_go_on_in_the_index_that_took_over(shelf: Shelf) -> None:
    rows = [course(n, "Statistics") for n in range(1, 8)]
    await shelf.put(*rows)
    first = await shelf.ask(first=2)
    second = await shelf.ask(first=2, after=first.hits[-1].cursor)
    building = await shelf.engine.build()
    await fill(building, shelf.collection, *rows)
    await building.finish()
    third = await shelf.ask(first=10, after=second.hits[-1].cursor)
    assert ids(third) == [3, 2, 1]


async def test_pages_of_a_misspelt_word_go_on_forgiving_it(shelf: Shelf) -> None:
    await shelf.put(*(course(n, "Statistics") for n in range(1, 8)), course(8, "Law"))
    found: list[int] = []
    page = await shelf.ask("statistcs", first=3)
    while page.hits:
        assert page.total == 7
        found += ids(page)
        page = await shelf.ask("statistcs", first=3, after=page.hits[-1].cursor)
    assert found == [7, 6, 5, 4, 3, 2, 1]


async def test_what_is_spelt_as_a_document_spells_it_is_not_forgiven(shelf: Shelf) -> None:
    await shelf.put(course(1, "Causal inference"), course(2, "Casual inference"), course(3, "Law"))
    assert await shelf.found("causal") == [1]
    assert await shelf.found("cusual") == [2]


@pytest.mark.parametrize(
    "cursor",
    [
        (),
        ("relevance",),
        ("relevance", None, 1.0),
        ("relevance", None, False, "a", "b", "c", "d"),
        ("relevance", "nonsense", False, {}, 1, "course", "7"),
        ("relevance", None, "yes", 1.0, 1, "course", "7"),
        (1, 2, 3, 4, 5, 6, 7),
    ],
)
async def test_what_is_no_cursor_is_refused(shelf: Shelf, cursor: tuple[object, ...]) -> None:
    await shelf.put(course(1, "Statistics"))
    with pytest.raises(InvalidInput, match="cursor"):
        await shelf.ask("statistics", after=cursor)


async def test_a_cursor_of_another_order_is_refused(shelf: Shelf) -> None:
    await shelf.put(course(1, "Statistics"), course(2, "Statistics"))
    cursor = (await shelf.ask(first=1)).hits[0].cursor
    with pytest.raises(InvalidInput, match="cursor"):
        await shelf.ask(first=1, sort=Sort.TITLE, after=cursor)


@pytest.mark.parametrize("is_published", [False, True])
async def test_what_is_removed_meanwhile_is_neither_shown_nor_counted(
    shelf: Shelf, is_published: bool
) -> None:
    where = Published() if is_published else shelf.collection
    written = shelf.publishing if is_published else shelf.collection
    languages = {Facet.LANGUAGE: ("en",)}
    await fill(shelf.engine, written, *(course(n, "Statistics", facets=languages) for n in range(1, 10)))
    await shelf.engine.refresh()
    query = Query("statistics", ("en",), first=3, facets=(Facet.LANGUAGE,))
    first = await shelf.engine.search(where, query, audience())
    second = await shelf.engine.search(where, replace(query, after=first.hits[-1].cursor), audience())
    await shelf.engine.store(written, [Remove(ref(8), 2), Remove(ref(3), 2), Remove(ref(1), 2)])
    await shelf.engine.refresh()
    third = await shelf.engine.search(where, replace(query, after=second.hits[-1].cursor), audience())
    assert (ids(third), third.total, third.has_next) == ([2], 6, False)
    assert [count.count for count in third.facets[Facet.LANGUAGE]] == [6]


async def test_what_changed_meanwhile_is_shown_as_it_is_now(shelf: Shelf) -> None:
    rows = [course(n, "Statistics", "before") for n in range(1, 10)]
    await fill(shelf.engine, shelf.publishing, *rows)
    await shelf.engine.refresh()
    query = Query("statistics", ("en",), first=3)
    first = await shelf.engine.search(Published(), query, audience())
    second = await shelf.engine.search(Published(), replace(query, after=first.hits[-1].cursor), audience())
    changed = [course(3, "Statistics today"), course(2, "Statistics", audience={"others"}), course(1, "Law")]
    await shelf.engine.store(shelf.publishing, [Put(one, 2) for one in changed])
    await shelf.engine.refresh()
    third = await shelf.engine.search(Published(), replace(query, after=second.hits[-1].cursor), audience())
    assert [dict(hit.published.titles) for hit in third.hits if hit.published] == [{"en": "Statistics today"}]


async def test_a_page_is_full_where_many_are_gone(shelf: Shelf) -> None:
    await shelf.put(*(course(n, "Statistics") for n in range(1, 40)))
    first = await shelf.ask("statistics", first=3)
    second = await shelf.ask("statistics", first=3, after=first.hits[-1].cursor)
    await shelf.remove(*(ref(n) for n in range(5, 34)), version=2)
    third = await shelf.ask("statistics", first=3, after=second.hits[-1].cursor)
    assert (ids(third), third.total, third.has_next) == ([4, 3, 2], 10, True)
