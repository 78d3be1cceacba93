"""Cursors lead through everything that is found, once."""

from datetime import date
from typing import Any

import orjson
import pytest

from search.model import EXACT_TOTAL, MOST_FIRST, Kind, Point, Put, Reference, Sort
from tests.integration.search.conformance.shelves import Shelf, course, document, ids, pages, ref

_ALL = 57
_KINDS = sorted(Kind)
# Beyond 2**53 a number that went through a double is another one.
_BASE = 2**60


def _numbered(n: int) -> Any:
    return document(
        Reference(_KINDS[n % 5], _BASE + n),
        f"Statistics {['one', 'two', 'three'][n % 3]}",
        "Numbers." if n % 4 else "",
        point=Point(50 + n % 6, 10) if n % 7 else None,
        starts_on=date(2026, 1 + n % 5, 1) if n % 6 else None,
        popularity=n % 4,
    )


def _asked(sort: Sort) -> dict[str, Any]:
    return {"sort": sort, "near": Point(50, 10), "reader_languages": ("en",)}


@pytest.mark.parametrize("text", ["", "statistics", "statistics two"])
@pytest.mark.parametrize("sort", list(Sort))
async def test_the_pages_hold_everything_once(shelf: Shelf, sort: Sort, text: str) -> None:
    await shelf.put(*map(_numbered, range(_ALL)))
    whole = ids(await shelf.ask(text, first=MOST_FIRST, **_asked(sort)))
    for first in (7, 19, 57, 100):
        turned = await pages(shelf, text, first=first, **_asked(sort))
        found = [one for page in turned for one in ids(page)]
        assert len(found) == len(set(found)) == _ALL
        assert found == whole
        assert {page.total for page in turned} == {_ALL}
        assert all(page.is_total_exact for page in turned)
        assert [len(page.hits) for page in turned[:-1]] == [first] * (len(turned) - 1)
        assert len(turned) == -(-_ALL // first)


@pytest.mark.parametrize("sort", list(Sort))
async def test_every_hits_cursor_leads_to_the_next_and_may_be_json_meanwhile(
    shelf: Shelf, sort: Sort
) -> None:
    await shelf.put(*map(_numbered, range(12)))
    whole = await shelf.ask("statistics", **_asked(sort), first=12)
    for n, hit in enumerate(whole.hits):
        cursor = tuple(orjson.loads(orjson.dumps(hit.cursor)))
        answer = await shelf.ask("statistics", **_asked(sort), first=3, after=cursor)
        assert ids(answer) == ids(whole)[n + 1 : n + 4]
        assert answer.has_next is (n + 4 < 12)


async def test_the_last_page_may_be_full(shelf: Shelf) -> None:
    await shelf.put(*(course(n, "A") for n in range(1, 11)))
    answer = await shelf.ask(first=10)
    assert (len(answer.hits), answer.has_next) == (10, False)
    after = await shelf.ask(first=10, after=answer.hits[-1].cursor)
    assert (after.hits, after.has_next, after.total) == ((), False, 10)


@pytest.mark.parametrize("sort", list(Sort))
async def test_what_comes_and_goes_between_pages_doubles_and_hides_nothing_else(
    shelf: Shelf, sort: Sort
) -> None:
    await shelf.put(*map(_numbered, range(30)))
    one = await shelf.ask(first=10, **_asked(sort))
    seen = ids(one)
    rest = [_BASE + n for n in range(30) if _BASE + n not in seen]
    gone = next(_numbered(n).reference for n in range(30) if _BASE + n == rest[-1])
    await shelf.remove(gone, version=2)
    await shelf.put(*map(_numbered, range(40, 45)), version=2)
    cursor, found = one.hits[-1].cursor, list(seen)
    while True:
        page = await shelf.ask(first=10, after=cursor, **_asked(sort))
        found += ids(page)
        if not page.has_next:
            break
        cursor = page.hits[-1].cursor
    assert len(found) == len(set(found))
    # whether the page shows what went and came meanwhile is the engine's choice
    assert set(found) >= {*seen, *rest[:-1]}


async def test_totals_are_exact_up_to_their_cap_and_say_so(shelf: Shelf) -> None:
    for start in range(0, EXACT_TOTAL, 2_000):
        await shelf.engine.store(
            shelf.collection, [Put(course(n + 1, "A"), 1) for n in range(start, start + 2_000)]
        )
    await shelf.engine.refresh()
    answer = await shelf.ask(first=1)
    assert (answer.total, answer.is_total_exact) == (EXACT_TOTAL, True)
    await shelf.put(course(EXACT_TOTAL + 1, "A"))
    answer = await shelf.ask(first=1)
    assert (answer.total, answer.is_total_exact) == (EXACT_TOTAL, False)
    assert (await shelf.ask(first=1, without=frozenset({ref(7)}))).is_total_exact
