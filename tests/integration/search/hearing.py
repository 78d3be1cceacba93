"""An index that has heard of everything, whatever other tests of the shared world did before."""

from kernel.database.roles import DatabaseRole
from kernel.outbox.relay import number_batch
from tests.databases import Databases

_HEARD = """
insert into fediflow.outbox_consumers (name, position) select 'search', position from fediflow.outbox_clock
on conflict (name) do update set position = excluded.position
"""


async def hear_everything(databases: Databases) -> None:
    """Nothing waits to be indexed any more, and no engine's index is noted to be filled."""
    for address in databases.shards.values():
        async with databases.connect(address, DatabaseRole.WORKER) as connection:
            while await number_batch(connection):
                pass
        async with databases.driver(address, DatabaseRole.WORKER) as driver:
            await driver.execute(_HEARD)
            await driver.execute("delete from fediflow.search_fanouts")
            await driver.execute("delete from fediflow.search_fillings")
