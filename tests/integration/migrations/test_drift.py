"""The migrations lead to exactly what the tables describe."""

from pathlib import Path

import asyncpg
import pytest

from kernel.database.provision import provision_database
from migrations.draft import draft
from migrations.schema import History
from migrations.upgrade import head
from migrations.versions import KNOWN_VERSIONS
from tests.databases import Databases, drop_database

_ROOT = Path(__file__).parents[3]
_COLUMNS = """
    select c.relname || '.' || a.attname as name,
           concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
                     a.attgenerated::text, pg_catalog.pg_get_expr(d.adbin, d.adrelid)) as what
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'S')
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = 'fediflow'::regnamespace and not c.relispartition and a.attnum > 0 and not a.attisdropped
"""
_CONSTRAINTS = """
    select conrelid::regclass || '.' || conname as name, pg_catalog.pg_get_constraintdef(oid) as what
    from pg_catalog.pg_constraint where connamespace = 'fediflow'::regnamespace
    and conrelid not in (select inhrelid from pg_catalog.pg_inherits)
"""
_INDEXES = (
    "select indexname as name, indexdef as what from pg_catalog.pg_indexes where schemaname = 'fediflow' "
    "and tablename not in (select relname from pg_catalog.pg_class where relispartition)"
)


@pytest.mark.parametrize("history", [History.DIRECTORY, History.SHARD])
async def test_the_migrated_database_is_what_the_tables_describe(
    databases: Databases, history: History
) -> None:
    name = f"described_{databases.shard.database}"
    migrated = databases.shard if history is History.SHARD else databases.directory
    described = await provision_database(databases.administrator, name)
    try:
        async with databases.driver(described, None) as connection:
            await connection.execute(draft(history))
            wanted = await _content(connection)
        async with databases.driver(migrated, None) as connection:
            found = await _content(connection)
    finally:
        await drop_database(databases.administrator, name)
    assert {what: text for what, text in found.items() if "alembic_version" not in what} == wanted


@pytest.mark.parametrize("history", list(History))
def test_the_newest_version_is_served(history: History) -> None:
    assert head(history) in KNOWN_VERSIONS[history]


@pytest.mark.parametrize(
    "path", sorted(_ROOT.glob("migrations/*/versions/*.sql")), ids=lambda path: str(path.relative_to(_ROOT))
)
def test_a_migration_does_not_queue_for_locks(path: Path) -> None:
    sql = path.read_text(encoding="utf-8")
    statements = [one for one in sql.splitlines() if one.startswith(("CREATE", "DROP", "ALTER"))]
    # nobody queues behind an index that is built or dropped concurrently
    is_concurrent = bool(statements) and all("INDEX CONCURRENTLY IF" in one for one in statements)
    assert is_concurrent or sql.startswith("SET LOCAL lock_timeout = ")


async def _content(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    rows = [row for sql in (_COLUMNS, _CONSTRAINTS, _INDEXES) for row in await connection.fetch(sql)]
    return {row["name"]: row["what"] for row in rows}
