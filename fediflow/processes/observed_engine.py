"""A search engine whose questions, documents and failures are counted."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kernel.settings import SearchEngine
from kernel.telemetry import Metrics
from search.engine import Building, Engine, Index, SearchUnavailable
from search.model import (
    Answer,
    Audience,
    Changes,
    Collection,
    Prefix,
    Put,
    Query,
    Reference,
    Refused,
    Stored,
    Suggestion,
)

_REQUESTS = ("search", "suggest", "store", "forget", "list", "build", "finish", "prepare", "refresh")
_OUTCOMES = ("stored", "removed", "refused")


class _Counts:
    """The figures of one engine; all of them are there from the beginning, so that none appears out of nothing."""

    def __init__(self, metrics: Metrics, name: SearchEngine) -> None:
        self._seconds = metrics.search_seconds
        self._name = name.value
        self._failures = {request: metrics.search_failures.labels(name, request) for request in _REQUESTS}
        self._documents = {outcome: metrics.search_documents.labels(name, outcome) for outcome in _OUTCOMES}

    @contextmanager
    def failing(self, request: str) -> Iterator[None]:
        """Counts what is not answered."""
        try:
            yield
        except SearchUnavailable:
            self._failures[request].inc()
            raise

    @contextmanager
    def asking(self, question: str) -> Iterator[None]:
        """Counts and times a question."""
        began, outcome = time.perf_counter(), "failed"  # also where the asker left
        try:
            with self.failing(question):
                yield
            outcome = "answered"
        except SearchUnavailable:
            outcome = "unavailable"
            raise
        finally:
            self._seconds.labels(self._name, question, outcome).observe(time.perf_counter() - began)

    def stored(self, changes: Changes, refused: Sequence[Refused]) -> None:
        """Counts what an index was given."""
        puts = sum(isinstance(change, Put) for change in changes)
        self._documents["stored"].inc(puts - len(refused))
        self._documents["removed"].inc(len(changes) - puts)
        self._documents["refused"].inc(len(refused))


class _ObservedIndex:
    def __init__(self, index: Index, counts: _Counts) -> None:
        self._index = index
        self._counts = counts

    async def store(self, collection: Collection, changes: Changes) -> Sequence[Refused]:
        """As the index does."""
        with self._counts.failing("store"):
            refused = await self._index.store(collection, changes)
        self._counts.stored(changes, refused)
        return refused

    async def forget(self, collection: Collection) -> None:
        """As the index does."""
        with self._counts.failing("forget"):
            await self._index.forget(collection)


class _ObservedBuilding(_ObservedIndex):
    def __init__(self, building: Building, counts: _Counts) -> None:
        super().__init__(building, counts)
        self._building = building

    async def finish(self) -> None:
        """As the building does."""
        with self._counts.failing("finish"):
            await self._building.finish()

    async def abandon(self) -> None:
        """As the building does."""
        await self._building.abandon()


class ObservedEngine(_ObservedIndex):
    """Does all as `engine` does."""

    def __init__(self, engine: Engine, metrics: Metrics, name: SearchEngine) -> None:
        super().__init__(engine, _Counts(metrics, name))
        self._engine = engine

    async def search(self, collection: Collection, query: Query, audience: Audience) -> Answer:
        """As the engine does."""
        with self._counts.asking("search"):
            return await self._engine.search(collection, query, audience)

    async def suggest(
        self, collection: Collection, prefix: Prefix, audience: Audience
    ) -> Sequence[Suggestion]:
        """As the engine does."""
        with self._counts.asking("suggest"):
            return await self._engine.suggest(collection, prefix, audience)

    async def listed(
        self, collection: Collection, *, after: Reference | None, limit: int
    ) -> Sequence[Stored]:
        """As the engine does."""
        with self._counts.failing("list"):
            return await self._engine.listed(collection, after=after, limit=limit)

    async def build(self) -> Building:
        """As the engine does."""
        with self._counts.failing("build"):
            return _ObservedBuilding(await self._engine.build(), self._counts)

    async def prepare(self) -> None:
        """As the engine does."""
        with self._counts.failing("prepare"):
            await self._engine.prepare()

    async def refresh(self) -> None:
        """As the engine does."""
        with self._counts.failing("refresh"):
            await self._engine.refresh()

    async def aclose(self) -> None:
        """As the engine does."""
        await self._engine.aclose()
