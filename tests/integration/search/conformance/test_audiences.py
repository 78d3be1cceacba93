"""Who does not hold a document's token learns nothing of it; nor does anybody outside the institution."""

from search.model import Audience, Document, Facet
from tests.integration.search.conformance.shelves import Shelf, audience, course, ids, ref


def _levelled(id_: int, *tokens: str, level: str = "6") -> Document:
    return course(id_, "Statistics", facets={Facet.LEVEL: (level,)}, audience=tokens)


async def test_one_of_the_tokens_is_enough(shelf: Shelf) -> None:
    await shelf.put(
        _levelled(1, "public", "members"),
        _levelled(2, "members"),
        _levelled(3, "catalog", "catalog:7", "course:3"),
        _levelled(4, "user:12"),
        _levelled(5),
    )
    for tokens, wanted in (
        (["public"], [1]),
        (["members"], [1, 2]),
        (["members", "catalog:7"], [1, 2, 3]),
        (["course:3", "user:12"], [3, 4]),
        (["course:33"], []),
        (["catalog:77"], []),
        (["user:1"], []),
        (["Members"], []),
        (["public members"], []),
    ):
        for text in ("", "statistics"):
            answer = await shelf.ask(text, reader=audience(*tokens))
            assert (sorted(ids(answer)), answer.total) == (wanted, len(wanted)), tokens


async def test_no_tokens_find_nothing(shelf: Shelf) -> None:
    await shelf.put(_levelled(1, "public"), _levelled(2, ""), _levelled(3))
    nobody = Audience(frozenset())
    answer = await shelf.ask("statistics", reader=nobody, facets=(Facet.LEVEL,), pinned=(ref(1),))
    assert (answer.hits, answer.total, answer.facets[Facet.LEVEL], answer.did_you_mean) == ((), 0, (), None)
    assert (await shelf.ask("statistiks", reader=nobody)).did_you_mean is None
    assert await shelf.suggested("stat", reader=nobody) == []


async def test_one_token_too_many_hides(shelf: Shelf) -> None:
    await shelf.put(_levelled(1, "public", "by:7", "host:bad.example"), _levelled(2, "public", "by:77"))
    for without, wanted in (
        (["by:7"], [2]),
        (["host:bad.example"], [2]),
        (["by:7", "by:77"], []),
        (["by:"], [1, 2]),
    ):
        answer = await shelf.ask(
            "statistics", reader=audience("public", without=without), facets=(Facet.LEVEL,)
        )
        assert (sorted(ids(answer)), answer.total) == (wanted, len(wanted))
        assert sum(one.count for one in answer.facets[Facet.LEVEL]) == len(wanted)


async def test_broad_and_narrow_tokens_are_alike_to_pages_totals_and_facets(shelf: Shelf) -> None:
    held = [
        ("public",),
        ("members",),
        ("public", "members", "by:1"),
        ("catalog", "catalog:7", "course:4"),
        ("users", "user:5"),
        ("by:1", "user:6"),
        ("members", "catalog"),
        (),
    ]
    levels = [{Facet.LEVEL: (str(number % 2),)} for number in range(len(held))]
    await shelf.put(
        *(
            course(number, "Statistics", facets=levels[number], audience=tokens)
            for number, tokens in enumerate(held)
        )
    )
    for tokens in (
        ("public",),
        ("members", "public"),
        ("catalog",),
        ("user:5",),
        ("users", "course:4"),
        ("no",),
    ):
        for without in ((), ("by:1",), ("members",), ("by:1", "user:6"), ("catalog", "user:5")):
            wanted = [
                number for number, own in enumerate(held) if {*own} & {*tokens} and not {*own} & {*without}
            ]
            for text in ("", "statistics"):
                for chosen in ({}, {Facet.LEVEL: frozenset({"1"})}):
                    answer = await shelf.ask(
                        text,
                        reader=audience(*tokens, without=without),
                        filters=chosen,
                        facets=(Facet.LEVEL, Facet.KIND),
                    )
                    passing = [number for number in wanted if number % 2 or not chosen]
                    assert (sorted(ids(answer)), answer.total) == (passing, len(passing)), (tokens, without)
                    assert sum(one.count for one in answer.facets[Facet.LEVEL]) == len(wanted)
                    assert sum(one.count for one in answer.facets[Facet.KIND]) == len(passing)


async def test_many_tokens_are_no_trouble(shelf: Shelf) -> None:
    await shelf.put(_levelled(1, *(f"catalog:{n}" for n in range(2_000))), _levelled(2, "course:7"))
    held = [f"course:{n}" for n in range(5_000)]
    reader = Audience(frozenset({"catalog:1999", *held}), frozenset(f"by:{n}" for n in range(2_000)))
    assert sorted(await shelf.found("statistics", reader=reader)) == [1, 2]


async def test_those_with_many_tokens_find_by_each_of_them(shelf: Shelf) -> None:
    everything = [f"taught:{number}" for number in range(300)]
    await shelf.put(
        *(course(n, "Law", audience={"users", *everything[n * 20 : n * 20 + 20]}) for n in range(1, 10))
    )
    others = [f"offering:{number}" for number in range(300)]
    for shared, wanted in ((everything[25], {1}), (everything[199], {9}), ("users", set(range(1, 10)))):
        reader = audience("public", *others, shared)
        assert set(await shelf.found("law", reader=reader)) == wanted
        assert set(await shelf.found(reader=reader)) == wanted
        assert {one.reference.id for one in await shelf.suggested("la", reader=reader, first=20)} == wanted
        hidden = audience("users", without=[*others, shared])
        assert set(await shelf.found("law", reader=hidden)) == set(range(1, 10)) - wanted


async def test_what_changed_since_is_neither_found_nor_counted(shelf: Shelf) -> None:
    await shelf.put(*(_levelled(n, "members", level=str(n % 2 + 6)) for n in range(1, 7)))
    without = frozenset({ref(2), ref(3), ref(99)})
    answer = await shelf.ask("statistics", without=without, facets=(Facet.LEVEL,))
    assert (sorted(ids(answer)), answer.total) == ([1, 4, 5, 6], 4)
    assert {one.value: one.count for one in answer.facets[Facet.LEVEL]} == {"7": 2, "6": 2}
    assert {one.reference.id for one in await shelf.suggested("stat", without=without)} == {1, 4, 5, 6}


async def test_a_thousand_changes_are_no_trouble(shelf: Shelf) -> None:
    await shelf.put(_levelled(1, "members"), _levelled(5_000, "members"))
    without = frozenset(ref(n) for n in range(1, 1_001))
    assert await shelf.found("statistics", without=without) == [5_000]


async def test_a_document_changes_its_audience(shelf: Shelf) -> None:
    await shelf.put(_levelled(1, "public"))
    await shelf.put(_levelled(1, "catalog"), version=2)
    assert await shelf.found("statistics", reader=audience("public")) == []
    assert await shelf.found("statistics", reader=audience("catalog")) == [1]


async def test_other_institutions_see_nothing_of_it(shelf: Shelf, other_shelf: Shelf) -> None:
    await shelf.put(_levelled(1, "public", level="6"), course(2, "Quetzalcoatl", audience={"public"}))
    await other_shelf.put(_levelled(1, "public", level="7"), _levelled(3, "public", level="7"))
    everybody = audience("public", "members", "catalog")
    for one, wanted, level in ((shelf, [1], "6"), (other_shelf, [1, 3], "7")):
        answer = await one.ask("statistics", reader=everybody, facets=(Facet.LEVEL,))
        assert (sorted(ids(answer)), answer.total) == (wanted, len(wanted))
        assert {each.value for each in answer.facets[Facet.LEVEL]} == {level}
    answer = await other_shelf.ask("quetzalcoatl", reader=everybody, pinned=(ref(2),))
    assert (answer.hits, answer.total, answer.did_you_mean) == ((), 0, None)
    assert (await other_shelf.ask("quetzalcoatk", reader=everybody)).did_you_mean is None
    assert await other_shelf.suggested("quetz", reader=everybody) == []
    assert [one.reference for one in await other_shelf.listed()] == [ref(1), ref(3)]


async def test_what_one_institution_removes_the_other_keeps(shelf: Shelf, other_shelf: Shelf) -> None:
    await shelf.put(_levelled(1, "public"))
    await other_shelf.put(_levelled(1, "public"), _levelled(2, "public"))
    await other_shelf.remove(ref(1), version=2)
    assert await shelf.found("statistics", reader=audience("public")) == [1]
    await shelf.engine.forget(shelf.collection)
    await shelf.engine.refresh()
    assert await shelf.found("statistics", reader=audience("public")) == []
    assert await other_shelf.found("statistics", reader=audience("public")) == [2]
