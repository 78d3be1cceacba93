"""Both engines, opened as the gateway and the worker have them: one asks, the other stores."""

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select

from kernel.database.engines import Timeouts, create_engine
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from search.engine import Building, Engine
from search.model import (
    Answer,
    Audience,
    Changes,
    Collection,
    Prefix,
    Query,
    Reference,
    Refused,
    Stored,
    Suggestion,
)
from search.opensearch.engine import OpenSearchEngine
from search.postgres.engine import PostgresEngine
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Tenant
from tenants.tables import shards, tenants
from tests.databases import Databases

NAMES = ("postgresql", "opensearch")
# A loaded machine is slow; what is slow for readers is measured elsewhere.
PATIENCE_SECONDS = 120.0
_PATIENT = Timeouts(PATIENCE_SECONDS, PATIENCE_SECONDS, PATIENCE_SECONDS, PATIENCE_SECONDS)
_new_id = IdFactory(FixedLease(1002), wall_clock_ms)


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine, and where its institutions are."""

    engine: Engine
    databases: Databases
    again: Callable[[], AbstractAsyncContextManager[Engine]]

    async def institution(self, *, shard: str = "one") -> Tenant:
        """A new one, without rows."""
        engine = self.databases.engine(self.databases.directory, DatabaseRole.WORKER)
        slug = f"shelf-{secrets.token_hex(5)}"
        shard_id = select(shards.c.id).where(shards.c.name == shard).scalar_subquery()
        try:
            async with engine.begin() as connection:
                await connection.execute(
                    insert(tenants).values(
                        id=_new_id(),
                        slug=slug,
                        name={"en": slug},
                        shard_id=shard_id,
                        region="eu",
                        time_zone="Europe/Berlin",
                        languages=["en", "de"],
                        created_at=datetime.now(UTC),
                        updated_at=datetime.now(UTC),
                    )
                )
            tenant = await Directory(engine).by_slug(slug)
        finally:
            await engine.dispose()
        assert tenant is not None
        return tenant


class Apart:
    """The engine of a gateway for what is asked, and the one of a worker for what is stored."""

    def __init__(self, asking: Engine, storing: Engine) -> None:
        self._asking = asking
        self._storing = storing

    async def search(self, collection: Collection, query: Query, audience: Audience) -> Answer:
        return await self._asking.search(collection, query, audience)

    async def suggest(
        self, collection: Collection, prefix: Prefix, audience: Audience
    ) -> Sequence[Suggestion]:
        return await self._asking.suggest(collection, prefix, audience)

    async def store(self, collection: Collection, changes: Changes) -> Sequence[Refused]:
        return await self._storing.store(collection, changes)

    async def forget(self, collection: Collection) -> None:
        await self._storing.forget(collection)

    async def listed(
        self, collection: Collection, *, after: Reference | None, limit: int
    ) -> Sequence[Stored]:
        return await self._storing.listed(collection, after=after, limit=limit)

    async def build(self) -> Building:
        return await self._storing.build()

    async def prepare(self) -> None:
        await self._storing.prepare()

    async def refresh(self) -> None:
        await self._storing.refresh()

    async def aclose(self) -> None:
        await self._asking.aclose()
        await self._storing.aclose()


def patient_opensearch(url: str, prefix: str) -> OpenSearchEngine:
    """The engine in OpenSearch, with time."""
    return OpenSearchEngine(url, prefix=prefix, timeout=PATIENCE_SECONDS, write_timeout=PATIENCE_SECONDS)


@asynccontextmanager
async def opened_opensearch(url: str, prefix: str, databases: Databases) -> AsyncIterator[Opened]:
    """The engine in OpenSearch, under a prefix of its own."""

    @asynccontextmanager
    async def again() -> AsyncIterator[Engine]:
        engine = Apart(*(patient_opensearch(url, prefix) for _ in ("asking", "storing")))
        try:
            yield engine
        finally:
            await engine.aclose()

    async with again() as engine:
        await engine.prepare()
        yield Opened(engine, databases, again)


@asynccontextmanager
async def opened_postgres(databases: Databases) -> AsyncIterator[Opened]:
    """The engine in PostgreSQL, as the application that asks and the worker that stores."""

    @asynccontextmanager
    async def again() -> AsyncIterator[Engine]:
        async with (
            _postgres(databases, DatabaseRole.APP) as asking,
            _postgres(databases, DatabaseRole.WORKER) as storing,
        ):
            yield Apart(asking, storing)

    async with again() as engine:
        await engine.prepare()
        yield Opened(engine, databases, again)


@asynccontextmanager
async def _postgres(databases: Databases, role: DatabaseRole) -> AsyncIterator[Engine]:
    password = databases.passwords[role]
    directory = create_engine(databases.directory, role, password, timeouts=_PATIENT)
    engines = {
        name: create_engine(address, role, password, timeouts=_PATIENT)
        for name, address in databases.shards.items()
    }
    engine = PostgresEngine(Door(engines, new_id=_new_id), directory, timeout=PATIENCE_SECONDS)
    try:
        yield engine
    finally:
        await engine.aclose()
        for one in (directory, *engines.values()):
            await one.dispose()
