"""What institutions publish to each other: a set of its own, in which every document says whose it is."""

from datetime import date
from typing import Any

from search.model import (
    Answer,
    Audience,
    Document,
    Facet,
    Hit,
    Kind,
    Point,
    Prefix,
    Published,
    Put,
    Query,
    Reference,
    Remove,
    Sort,
)
from tests.integration.search.conformance.shelves import Shelf, audience, course, ids, listed, ref

_EVERYBODY = audience("public")


def _published(id_: int, title: str, slug: str, **more: Any) -> Document:
    facets = {Facet.INSTITUTION: (slug,), Facet.COUNTRY: ("DE",), **more.pop("facets", {})}
    return course(id_, title, audience={"public"}, facets=facets, url=f"https://{slug}.example/{id_}", **more)


async def _ask(shelf: Shelf, text: str = "", reader: Audience = _EVERYBODY, **asked: Any) -> Answer:
    return await shelf.engine.search(Published(), Query(text, **{"languages": ("en",), **asked}), reader)


def _whose(hits: tuple[Hit, ...]) -> list[tuple[str, int]]:
    return [(hit.published.institution, hit.reference.id) for hit in hits if hit.published]


async def test_the_published_and_the_private_are_apart(shelf: Shelf) -> None:
    slug = shelf.tenant.slug
    await shelf.put(
        course(1, "Statistics", audience={"public"}), course(3, "Quetzalcoatl", audience={"public"})
    )
    await shelf.put(_published(2, "Statistics", slug), _published(4, "Tezcatlipoca", slug), published=True)
    assert await shelf.found("statistics", reader=_EVERYBODY) == [1]
    assert _whose((await _ask(shelf, "statistics")).hits) == [(slug, 2)]
    assert (await shelf.ask("tezcatlipoka", reader=_EVERYBODY)).did_you_mean is None
    assert (await _ask(shelf, "quetzalcoatk")).did_you_mean is None
    assert await shelf.suggested("tez", reader=_EVERYBODY) == []
    assert list(await shelf.engine.suggest(Published(), Prefix("quetz"), _EVERYBODY)) == []
    (suggested,) = await shelf.engine.suggest(Published(), Prefix("tez"), _EVERYBODY)
    assert (suggested.reference, suggested.institution) == (ref(4), slug)


async def test_a_published_hit_holds_what_is_shown_of_it(shelf: Shelf) -> None:
    slug, point, day = shelf.tenant.slug, Point(48.5, 11.25), date(2026, 10, 1)
    document = _published(
        2**60, "Statistics", slug, point=point, starts_on=day, facets={Facet.LEVEL: ("6", "7")}
    )
    await shelf.put(document, published=True)
    (hit,) = (await _ask(shelf, "statistics")).hits
    assert hit.published is not None
    shown = hit.published
    assert (shown.institution, dict(shown.titles), shown.url) == (slug, {"en": "Statistics"}, document.url)
    assert (shown.point, shown.starts_on) == (point, day)
    for facet, values in document.facets.items():
        assert tuple(shown.facets[facet]) == values
    assert hit.reference == ref(2**60)


async def test_a_private_hit_holds_nothing_but_its_reference(shelf: Shelf) -> None:
    await shelf.put(course(1, "Statistics"))
    (hit,) = (await shelf.ask("statistics")).hits
    assert hit.published is None


async def test_the_same_reference_of_two_publishers_is_two_documents(
    shelf: Shelf, other_shelf: Shelf
) -> None:
    both = (shelf, other_shelf)
    for one in both:
        await one.put(*(_published(n, "Statistics", one.tenant.slug) for n in range(1, 6)), published=True)
    wanted = {(one.tenant.slug, n) for one in both for n in range(1, 6)}
    for sort in (Sort.RELEVANCE, Sort.TITLE, Sort.START, Sort.DISTANCE):
        for first in (1, 3, 100):
            found, cursor = [], None
            while True:
                answer = await _ask(
                    shelf, "statistics", first=first, after=cursor, sort=sort, near=Point(0, 0)
                )
                found += _whose(answer.hits)
                assert answer.total == 10
                if not answer.has_next:
                    break
                cursor = answer.hits[-1].cursor
            assert len(found) == len(set(found))
            assert set(found) == wanted
    assert {
        one.count for one in (await _ask(shelf, facets=(Facet.INSTITUTION,))).facets[Facet.INSTITUTION]
    } == {5}


async def test_publishers_change_only_their_own(shelf: Shelf, other_shelf: Shelf) -> None:
    for one in (shelf, other_shelf):
        await one.put(*(_published(n, "Statistics", one.tenant.slug) for n in (1, 2)), published=True)
    mine, theirs = shelf.tenant.slug, other_shelf.tenant.slug
    await shelf.engine.store(shelf.publishing, [Remove(ref(1), 2)])
    await shelf.engine.store(shelf.publishing, [Put(_published(2, "Numbers", mine), 2)])
    await shelf.engine.refresh()
    assert sorted(_whose((await _ask(shelf, "statistics")).hits)) == [(theirs, 1), (theirs, 2)]
    assert _whose((await _ask(shelf, "numbers")).hits) == [(mine, 2)]
    assert [one.reference for one in await listed(shelf.engine, shelf.publishing)] == [ref(2)]
    assert [one.reference for one in await listed(shelf.engine, other_shelf.publishing)] == [ref(1), ref(2)]
    await shelf.engine.forget(other_shelf.publishing)
    await shelf.engine.refresh()
    assert _whose((await _ask(shelf)).hits) == [(mine, 2)]


async def test_forgetting_the_private_keeps_the_published(shelf: Shelf) -> None:
    await shelf.put(course(1, "Statistics", audience={"public"}))
    await shelf.put(_published(1, "Statistics", shelf.tenant.slug), published=True)
    await shelf.engine.forget(shelf.collection)
    await shelf.engine.refresh()
    assert await shelf.found("statistics", reader=_EVERYBODY) == []
    assert (await _ask(shelf, "statistics")).total == 1


async def test_the_published_are_for_their_audience(shelf: Shelf) -> None:
    slug = shelf.tenant.slug
    members = Document(Reference(Kind.OFFERING, 2), {"en": "Statistics"}, audience=frozenset({"members"}))
    await shelf.put(_published(1, "Statistics", slug), members, published=True)
    answer = await _ask(shelf, "statistics", facets=(Facet.KIND,))
    assert (ids(answer), answer.total) == ([1], 1)
    assert [one.value for one in answer.facets[Facet.KIND]] == ["course"]
    assert (await _ask(shelf, "statistics", audience("public", "members"))).total == 2


async def test_the_published_are_filtered_by_place_and_country(shelf: Shelf, other_shelf: Shelf) -> None:
    berlin, tokyo = Point(52.5, 13.4), Point(35.7, 139.8)
    await shelf.put(_published(1, "Statistics", shelf.tenant.slug, point=berlin), published=True)
    await other_shelf.put(
        _published(1, "Statistics", other_shelf.tenant.slug, point=tokyo, facets={Facet.COUNTRY: ("JP",)}),
        published=True,
    )
    near = await _ask(shelf, "statistics", near=berlin, within=10_000.0)
    assert _whose(near.hits) == [(shelf.tenant.slug, 1)]
    japan = await _ask(shelf, filters={Facet.COUNTRY: frozenset({"JP"})}, facets=(Facet.COUNTRY,))
    assert _whose(japan.hits) == [(other_shelf.tenant.slug, 1)]
    assert {one.value: one.count for one in japan.facets[Facet.COUNTRY]} == {"DE": 1, "JP": 1}
