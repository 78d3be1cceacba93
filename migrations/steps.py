"""What a migration is made of: SQL in a file of its own, which begins with the limits of its waiting."""

from pathlib import Path
from typing import Any

import asyncpg
from alembic import op
from sqlalchemy import text

# As they are written in SQL, with their schema.
_HALF_BUILT = """
select indexrelid::regclass::text from pg_index join pg_class on pg_class.oid = indexrelid
where not indisvalid and relnamespace = 'fediflow'::regnamespace
"""


def run_sql(revision_file: str) -> None:
    """Runs the `.sql` file that has the revision's name, in the revision's transaction."""
    sql = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    connection = op.get_bind()
    # Begins the transaction. Rows that a policy would hide are an error, not an UPDATE of 0 rows.
    connection.execute(text("set local row_security = off"))

    async def run(driver: "asyncpg.Connection[Any]") -> None:
        await driver.execute(sql)  # many statements in one message

    connection.connection.dbapi_connection.run_async(run)  # type: ignore[union-attr]  # asyncpg's adapter has it


def build_indexes(revision_file: str) -> None:
    """Runs the revision's `.sql` file statement by statement, each in a transaction of its own.

    For indexes that are built concurrently. What an interrupted run left half built is built anew.
    """
    sql = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        for half_built in connection.execute(text(_HALF_BUILT)).scalars().all():
            connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {half_built}")
        for statement in sql.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
