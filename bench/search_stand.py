"""What searches are measured on: a PostgreSQL and an OpenSearch of the bench's own, and institutions made for it.

Both are as on a machine of one's own (`fediflow up --search opensearch`): durable, under row-level security.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bench.rows import BenchFailed
from bench.stand import HOST, Tell, administrator, bench_folder
from fediflow.local.binaries import default_cache_dir
from fediflow.local.opensearch.jars import missing
from fediflow.local.opensearch.server import OpenSearchServer
from fediflow.processes.machine import Machine
from fediflow.processes.preparing import prepare, shard_database
from fediflow.processes.stack import Stack, open_stack
from kernel.clock import system_clock
from kernel.database.engines import Timeouts
from kernel.database.roles import DatabaseRole
from kernel.settings import SearchEngine, Settings
from search.engine import Engine
from search.model import Institution
from search.opensearch.engine import OpenSearchEngine
from search.postgres.engine import PostgresEngine
from tenants.administration import NewTenant, create_tenant

BENCH = "search"
POSTGRESQL, OPENSEARCH = (one.value for one in SearchEngine)
SUBJECTS = (POSTGRESQL, OPENSEARCH)
SHARD = "one"
_FIRST = 9_200_000_000  # no other institution has such a number
_TIMEOUT = 120.0  # seconds: how long it takes is what is measured, not whether it may
_POOL = 8


@dataclass(frozen=True, slots=True)
class Subject:
    """An engine, as a worker has it who stores and as a gateway has it who asks."""

    name: str
    writing: Engine
    asking: Engine


@dataclass(frozen=True, slots=True)
class SearchStand:
    """What runs, and the engines that are measured."""

    machine: Machine
    settings: Settings
    node: OpenSearchServer | None
    subjects: Sequence[Subject]
    workers: Stack

    async def institution(self, number: int, languages: Sequence[str]) -> Institution:
        """One without rows; the numbers tell them apart."""
        new = NewTenant(
            slug=f"bench-{number}",
            name={languages[0]: f"Bench {number}"},
            shard=SHARD,
            region="bench",
            time_zone="UTC",
            languages=languages,
        )
        async with self.workers.directory.begin() as directory:
            await create_tenant(directory, tenant=new, tenant_id=_FIRST + number, now=system_clock())
        return Institution(await self.workers.tenant(new.slug))

    def server_pid(self, subject: Subject) -> int:
        """The process of an engine's server, or the one whose children it is."""
        server = self.machine.postgres if subject.name == POSTGRESQL else self.node
        assert server is not None
        assert server.pid is not None
        return server.pid

    @asynccontextmanager
    async def administrator(self, database: str | None = None) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """A superuser's connection to a database, by default the shard: rows of any institution."""
        async with administrator(self.machine, database or shard_database(SHARD)) as connection:
            yield connection


@asynccontextmanager
async def opened_search_stand(
    tell: Tell, names: Sequence[str], *, heap: str, data: Path | None = None
) -> AsyncIterator[SearchStand]:
    """Starts the servers of the engines that are named; ends and removes them, unless they are kept in `data`.

    `heap` is OpenSearch's, as Java writes it.
    """
    async with AsyncExitStack() as opened:
        machine = Machine(opened.enter_context(bench_folder(data)))
        opened.callback(machine.release)
        for server in machine.servers:
            tell(f"starting {server.name}")
            await server.start()
            opened.push_async_callback(server.stop)
        settings = machine.settings(Settings(host=HOST), port=0)
        await prepare(machine, settings, (SHARD,), tell)
        node = None
        if OPENSEARCH in names:
            tell("starting OpenSearch")
            node = await opened.enter_async_context(_node(machine, heap))
        workers, gateways = [
            await opened.enter_async_context(_stack(settings, role))
            for role in (DatabaseRole.WORKER, DatabaseRole.APP)
        ]
        subjects = [
            Subject(
                name,
                await opened.enter_async_context(_engine(name, workers, node)),
                await opened.enter_async_context(_engine(name, gateways, node)),
            )
            for name in names
        ]
        for subject in subjects:
            await subject.writing.prepare()
        yield SearchStand(machine, settings, node, subjects, workers)


@asynccontextmanager
async def _node(machine: Machine, heap: str) -> AsyncIterator[OpenSearchServer]:
    if (lacking := missing()) is not None:
        raise BenchFailed(f"{lacking.reason}; or measure PostgreSQL alone, with --engine {POSTGRESQL}")
    cache_dir = default_cache_dir(machine.root / "cache")
    node = OpenSearchServer(machine.root / "opensearch", cache_dir=cache_dir, heap=heap, optimise=True)
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


def _stack(settings: Settings, role: DatabaseRole) -> AbstractAsyncContextManager[Stack]:
    timeouts = Timeouts(statement=_TIMEOUT)
    return open_stack(settings, role, pool_size=_POOL, application="bench", timeouts=timeouts)


@asynccontextmanager
async def _engine(name: str, stack: Stack, node: OpenSearchServer | None) -> AsyncIterator[Engine]:
    async with stack.door() as door:
        engine: Engine
        if name == POSTGRESQL:
            engine = PostgresEngine(door, stack.directory, timeout=_TIMEOUT)
        else:
            assert node is not None
            engine = OpenSearchEngine(node.url, prefix=BENCH, timeout=_TIMEOUT, write_timeout=_TIMEOUT)
        try:
            yield engine
        finally:
            await engine.aclose()
