"""A new index takes the place of the old one: with everything in it, or not at all."""

import asyncio

import pytest
from sqlalchemy import delete, text

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.outbox.tables import outbox
from search.engine import SearchUnavailable
from search.indexing.filling import AlreadyBuilding
from search.indexing.patience import Patience
from search.indexing.queue import CONSUMER, EventsGone, run
from search.indexing.replaying import Replayer
from search.model import Kind, Reference
from tests.fediverse import person
from tests.integration.posts.acting import posts
from tests.integration.search.indexing.libraries import NAME, Library, described_as
from tests.integration.search.indexing.memory import MemoryBuilding, Shelves
from tests.integration.search.indexing.test_consumer import rename


async def test_all_institutions_of_all_shards_are_in_it(library: Library) -> None:
    library.engine.shelves = Shelves()
    progress = await library.rebuilding().run()
    assert progress.institutions == progress.of_institutions == 3
    assert progress.rows >= 54
    for slug in ("alpha", "beta", "gamma"):
        assert library.has(Kind.COURSE, "course:1", slug)
        assert library.published(Kind.COURSE, "course:1", slug) is not None
    for shard in library.shards.values():
        (noted,) = await run(shard, "filling")
        assert (noted["engine"], noted["replay_after"]) == (NAME, None)


async def test_what_happens_while_it_is_built_is_in_it(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old index hears of it, the position goes on: only a replay brings it into the new one."""
    begun, happened = asyncio.Event(), asyncio.Event()
    stored = MemoryBuilding.store

    async def store_slowly(building: MemoryBuilding, *given: object) -> object:
        begun.set()
        result = await stored(building, *given)  # type: ignore[arg-type]
        await happened.wait()
        return result

    monkeypatch.setattr(MemoryBuilding, "store", store_slowly)
    building = asyncio.create_task(library.rebuilding().run())
    await begun.wait()
    await rename(library, "course:1", "While it was built")
    post_id = await posts(await person(library.world), "While it was built")
    await library.catch_up()
    happened.set()
    progress = await building
    document = library.document(Kind.COURSE, "course:1")
    assert document.titles == {"en": "While it was built"}
    assert library.holds(Reference(Kind.POST, post_id))
    assert progress.events >= 2


async def test_who_is_suspended_while_it_is_built_is_not_in_its_published_set(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    await library.filling.look()  # notes how institutions are described
    begun, happened = asyncio.Event(), asyncio.Event()
    stored = MemoryBuilding.store

    async def store_slowly(building: MemoryBuilding, *given: object) -> object:
        begun.set()
        result = await stored(building, *given)  # type: ignore[arg-type]
        await happened.wait()
        return result

    monkeypatch.setattr(MemoryBuilding, "store", store_slowly)
    building = asyncio.create_task(library.rebuilding().run())
    await begun.wait()
    try:
        await described_as(library, "alpha", status="suspended")
        await library.filling.look()
        await library.catch_up()  # the old index hears of it
        happened.set()
        await building
        assert library.published(Kind.COURSE, "course:1") is None
        assert library.has(Kind.COURSE, "course:1")
    finally:
        await described_as(library, "alpha", status="active")


async def test_who_is_suspended_at_the_last_moment_leaves_the_published_set(library: Library) -> None:
    await library.filling.look()
    finished = MemoryBuilding.finish

    async def finish(building: MemoryBuilding) -> None:
        await described_as(library, "alpha", status="suspended")
        with pytest.raises(AlreadyBuilding):
            await library.filling.look()  # another worker's
        await library.catch_up()
        await finished(building)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryBuilding, "finish", finish)
        await library.filling.rebuild()
    try:
        assert library.published(Kind.COURSE, "course:1") is not None
        await library.filling.look()
        await library.catch_up()
        assert library.published(Kind.COURSE, "course:1") is None
    finally:
        await described_as(library, "alpha", status="active")


async def test_what_the_old_index_hears_at_the_last_moment_is_heard_by_the_new_one(library: Library) -> None:
    rebuilding = library.rebuilding()
    finished = MemoryBuilding.finish

    async def finish(building: MemoryBuilding) -> None:
        await rename(library, "course:1", "At the last moment")
        await library.catch_up()  # into the old one
        waiting = await library.waiting()
        reference = Reference(Kind.COURSE, library.world["alpha"].number("course:1"))
        assert reference in waiting.references  # nobody is told that the index has heard of it
        await finished(building)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryBuilding, "finish", finish)
        await rebuilding.run()
    document = library.document(Kind.COURSE, "course:1")
    assert document.titles == {"en": "At the last moment"}
    assert not (await library.waiting()).references


async def test_one_that_dies_after_the_swap_is_ended_by_a_worker(library: Library) -> None:
    finished = MemoryBuilding.finish

    async def finish(building: MemoryBuilding) -> None:
        await rename(library, "course:1", "Before it died")
        await library.catch_up()
        await finished(building)
        raise asyncio.CancelledError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryBuilding, "finish", finish)
        with pytest.raises(asyncio.CancelledError):
            await library.rebuilding().run()
    stale = library.document(Kind.COURSE, "course:1")
    assert stale.titles != {"en": "Before it died"}
    assert not await library.filling.look()  # it need not be built again
    document = library.document(Kind.COURSE, "course:1")
    assert document.titles == {"en": "Before it died"}
    assert not (await library.waiting()).references


async def test_one_that_fails_changes_nothing(library: Library) -> None:
    before = library.engine.shelves
    stored = MemoryBuilding.store

    async def fail(building: MemoryBuilding, *given: object) -> object:
        await stored(building, *given)  # type: ignore[arg-type]
        raise SearchUnavailable("the disk is full")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryBuilding, "store", fail)
        with pytest.raises(SearchUnavailable):
            await library.rebuilding().run()
    assert library.engine.building is not None
    assert library.engine.building.is_abandoned
    assert library.engine.shelves is before
    (noted,) = await run(library.shards["one"], "filling")
    assert noted["replay_after"] is None


async def test_one_goes_on_after_a_moment_of_trouble(library: Library) -> None:
    """What was stored before the trouble is stored once more; nobody else began meanwhile."""
    stored, replayed = MemoryBuilding.store, Replayer.handle
    troubles, asked = [SearchUnavailable("too busy"), OSError("cut off")], []

    async def in_trouble(building: MemoryBuilding, *given: object) -> object:
        result = await stored(building, *given)  # type: ignore[arg-type]
        if len(troubles) > 1:
            raise troubles.pop()
        return result

    async def interrupted(replayer: Replayer, *given: object) -> None:
        await replayed(replayer, *given)  # type: ignore[arg-type]
        if troubles:
            raise troubles.pop()

    async def still_alone() -> None:
        asked.append(True)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryBuilding, "store", in_trouble)
        patched.setattr(Replayer, "handle", interrupted)
        await library.rebuilding(Patience(still_alone=still_alone)).run()
    assert len(asked) == 2
    assert library.has(Kind.COURSE, "course:1")


async def test_one_that_is_no_longer_alone_ends(library: Library) -> None:
    async def fail(_building: MemoryBuilding, *_given: object) -> object:
        raise SearchUnavailable("too busy")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryBuilding, "store", fail)
        async with library.filling.alone() as still_alone:
            await still_alone()
            await _cut_off(library)
            with pytest.raises(DATABASE_TROUBLE):
                await library.rebuilding(Patience(still_alone=still_alone)).run()
    assert library.engine.building is not None
    assert library.engine.building.is_abandoned


async def _cut_off(library: Library) -> None:
    """Ends the session of whoever has the right to build."""
    # The server is shared: those of other databases are other tests'.
    holders = """
        select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()
        and database = (select oid from pg_database where datname = current_database())
    """
    async with library.directory_engine.connect() as connection:
        await connection.execute(text(holders))


async def test_it_is_abandoned_where_events_are_no_longer_kept(library: Library) -> None:
    """It took longer than the outbox keeps what happened."""
    stored, turns = MemoryBuilding.store, iter([True])

    async def forget_events(building: MemoryBuilding, *given: object) -> object:
        if next(turns, False):
            await rename(library, "course:1", "Meanwhile")
            await library.catch_up()
            async with library.shards["one"].begin() as connection:
                await connection.execute(delete(outbox))
        return await stored(building, *given)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryBuilding, "store", forget_events)
        with pytest.raises(EventsGone):
            await library.rebuilding().run()
    assert library.engine.building is not None
    assert library.engine.building.is_abandoned


async def test_the_consumer_keeps_events_that_it_has_not_handled(library: Library) -> None:
    async with library.shards["one"].connect() as connection:
        known = text("select count(*) from fediflow.outbox_consumers where name = :name")
        assert (await connection.execute(known, {"name": CONSUMER})).scalar_one() == 1
