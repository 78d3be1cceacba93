"""The engines the demo is made with, and reading what was made as the application does."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncEngine

from fediflow.demo import DemoShard, University, create
from kernel.database.addresses import Address
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from search.indexing.rebuilding import Rebuilding
from search.postgres.engine import PostgresEngine
from tenants.directory import Directory
from tenants.door import Door, set_tenant
from tenants.model import TenantId
from tests.databases import Databases, made_databases
from tests.servers import RunningPostgres

TODAY = date(2026, 5, 4)


@dataclass(frozen=True, slots=True)
class World:
    """Databases and how the demo comes into them."""

    databases: Databases
    directory: AsyncEngine
    shards: Mapping[str, DemoShard]
    readers: Mapping[str, AsyncEngine]  # the application's

    async def create(self, *, today: date, seed: int = 1) -> list[str]:
        """Makes what is missing; what was said on the way."""
        said: list[str] = []
        await create(
            directory=self.directory, shards=self.shards, today=today, seed=seed, progress=said.append
        )
        return said

    async def index(self) -> None:
        """Fills the index of the search engine, as a worker does that finds it empty."""
        shards = {name: shard.worker for name, shard in self.shards.items()}
        door = Door(shards, new_id=IdFactory(FixedLease(1002), wall_clock_ms))
        await Rebuilding(
            PostgresEngine(door, self.directory),
            name="postgresql",
            shards=shards,
            door=door,
            directory=Directory(self.directory),
            directory_engine=self.directory,
        ).run()

    async def shard_of(self, university: University) -> str:
        """Where the directory says it is."""
        tenant = await Directory(self.directory).by_slug(university.slug)
        assert tenant is not None
        return tenant.shard

    async def rows(self, university: University, query: str) -> Sequence[RowMapping]:
        """Rows of the tenant, as the application reads them; `fediflow.` tables."""
        return await self.rows_on(await self.shard_of(university), university, query)

    async def rows_on(self, shard: str, university: University, query: str) -> Sequence[RowMapping]:
        """The same, on a shard of the caller's choice."""
        async with self.readers[shard].connect() as connection:
            await connection.execute(text(set_tenant(TenantId(university.id))))
            return (await connection.execute(text(query))).mappings().all()

    async def value(self, university: University, query: str) -> Any:
        """The one value of a query."""
        (row,) = await self.rows(university, query)
        return next(iter(row.values()))


@asynccontextmanager
async def made_world(server: RunningPostgres, run_dir: Path, name: str) -> AsyncIterator[World]:
    """A directory, two shards, and the engines of the roles that make and read the demo."""
    async with AsyncExitStack() as stack:
        databases = await stack.enter_async_context(made_databases(server, run_dir, name))

        def engine(address: Address, role: DatabaseRole) -> AsyncEngine:
            made = databases.engine(address, role)
            stack.push_async_callback(made.dispose)
            return made

        shards = databases.shards.items()
        yield World(
            databases,
            directory=engine(databases.directory, DatabaseRole.WORKER),
            shards={
                name: DemoShard(engine(address, DatabaseRole.WORKER), engine(address, DatabaseRole.OWNER))
                for name, address in shards
            },
            readers={name: engine(address, DatabaseRole.APP) for name, address in shards},
        )
