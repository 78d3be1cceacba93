"""What the worker's look at the outbox makes of it."""

from academic.courses.courses import CourseChanges, update_course
from api.response_cache.identity import identity_of
from api.response_cache.leases import Lease
from fediflow.local.redis import RedisServer
from kernel.cache import Cache
from kernel.database.roles import DatabaseRole
from kernel.outbox.relay import number_batch
from tests.integration.response_cache.stage import PATIENCE, version_of
from tests.world import World


async def test_each_change_is_told_and_none_of_them_for_ever(
    world: World, course: str, own_redis: RedisServer
) -> None:
    tenant, cache = world["alpha"].tenant, Cache.connect(own_redis.url, timeout=PATIENCE)
    versions: list[bytes | None] = []
    async with world.databases.connect(world.databases.shards["one"], DatabaseRole.WORKER) as connection:
        lease = Lease(await identity_of(connection), cache)

        async def look() -> bool:
            """Whether the tenant has another version now."""
            await lease.renew(connection)
            versions.append(await version_of(own_redis.url, tenant))
            return len(versions) < 2 or versions[-1] != versions[-2]

        await look()
        assert not await look()  # changes that wait for their number since before are told already
        await _change(world, course, "One")
        assert await look()
        assert not await look()
        await _change(world, course, "Two")
        await _number(world)
        assert await look()
        await _change(world, course, "Three")
        assert await look()
        # Three has its number now, Four waits for one.
        await _number(world)
        await _change(world, course, "Four")
        assert await look()
    await cache.aclose()


async def _number(world: World) -> None:
    async with world.databases.connect(world.databases.shards["one"], DatabaseRole.WORKER) as connection:
        while await number_batch(connection):
            pass


async def _change(world: World, course: str, title: str) -> None:
    async with world.door.write(world.as_system("alpha")) as tx:
        await update_course(
            tx, course_id=int(course.rpartition("_")[2]), changes=CourseChanges(title={"en": title})
        )
