"""Nothing old overwrites something new, and nothing bad spoils what is good."""

import asyncio
import random

import pytest

from search.engine import digest
from search.model import Audience, Change, Facet, Kind, Point, Put, Reference, Remove
from tests.integration.search.conformance.shelves import Shelf, course, document, ref

_LATE = 2**53 + 10


async def test_the_newer_version_stays(shelf: Shelf) -> None:
    await shelf.put(course(1, "Newer"), version=_LATE)
    await shelf.put(course(1, "Older"), version=_LATE - 1)
    assert await shelf.found("newer") == [1]
    assert await shelf.found("older") == []
    assert [(one.version, one.digest) for one in await shelf.listed()] == [
        (_LATE, digest(course(1, "Newer")))
    ]


async def test_the_same_version_is_taken(shelf: Shelf) -> None:
    await shelf.put(course(1, "First"), version=7)
    await shelf.put(course(1, "Second"), version=7)
    assert await shelf.found("second") == [1]
    assert await shelf.found("first") == []
    await shelf.remove(ref(1), version=7)
    assert await shelf.found() == []
    await shelf.put(course(1, "Third"), version=7)
    assert await shelf.found("third") == [1]


async def test_what_was_removed_does_not_come_back_by_an_older_version(shelf: Shelf) -> None:
    await shelf.put(course(1, "Statistics"), version=5)
    await shelf.remove(ref(1), version=8)
    await shelf.put(course(1, "Statistics"), version=7)
    assert await shelf.found() == []
    assert await shelf.listed() == []
    await shelf.put(course(1, "Statistics"), version=9)
    assert await shelf.found() == [1]


async def test_an_older_removal_removes_nothing(shelf: Shelf) -> None:
    await shelf.put(course(1, "Statistics"), version=5)
    await shelf.remove(ref(1), version=4)
    assert await shelf.found() == [1]


async def test_a_removal_that_came_before_what_it_removes_holds(shelf: Shelf) -> None:
    await shelf.remove(ref(1), ref(2, Kind.POST), version=8)
    await shelf.put(course(1, "Statistics"), document(ref(2, Kind.POST), "Statistics"), version=7)
    assert await shelf.found() == []


async def test_the_versions_of_one_are_nothing_to_another(shelf: Shelf, other_shelf: Shelf) -> None:
    await shelf.put(course(1, "Statistics"), version=9)
    await shelf.put(document(ref(1, Kind.OFFERING), "Statistics"), version=1)
    await other_shelf.put(course(1, "Statistics"), version=1)
    assert len((await shelf.ask()).hits) == 2
    assert await other_shelf.found() == [1]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
async def test_several_changes_of_one_in_a_batch_end_with_the_newest(
    shelf: Shelf, order: tuple[int, ...]
) -> None:
    changes: list[Change] = [Put(course(1, f"Version{one}"), one) for one in order]
    changes += [Put(course(2, "Statistics"), 1), Remove(ref(2), 2)]
    changes += [Remove(ref(3), 1), Put(course(3, "Statistics"), 2)]
    assert list(await shelf.store(*changes)) == []
    assert await shelf.found("version3") == [1]
    assert sorted(await shelf.found()) == [1, 3]


async def test_changes_that_come_at_once_end_with_the_newest(shelf: Shelf) -> None:
    async def put(version: int) -> None:
        batch = [Put(course(n, f"Word{version}"), version) for n in range(1, 6)]
        random.Random(version).shuffle(batch)
        await shelf.engine.store(shelf.collection, batch)

    await asyncio.gather(*(put(version) for version in (3, 1, 8, 5, 2, 7, 4, 6)))
    await shelf.engine.refresh()
    assert sorted(await shelf.found("word8")) == [1, 2, 3, 4, 5]
    assert {one.version for one in await shelf.listed()} == {8}


async def test_a_change_replaces_all_of_a_document(shelf: Shelf) -> None:
    before = course(
        1,
        {"en": "Roman law", "de": "Römisches Recht"},
        "Quetzal.",
        codes=("IUS-1",),
        facets={Facet.LEVEL: ("6",)},
        point=Point(50, 10),
        is_online=True,
        popularity=9,
    )
    await shelf.put(before)
    await shelf.put(course(1, "Poetry"), version=2)
    for gone in ("roman law", "Römisches", "quetzal", "IUS-1"):
        assert await shelf.found(gone) == [], gone
    answer = await shelf.ask("poetry", facets=(Facet.LEVEL,), near=Point(50, 10))
    assert [hit.distance for hit in answer.hits] == [None]
    assert answer.facets[Facet.LEVEL] == ()
    assert await shelf.found(filters={Facet.LEVEL: frozenset({"6"})}) == []
    assert await shelf.suggested("röm", language="de") == []


async def test_what_is_stored_again_as_it_was_changes_nothing_but_the_version(shelf: Shelf) -> None:
    one = course(1, "Roman law", "Text.", codes=("IUS-1",), facets={Facet.LEVEL: ("6",)})
    await shelf.put(one, version=1)
    before = await shelf.ask("roman", facets=(Facet.LEVEL,))
    await shelf.put(one, version=4)
    after = await shelf.ask("roman", facets=(Facet.LEVEL,))
    assert (after.total, after.facets) == (before.total, before.facets)
    assert [stored.version for stored in await shelf.listed()] == [4]


async def test_only_the_numbers_of_a_document_may_change(shelf: Shelf) -> None:
    await shelf.put(course(1, "Law", facets={Facet.SEATS: ("free",)}), course(2, "Law", popularity=5))
    await shelf.put(course(1, "Law", facets={Facet.SEATS: ("full",)}, popularity=500), version=2)
    answer = await shelf.ask("law", facets=(Facet.SEATS,))
    assert [hit.reference.id for hit in answer.hits] == [1, 2]
    assert [(one.value, one.count) for one in answer.facets[Facet.SEATS]] == [("full", 1)]


async def test_nothing_to_store_is_no_trouble(shelf: Shelf) -> None:
    assert list(await shelf.engine.store(shelf.collection, [])) == []


async def test_a_large_batch_is_stored_whole(shelf: Shelf) -> None:
    await shelf.put(*(course(n, f"Statistics {n}", "Numbers. " * 50) for n in range(1, 1_501)))
    assert (await shelf.ask("statistics")).total == 1_500


_TAGS = (
    *(
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "sv",
        "da",
        "nb",
        "fi",
        "hu",
        "ro",
        "ru",
        "tr",
        "el",
        "ar",
        "hi",
    ),
    *("zh", "ja", "ko", "th", "vi", "pl", "cs", "sk", "uk", "bg", "fa", "he", "id", "ms", "ca", "eu", "ga"),
)
_ODD = {
    "NUL": course(100, "Nul\0title good", "Nul\0text"),
    "lone surrogate": course(101, "Lone \ud800 title good"),
    "lone surrogate in a code": course(102, "Good", codes=("A\udfff",)),
    "endless code": course(103, "Good", codes=("x" * 100_000,)),
    "endless facet": course(104, "Good", facets={Facet.ORG_UNIT: ("y" * 100_000,)}),
    "endless token": course(105, "Good", audience={"members", "z" * 100_000}),
    "endless word": course(106, "Good", "w" * 300_000),
    "endless title": course(107, "Good " + "title words " * 20_000),
    "no such latitude": course(108, "Good", point=Point(95.0, 10.0)),
    "no number": course(109, "Good", point=Point(float("nan"), float("inf"))),
    "no title": course(110, {}, ""),
    "blank title": course(111, {"en": " "}, {"de": ""}),
    "odd tag": course(112, {"x-klingon": "Good", "": "Good", "en": "Good"}),
    "popular beyond measure": course(113, "Good", popularity=2**63 - 1),
    "less than popular": course(114, "Good", popularity=-5),
}


@pytest.mark.parametrize("odd", sorted(_ODD))
async def test_an_odd_document_is_found_or_refused_and_spoils_nothing(shelf: Shelf, odd: str) -> None:
    good = [Put(course(n, "Good"), 1) for n in range(1, 6)]
    refused = await shelf.store(*good[:2], Put(_ODD[odd], 1), *good[2:], Remove(ref(9), 1))
    assert {one.reference for one in refused} <= {_ODD[odd].reference}
    assert all(one.why for one in refused)
    found = set(await shelf.found("good", first=100))
    assert found >= {1, 2, 3, 4, 5}
    everything = {one.reference for one in await shelf.listed()}
    assert (_ODD[odd].reference in everything) is not bool(refused)


async def test_a_document_is_refused_every_time(shelf: Shelf) -> None:
    endless = _ODD["no number"]
    one = await shelf.store(Put(endless, 1))
    assert [each.reference for each in await shelf.store(Put(endless, 2))] == [each.reference for each in one]


async def test_a_refusal_names_no_content(shelf: Shelf) -> None:
    refused = await shelf.store(*(Put(one, 1) for one in _ODD.values()))
    for one in refused:
        assert "Good" not in one.why
        assert "xxxx" not in one.why


async def test_a_big_document_is_found_by_its_last_word(shelf: Shelf) -> None:
    words = " ".join(f"word{n}" for n in range(10_000))
    await shelf.put(course(1, "Big", f"{words} quetzalcoatl"), course(2, "Small"))
    answer = await shelf.ask("quetzalcoatl")
    assert [hit.reference.id for hit in answer.hits] == [1]


async def test_a_document_of_many_languages_is_found_in_each(shelf: Shelf) -> None:
    titles = {tag: f"Wort{n}x" for n, tag in enumerate(_TAGS)}
    await shelf.put(course(1, titles), course(2, "Else"))
    for tag, title in titles.items():
        assert await shelf.found(title, language=tag) == [1], tag


async def test_what_is_listed_is_what_is_stored_in_order(shelf: Shelf, other_shelf: Shelf) -> None:
    references = [
        Reference(kind, id_)
        for kind in (Kind.USER, Kind.COURSE, Kind.ORG_UNIT)
        for id_ in (100, 9, 10, 2**60, 2**60 + 1)
    ]
    documents = {one: document(one, f"Title {one.id}") for one in references}
    await shelf.put(*documents.values(), version=3)
    await other_shelf.put(course(1, "Else"))
    for limit in (1, 4, 100):
        stored = await shelf.listed(limit=limit)
        assert [one.reference for one in stored] == sorted(references)
        assert {one.digest for one in stored} == {digest(one) for one in documents.values()}
        assert all(one.digest == digest(documents[one.reference]) for one in stored)
        assert {one.version for one in stored} == {3}


async def test_the_forgotten_are_gone_and_others_may_come(shelf: Shelf) -> None:
    await shelf.put(course(1, "Quetzalcoatl"), document(ref(2, Kind.USER), "Statistics"), version=3)
    await shelf.engine.forget(shelf.collection)
    await shelf.engine.refresh()
    assert await shelf.found() == []
    assert await shelf.listed() == []
    assert await shelf.suggested("quetz") == []
    assert (await shelf.ask("quetzalcoatk")).did_you_mean is None
    await shelf.put(course(1, "Poetry"), version=4)
    assert await shelf.found("poetry") == [1]


async def test_preparing_again_loses_nothing(shelf: Shelf) -> None:
    await shelf.put(course(1, "Statistics"))
    await shelf.engine.prepare()
    await shelf.engine.prepare()
    assert await shelf.found("statistics", reader=Audience(frozenset({"members"}))) == [1]
