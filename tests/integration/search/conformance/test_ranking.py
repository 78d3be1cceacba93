"""Pinned first; popularity a bounded part; the same order every time."""

from search.model import Facet, Kind, Point
from tests.integration.search.conformance.shelves import Shelf, audience, course, ids, pages, ref


async def test_the_popular_of_two_alike_comes_first(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Statistics", popularity=500), course(2, "Statistics", popularity=3), course(3, "Law")
    )
    assert await shelf.found("statistics") == [1, 2]


async def test_popularity_is_a_bounded_part_of_the_score(shelf: Shelf) -> None:
    await shelf.put(course(1, "Statistics"), course(2, "Statistics", popularity=1_000_000_000))
    popular, unknown = (await shelf.ask("statistics")).hits
    assert popular.reference.id == 2
    assert 1 < popular.score / unknown.score <= 1.21


async def test_what_fits_better_comes_before_what_is_popular(shelf: Shelf) -> None:
    lectures = "Lectures on many things, sources and methods, for beginners of all faculties. "
    await shelf.put(
        course(1, "Statistics"),
        course(2, "Colloquium", lectures * 5 + "Statistics, too.", popularity=1_000_000_000),
        course(3, "Else", lectures),
    )
    assert await shelf.found("statistics") == [1, 2]


async def test_without_a_text_the_popular_come_first(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "A", popularity=5), course(2, "B", popularity=500), course(3, "C", popularity=0)
    )
    assert await shelf.found() == [2, 1, 3]


async def test_of_what_is_alike_the_newest_row_comes_first(shelf: Shelf) -> None:
    await shelf.put(*(course(one, "Statistics") for one in (5, 300, 40, 2**60, 7)))
    assert await shelf.found("statistics") == [2**60, 300, 40, 7, 5]
    assert await shelf.found() == [2**60, 300, 40, 7, 5]


async def test_scores_fall(shelf: Shelf) -> None:
    await shelf.put(course(1, "Roman history"), course(2, "Roman law of Roman law"), course(3, "History"))
    scores = [hit.score for hit in (await shelf.ask("roman history")).hits]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)


async def test_the_pinned_come_first_in_their_order_whatever_the_text(shelf: Shelf) -> None:
    await shelf.put(
        *(course(one, "Statistics") for one in range(1, 5)), course(9, "Law"), course(8, "Poetry")
    )
    answer = await shelf.ask("statistics", pinned=(ref(9), ref(2), ref(8)))
    assert ids(answer) == [9, 2, 8, 4, 3, 1]
    assert answer.total == 6


async def test_the_pinned_come_first_also_without_a_text(shelf: Shelf) -> None:
    await shelf.put(course(1, "A", popularity=9), course(2, "B"), course(3, "C"))
    assert await shelf.found(pinned=(ref(2),)) == [2, 1, 3]


async def test_the_pinned_come_once_whatever_the_pages(shelf: Shelf) -> None:
    await shelf.put(
        *(course(one, "Statistics") for one in range(1, 8)), course(9, "Law"), course(8, "Poetry")
    )
    pinned = (ref(9), ref(3), ref(8))
    for first in (1, 2, 3, 4):
        found = [
            one for page in await pages(shelf, "statistics", pinned=pinned, first=first) for one in ids(page)
        ]
        assert found == [9, 3, 8, 7, 6, 5, 4, 2, 1], first


async def test_the_pinned_pass_the_filters_or_are_not_there(shelf: Shelf) -> None:
    here = Point(50, 10)
    await shelf.put(
        course(1, "Statistics", facets={Facet.LEVEL: ("6",)}, point=here),
        course(2, "Law", facets={Facet.LEVEL: ("6",)}, point=here),
        course(3, "Poetry", facets={Facet.LEVEL: ("7",)}, point=Point(-50, 10)),
        course(4, "Secret", facets={Facet.LEVEL: ("6",)}, point=here, audience={"course:4"}),
    )
    pinned = (ref(3), ref(4), ref(2), ref(77), ref(2, Kind.OFFERING))
    assert await shelf.found("statistics", pinned=pinned) == [3, 2, 1]
    assert await shelf.found("statistics", pinned=pinned, filters={Facet.LEVEL: frozenset({"6"})}) == [2, 1]
    assert await shelf.found("statistics", pinned=pinned, near=here, within=1000.0) == [2, 1]
    assert await shelf.found("statistics", pinned=pinned, kinds=frozenset({Kind.OFFERING})) == []
    assert await shelf.found("statistics", pinned=pinned, without=frozenset({ref(2)})) == [3, 1]
    blocked = audience("members", without=["by:7"])
    await shelf.put(course(5, "Epics", audience={"members", "by:7"}))
    assert await shelf.found("statistics", pinned=(ref(5), ref(2)), reader=blocked) == [2, 1]


async def test_the_pinned_are_counted_with_the_rest(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Statistics", facets={Facet.LEVEL: ("6",)}), course(2, "Law", facets={Facet.LEVEL: ("7",)})
    )
    answer = await shelf.ask("statistics", pinned=(ref(2),), facets=(Facet.LEVEL,))
    assert answer.total == 2
    assert {one.value: one.count for one in answer.facets[Facet.LEVEL]} == {"6": 1, "7": 1}
