"""A new index is built beside the one that answers, and takes its place at once."""

import asyncio

from search.model import Published, Query
from tests.integration.search.conformance.shelves import Shelf, audience, course, fill, ids, listed, ref
from tests.integration.search.engines import Opened

_OLD, _NEW = [1, 2, 3], [4, 5]
_SWITCHED_WITHIN = 240.0  # seconds: a loaded machine is slow


async def _old(shelf: Shelf) -> None:
    await shelf.put(*(course(n, "Statistics") for n in _OLD))
    await shelf.put(*(course(n, "Statistics", audience={"public"}) for n in _OLD), published=True)


async def _published(shelf: Shelf) -> list[int]:
    answer = await shelf.engine.search(
        Published(), Query("statistics", languages=("en",)), audience("public")
    )
    return sorted(ids(answer))


async def test_what_is_being_built_is_not_found_until_it_is_finished(lone_shelf: Shelf) -> None:
    shelf = lone_shelf
    await _old(shelf)
    building = await shelf.engine.build()
    await fill(building, shelf.collection, *(course(n, "Statistics") for n in _NEW))
    await fill(building, shelf.publishing, *(course(n, "Statistics", audience={"public"}) for n in _NEW))
    await shelf.engine.refresh()
    assert sorted(await shelf.found("statistics")) == _OLD
    assert await _published(shelf) == _OLD
    assert len(await shelf.listed()) == 3
    await building.finish()
    await shelf.engine.refresh()
    assert sorted(await shelf.found("statistics")) == _NEW
    assert await _published(shelf) == _NEW
    assert [one.reference for one in await shelf.listed()] == [ref(n) for n in _NEW]
    assert [one.reference for one in await listed(shelf.engine, shelf.publishing)] == [ref(n) for n in _NEW]


async def test_words_of_the_dropped_index_are_forgotten(lone_shelf: Shelf) -> None:
    await lone_shelf.put(course(1, "Quetzalcoatl"))
    building = await lone_shelf.engine.build()
    await fill(building, lone_shelf.collection, course(2, "Tezcatlipoca"))
    assert (await lone_shelf.ask("tezcatlipoka")).did_you_mean is None
    assert await lone_shelf.suggested("tez") == []
    await building.finish()
    await lone_shelf.engine.refresh()
    assert (await lone_shelf.ask("quetzalcoatk")).did_you_mean is None
    assert await lone_shelf.suggested("quetz") == []
    assert len(await lone_shelf.suggested("tez")) == 1


async def test_what_is_stored_meanwhile_is_found_at_once(lone_shelf: Shelf) -> None:
    await _old(lone_shelf)
    building = await lone_shelf.engine.build()
    await lone_shelf.put(course(9, "Statistics"))
    assert sorted(await lone_shelf.found("statistics")) == [*_OLD, 9]
    await fill(building, lone_shelf.collection, course(4, "Statistics"))
    await building.finish()
    await lone_shelf.put(course(10, "Statistics"))
    assert sorted(await lone_shelf.found("statistics")) == [4, 10]


async def test_an_abandoned_building_changes_nothing(lone_shelf: Shelf) -> None:
    await _old(lone_shelf)
    building = await lone_shelf.engine.build()
    await fill(building, lone_shelf.collection, course(4, "Statistics"))
    await building.forget(lone_shelf.collection)
    await building.abandon()
    await lone_shelf.engine.refresh()
    assert sorted(await lone_shelf.found("statistics")) == _OLD
    assert await _published(lone_shelf) == _OLD


async def test_what_an_interrupted_building_left_is_dropped(lone_shelf: Shelf) -> None:
    await _old(lone_shelf)
    left = await lone_shelf.engine.build()
    await fill(left, lone_shelf.collection, course(7, "Statistics"))
    building = await lone_shelf.engine.build()
    await fill(building, lone_shelf.collection, course(4, "Statistics"))
    await building.finish()
    await lone_shelf.engine.refresh()
    assert await lone_shelf.found("statistics") == [4]


async def test_a_building_heeds_versions(lone_shelf: Shelf) -> None:
    await lone_shelf.put(course(1, "Oldest"), version=9)
    building = await lone_shelf.engine.build()
    await fill(building, lone_shelf.collection, course(1, "Newer"), version=5)
    await fill(building, lone_shelf.collection, course(1, "Older"), version=4)
    await building.finish()
    await lone_shelf.engine.refresh()
    assert await lone_shelf.found("newer") == [1]
    assert await lone_shelf.found("older") == []


async def test_what_a_building_forgot_is_not_there(lone_shelf: Shelf) -> None:
    building = await lone_shelf.engine.build()
    await fill(building, lone_shelf.collection, course(1, "Statistics"))
    await building.forget(lone_shelf.collection)
    await building.finish()
    await lone_shelf.engine.refresh()
    assert await lone_shelf.found() == []


async def test_one_building_after_the_other(lone_shelf: Shelf) -> None:
    for n in range(1, 4):
        building = await lone_shelf.engine.build()
        await fill(building, lone_shelf.collection, course(n, "Statistics"))
        await building.finish()
        await lone_shelf.engine.refresh()
        assert await lone_shelf.found("statistics") == [n]


async def test_no_query_meets_both_or_neither(lone_shelf: Shelf) -> None:
    shelf = lone_shelf
    await _old(shelf)
    seen: list[list[int]] = []

    async def ask() -> None:
        """Until it has seen the new index for a while."""
        while seen[-5:] != [_NEW] * 5:
            seen.append(sorted(await shelf.found("statistics")))

    async def build() -> None:
        building = await shelf.engine.build()
        await fill(building, shelf.collection, *(course(n, "Statistics") for n in _NEW))
        await building.finish()

    async with asyncio.timeout(_SWITCHED_WITHIN), asyncio.TaskGroup() as group:
        for work in (build(), ask(), ask(), ask()):
            group.create_task(work)
    assert seen[0] == _OLD
    assert seen[-1] == _NEW
    assert [one for one in seen if one not in (_OLD, _NEW)] == []


async def test_other_processes_answer_from_the_new_index(lone: Opened, lone_shelf: Shelf) -> None:
    async with lone.again() as other:
        elsewhere = Shelf(other, lone_shelf.tenant)
        await _old(lone_shelf)
        assert sorted(await elsewhere.found("statistics")) == _OLD
        building = await lone_shelf.engine.build()
        await fill(building, lone_shelf.collection, *(course(n, "Statistics") for n in _NEW))
        await building.finish()
        await lone_shelf.engine.refresh()
        assert sorted(await elsewhere.found("statistics")) == _NEW
        await elsewhere.put(course(6, "Statistics"))
        assert sorted(await lone_shelf.found("statistics")) == [*_NEW, 6]
