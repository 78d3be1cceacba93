"""Index and database are compared, and what differs is mended."""

from collections.abc import Mapping
from dataclasses import replace

from search.indexing.verifying import Finding
from search.model import Document, Institution, Kind, Published, Put, Reference, Remove
from tests.integration.search.indexing.libraries import Library
from tests.integration.search.indexing.test_consumer import rename


def _findings(counted: Mapping[tuple[Kind, Finding], int]) -> dict[tuple[Kind, Finding], int]:
    return {key: number for key, number in counted.items() if key[1] is not Finding.EQUAL}


async def _spoil(library: Library) -> None:
    """One is missing, one is another, one should not be there, and one is published that is not."""
    world = library.world["alpha"]
    institution, published = Institution(world.tenant), Published(world.tenant)
    missing, other = (Reference(Kind.COURSE, world.number(f"course:{n}")) for n in (1, 2))
    found = library.stored(other)
    left = Document(Reference(Kind.USER, 4711), {"und": "Nobody"})
    await library.engine.store(
        institution,
        [Remove(missing, 10**6), Put(replace(found, titles={"en": "Wrong"}), 10**6), Put(left, 0)],
    )
    await library.engine.store(published, [Put(found, 10**6)])
    _forget_versions(library)


def _forget_versions(library: Library) -> None:
    """As after a loss: what is stored is no newer than the database."""
    for shelf in library.engine.shelves.documents.values():
        for reference, (_, document) in list(shelf.items()):
            shelf[reference] = (0, document)


async def test_a_good_index_is_said_to_be_good(library: Library) -> None:
    verdict = await library.verifying().verify(library.world["alpha"].tenant)
    assert verdict.is_good
    assert verdict.own[Kind.COURSE, Finding.EQUAL] == 5
    assert _findings(verdict.own) == _findings(verdict.published) == {}


async def test_what_differs_is_told_and_mended(library: Library) -> None:
    tenant = library.world["alpha"].tenant
    await _spoil(library)
    expected = {
        (Kind.COURSE, Finding.MISSING): 1,
        (Kind.COURSE, Finding.DIFFERENT): 1,
        (Kind.USER, Finding.LEFT_OVER): 1,
    }
    for repairs in (False, True):
        verdict = await library.verifying(repairs=repairs).verify(tenant)
        assert _findings(verdict.own) == expected
        assert _findings(verdict.published) == {(Kind.COURSE, Finding.LEFT_OVER): 1}
        assert not verdict.is_good
    assert (await library.verifying().verify(tenant)).is_good


async def test_what_the_index_has_not_heard_of_is_no_fault(library: Library) -> None:
    await rename(library, "course:1", "Just now")
    verdict = await library.verifying(repairs=False).verify(library.world["alpha"].tenant)
    assert verdict.is_good
    assert _findings(verdict.own)[Kind.COURSE, Finding.WAITING] == 1


async def test_what_was_set_aside_is_tried_again(library: Library) -> None:
    tenant = library.world["alpha"].tenant
    library.engine.unfit = lambda document: document.titles.get("en") == "Odd"
    await rename(library, "course:1", "Odd")
    await library.catch_up()
    verdict = await library.verifying().verify(tenant)
    assert _findings(verdict.own) == {(kind, Finding.REFUSED): 1 for kind in (Kind.COURSE, Kind.OFFERING)}
    library.engine.unfit = lambda _document: False
    await library.verifying().verify(tenant)
    assert (await library.verifying().verify(tenant)).is_good
    assert library.has(Kind.COURSE, "course:1")


async def test_many_documents_are_compared_page_by_page(library: Library) -> None:
    """More in the index than a page holds, none of which the database has."""
    tenant = library.world["beta"].tenant
    left = [Put(Document(Reference(Kind.USER, number), {"und": "Nobody"}), 0) for number in range(1, 1_202)]
    await library.engine.store(Institution(tenant), left)
    verdict = await library.verifying().verify(tenant)
    assert _findings(verdict.own) == {(Kind.USER, Finding.LEFT_OVER): 1_201}
    assert (await library.verifying().verify(tenant)).is_good
