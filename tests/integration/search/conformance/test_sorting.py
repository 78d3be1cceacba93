"""Every order is the same in every engine, ties and all."""

import random
from datetime import date

import pytest

from search.model import Kind, Reference, Sort
from tests.integration.search.conformance.shelves import Shelf, course, document, ids, pages


async def test_the_earliest_start_comes_first_and_what_has_none_last(shelf: Shelf) -> None:
    days = {
        1: date(2026, 9, 1),
        2: date(1969, 1, 1),
        3: None,
        4: date(2026, 9, 1),
        5: None,
        6: date(2300, 1, 1),
    }
    await shelf.put(*(course(n, "Statistics", starts_on=day) for n, day in days.items()))
    for text in ("", "statistics"):
        assert await shelf.found(text, sort=Sort.START) == [2, 4, 1, 6, 5, 3]


@pytest.mark.parametrize(
    ("reader", "titles"),
    [
        ("sv", ["Arkeologi", "Zoologi", "Åkerbruk", "Ängslära", "Ödlor"]),
        (
            "de",
            ["Ackerbau", "Ähren", "Anatomie", "Öffentlichkeit", "Optik", "Übersetzen", "Unfall", "Zoologie"],
        ),
        ("cs", ["Cesty", "Čeština", "Dějiny", "Hudba", "Chemie", "Informatika"]),
        ("es", ["Nación", "Nube", "Ñandú", "Oración"]),
        ("da", ["Arkæologi", "Zoologi", "Ærlighed", "Økonomi", "Ånd"]),
        ("en", ["apple", "Banana", "cherry", "Éclair", "zebra"]),
        ("ru", ["Еда", "Ёлка", "Жизнь", "Яблоко"]),
        ("el", ["Άνθρωπος", "Βιβλίο", "Ήλιος", "Ωκεανός"]),
        ("tr", ["Çam", "Dil", "Işık", "İlim", "Şiir", "Zaman"]),
    ],
)
async def test_titles_come_as_the_readers_language_sorts_them(
    shelf: Shelf, reader: str, titles: list[str]
) -> None:
    ids_ = random.Random(4).sample(range(1, 100), len(titles))
    await shelf.put(*(course(n, {reader: title}) for n, title in zip(ids_, titles, strict=True)))
    assert await shelf.found(sort=Sort.TITLE, reader_languages=(reader,)) == ids_


async def test_each_reader_sorts_the_same_titles_their_way(shelf: Shelf) -> None:
    titles = {1: "Ärende", 2: "Zon", 3: "Arm"}
    await shelf.put(*(course(n, {"sv": title, "de": title}) for n, title in titles.items()))
    assert await shelf.found(sort=Sort.TITLE, reader_languages=("sv",)) == [3, 2, 1]
    assert await shelf.found(sort=Sort.TITLE, reader_languages=("de",)) == [1, 3, 2]
    # Ärende, Arm: in German ä is a, and "are" comes before "arm"


async def test_titles_are_sorted_in_the_readers_language_where_there_is_one(shelf: Shelf) -> None:
    await shelf.put(
        course(1, {"en": "Zoology", "de": "Anatomie"}),
        course(2, {"en": "Botany", "de": "Zucht"}),
        course(3, {"en": "Milk", "de": "Milch"}),
    )
    assert await shelf.found(sort=Sort.TITLE, reader_languages=("en",)) == [2, 3, 1]
    assert await shelf.found(sort=Sort.TITLE, reader_languages=("de", "en")) == [1, 3, 2]


async def test_titles_are_sorted_as_they_are_shown_where_the_first_language_is_nobodys(shelf: Shelf) -> None:
    first, second = shelf.tenant.languages[:2]
    await shelf.put(
        course(1, {first: "Zoology", second: "Anatomie"}),
        course(2, {first: "Botany", second: "Zucht"}),
    )
    assert await shelf.found(sort=Sort.TITLE, reader_languages=("xx", second)) == [1, 2]
    assert await shelf.found(sort=Sort.TITLE, reader_languages=("xx", first)) == [2, 1]


async def test_what_has_no_title_in_the_readers_language_is_there_all_the_same(shelf: Shelf) -> None:
    await shelf.put(course(1, {"ja": "物理"}), course(2, {"en": "Botany"}), course(3, {"und": "Zzz"}))
    for reads in (("en",), ("sv",), ("xx",), ()):
        assert sorted(await shelf.found(sort=Sort.TITLE, reader_languages=reads)) == [1, 2, 3]


async def test_of_equal_titles_the_newest_row_comes_first(shelf: Shelf) -> None:
    await shelf.put(*(course(n, "Statistics") for n in (4, 11, 2**60, 3)), course(99, "Algebra"))
    assert await shelf.found(sort=Sort.TITLE, reader_languages=("en",)) == [99, 2**60, 11, 4, 3]


async def test_kinds_are_mixed_in_every_order(shelf: Shelf) -> None:
    await shelf.put(
        *(
            document(Reference(kind, n), "Statistics", starts_on=date(2026, 1, 1))
            for n, kind in enumerate(sorted(Kind), start=1)
        )
    )
    for sort in (Sort.RELEVANCE, Sort.START, Sort.TITLE):
        assert await shelf.found("statistics", sort=sort) == [5, 4, 3, 2, 1], sort


@pytest.mark.parametrize("sort", [Sort.START, Sort.TITLE])
async def test_an_order_that_is_not_relevance_heeds_no_popularity(shelf: Shelf, sort: Sort) -> None:
    await shelf.put(
        course(1, "B", starts_on=date(2026, 2, 1), popularity=1_000),
        course(2, "A", starts_on=date(2026, 1, 1)),
        course(3, "C", starts_on=date(2026, 3, 1), popularity=9),
    )
    assert await shelf.found(sort=sort, reader_languages=("en",)) == [2, 1, 3]


async def test_long_titles_that_differ_late_are_paged_without_loss(shelf: Shelf) -> None:
    same = "On the history of very long titles in the early modern period " * 20
    await shelf.put(*(course(n, f"{same} {n:02}") for n in range(1, 13)))
    turned = await pages(shelf, sort=Sort.TITLE, reader_languages=("en",), first=5)
    found = [one for page in turned for one in ids(page)]
    assert sorted(found) == list(range(1, 13))
