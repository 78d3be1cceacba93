"""Hits are filtered and counted by what they are."""

import datetime as dt
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from search.model import Answer, Facet, Kind, Point, Range, Reference
from tests.integration.search.conformance.shelves import Shelf, audience, course, document, ids, ref

_VALUES: Mapping[Facet, tuple[str, str]] = {
    Facet.LANGUAGE: ("en", "zh-Hant"),
    Facet.LEVEL: ("6", "7"),
    Facet.CREDITS: ("ECTS:600", "ECTS:750"),
    Facet.DELIVERY: ("online", "on campus"),
    Facet.INSTITUTION: ("alpha", "beta-2"),
    Facet.TERM: ("730400000000000001", "730400000000000002"),
    Facet.SEATS: ("free", "unlimited"),
    Facet.ORG_UNIT: ("11", "12"),
    Facet.COUNTRY: ("DE", "JP"),
    Facet.REGION: ("DE-BY", "JP-13"),
}


def _counts(answer: Answer, facet: Facet) -> dict[str, int]:
    return {one.value: one.count for one in answer.facets[facet]}


def _is(facet: Facet, *values: str) -> dict[Facet, frozenset[str]]:
    return {facet: frozenset(values)}


@pytest.mark.parametrize("facet", sorted(_VALUES))
async def test_every_facet_filters_and_counts(shelf: Shelf, facet: Facet) -> None:
    one, two = _VALUES[facet]
    await shelf.put(
        course(1, "A", facets={facet: (one,)}),
        course(2, "B", facets={facet: (two,)}),
        course(3, "C", facets={facet: (two, one)}),
        course(4, "D"),
    )
    answer = await shelf.ask(filters=_is(facet, one), facets=(facet,))
    assert sorted(ids(answer)) == [1, 3]
    assert _counts(answer, facet) == {one: 2, two: 2}
    assert sorted(await shelf.found(filters=_is(facet, one, two))) == [1, 2, 3]
    assert await shelf.found(filters=_is(facet, "nothing")) == []
    assert await shelf.found(filters=_is(facet, one.swapcase() if one.swapcase() != one else one + " ")) == []


def test_every_facet_is_tried() -> None:
    assert set(_VALUES) == set(Facet) - {Facet.KIND}


async def test_kinds_are_counted_and_filter(shelf: Shelf) -> None:
    await shelf.put(
        *(document(Reference(Kind.COURSE, one), "A") for one in (1, 2)),
        *(document(Reference(Kind.POST, one), "A") for one in (3, 4, 5)),
    )
    answer = await shelf.ask(facets=(Facet.KIND,), filters=_is(Facet.KIND, "course"))
    assert sorted(ids(answer)) == [1, 2]
    assert _counts(answer, Facet.KIND) == {"course": 2, "post": 3}


async def test_each_facet_is_counted_under_the_filters_of_the_others(shelf: Shelf) -> None:
    rows = [("en", "6"), ("en", "7"), ("de", "6"), ("de", "6"), ("fr", "7"), ("fr", "6")]
    await shelf.put(
        *(
            course(n, "Statistics", facets={Facet.LANGUAGE: (language,), Facet.LEVEL: (level,)})
            for n, (language, level) in enumerate(rows, start=1)
        ),
        course(99, "Law", facets={Facet.LANGUAGE: ("en",), Facet.LEVEL: ("6",)}),
    )
    filters = _is(Facet.LANGUAGE, "en", "fr") | _is(Facet.LEVEL, "6")
    answer = await shelf.ask("statistics", filters=filters, facets=(Facet.LANGUAGE, Facet.LEVEL))
    assert sorted(ids(answer)) == [1, 6]
    assert answer.total == 2
    assert _counts(answer, Facet.LANGUAGE) == {"en": 1, "de": 2, "fr": 1}
    assert _counts(answer, Facet.LEVEL) == {"6": 2, "7": 2}


async def test_a_facet_is_counted_where_nothing_passes_its_own_filter(shelf: Shelf) -> None:
    await shelf.put(course(1, "A", facets={Facet.LEVEL: ("6",)}))
    answer = await shelf.ask(filters=_is(Facet.LEVEL, "8"), facets=(Facet.LEVEL, Facet.TERM))
    assert (answer.total, answer.hits) == (0, ())
    assert _counts(answer, Facet.LEVEL) == {"6": 1}
    assert answer.facets[Facet.TERM] == ()


async def test_facets_are_counted_over_all_pages(shelf: Shelf) -> None:
    await shelf.put(*(course(n, "A", facets={Facet.LEVEL: (str(n % 2 + 6),)}) for n in range(1, 31)))
    answer = await shelf.ask(facets=(Facet.LEVEL,), first=3)
    assert _counts(answer, Facet.LEVEL) == {"6": 15, "7": 15}
    again = await shelf.ask(facets=(Facet.LEVEL,), first=3, after=answer.hits[-1].cursor)
    assert again.facets == answer.facets
    assert again.total == 30


async def test_the_most_frequent_values_come_first_and_no_more_than_asked_for(shelf: Shelf) -> None:
    wanted = [(f"v{n:02}", n) for n in range(1, 8)]
    rows = [value for value, times in wanted for _ in range(times)]
    await shelf.put(*(course(n, "A", facets={Facet.ORG_UNIT: (value,)}) for n, value in enumerate(rows)))
    answer = await shelf.ask(facets=(Facet.ORG_UNIT,), facet_size=3)
    assert [(one.value, one.count) for one in answer.facets[Facet.ORG_UNIT]] == [
        ("v07", 7),
        ("v06", 6),
        ("v05", 5),
    ]
    everything = (await shelf.ask(facets=(Facet.ORG_UNIT,))).facets[Facet.ORG_UNIT]
    assert [(one.value, one.count) for one in everything] == wanted[::-1]


async def test_equally_frequent_values_come_in_their_order(shelf: Shelf) -> None:
    await shelf.put(*(course(n, "A", facets={Facet.LEVEL: (value,)}) for n, value in enumerate("5386471")))
    answer = await shelf.ask(facets=(Facet.LEVEL,), facet_size=4)
    assert [one.value for one in answer.facets[Facet.LEVEL]] == ["1", "3", "4", "5"]


async def test_only_what_was_asked_for_is_counted(shelf: Shelf) -> None:
    await shelf.put(course(1, "A", facets={Facet.LEVEL: ("6",), Facet.TERM: ("1",)}))
    assert set((await shelf.ask(facets=(Facet.TERM,))).facets) == {Facet.TERM}
    assert (await shelf.ask()).facets == {}


async def test_facets_count_only_what_the_reader_may_find(shelf: Shelf) -> None:
    level = {Facet.LEVEL: ("6",)}
    await shelf.put(
        course(1, "A", facets=level),
        course(2, "A", facets={Facet.LEVEL: ("7",)}, audience={"course:2"}),
        course(3, "A", facets=level, audience={"members", "by:3"}),
        course(4, "A", facets=level),
        course(5, "A", facets={Facet.LEVEL: ("8",)}, audience=()),
    )
    asked = {"facets": (Facet.LEVEL,), "without": frozenset({ref(4)})}
    reader = audience("members", without=["by:3"])
    assert _counts(await shelf.ask(reader=reader, **asked), Facet.LEVEL) == {"6": 1}
    filtered = await shelf.ask(reader=reader, filters=_is(Facet.LEVEL, "7"), **asked)
    assert (_counts(filtered, Facet.LEVEL), filtered.total) == ({"6": 1}, 0)


async def test_facets_follow_place_days_and_kinds(shelf: Shelf) -> None:
    here, level = Point(48, 11), {Facet.LEVEL: ("6",)}
    day = date(2026, 3, 1)
    await shelf.put(
        course(1, "A", facets=level, point=here, starts_on=day),
        course(2, "A", facets=level, point=Point(-48, 11), starts_on=day),
        course(3, "A", facets=level, point=here),
        document(ref(4, Kind.POST), "A", facets=level, point=here, starts_on=day),
    )
    answer = await shelf.ask(
        facets=(Facet.LEVEL,),
        near=here,
        within=10_000.0,
        starts=Range(day, day),
        kinds=frozenset({Kind.COURSE}),
    )
    assert ids(answer) == [1]
    assert _counts(answer, Facet.LEVEL) == {"6": 1}


@pytest.mark.parametrize(
    ("range_", "wanted"),
    [
        (Range(date(2026, 3, 1), date(2026, 3, 31)), [1, 2, 3]),
        (Range(date(2026, 3, 2), date(2026, 3, 30)), [2]),
        (Range(first=date(2026, 3, 31)), [3, 4]),
        (Range(last=date(2026, 3, 1)), [1]),
        (Range(date(2026, 4, 2), date(2026, 4, 1)), []),
        (Range(), [1, 2, 3, 4]),
        (Range(date(1, 1, 1), date(9999, 12, 31)), [1, 2, 3, 4]),
    ],
)
async def test_days_are_inclusive(shelf: Shelf, range_: Range, wanted: list[int]) -> None:
    days = [date(2026, 3, 1), date(2026, 3, 15), date(2026, 3, 31), date(2026, 10, 1)]
    await shelf.put(*(course(n, "A", starts_on=day) for n, day in enumerate(days, start=1)), course(9, "A"))
    found = await shelf.found(starts=range_)
    assert sorted(one for one in found if one != 9) == wanted
    if range_ != Range():
        assert 9 not in found


async def test_what_appeared_after_a_moment_is_what_is_new(shelf: Shelf) -> None:
    noon = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    ago = dt.timedelta(milliseconds=1)
    await shelf.put(
        course(1, "A", appeared_at=noon - ago),
        course(2, "A", appeared_at=noon),
        course(3, "A", appeared_at=noon + ago),
        course(4, "A"),
    )
    assert await shelf.found(appeared_after=noon) == [3]
    other_zone = noon.astimezone(dt.timezone(dt.timedelta(hours=9)))
    assert sorted(await shelf.found(appeared_after=other_zone - ago)) == [2, 3]
