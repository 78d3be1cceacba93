"""kill -9 of the process that numbers and hands out, and of the database, while many write.

Whatever was acknowledged is there; every row has one position; nobody missed one; an effect in the database is there
once; and a position, once seen, never meant another row.
"""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from fediflow.local.postgres import PostgresServer
from tests.integration.outbox.shards import TENANT, Shard, change_object, new_shard, until

Change = tuple[int, int]  # object, version

_WRITERS = 4
_LOST = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


@dataclass(slots=True)
class Writers:
    """What they were told: `acknowledged` for certain, `unknown` when the answer to the commit was lost."""

    shard: Shard
    acknowledged: set[Change] = field(default_factory=set)
    unknown: set[Change] = field(default_factory=set)
    stop: bool = False

    async def write(self, chance: random.Random) -> None:
        while not self.stop:
            try:
                await self._write_while_connected(chance)
            except _LOST:
                await asyncio.sleep(0.02)  # the database is away

    async def _write_while_connected(self, chance: random.Random) -> None:
        async with self.shard.app.connect() as connection:
            while not self.stop:
                objects = sorted(chance.sample(range(1, 9), 2))
                async with connection.begin() as transaction:
                    await connection.execute(text(f"SET LOCAL app.tenant_id = '{TENANT}'"))
                    made = {(one, await change_object(connection, one)) for one in objects}
                    try:
                        await transaction.commit()
                    except _LOST:
                        self.unknown |= made
                        raise
                self.acknowledged |= made

    async def get_further(self, by: int) -> None:
        wanted = len(self.acknowledged) + by

        async def further() -> bool:
            return len(self.acknowledged) >= wanted

        await until(further)


@asynccontextmanager
async def outbox_process(shard: Shard, notebook: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.outbox.outbox_process", stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None
    assert process.stdout is not None
    address = shard.login.address
    facts = {"host": address.host, "port": address.port, "database": address.database}
    secrets = {"password": shard.worker_password, "notebook": str(notebook)}
    process.stdin.write(json.dumps(facts | secrets).encode() + b"\n")
    await process.stdin.drain()
    process.stdin.close()
    try:
        assert await process.stdout.readline() == b"ready\n"
        async with asyncio.TaskGroup() as group:
            group.create_task(process.stdout.read())  # its log, so that it never waits for a reader
            yield process
            if process.returncode is None:
                process.kill()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def writing(shard: Shard) -> AsyncIterator[Writers]:
    writers = Writers(shard)
    async with asyncio.TaskGroup() as group:
        for number in range(_WRITERS):
            group.create_task(writers.write(random.Random(number)))
        try:
            yield writers
        finally:
            writers.stop = True


@pytest.fixture
async def durable_shard(private_postgres: PostgresServer) -> AsyncIterator[Shard]:
    async with new_shard(private_postgres.admin_url) as shard:
        assert (
            await shard.value("select current_setting('fsync') || current_setting('synchronous_commit')")
            == "onon"
        )
        yield shard


async def test_outbox_processes_killed_under_load_lose_and_repeat_nothing(
    durable_shard: Shard, tmp_path: Path
) -> None:
    """Two processes; whichever leads is killed, the other takes over, a new one stands by."""
    shard, notebook = durable_shard, tmp_path / "notebook"
    async with AsyncExitStack() as stack:
        start = outbox_process
        processes = [await stack.enter_async_context(start(shard, notebook)) for _ in range(2)]
        async with writing(shard) as writers:
            for _ in range(4):
                await _numbering_goes_on(shard)
                victim = processes.pop(0)
                victim.kill()
                await victim.wait()
                processes.append(await stack.enter_async_context(start(shard, notebook)))
                await writers.get_further(20)
            await _numbering_goes_on(shard)
        await _require_everything_told(shard, writers, notebook)
        for process in processes:
            process.terminate()
        assert [await process.wait() for process in processes] == [0, 0]


async def test_a_database_killed_under_load_loses_and_repeats_nothing(
    durable_shard: Shard, private_postgres: PostgresServer, tmp_path: Path
) -> None:
    shard, notebook = durable_shard, tmp_path / "notebook"
    async with outbox_process(shard, notebook) as process:
        async with writing(shard) as writers:
            for _ in range(3):
                await _numbering_goes_on(shard)
                await private_postgres.kill()
                await private_postgres.start()
                await writers.get_further(20)
            await _numbering_goes_on(shard)
        await _require_everything_told(shard, writers, notebook)
        process.terminate()
        assert await process.wait() == 0


async def _numbering_goes_on(shard: Shard) -> None:
    before = await shard.value("select position from fediflow.outbox_clock")

    async def further() -> bool:
        return bool(await shard.value("select position from fediflow.outbox_clock") > before + 50)

    await until(further)


async def _require_everything_told(shard: Shard, writers: Writers, notebook: Path) -> None:
    await until(shard.all_numbered)
    rows = await shard.positions()
    told = {position: (changed, version) for position, changed, version in rows}

    async def handed_out() -> bool:
        lines = await asyncio.to_thread(notebook.read_text)
        return {int(line.split()[0]) for line in lines.splitlines()} >= told.keys() and bool(
            await shard.value("select count(*) from fediflow.test_effects") >= len(told)
        )

    await until(handed_out)
    present = set(told.values())
    assert [position for position, _, _ in rows] == list(range(1, len(rows) + 1))
    assert len(present) == len(rows)
    assert writers.acknowledged <= present
    assert present - writers.acknowledged <= writers.unknown
    for changed in range(1, 9):
        versions = [version for one, version in told.values() if one == changed]
        assert versions == list(range(1, len(versions) + 1))
    effects = await shard.rows(
        "select position, object_id, version from fediflow.test_effects order by position"
    )
    assert effects == rows
    for line in (await asyncio.to_thread(notebook.read_text)).splitlines():
        position, changed, version = map(int, line.split())
        assert told[position] == (changed, version)
