"""What a migration is made of: SQL in a file of its own, which begins with the limits of its waiting."""

from pathlib import Path
from typing import Any

import asyncpg
from alembic import op
from sqlalchemy import text


def run_sql(revision_file: str) -> None:
    """Runs the `.sql` file that has the revision's name, in the revision's transaction."""
    sql = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    connection = op.get_bind()
    # Begins the transaction. Rows that a policy would hide are an error, not an UPDATE of 0 rows.
    connection.execute(text("set local row_security = off"))

    async def run(driver: "asyncpg.Connection[Any]") -> None:
        await driver.execute(sql)  # many statements in one message

    connection.connection.dbapi_connection.run_async(run)  # type: ignore[union-attr]  # asyncpg's adapter has it
