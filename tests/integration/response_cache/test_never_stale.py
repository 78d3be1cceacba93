"""What a write has answered, every read after it shows: whoever wrote, whoever reads, whatever becomes of Redis."""

import asyncio
from typing import Any

from academic.courses.courses import CourseChanges, update_course
from api.response_cache.fills import Answered
from fediflow.local.redis import RedisServer
from kernel.cache import Cache
from kernel.database.roles import DatabaseRole
from kernel.outbox.relay import number_batch
from tests.integration.response_cache.stage import PATIENCE, Gate, Proxy, Worker, kept_in, until
from tests.world import World

HITS = (Answered.HIT, Answered.SHARED_HIT)
CAPACITY = """mutation Capacity($id: ID!, $capacity: Int!) {
  changeCapacity(input: {id: $id, capacity: $capacity}) { userErrors { reason } }
}"""


async def _kept(reader: Gate, course: str) -> str:
    """Reads until the answer comes from the cache."""
    before = reader.answered(Answered.HIT)
    title = ""

    async def is_hit() -> bool:
        nonlocal title
        title = await reader.title(course)
        return reader.answered(Answered.HIT) > before

    await until(is_hit)
    return title


async def test_a_write_is_seen_by_the_next_read_of_every_gateway(
    world: World, course: str, reader: Gate, writer: Gate, worker: Worker
) -> None:
    for number in range(10):
        await _kept(reader, course)
        await _kept(writer, course)
        await writer.rename(course, f"Round {number}")
        assert await reader.title(course) == f"Round {number}"
        assert await writer.title(course) == f"Round {number}"


async def test_a_write_that_is_cut_from_redis_is_seen_once_it_answered(
    world: World, course: str, reader: Gate, writer: Gate, worker: Worker, proxy: Proxy
) -> None:
    await _kept(reader, course)
    proxy.cut()
    await writer.rename(course, "Cut off")
    assert await reader.title(course) == "Cut off"
    assert await _kept(reader, course) == "Cut off"  # the lease went on: the cache is at work


async def test_a_write_that_is_cut_from_redis_is_seen_though_no_worker_sees_it(
    world: World, course: str, reader: Gate, writer: Gate, worker: Worker, proxy: Proxy
) -> None:
    await _kept(reader, course)
    await worker.stop()
    proxy.cut()
    await writer.rename(course, "Nobody looks")
    assert await reader.title(course) == "Nobody looks"
    proxy.mend()
    await worker.start()  # which does not know the change: what was kept before must not come back
    assert await reader.title(course) == "Nobody looks"


async def test_a_capacity_that_changes_without_redis_is_seen_once_it_answered(
    world: World, offering: str, reader: Gate, writer: Gate, worker: Worker, proxy: Proxy
) -> None:
    proxy.cut()
    for capacity in (3, 4):
        assert await _capacity(reader, offering) == capacity - 1
        changed = await writer.world.data(CAPACITY, {"id": offering, "capacity": capacity})
        assert changed["changeCapacity"]["userErrors"] == []
        assert await _capacity(reader, offering) == capacity


async def test_a_write_that_finds_it_done_answers_no_earlier_than_who_did_it(
    world: World, course: str, reader: Gate, writer: Gate, worker: Worker, proxy: Proxy
) -> None:
    await _kept(reader, course)
    await worker.stop()
    proxy.cut()
    first = asyncio.create_task(writer.rename(course, "Twice"))

    async def is_committed() -> bool:
        found = await world.data("query C($id: ID!) { course(id: $id) { title { text } } }", {"id": course})
        return bool(found["course"]["title"]["text"] == "Twice")

    await until(is_committed)
    await writer.rename(course, "Twice")
    assert await reader.title(course) == "Twice"
    await first


async def test_a_change_that_nobody_told_redis_is_seen_by_the_outbox(
    world: World, course: str, reader: Gate, worker: Worker
) -> None:
    await _kept(reader, course)
    await _change_by_itself(world, course, "From the command line")

    async def is_seen() -> bool:
        return await reader.title(course) == "From the command line"

    await until(is_seen)


async def test_a_change_that_was_numbered_meanwhile_is_seen_by_the_outbox(
    world: World, course: str, reader: Gate, worker: Worker
) -> None:
    await _kept(reader, course)
    await worker.stop()
    await worker.start()
    await _kept(reader, course)
    await _change_by_itself(world, course, "Numbered")
    async with world.databases.connect(world.databases.shards["one"], DatabaseRole.WORKER) as connection:
        while await number_batch(connection):
            pass

    async def is_seen() -> bool:
        return await reader.title(course) == "Numbered"

    await until(is_seen)


async def test_a_fill_that_was_paused_across_a_write_is_not_served(
    world: World, course: str, reader: Gate, writer: Gate, worker: Worker
) -> None:
    await writer.rename(course, "Before the pause")
    slow = await reader.paused(course)
    await writer.rename(course, "After the pause")
    assert await reader.title(course) == "After the pause"
    reader.readers.goes_on.set()
    assert await slow == "Before the pause"  # it began before the write
    assert await reader.title(course) == "After the pause"
    assert await writer.title(course) == "After the pause"


async def test_a_fill_that_was_paused_across_a_write_without_redis_is_not_served(
    world: World, course: str, reader: Gate, writer: Gate, worker: Worker, proxy: Proxy
) -> None:
    await writer.rename(course, "Before the pause")
    slow = await reader.paused(course)
    proxy.cut()
    await writer.rename(course, "After the cut")
    reader.readers.goes_on.set()
    assert await slow == "Before the pause"
    assert await reader.title(course) == "After the cut"
    assert await _kept(reader, course) == "After the cut"


async def test_versions_that_redis_forgot_do_not_bring_old_answers_back(
    world: World, course: str, reader: Gate, writer: Gate, worker: Worker, own_redis: RedisServer
) -> None:
    await _kept(reader, course)
    await until(lambda: kept_in(own_redis.url))  # it is kept there a little after it was answered
    cache = Cache.connect(own_redis.url, timeout=PATIENCE)
    kept = await cache.run(lambda redis: redis.keys("fediflow:responses:entry:*"))
    old = {name: await cache.run(lambda redis, name=name: redis.get(name)) for name in kept}  # type: ignore[misc]
    assert old
    await writer.rename(course, "Before it forgot")
    await cache.run(lambda redis: redis.flushall())
    for name, entry in old.items():  # as a process would that was slow to keep them
        await cache.run(lambda redis, name=name, entry=entry: redis.set(name, entry))  # type: ignore[misc]
    await worker.until_leased()
    assert await _kept(reader, course) == "Before it forgot"
    await cache.aclose()


async def test_without_a_lease_nothing_is_served_from_the_cache(
    world: World, course: str, reader: Gate, worker: Worker
) -> None:
    await _kept(reader, course)
    await worker.stop()

    async def is_bypassed() -> bool:
        before = reader.answered(*HITS)
        await reader.title(course)
        return reader.answered(*HITS) == before

    await until(is_bypassed)


async def test_everything_works_while_redis_is_away_and_the_cache_comes_back_with_it(
    world: World, course: str, reader: Gate, writer: Gate, worker: Worker, own_redis: RedisServer
) -> None:
    await _kept(reader, course)
    await own_redis.kill()
    await writer.rename(course, "Without Redis")
    assert await reader.title(course) == "Without Redis"
    await own_redis.start()
    await worker.until_leased()
    assert await _kept(reader, course) == "Without Redis"


async def test_another_run_of_redis_begins_another_epoch(worker: Worker, own_redis: RedisServer) -> None:
    before = await worker.epochs()  # it may have forgotten the last versions, and remember those before
    await own_redis.kill()
    await own_redis.start()
    await worker.until_leased()
    assert not set(before) & set(await worker.epochs())


async def test_what_changed_while_no_worker_looked_is_seen_when_one_looks_again(
    world: World, course: str, reader: Gate, worker: Worker
) -> None:
    await _kept(reader, course)
    await worker.stop()
    await _change_by_itself(world, course, "While nobody looked")
    await worker.until_unleased()
    await worker.start()
    assert await reader.title(course) == "While nobody looked"


async def _capacity(gate: Gate, offering: str) -> Any:
    document = "query Offering($id: ID!) { offering(id: $id) { capacity } }"
    return (await gate.world.data(document, {"id": offering}, role=None))["offering"]["capacity"]


async def _change_by_itself(world: World, course: str, title: str) -> None:
    """By a door that tells nobody."""
    async with world.door.write(world.as_system("alpha")) as tx:
        await update_course(
            tx, course_id=int(course.rpartition("_")[2]), changes=CourseChanges(title={"en": title})
        )
