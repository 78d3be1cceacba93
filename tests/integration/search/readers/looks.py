"""Saved searches that a worker looks at: the real engine and index, a clock that tests move, called by the test itself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from academic.courses.courses import NewCourse, create_course
from federation.tables.notifications import notifications
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from kernel.outbox.batches import handle_batch, position_of, register
from kernel.outbox.consumers import Consumer
from kernel.outbox.relay import number_batch
from search.engine import Engine, SearchUnavailable
from search.indexing.claiming import Claims
from search.indexing.consumer import search_consumer
from search.indexing.indexer import Indexer
from search.model import Answer, Audience, Collection, Query
from search.postgres.engine import PostgresEngine
from search.readers.arguments import read_arguments
from search.readers.asking import places
from search.readers.looking import Looker
from search.readers.saving import NewSavedSearch, save_search
from tenants.directory import Directory
from tenants.door import Door
from tenants.tables import users
from tests.databases import Databases
from tests.integration.search.engines import PATIENCE_SECONDS
from tests.world import World

AT = "alpha"
SHARD = "one"
LATER = timedelta(minutes=20)  # than the next look, with its jitter


@dataclass
class Clock:
    """The time, and how much later tests say it is."""

    later: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.later


@dataclass
class Asked:
    """An engine as a worker's looks have it: counted, and away or held up where a test says so."""

    engine: Engine
    queries: list[Query] = field(default_factory=list)
    trouble: Exception | None = None
    gate: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def search(self, collection: Collection, query: Query, audience: Audience) -> Answer:
        """As the engine, unless it is away."""
        self.queries.append(query)
        if self.trouble is not None:
            raise self.trouble
        answer = await self.engine.search(collection, query, audience)
        if self.gate is not None:
            self.reached.set()
            await self.gate.wait()
        return answer


@dataclass(frozen=True, slots=True)
class Looking:
    """A worker's side of saved searches."""

    world: World
    clock: Clock
    door: Door
    engine: Engine
    consumer: Consumer
    shard: AsyncEngine
    directory: Directory

    def looker(self, asked: Asked | None = None) -> Looker:
        """A worker that looks at them."""
        engine: Any = asked or self.engine
        return Looker(
            self.door,
            self.directory.by_id,
            places(self.directory),
            engine,
            "postgresql",
            sends_mail=False,
            clock=self.clock,
        )

    async def look(self, asked: Asked | None = None) -> int:
        """What a worker that starts now does until nothing is due; how many people it looked at."""
        looker, people = self.looker(asked), 0
        while dealt_with := await looker.look_due(self.shard):
            people += dealt_with
        return people

    async def catch_up(self) -> None:
        """All that was written is numbered and indexed."""
        async with self.shard.connect() as connection:
            await register(connection, [self.consumer])
            while await number_batch(connection):
                pass
            position = await position_of(connection, self.consumer.name)
            count = 1
            while count:
                count, position = await handle_batch(connection, self.consumer, position, 500)

    async def save(self, role: str, name: str, **arguments: Any) -> int:
        """A search that one of the people saved."""
        arguments = read_arguments(arguments or {"text": name})  # type: ignore[assignment]
        async with self.world.door.write(await self.world.principal(AT, role)) as tx:
            new = NewSavedSearch(name, arguments)  # type: ignore[arg-type]
            return await save_search(tx, saved_search=new)

    async def course(self, *titles: str, visibility: str = "public") -> list[int]:
        """Courses that are there from now on, and indexed."""
        made = []
        async with self.world.door.write(self.world.as_system(AT)) as tx:
            for title in titles:
                new = NewCourse(
                    org_unit_id=self.world[AT].number("faculty"),
                    code=f"N{tx.new_id()}",
                    title={"en": title},
                    visibility=visibility,
                )
                made.append(await create_course(tx, course=new))
        await self.catch_up()
        return made

    async def told(self, role: str) -> Sequence[Any]:
        """What one of the people is told of saved searches, oldest first."""
        async with self.world.door.write(self.world.as_system(AT)) as tx:
            row = notifications.c
            query = select(row.once_key, row.details, row.is_shown).where(
                row.tenant_id == tx.tenant_id,
                row.user_id == self.world[AT].number(f"user:{role}"),
                row.kind == "saved_search",
            )
            return (await tx.connection.execute(query.order_by(row.id))).all()

    async def counts(self, role: str) -> list[int]:
        """How many results each of those tells of."""
        return [one.details["count"] for one in await self.told(role)]


@asynccontextmanager
async def opened_looking(databases: Databases, world: World) -> AsyncIterator[Looking]:
    """With an index that has everything that there is."""
    async with AsyncExitStack() as opened:
        shards = {
            name: databases.engine(address, DatabaseRole.WORKER, pool_size=10)
            for name, address in databases.shards.items()
        }
        directory_engine = databases.engine(databases.directory, DatabaseRole.WORKER)
        for one in (*shards.values(), directory_engine):
            opened.push_async_callback(one.dispose)
        clock = Clock()
        door = Door(shards, new_id=IdFactory(FixedLease(1003), wall_clock_ms), clock=clock)
        directory = Directory(directory_engine)
        engine = PostgresEngine(door, directory_engine, timeout=PATIENCE_SECONDS)
        opened.push_async_callback(engine.aclose)
        await engine.prepare()
        consumer = search_consumer(
            Indexer(door, engine, directory), engine, Claims("postgresql", lambda: shards), directory.by_id
        )
        looking = Looking(world, clock, door, engine, consumer, shards[SHARD], directory)
        await looking.catch_up()
        yield looking


AWAY = SearchUnavailable("the engine is away")


async def set_status(looking: Looking, role: str, status: str) -> None:
    """One of the people is suspended, or let in again."""
    async with looking.world.door.write(looking.world.as_system(AT)) as tx:
        own = (users.c.tenant_id == tx.tenant_id, users.c.id == looking.world[AT].number(f"user:{role}"))
        await tx.connection.execute(update(users).where(*own).values(status=status))
