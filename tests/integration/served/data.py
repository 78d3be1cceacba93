"""Makes the large institution: rows written set by set without their indexes, the indexes after, then the statistics."""

from pathlib import Path

import asyncpg

TENANT = 10_001
ALL_ROWS = 4_000  # as a statistics target: more rows than any table here has
_SQL = [
    Path(__file__).with_name(name) for name in ("data.sql", "social.sql", "moderation.sql", "notices.sql")
]
# The narrower ones last: of two that cost the same by its figures, which here it takes for one row, the planner takes the
# one that was made later. That the narrower was is what may happen anywhere, and reads most.
_INDEXES = """
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index i
join pg_class c on c.oid = i.indrelid where c.relnamespace = 'fediflow'::regnamespace
  and c.relkind = 'r' and not c.relispartition and not exists (select from pg_constraint where conindid = i.indexrelid)
order by i.indnatts desc, i.indexrelid
"""


async def fill(administrator: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Fills a migrated, empty shard. The administrator is bound by no policy, and references are not looked up."""
    indexes = await administrator.fetch(_INDEXES)
    async with administrator.transaction():
        await administrator.execute("set local session_replication_role = replica")
        for one in indexes:
            await administrator.execute(f"drop index {one['name']}")
        for one in _SQL:
            await administrator.execute(one.read_text())
        await administrator.execute("set local maintenance_work_mem = '256MB'")
        for one in indexes:
            await administrator.execute(one["definition"])
    # All rows are looked at, and not a sample: what a chance sample would make of the plans is no finding of these tests.
    await administrator.execute(f"set default_statistics_target = {ALL_ROWS}")
    await administrator.execute("vacuum analyze")
    await administrator.execute("reset default_statistics_target")
