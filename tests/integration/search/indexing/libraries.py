"""The world's institutions with an index that hears of them: everything of a worker's, called by the test itself."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from kernel.outbox.batches import handle_batch, position_of, register
from kernel.outbox.consumers import Consumer
from kernel.outbox.relay import number_batch
from search.engine import Engine
from search.indexing.claiming import Claims
from search.indexing.consumer import search_consumer
from search.indexing.fanouts import Fanouts
from search.indexing.filling import Filling
from search.indexing.indexer import Indexer
from search.indexing.patience import Patience
from search.indexing.queue import CONSUMER
from search.indexing.rebuilding import Rebuilding
from search.indexing.verifying import Verifying
from search.indexing.waiting import Waiting, waiting
from search.model import Document, Institution, Kind, Published, Reference
from search.standing import heard_statement
from search.tables.queue import search_fillings
from tenants.directory import Directory
from tenants.door import Door
from tenants.tables import tenants
from tests.databases import Databases
from tests.integration.search.indexing.memory import MemoryEngine
from tests.world import World

NAME = "memory"
IMPATIENT = Patience(seconds=0)


@dataclass(frozen=True, slots=True)
class Library:
    """An index, who writes to it, and the institutions."""

    world: World
    asked: Engine
    indexer: Indexer
    consumer: Consumer
    fanouts: Fanouts
    filling: Filling
    shards: Mapping[str, AsyncEngine]
    directory: Directory
    directory_engine: AsyncEngine

    @property
    def engine(self) -> MemoryEngine:
        """The one in memory."""
        assert isinstance(self.asked, MemoryEngine)
        return self.asked

    async def number(self, shard: str = "one") -> None:
        """As the relay does."""
        async with self.shards[shard].connect() as connection:
            while await number_batch(connection):
                pass

    async def consume(self, shard: str = "one") -> int:
        """As a worker does, until nothing is left; how many events were handled."""
        handled = 0
        async with self.shards[shard].connect() as connection:
            await register(connection, [self.consumer])
            position = await position_of(connection, CONSUMER)
            while True:
                count, position = await handle_batch(connection, self.consumer, position, 500)
                handled += count
                if not count:
                    return handled

    async def catch_up(self, shard: str = "one") -> None:
        """Everything that happened is in the index."""
        await self.number(shard)
        await self.consume(shard)
        while await self.fanouts.work_due(self.shards[shard]):
            pass

    def document(self, kind: Kind, name: str, at: str = "alpha") -> Document:
        """Of something that the world names."""
        return self.stored(Reference(kind, self.world[at].number(name)), at)

    def has(self, kind: Kind, name: str, at: str = "alpha") -> bool:
        """Whether there is one."""
        return self.holds(Reference(kind, self.world[at].number(name)), at)

    def stored(self, reference: Reference, at: str = "alpha") -> Document:
        """What the index has of a row."""
        return self.engine.shelves.of(Institution(self.world[at].tenant))[reference][1]

    def holds(self, reference: Reference, at: str = "alpha") -> bool:
        """Whether it has anything of it."""
        return reference in self.engine.shelves.of(Institution(self.world[at].tenant))

    def version(self, reference: Reference, at: str = "alpha") -> int:
        """Since which position the index has it so."""
        return self.engine.shelves.of(Institution(self.world[at].tenant))[reference][0]

    def published(self, kind: Kind, name: str, at: str = "alpha") -> Document | None:
        """What others read of it."""
        reference = Reference(kind, self.world[at].number(name))
        found = self.engine.shelves.of(Published(self.world[at].tenant)).get(reference)
        return found and found[1]

    async def waiting(self, at: str = "alpha", *, since: int | None = None) -> Waiting:
        """What the index has not heard of, or had not at a position, as a gateway asks."""
        async with self.world.door.read(self.world[at].tenant) as driver:
            return await waiting(driver, self.world[at].tenant.id, since=since)

    async def heard(self, at: str = "alpha") -> int:
        """How far the index has heard, as a gateway asks."""
        sql, values = heard_statement(NAME)
        async with self.world.door.read(self.world[at].tenant) as driver:
            return int(await driver.fetchval(sql, *values))

    def rebuilding(self, patience: Patience = IMPATIENT) -> Rebuilding:
        """A building of the index."""
        return Rebuilding(
            self.asked,
            name=NAME,
            shards=self.shards,
            door=self.indexer.door,
            directory=self.directory,
            directory_engine=self.directory_engine,
            patience=patience,
        )

    def verifying(self, *, repairs: bool = True) -> Verifying:
        """A comparison."""
        return Verifying(self.asked, self.indexer, repairs=repairs)


async def described_as(library: Library, slug: str, **values: object) -> None:
    """What the directory says of an institution is changed."""
    async with library.directory_engine.begin() as connection:
        of_slug = update(tenants).where(tenants.c.slug == slug)
        await connection.execute(of_slug.values(**values))
    library.directory.forget()


@asynccontextmanager
async def opened_library(
    databases: Databases, world: World, engine: Engine | None = None
) -> AsyncIterator[Library]:
    """With nothing in its index; an engine in memory, unless another is given."""
    async with AsyncExitStack() as opened:
        shards = {
            name: databases.engine(address, DatabaseRole.WORKER, pool_size=10)
            for name, address in databases.shards.items()
        }
        directory_engine = databases.engine(databases.directory, DatabaseRole.WORKER)
        for one in (*shards.values(), directory_engine):
            opened.push_async_callback(one.dispose)
        door = Door(shards, new_id=IdFactory(FixedLease(1001), wall_clock_ms))
        directory = Directory(directory_engine)
        engine = engine or MemoryEngine()
        indexer = Indexer(door, engine, directory)
        opened.push_async_callback(_unnote, shards)
        claims = Claims(NAME, lambda: shards)
        filling = Filling(engine, NAME, lambda: shards, claims, door, directory, directory_engine)
        yield Library(
            world,
            engine,
            indexer,
            search_consumer(indexer, engine, claims, directory.by_id),
            Fanouts(indexer, engine, directory.by_id),
            filling,
            shards,
            directory,
            directory_engine,
        )


async def _unnote(shards: Mapping[str, AsyncEngine]) -> None:
    """Other tests ask other engines, whose indexes nobody noted."""
    for shard in shards.values():
        async with shard.begin() as connection:
            await connection.execute(delete(search_fillings))
