"""Search as a process puts it together: the engine that the settings choose, and in a worker what keeps its index."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from fediflow.processes.looking import look_for_due
from fediflow.processes.observed_engine import ObservedEngine
from fediflow.processes.stack import Stack
from kernel.outbox.consumers import Consumer
from kernel.settings import SearchEngine, Settings
from kernel.telemetry import Metrics
from search.engine import Engine
from search.indexing.claiming import Claims
from search.indexing.consumer import AT_ONCE, search_consumer
from search.indexing.fanouts import Fanouts
from search.indexing.filling import Filling
from search.indexing.indexer import Indexer
from search.indexing.rebuilding import INSTITUTIONS_AT_ONCE
from search.language import detector
from search.opensearch.engine import OpenSearchEngine
from search.postgres.engine import PostgresEngine
from tenants.directory import Directory
from tenants.door import Door

# Of each shard's pool: what the consumer, a building and the fan-outs have open at one time.
CONNECTIONS = AT_ONCE + INSTITUTIONS_AT_ONCE + 1


@asynccontextmanager
async def opened_engine(
    settings: Settings, stack: Stack, door: Door, metrics: Metrics
) -> AsyncIterator[Engine]:
    """The engine, counted. Nothing is asked of it yet: a process starts while it is away."""
    engine = ObservedEngine(_chosen(settings, stack, door), metrics, settings.search_engine)
    # half a second of work, which the first question would wait for
    loading = asyncio.get_running_loop().run_in_executor(None, detector.load)
    try:
        yield engine
    finally:
        await loading
        await engine.aclose()


def _chosen(settings: Settings, stack: Stack, door: Door) -> Engine:
    if settings.search_engine is SearchEngine.POSTGRESQL:
        return PostgresEngine(door, stack.directory, timeout=settings.search_timeout)
    assert settings.opensearch_url is not None, "the settings are refused without it"
    certificate = settings.opensearch_tls_root_cert
    return OpenSearchEngine(
        settings.opensearch_url.reveal(),
        prefix=settings.opensearch_prefix,
        timeout=settings.search_timeout,
        ca_file=str(certificate) if certificate else None,
    )


def filling(settings: Settings, stack: Stack, door: Door, engine: Engine) -> Filling:
    """What fills an index that does not hold what there is."""
    name = settings.search_engine.value
    return Filling(
        engine=engine,
        name=name,
        shards=lambda: dict(stack.served),
        claims=Claims(name, lambda: stack.served),
        door=door,
        directory=Directory(stack.directory),
        directory_engine=stack.unpooled_directory(),
    )


class Indexing:
    """Keeps the index of all shards that a worker serves."""

    def __init__(
        self, settings: Settings, stack: Stack, door: Door, directory: Directory, engine: Engine
    ) -> None:
        indexer = Indexer(door, engine, directory)
        self._fanouts = Fanouts(indexer, engine, directory.by_id)
        self._filling = filling(settings, stack, door, engine)
        self.consumer: Consumer = search_consumer(indexer, engine, self._filling.claims, directory.by_id)

    async def work(self, served: Mapping[str, AsyncEngine], over: asyncio.Event) -> None:
        """Works off what touches many documents, until `over`."""
        await look_for_due("indexing what depends on a change", self._fanouts.work_due, served, over)

    async def fill(self) -> None:
        """Fills what is lost or was never filled, until cancelled."""
        await self._filling.follow()
