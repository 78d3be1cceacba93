"""Answers that are not in this process yet: fetched once, for all who ask for the same under the same stamp."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from api.response_cache.entries import LARGEST_ENTRY, LocalEntries, SharedEntries, Texts, size_of
from api.response_cache.telling import tell
from kernel.database.wire.client import Statement
from kernel.database.wire.promise import Outcome
from tenants.model import Tenant
from tenants.readers import Readers

Told = Callable[[Outcome], None]


class Answered(StrEnum):
    """How a request that may be answered from the cache was answered."""

    HIT = "hit"  # out of this process's memory
    SHARED_HIT = "shared_hit"  # out of Redis
    JOINED = "joined"  # with another request's answer, which was on its way
    MISS = "miss"
    BYPASS = "bypass"  # as if there were no cache: no lease, or no Redis


@dataclass(frozen=True, slots=True)
class Question:
    """What PostgreSQL would be asked, and what stands for it in the cache."""

    tenant: Tenant
    key: bytes
    bound: Sequence[Statement]


@dataclass(slots=True)
class Counts:
    """Requests by how they were answered."""

    by_answer: dict[Answered, int] = field(default_factory=lambda: dict.fromkeys(Answered, 0))

    def add(self, answered: Answered) -> None:
        """One more."""
        self.by_answer[answered] += 1


class Fills:
    """Looks in Redis, asks PostgreSQL, keeps what it said. One task for each answer that is on its way."""

    def __init__(self, readers: Readers, local: LocalEntries, shared: SharedEntries, counts: Counts) -> None:
        self._readers = readers
        self._local = local
        self._shared = shared
        self._counts = counts
        self._waiting: dict[tuple[bytes, bytes], list[Told]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, question: Question, stamp: bytes, told: Told) -> None:
        """Calls `told` with the answer, or with what went wrong. The stamp was read before, so the answer is as new."""
        same = (question.key, stamp)
        waiting = self._waiting.get(same)
        if waiting is not None:
            self._counts.add(Answered.JOINED)
            waiting.append(told)
            return
        self._waiting[same] = [told]
        task = asyncio.create_task(self._fill(question, stamp))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Ends what is under way; who still waits is not told."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _fill(self, question: Question, stamp: bytes) -> None:
        try:
            texts, is_new = await self._found(question, stamp)
        except Exception as error:  # whatever it is, each request says it as its own
            self._tell(question, stamp, error)
            return
        is_kept = size_of(texts) <= LARGEST_ENTRY
        if is_kept:
            self._local.put(question.key, stamp, texts)
        self._tell(question, stamp, list(texts))
        if is_new and is_kept:
            await self._shared.put(question.tenant.id, question.key, stamp, texts)

    async def _found(self, question: Question, stamp: bytes) -> tuple[Texts, bool]:
        """The answer, and whether it is PostgreSQL's."""
        kept = await self._shared.get(question.key, stamp)
        self._counts.add(Answered.MISS if kept is None else Answered.SHARED_HIT)
        if kept is not None:
            return kept, False
        return await self._readers.fetch(question.tenant, question.bound), True

    def _tell(self, question: Question, stamp: bytes, outcome: Outcome) -> None:
        for told in self._waiting.pop((question.key, stamp)):
            tell(told, outcome)
