"""An index that does not hold what there is fills by itself."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from academic.courses.courses import NewCourse, archive_course, create_course
from kernel.outbox.batches import UnableToHandle
from search.engine import SearchUnavailable
from search.indexing import fanouts, losses
from search.indexing.claiming import Claims
from search.indexing.dependents import STAGES, first_of_all
from search.indexing.fanouts import Fanouts, put_off
from search.indexing.filling import AlreadyBuilding, is_noted_filled
from search.indexing.losses import is_lost
from search.indexing.meaning import Cause, Fanout
from search.model import Facet, Institution, Kind, Stored
from tenants.model import Tenant
from tests.integration.search.indexing.libraries import NAME, Library, described_as
from tests.integration.search.indexing.memory import MemoryEngine, Shelves
from tests.integration.search.indexing.test_consumer import rename
from tests.statements import counted_statements


async def test_a_full_index_is_left_alone(library: Library) -> None:
    before = library.engine.shelves
    assert not await library.filling.look()
    assert library.engine.shelves is before


async def test_a_look_asks_little_of_an_institution(library: Library) -> None:
    """Its rows are found by one statement, and read by one for each kind."""
    tenant = library.world["alpha"].tenant
    with counted_statements() as statements:
        assert not await is_lost(library.engine, library.indexer.door, [tenant])
    assert len(statements) <= 7 + len(Kind), statements


async def test_an_institution_is_judged_by_what_an_engine_lists_first(library: Library) -> None:
    tenant = library.world["alpha"].tenant
    listed = await library.engine.listed(Institution(tenant), after=None, limit=1_000)
    assert {one.reference.kind for one in listed} >= {Kind.COURSE, Kind.OFFERING, Kind.ORG_UNIT, Kind.USER}
    async with library.world.door.read(tenant) as driver:
        found = await first_of_all(driver, tenant.id, 1_000)
        assert await first_of_all(driver, tenant.id, 3) == found[:3]
    assert found == sorted(found)
    assert {one.reference for one in listed} <= set(found)


async def test_another_engine_is_filled(library: Library) -> None:
    library.engine.shelves = Shelves()
    object.__setattr__(library.filling, "name", "another")
    assert await library.filling.look()
    assert library.has(Kind.COURSE, "course:1")
    assert not await library.filling.look()


async def test_an_index_that_was_lost_is_filled_again(library: Library) -> None:
    await library.filling.look()
    library.engine.shelves = Shelves()
    assert await library.filling.look()
    assert library.has(Kind.COURSE, "course:1", "beta")


async def test_an_engine_that_is_away_is_not_taken_for_a_lost_index(library: Library) -> None:
    before = library.engine.building
    library.engine.is_away = True
    for _ in range(3):
        with pytest.raises(SearchUnavailable):
            await library.filling.look()
    library.engine.is_away = False
    assert not await library.filling.look()
    assert library.engine.building is before


async def test_an_engine_without_an_index_gets_one_at_once(library: Library) -> None:
    library.engine.has_index = False
    assert await library.filling.look()
    assert library.has(Kind.COURSE, "course:1", "beta")


async def test_an_index_that_is_gone_is_built_however_much_waits(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The consumer cannot go on without one."""
    monkeypatch.setattr(losses, "_UNHEARD", 0)
    for slug in library.world.institutions:
        await rename(library, "course:1", "Renamed meanwhile", at=slug)
    library.engine.has_index = False
    assert await library.filling.look()


async def test_an_index_that_never_answers_is_built_anew_after_a_while(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be asked, but another one can be built."""

    async def broken(*_: object, **__: object) -> Sequence[Stored]:
        raise SearchUnavailable("all shards failed")

    monkeypatch.setattr(MemoryEngine, "listed", broken)
    with pytest.raises(SearchUnavailable):
        await library.filling.look()
    library.filling.patience = 0.0
    assert await library.filling.look()


async def test_what_the_consumer_has_not_come_to_is_not_taken_for_lost(library: Library) -> None:
    """An import of most of what an institution has."""
    before, world = library.engine.building, library.world
    unit = world["alpha"].number("faculty")
    async with world.door.write(world.as_system("alpha")) as tx:
        courses = [
            await create_course(
                tx,
                course=NewCourse(
                    org_unit_id=unit, code=f"I{n}", title={"en": f"Imported {n}"}, visibility="public"
                ),
            )
            for n in range(60)
        ]
    assert not await library.filling.look()
    await library.number()
    assert not await library.filling.look()
    await library.catch_up()
    async with world.door.write(world.as_system("alpha")) as tx:
        for course in courses:
            await archive_course(tx, course_id=course)
    assert not await library.filling.look()
    assert library.engine.building is before


async def test_an_index_that_was_lost_is_filled_again_while_things_happen(library: Library) -> None:
    library.engine.shelves = Shelves()
    await rename(library, "course:1", "Renamed meanwhile")
    assert await library.filling.look()


async def test_what_is_refused_is_not_taken_for_lost(library: Library) -> None:
    library.engine.unfit = lambda document: True
    await library.rebuilding().run()
    before = library.engine.building
    assert not await library.filling.look()
    assert library.engine.building is before


async def test_only_one_builds(library: Library) -> None:
    async with library.filling.alone():
        with pytest.raises(AlreadyBuilding):
            await library.filling.rebuild()
    await library.filling.rebuild()


async def test_documents_follow_what_the_directory_says(library: Library) -> None:
    await library.filling.look()
    for values, is_published in (
        ({"country": "MA", "latitude": 34.0, "longitude": -6.8}, True),
        ({"status": "suspended"}, False),
        ({"status": "active"}, True),
    ):
        await described_as(library, "gamma", **values)
        await library.filling.look()
        await library.catch_up()
        document = library.document(Kind.COURSE, "course:1", "gamma")
        assert document.facets[Facet.COUNTRY] == ("MA",)
        assert document.point is not None
        assert (library.published(Kind.COURSE, "course:1", "gamma") is not None) is is_published


async def test_nobody_writes_with_an_old_standing_what_they_remember_of_an_institution(
    library: Library,
) -> None:
    """Who fills knows of a change before those who write do: they remember institutions for a while."""
    await library.filling.look()
    remembered = library.world["gamma"].tenant

    async def by_id(_tenant_id: int) -> Tenant | None:
        return remembered

    working = Fanouts(library.indexer, library.engine, by_id)
    try:
        await described_as(library, "gamma", status="suspended")
        await library.filling.look()
        for shard in library.shards.values():
            while await working.work_due(shard):
                pass
        assert library.published(Kind.COURSE, "course:1", "gamma") is None
    finally:
        await described_as(library, "gamma", status="active")


async def test_what_is_worked_off_with_its_last_page_is_over(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is not, nobody gets a total."""
    monkeypatch.setattr(
        fanouts, "_PAGES", len(STAGES[Cause.TENANT])
    )  # a page of each list, and there is no more
    tenant = library.world["alpha"].tenant
    await put_off(library.indexer.door, tenant, [Fanout(Cause.TENANT, tenant.id)])
    assert await library.fanouts.work_due(library.shards["one"]) == 1
    assert (await library.waiting()).is_complete


async def test_the_consumer_goes_on_once_there_is_an_index(library: Library) -> None:
    await rename(library, "course:1", "Written for no index")
    library.engine.has_index = False
    for _ in range(2):
        with pytest.raises(UnableToHandle):
            await library.catch_up()
    library.engine.has_index = True
    await library.catch_up()
    document = library.document(Kind.COURSE, "course:1")
    assert document.titles == {"en": "Written for no index"}


async def test_an_index_that_was_left_for_another_engines_is_filled_anew(library: Library) -> None:
    """Also where the other's was never filled: what changed meanwhile was told to it."""
    shards = library.shards
    await Claims("another", lambda: shards).claim("one")
    given = [one.tenant for one in library.world.institutions.values()]
    assert not await is_noted_filled(shards, given, NAME)
    again = replace(library.filling, claims=Claims(NAME, lambda: shards))
    assert await again.look()
    assert await is_noted_filled(shards, given, NAME)
    assert not await again.look()


async def test_who_claimed_a_shard_once_claims_it_no_more(library: Library) -> None:
    """A process with another engine is about to end, and must not take back what its successor filled."""
    shards, before = library.shards, Claims("another", lambda: library.shards)
    await before.claim("one")
    assert await replace(library.filling, claims=Claims(NAME, lambda: shards)).look()
    await before.claim("one")
    assert await is_noted_filled(shards, [one.tenant for one in library.world.institutions.values()], NAME)


async def test_what_is_filled_is_known_before_a_worker_looks(library: Library) -> None:
    given = [one.tenant for one in library.world.institutions.values()]
    assert await is_noted_filled(library.shards, given, NAME)
    assert not await is_noted_filled(library.shards, given, "another")
