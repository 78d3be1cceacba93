"""Nobody is told of what they may not see any more at that moment, whether or not the index has heard of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import delete

from academic.courses.courses import CourseChanges, update_course
from search.indexing import waiting
from search.indexing.fanouts import Fanouts, put_off
from search.indexing.indexer import Indexer
from search.indexing.meaning import Cause, Fanout
from tenants.tables import role_assignments
from tests.integration.search.readers.looks import AT, LATER, Asked, Looking, set_status


async def test_what_was_hidden_before_the_look_is_neither_told_nor_counted(looking: Looking) -> None:
    await looking.save("student", "zirconium")
    before = await looking.told("student")
    hidden, shown = await looking.course("Zirconium", "Zirconium for all")
    await _change(looking, hidden, visibility="private")
    await looking.look()
    (told,) = (await looking.told("student"))[len(before) :]
    assert (told.details["count"], told.details["matches"]) == (1, [f"course_{shown}"])


async def test_what_is_hidden_while_the_engine_answers_is_not_told(looking: Looking) -> None:
    await looking.save("student", "hafnium")
    before = await looking.told("student")
    hidden, shown = await looking.course("Hafnium", "Hafnium for all")
    await _meanwhile(looking, lambda: _change(looking, hidden, visibility="private"))
    (told,) = (await looking.told("student"))[len(before) :]
    assert (told.details["count"], told.details["matches"]) == (1, [f"course_{shown}"])


async def test_of_more_than_a_page_what_is_hidden_meanwhile_is_not_counted(looking: Looking) -> None:
    await looking.save("student", "tide", text="tide", kinds=["COURSE"])
    before = await looking.counts("student")
    made = await looking.course(*(f"Tide {number}" for number in range(103)))

    async def hide() -> None:
        for one in (made[0], made[-1]):
            await _change(looking, one, visibility="private")

    await _meanwhile(looking, hide)
    assert await looking.counts("student") == [*before, 101]
    assert f"course_{made[-1]}" not in (await looking.told("student"))[-1].details["matches"]


async def test_what_only_changed_is_told_once_the_index_has_heard_of_it(looking: Looking) -> None:
    await looking.save("student", "rhenium")
    before = await looking.counts("student")
    (course,) = await looking.course("Rhenium")
    await _change(looking, course, title={"en": "Rhenium and osmium"})
    await looking.look()
    assert await looking.counts("student") == before
    await looking.catch_up()
    looking.clock.later += LATER
    await looking.look()
    assert await looking.counts("student") == [*before, 1]


async def test_what_waits_for_its_turn_is_told_then_though_nothing_else_is_written(looking: Looking) -> None:
    await looking.save("student", "iridium")
    before = await looking.counts("student")
    (course,) = await looking.course("Iridium")
    alpha = looking.world[AT].tenant
    await put_off(looking.door, alpha, [Fanout(Cause.TENANT, int(alpha.id))])
    await looking.look()
    assert await looking.counts("student") == before  # which of its documents are out of date, nobody can say
    await _work_off(looking)
    looking.clock.later += LATER
    await looking.look()
    assert await looking.counts("student") == [*before, 1]
    assert (await looking.told("student"))[-1].details["matches"] == [f"course_{course}"]


async def test_more_changes_than_can_be_told_apart_are_waited_for(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    await looking.save("student", "tantalum")
    before = await looking.counts("student")
    await looking.course("Tantalum")
    other = looking.world[AT].number("course:1")
    monkeypatch.setattr(waiting, "MOST", 0)
    await _meanwhile(looking, lambda: _change(looking, other, delivery_modes=["online"]))
    assert await looking.counts("student") == before
    monkeypatch.undo()
    looking.clock.later += LATER
    await looking.look()
    assert await looking.counts("student") == [*before, 1]


async def test_who_may_find_less_meanwhile_is_told_nothing_of_what_was(looking: Looking) -> None:
    await looking.save("auditor", "niobium")
    before = await looking.counts("auditor")
    await looking.course("Niobium, in preparation", visibility="private")
    await _meanwhile(looking, lambda: _take_roles(looking, "auditor"))
    looking.clock.later += LATER
    await looking.look()
    assert await looking.counts("auditor") == before


async def test_who_is_suspended_meanwhile_is_told_once_they_are_let_in_again(looking: Looking) -> None:
    await looking.save("analyst", "bismuth")
    before = await looking.counts("analyst")
    await looking.course("Bismuth")
    await _meanwhile(looking, lambda: set_status(looking, "analyst", "suspended"))
    assert await looking.counts("analyst") == before
    await set_status(looking, "analyst", "active")
    looking.clock.later += LATER
    await looking.look()
    assert await looking.counts("analyst") == [*before, 1]


async def _meanwhile(looking: Looking, change: Callable[[], Awaitable[None]]) -> None:
    """Looks, with a change after it was read what waits and before anybody is told."""
    slow = Asked(looking.engine, gate=asyncio.Event())
    look = asyncio.create_task(looking.looker(slow).look_due(looking.shard))
    await slow.reached.wait()
    await change()
    assert slow.gate is not None
    slow.gate.set()
    await look


async def _change(looking: Looking, course_id: int, **said: Any) -> None:
    """A course is another one from now on, and the index does not hear of it."""
    async with looking.world.door.write(looking.world.as_system(AT)) as tx:
        await update_course(tx, course_id=course_id, changes=CourseChanges(**said))


async def _take_roles(looking: Looking, role: str) -> None:
    async with looking.world.door.write(looking.world.as_system(AT)) as tx:
        row, user_id = role_assignments.c, looking.world[AT].number(f"user:{role}")
        await tx.connection.execute(
            delete(role_assignments).where(row.tenant_id == tx.tenant_id, row.user_id == user_id)
        )


async def _work_off(looking: Looking) -> None:
    """What was put off is indexed."""
    indexer = Indexer(looking.door, looking.engine, looking.directory)
    fanouts = Fanouts(indexer, looking.engine, looking.directory.by_id)
    while await fanouts.work_due(looking.shard):
        pass
