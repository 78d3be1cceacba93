"""Institutions of a test's own, beside the three of the world: what happens to them disturbs nobody."""

from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from tenants.directory import Directory
from tests.world import TENANTS, Institution, World, _furnish, _insert_tenant, new_token

_new_id = IdFactory(FixedLease(1001), wall_clock_ms)


async def added(world: World, slug: str, *, shard: str, furnished: bool = True) -> Institution:
    """A further institution of the world on this shard, furnished as those are or empty; tokens as they have."""
    TENANTS[slug] = (shard, ("de", "en"), "Europe/Berlin")
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    try:
        async with engine.begin() as connection:
            await _insert_tenant(connection, _new_id(), slug)
        tenant = await Directory(engine).by_slug(slug)
        assert tenant is not None
        made = await _furnish(world.door, tenant) if furnished else Institution(tenant)
    finally:
        del TENANTS[slug]
        await engine.dispose()
    world.institutions[slug] = made
    return made


__all__ = ["added", "new_token"]
