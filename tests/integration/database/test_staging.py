"""COPY into staging tables ends, whatever becomes of the server meanwhile."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from sqlalchemy import Column, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.database.engines import create_engine
from kernel.database.roles import DatabaseRole
from kernel.database.staging import stage, staging_table
from tests.databases import Databases

_MORE_THAN_FITS_ON_THE_WAY = 20_000


@pytest.fixture
async def connection(databases: Databases) -> AsyncIterator[AsyncConnection]:
    worker = DatabaseRole.WORKER
    engine = create_engine(databases.shard, worker, databases.passwords[worker], pool_size=0)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


def _lines() -> Table:
    return staging_table("lines", Column("line", Text))


async def test_rows_are_staged(connection: AsyncConnection) -> None:
    lines, told = _lines(), list[int]()
    await stage(connection, lines, ["line"], ((str(n),) for n in range(12_000)), done=told.append)
    assert (await connection.execute(text("select count(*) from lines"))).scalar_one() == 12_000
    assert told == [10_000, 12_000]


async def test_a_server_that_goes_before_it_took_all_rows_is_not_waited_for(
    connection: AsyncConnection,
) -> None:
    pid = (await connection.execute(text("select pg_backend_pid()"))).scalar_one()

    def end() -> None:
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGCONT)

    def rows() -> Iterator[tuple[str]]:
        os.kill(pid, signal.SIGSTOP)  # it takes nothing more, so that sending has to wait
        asyncio.get_running_loop().call_later(0.5, end)
        for _ in range(_MORE_THAN_FITS_ON_THE_WAY):
            yield ("x" * 1000,)

    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        async with asyncio.timeout(60):
            await stage(connection, _lines(), ["line"], rows())
    await connection.invalidate()
