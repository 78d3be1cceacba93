"""People are told of what is new for their saved searches: once, as they may see it, whatever stops a worker in between."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from federation.notifications.model import EmailTime, NotificationKind
from federation.notifications.operations import set_preference
from search.readers.arguments import read_arguments
from search.readers.saving import SavedSearchChanges, delete_saved_search, update_saved_search
from search.tables.queue import search_fillings
from search.tables.readers import due_saved_searches, saved_search_tellings, saved_searches
from tests.integration.search.readers.looks import AT, AWAY, LATER, Asked, Looking, set_status

AFTER_LEASE = timedelta(minutes=11)


async def test_what_is_new_and_matches_is_told_once_with_the_first_of_it(looking: Looking) -> None:
    await looking.course("Quantum before")
    search_id = await looking.save("student", "quantum")
    before = len(await looking.told("student"))
    (first,) = await looking.course("Quantum computing")
    await looking.course("Medieval poetry")
    assert await looking.look() == 1
    (told,) = (await looking.told("student"))[before:]
    assert told.details == {
        "about": f"search_{search_id}",
        "search": "quantum",
        "count": 1,
        "matches": [f"course_{first}"],
    }
    (second,) = await looking.course("Applied quantum optics")
    assert await looking.look() == 0  # not yet
    looking.clock.later += LATER
    assert await looking.look() == 1
    looking.clock.later += LATER
    await looking.course("Botany")
    assert await looking.look() == 1
    (_, again) = (await looking.told("student"))[before:]
    assert again.details["matches"] == [f"course_{second}"]


async def test_the_notification_is_read_through_the_api(looking: Looking) -> None:
    await looking.save("instructor", "geology", text="geology", kinds=["COURSE"])
    (course,) = await looking.course("Geology of rivers")
    await looking.look()
    asked = "{ notifications(filter: {kind: SAVED_SEARCH}) { nodes { kind searchName matchCount matches about } } }"
    node = (await looking.world.data(asked, role="instructor"))["notifications"]["nodes"][0]
    assert node["searchName"] == "geology"
    assert (node["matchCount"], node["matches"]) == (1, [f"course_{course}"])


async def test_people_are_told_of_what_they_may_find_alone(looking: Looking) -> None:
    for role in ("student", "registrar"):
        await looking.save(role, "cryptography")
    before = {role: await looking.counts(role) for role in ("student", "registrar")}
    await looking.course("Cryptography, in preparation", visibility="private")
    await looking.course("Cryptography for all", visibility="tenant")
    await looking.look()
    assert await looking.counts("student") == [*before["student"], 1]
    assert await looking.counts("registrar") == [*before["registrar"], 2]


async def test_nobody_looks_where_nothing_was_written_since(looking: Looking) -> None:
    await looking.save("student", "silence")
    await looking.course("Noise")
    asked = Asked(looking.engine)
    assert await looking.look(asked) == 1
    asked.queries.clear()
    looking.clock.later += LATER
    assert await looking.look(asked) == 0
    assert asked.queries == []


async def test_a_search_for_other_kinds_than_what_is_new_is_not_asked(looking: Looking) -> None:
    await looking.save("student", "posts", text="dance", kinds=["POST"])
    await looking.save("student", "courses", text="dance", kinds=["COURSE", "OFFERING"])
    before = await looking.counts("student")
    await looking.course("Dance and movement")
    asked = Asked(looking.engine)
    await looking.look(asked)
    assert [query.text for query in asked.queries] == ["", "dance"]
    assert await looking.counts("student") == [*before, 1]


async def test_what_many_ask_and_nothing_new_answers_is_asked_once(looking: Looking) -> None:
    roles = ("student", "instructor", "analyst", "auditor")
    for role in roles:
        await looking.save(role, "Sanskrit")
    before = [await looking.counts(role) for role in roles]
    await looking.course("Latin")
    asked = Asked(looking.engine)
    assert await looking.look(asked) == 4
    assert [query.text for query in asked.queries] == ["", "Sanskrit"]
    assert [await looking.counts(role) for role in roles] == before
    await looking.course("Sanskrit", visibility="private")
    looking.clock.later += LATER
    await looking.look()
    told = [len(await looking.counts(role)) - len(old) for role, old in zip(roles, before, strict=True)]
    assert told == [0, 0, 1, 1]  # who reads the whole catalogue


async def test_an_engine_that_is_away_is_asked_later_and_nothing_is_missed(looking: Looking) -> None:
    await looking.save("student", "astronomy")
    before = await looking.counts("student")
    await looking.course("Astronomy one")
    with pytest.raises(type(AWAY)):
        await looking.look(Asked(looking.engine, trouble=AWAY))
    assert await looking.look() == 0  # claimed still
    looking.clock.later += AFTER_LEASE
    assert await looking.look() == 1
    assert await looking.counts("student") == [*before, 1]


async def test_nobody_looks_while_the_index_is_filled_in_the_place_of_another_engines(
    looking: Looking,
) -> None:
    search_id = await looking.save("student", "paleontology")
    (course,) = await looking.course("Paleontology")
    async with looking.shard.begin() as connection:
        await connection.execute(insert(search_fillings).values(engine=""))
    assert await looking.look() == 0
    async with looking.shard.begin() as connection:
        await connection.execute(delete(search_fillings))
    assert await looking.look() >= 1
    told = [
        one.details for one in await looking.told("student") if one.details["about"] == f"search_{search_id}"
    ]
    assert [one["matches"] for one in told] == [[f"course_{course}"]]


async def test_what_a_worker_did_not_commit_is_told_by_the_next_once(looking: Looking) -> None:
    await looking.save("student", "zoology")
    before = await looking.counts("student")
    await looking.course("Zoology")
    with pytest.raises(RuntimeError):
        await looking.look(Asked(looking.engine, trouble=RuntimeError("the process dies")))
    looking.clock.later += AFTER_LEASE
    await looking.look()
    looking.clock.later += LATER
    await looking.course("Something else")
    await looking.look()
    assert await looking.counts("student") == [*before, 1]


async def test_a_worker_that_was_thought_dead_tells_nothing_a_second_time(looking: Looking) -> None:
    await looking.save("student", "ecology")
    before = await looking.counts("student")
    await looking.course("Ecology")
    slow = Asked(looking.engine, gate=asyncio.Event())
    late = asyncio.create_task(looking.looker(slow).look_due(looking.shard))
    await slow.reached.wait()
    looking.clock.later += AFTER_LEASE
    assert await looking.look() == 1
    assert slow.gate is not None
    slow.gate.set()
    await late
    assert await looking.counts("student") == [*before, 1]


async def test_workers_at_one_time_share_what_is_due(looking: Looking) -> None:
    for role in ("student", "instructor", "analyst"):
        await looking.save(role, "history")
    before = {role: await looking.counts(role) for role in ("student", "instructor", "analyst")}
    await looking.course("History of ideas")
    looked = await asyncio.gather(*(looking.look() for _ in range(3)))
    assert sum(looked) == 3
    assert {role: await looking.counts(role) for role in before} == {
        role: [*counts, 1] for role, counts in before.items()
    }


async def test_suspended_people_are_told_when_they_are_let_in_again(looking: Looking) -> None:
    await looking.save("analyst", "music")
    before = await looking.counts("analyst")
    await set_status(looking, "analyst", "suspended")
    await looking.course("Music theory")
    await looking.look()
    looking.clock.later += LATER
    await looking.look()
    assert await looking.counts("analyst") == before
    await set_status(looking, "analyst", "active")
    looking.clock.later += timedelta(days=2)
    await looking.look()
    assert await looking.counts("analyst") == [*before, 1]


async def test_a_search_that_was_changed_meanwhile_tells_nothing_of_what_it_was(looking: Looking) -> None:
    search_id = await looking.save("student", "law")
    before = await looking.counts("student")
    await looking.course("Law of the sea")
    slow = Asked(looking.engine, gate=asyncio.Event())
    late = asyncio.create_task(looking.looker(slow).look_due(looking.shard))
    await slow.reached.wait()
    async with looking.world.door.write(await looking.world.principal(AT, "student")) as tx:
        changes = SavedSearchChanges(arguments=read_arguments({"text": "medicine"}))
        await update_saved_search(tx, saved_search_id=search_id, changes=changes)
    assert slow.gate is not None
    slow.gate.set()
    await late
    assert await looking.counts("student") == before
    await looking.course("Law again", "Medicine")
    looking.clock.later += LATER
    await looking.look()
    assert await looking.counts("student") == [*before, 1]


async def test_more_than_a_page_is_told_by_its_number_and_once(looking: Looking) -> None:
    await looking.save("student", "flood", text="flood", kinds=["COURSE"])
    before = await looking.counts("student")
    await looking.course(*(f"Flood {number}" for number in range(103)))
    await looking.look()
    assert await looking.counts("student") == [*before, 103]
    assert len((await looking.told("student"))[-1].details["matches"]) == 5
    looking.clock.later += LATER
    await looking.course("Drought")
    await looking.look()
    assert await looking.counts("student") == [*before, 103]


async def test_who_does_not_want_to_know_is_not_told_and_not_later_either(looking: Looking) -> None:
    await looking.save("auditor", "chess")
    before = await looking.counts("auditor")
    kind = NotificationKind.SAVED_SEARCH
    async with looking.world.door.write(await looking.world.principal(AT, "auditor")) as tx:
        await set_preference(tx, kind=kind, in_app=False, email=EmailTime.NEVER)
    await looking.course("Chess")
    await looking.look()
    async with looking.world.door.write(await looking.world.principal(AT, "auditor")) as tx:
        await set_preference(tx, kind=kind, in_app=True)
    await looking.course("Checkers")
    looking.clock.later += LATER
    await looking.look()
    assert await looking.counts("auditor") == before


async def test_a_place_that_nobody_knows_is_said_and_looked_at_once_it_is_known(looking: Looking) -> None:
    near: dict[str, Any] = {"near": {"institution": "nowhere-university"}, "within": {"kilometres": 5}}
    search_id = await looking.save("student", "near", text="geometry", **near)
    await looking.course("Geometry")
    assert await looking.look() == 1
    async with looking.door.write(looking.world.as_system(AT)) as tx:
        own = (saved_searches.c.tenant_id == tx.tenant_id, saved_searches.c.id == search_id)
        problem = (await tx.connection.execute(select(saved_searches.c.problem).where(*own))).scalar_one()
    assert problem == "nobody knows where the institution 'nowhere-university' is"


async def test_who_deleted_all_of_it_is_not_looked_at_any_more(looking: Looking) -> None:
    search_id = await looking.save("student", "nothing")
    async with looking.world.door.write(await looking.world.principal(AT, "student")) as tx:
        await delete_saved_search(tx, saved_search_id=search_id)
    await looking.course("Nothing in particular")
    assert await looking.look() == 1
    async with looking.door.write(looking.world.as_system(AT)) as tx:
        assert (await tx.connection.execute(select(due_saved_searches.c.user_id))).all() == []
    await looking.save("student", "nothing again", text="nothing")
    before = await looking.counts("student")
    await looking.course("Nothing else")
    await looking.look()
    assert await looking.counts("student") == [*before, 1]


async def test_what_was_told_is_remembered_only_as_long_as_it_may_be_found_again(looking: Looking) -> None:
    await looking.save("student", "memory")
    await looking.course("Memory")
    await looking.look()
    assert await _tellings(looking) == 1
    looking.clock.later += timedelta(hours=2)
    await looking.course("Another")
    await looking.look()
    assert await _tellings(looking) == 0


async def _tellings(looking: Looking) -> int:
    async with looking.door.write(looking.world.as_system(AT)) as tx:
        own = saved_search_tellings.c.tenant_id == tx.tenant_id
        return len((await tx.connection.execute(select(saved_search_tellings.c.search_id).where(own))).all())
