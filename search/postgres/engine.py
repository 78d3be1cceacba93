"""The engine in PostgreSQL: exact BM25 over postings in btree indexes, under row-level security (docs/decisions/0014)."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from search.engine import Building
from search.model import (
    Answer,
    Audience,
    Collection,
    Kind,
    Prefix,
    Query,
    Reference,
    Stored,
    Suggestion,
)
from search.postgres.answering import search
from search.postgres.building import Places
from search.postgres.homes import Homes, statements
from search.postgres.index import PostgresIndex, publisher_of
from search.postgres.suggesting import suggest
from tenants.door import Door

_SQL = statements("store")
_LIST_WITHIN = 30.0  # seconds: nobody waits for it


class PostgresEngine(PostgresIndex):
    """Finds by the shard's tables, through the door; what is published by the directory's.

    The gateway gives a door and an engine of its role and asks; the worker gives its own and stores. `timeout` are seconds
    for a query.
    """

    def __init__(self, door: Door, directory: AsyncEngine, *, timeout: float = 2.0) -> None:
        super().__init__(Homes(door, directory, timeout))
        self._places = Places(self._homes, directory)

    async def search(self, collection: Collection, query: Query, audience: Audience) -> Answer:
        """The page of hits that the audience may find."""
        async with self._homes.reading(collection) as home:
            return await search(home, collection, query, audience)

    async def suggest(
        self, collection: Collection, prefix: Prefix, audience: Audience
    ) -> Sequence[Suggestion]:
        """The most popular documents that go on so."""
        async with self._homes.reading(collection) as home:
            return await suggest(home, collection, prefix, audience)

    async def listed(
        self, collection: Collection, *, after: Reference | None, limit: int
    ) -> Sequence[Stored]:
        """What is stored, in order of references."""
        last = ("", 0) if after is None else (after.kind.value, after.id)
        async with self._homes.writing(collection, within=_LIST_WITHIN) as home:
            generation = await self._held(home)
            publisher = publisher_of(collection)
            rows = await home.rows(_SQL["listed"], generation, publisher.id, *last, limit)
        return [
            Stored(Reference(Kind(row["kind"]), row["id"]), row["version"], row["digest"]) for row in rows
        ]

    async def build(self) -> Building:
        """A new generation of the tables."""
        return await self._places.begin()

    async def prepare(self) -> None:
        """Nothing: the migrations made it."""

    async def refresh(self) -> None:
        """Nothing: what is committed is found."""

    async def aclose(self) -> None:
        """Nothing: the connections are those of the process."""
