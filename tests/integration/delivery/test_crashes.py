"""kill -9 of workers while they deliver, and of the database: nothing is lost, and what comes twice has one id.

Two thousand are delivered; FEDIFLOW_WIRE_PROOF=full kills a worker a hundred times meanwhile, without it six times.
"""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from federation.tables.delivery import dead_letters
from fediflow.local.postgres import PostgresServer
from kernel.database.addresses import parse_login
from tests.conftest import postgres_major
from tests.databases import made_databases
from tests.integration.delivery.delivery_process import facts_of
from tests.integration.delivery.office import Office, opened_office, until
from tests.servers import RunningPostgres
from tests.sinks import Reply, Sink, sinks
from tests.world import made_world

_FULL = os.environ.get("FEDIFLOW_WIRE_PROOF") == "full"
_KILLS = 100 if _FULL else 6
_SERVERS = 40
_ACTIVITIES = 2000 // _SERVERS
_ANSWERS_AFTER = 0.2  # so slow that most of the kills hit something on its way


async def test_killed_workers_lose_nothing(office: Office) -> None:
    chance = random.Random(5)
    total = _SERVERS * _ACTIVITIES
    async with sinks(_SERVERS) as servers:
        for sink in servers:
            sink.answer = lambda _: Reply(after=_ANSWERS_AFTER)
        await office.follow_from(servers)
        sent = await office.publish(_ACTIVITIES)
        kills = 0
        async with _nursery(office) as nursery:
            workers = [await nursery(), await nursery()]
            try:
                while kills < _KILLS and _arrived(servers) < total * 0.95:
                    further = min(_arrived(servers) + chance.randint(1, 8), total)
                    await until(lambda least=further: _arrived(servers) >= least)
                    os.kill(workers.pop(0), signal.SIGKILL)
                    kills += 1
                    workers.append(await nursery())
                await until(lambda: _arrived(servers) == total)
                await until(lambda: _is_empty(office))
            finally:
                for worker in workers:
                    os.kill(worker, signal.SIGKILL)
    assert kills >= _KILLS * 0.8
    assert [sorted(set(sink.activities)) for sink in servers] == [sorted(sent)] * _SERVERS
    assert await office.rows(dead_letters) == []


async def test_a_database_that_restarts_loses_nothing(
    private_postgres: PostgresServer, postgres: RunningPostgres, tmp_path: Path
) -> None:
    async with _durable_office(private_postgres, postgres, tmp_path) as office, sinks(10) as servers:
        for sink in servers:
            sink.answer = lambda _: Reply(after=0.02)
        await office.follow_from(servers)
        sent = await office.publish(30)
        async with office.delivering(lease=2.0):
            for nth in (1, 2):
                await until(lambda least=nth: _arrived(servers) >= 80 * least)
                await private_postgres.kill()
                await private_postgres.start()
            await until(lambda: _arrived(servers) == 300)
            await until(lambda: _is_empty(office))
    assert [sorted(set(sink.activities)) for sink in servers] == [sorted(sent)] * 10


@asynccontextmanager
async def _durable_office(
    server: PostgresServer, shared: RunningPostgres, folder: Path
) -> AsyncIterator[Office]:
    own = RunningPostgres(server.admin_url, postgres_major(), shared.bin_dir)
    assert parse_login(own.admin_url) != parse_login(shared.admin_url)
    async with (
        made_databases(own, folder, "own") as databases,
        made_world(databases) as world,
        opened_office(world) as office,
    ):
        yield office


@asynccontextmanager
async def _nursery(office: Office) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Starts workers; each call gives the number of another process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.delivery.delivery_process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    to, back = process.stdin, process.stdout
    assert to is not None
    assert back is not None
    to.write(json.dumps(facts_of(office.stack.settings)).encode() + b"\n")

    async def another() -> int:
        to.write(b"another\n")
        await to.drain()
        while not (line := await back.readline()).strip().isdigit():
            assert line, "the worker did not start"
        return int(line)

    try:
        yield another
    finally:
        to.close()
        await process.wait()


def _arrived(servers: Sequence[Sink]) -> int:
    """How many are there, each counted once."""
    return sum(len(set(sink.activities)) for sink in servers)


async def _is_empty(office: Office) -> bool:
    try:
        return await office.waiting() == 0
    except (SQLAlchemyError, asyncpg.PostgresError, OSError):  # the database is away
        return False
