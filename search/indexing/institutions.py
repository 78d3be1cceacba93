"""The institutions whose documents there are, and what of the directory is written in them."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from search.indexing.meaning import Cause
from search.indexing.queue import SQL
from tenants.directory import Directory
from tenants.door import driver_of
from tenants.model import Tenant
from tenants.tables import tenants


async def institutions(directory_engine: AsyncEngine, directory: Directory) -> Sequence[Tenant]:
    """All of the platform, in the order in which they came."""
    async with directory_engine.connect() as connection:
        ids = (await connection.execute(select(tenants.c.id).order_by(tenants.c.id))).scalars().all()
    return await directory.by_ids(ids)


async def as_it_is(directory: Directory, tenant: Tenant) -> Tenant:
    """The institution as the directory has it at this moment, whatever is remembered; as it was, where it is gone."""
    try:
        found = await directory.by_ids([tenant.id])
    except DATABASE_TROUBLE as error:
        raise Unavailable("the directory of institutions does not answer: try again in a moment") from error
    return found[0] if found else tenant


async def put_off_described_anew(shard: AsyncEngine, of_shard: Iterable[Tenant]) -> int:
    """Has the documents of institutions read later whose name, place or standing is another than was noted; how many.

    One that nothing was noted of is only noted: its documents come with its first events, or were filled. While one index
    takes the place of another nothing is noted: which of them would hear of it?
    """
    given = list(of_shard)
    ids, texts = [str(tenant.id) for tenant in given], [described(tenant) for tenant in given]
    async with shard.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        driver = driver_of(connection)
        async with driver.transaction():
            await driver.execute(SQL["lock_descriptions"])
            rows = await driver.fetch(SQL["describe"], ids, texts)
            changed = [str(row["tenant_id"]) for row in rows if row["was_known"]]
            await driver.execute(SQL["put_off_all"], changed, Cause.TENANT.value)
    return len(changed)


async def begin_swap(shard: AsyncEngine, heard: int, read_as: Mapping[int, str]) -> None:
    """Notes that an index begins to answer that has heard of everything up to a position, and as what its documents describe
    institutions: whom the other one described otherwise is read again by the next look."""
    async with shard.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        driver = driver_of(connection)
        async with driver.transaction():
            await driver.execute(SQL["lock_descriptions"])
            await driver.execute(SQL["swap"], heard)
            await driver.execute(SQL["describe_as"], [str(one) for one in read_as], list(read_as.values()))


def described(tenant: Tenant) -> str:
    """All of an institution that is written in its documents, as one text to compare."""
    parts = (
        tenant.slug,
        tenant.is_suspended,
        tenant.languages,
        tenant.country,
        tenant.subdivision,
        tenant.latitude,
        tenant.longitude,
    )
    return repr(parts)
