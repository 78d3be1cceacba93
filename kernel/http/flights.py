"""Work shared by those who ask for the same thing at the same time, and slots for those who ask for different things."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Abandoned(Exception):
    """The shared work was ended while somebody waited for it."""


class SingleFlight(Generic[Result]):
    """Runs one task per key for all who wait for it. It ends when its work does, or when nobody waits any more."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[Result]] = {}
        self._tasks: set[asyncio.Task[Result]] = set()

    async def run(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """The result of the work under way for this key, which starts now if there is none."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._start(key, work)
        flight.waiting += 1
        try:
            # Unlike awaiting the task itself, a wait can be cancelled without cancelling what it waits for.
            await asyncio.wait((flight.task,))
        finally:
            flight.waiting -= 1
            if flight.waiting == 0:
                self._land(key, flight)
        if flight.task.cancelled():
            raise Abandoned
        return flight.task.result()

    async def aclose(self) -> None:
        """Cancel all work and wait until it has cleaned up after itself."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def _start(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, Result]]) -> "_Flight[Result]":
        flight = _Flight(asyncio.create_task(work()))
        self._flights[key] = flight
        self._tasks.add(flight.task)
        flight.task.add_done_callback(lambda task: self._done(key, flight))
        return flight

    def _land(self, key: Hashable, flight: "_Flight[Result]") -> None:
        flight.task.cancel()  # without effect on a task that is done
        self._forget(key, flight)

    def _done(self, key: Hashable, flight: "_Flight[Result]") -> None:
        self._tasks.discard(flight.task)
        self._forget(key, flight)
        if not flight.task.cancelled():
            flight.task.exception()  # whoever waited has it; nobody may have waited to the end

    def _forget(self, key: Hashable, flight: "_Flight[Result]") -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


class Slots:
    """At most `total` holders, and at most `per_host` for one host; the others wait in order."""

    def __init__(self, *, total: int, per_host: int) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_host = per_host
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def hold(self, host: str) -> AsyncIterator[None]:
        """A slot for as long as the block lasts."""
        entry = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._per_host)))
        entry.interested += 1
        try:
            # The host's slot first: those who wait for a slow host then keep nobody from another.
            async with entry.slots, self._total:
                yield
        finally:
            entry.interested -= 1
            if entry.interested == 0:
                del self._hosts[host]


@dataclass(slots=True)
class _Flight(Generic[Result]):
    task: asyncio.Task[Result]
    waiting: int = 0


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    interested: int = 0
