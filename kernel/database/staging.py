"""Bulk rows on their way in: COPY into a table of the transaction's own, from where a statement takes them on.

`COPY FROM` is refused under row-level security, so rows are staged first and then inserted under the policies. Staging
tables end with the transaction; only the worker's role may make them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

import asyncpg
from sqlalchemy import AdaptedConnection, Column, MetaData, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateTable

Row = tuple[Any, ...]
Done = Callable[[int], None]

TEMPORARY = "pg_temp"
_TOLD_EVERY = 10_000


def staging_table(name: str, *columns: Column[Any]) -> Table:
    """Describes a temporary table; `stage` makes it."""
    return Table(
        name, MetaData(schema=TEMPORARY), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP"
    )


async def stage(
    connection: AsyncConnection,
    table: Table,
    columns: Iterable[str],
    rows: Iterable[Row],
    *,
    done: Done | None = None,
) -> None:
    """Makes the table and fills these columns of it; `done` hears how many rows are in."""
    await connection.execute(CreateTable(table))
    await stage_more(connection, table, columns, rows, done=done)


async def stage_more(
    connection: AsyncConnection,
    table: Table,
    columns: Iterable[str],
    rows: Iterable[Row],
    *,
    done: Done | None = None,
) -> None:
    """Adds rows to a staging table."""
    raw = await connection.get_raw_connection()
    # not `raw.driver_connection`: a connection detached from its pool has none
    adapted = raw.dbapi_connection
    assert isinstance(adapted, AdaptedConnection)
    driver = adapted.driver_connection
    assert isinstance(driver, asyncpg.Connection)
    copying = driver.copy_records_to_table(
        table.name,
        schema_name=TEMPORARY,
        columns=list(columns),
        records=rows if done is None else _told(rows, done),
    )
    await _unless_lost(driver, copying)
    await analyze(connection, table)


async def analyze(connection: AsyncConnection, table: Table) -> None:
    """Tells the planner what is in the table now; nothing else does before the transaction ends.

    Say it again after a statement has written a column that later ones look for.
    """
    await connection.execute(text(f"analyze {TEMPORARY}.{table.name}"))


async def _unless_lost(driver: "asyncpg.Connection[Any]", copying: Coroutine[Any, Any, str]) -> None:
    """Copies. The driver would wait without end for a server that went while it had not taken all that was sent."""
    task = asyncio.ensure_future(copying)

    def end(_: object) -> None:
        task.cancel()

    driver.add_termination_listener(end)
    try:
        await asyncio.wait({task})
    finally:
        driver.remove_termination_listener(end)
        task.cancel()
        await asyncio.wait({task})
    if task.cancelled():
        raise asyncpg.ConnectionDoesNotExistError("the connection was lost while rows were copied")
    task.result()


def _told(rows: Iterable[Row], done: Done) -> Iterator[Row]:
    count = 0
    for count, row in enumerate(rows, start=1):
        if count % _TOLD_EVERY == 0:
            done(count)
        yield row
    done(count)
