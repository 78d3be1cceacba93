"""Runs the stack of one machine: starts services in order, restarts what dies, ends all in reverse order.

    async with Supervisor(report=print) as supervisor:
        await supervisor.start(postgres, redis)          # both at once; returns when both are ready
        ...                                              # migrate
        await supervisor.start(gateway, worker)
        await supervisor.until_stopped()

SIGINT, SIGTERM and SIGHUP cancel whatever the block is doing; the block then ends without an exception and
`stopped_by` names the signal. With `hangup` SIGHUP calls that instead.
"""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from fediflow.local.errors import UnableToStart

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Service(Protocol):
    """What can be supervised. `start` cleans up after itself when it fails or is cancelled."""

    @property
    def name(self) -> str: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def wait(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a service that died is left alone: doubling from `first` to `longest` seconds.

    A service that lived for `forgiven` seconds begins anew.
    """

    first: float = 0.2
    longest: float = 15.0
    forgiven: float = 30.0

    def delay(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row."""
        return float(min(self.longest, self.first * 2 ** (failures - 1)))


class Supervisor:
    """The services of this machine, as long as the `async with` block lasts; `report` gets a sentence per event."""

    def __init__(
        self,
        *,
        report: Callable[[str], None],
        backoff: Backoff | None = None,
        hangup: Callable[[], None] | None = None,
    ) -> None:
        self.stopped_by: signal.Signals | None = None
        self._hangup = hangup
        self._report = report
        self._backoff = backoff or Backoff()
        self._started: list[list[Service]] = []
        self._watchers: dict[Service, asyncio.Task[None]] = {}
        self._failed: asyncio.Future[None] | None = None
        self._block: asyncio.Task[object] | None = None

    async def __aenter__(self) -> Self:
        self._block = asyncio.current_task()
        loop = asyncio.get_running_loop()
        self._failed = loop.create_future()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._stop_block, number)
        if self._hangup is not None:
            loop.add_signal_handler(signal.SIGHUP, self._hangup)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        block, self._block = self._block, None  # from here on a signal changes nothing: all has its deadline
        try:
            await self._stop_all()
        finally:
            for number in _SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(number)
        if self.stopped_by is None or block is None:
            return False
        block.uncancel()
        return isinstance(error, asyncio.CancelledError)

    async def start(self, *services: Service) -> None:
        """Starts these at the same time and returns when all are ready; the first failure is raised."""
        stage: list[Service] = []
        self._started.append(stage)
        try:
            async with asyncio.TaskGroup() as group:
                for service in services:
                    group.create_task(self._start_one(service, stage))
        except* UnableToStart as failures:
            failure = failures
        else:
            return
        raise failure.exceptions[0]

    async def until_stopped(self) -> None:
        """Stays until a signal cancels it, or raises what the `wait` of a service raised."""
        assert self._failed is not None, "outside of the block"
        await self._failed

    async def replace(self, old: Service, new: Service) -> None:
        """Starts `new`, and ends `old` once that is ready. Where it cannot start, that is raised and `old` goes on."""
        stage = next(stage for stage in self._started if old in stage)
        await self._start_one(new, stage)
        self._watchers.pop(old).cancel()
        stage.remove(old)
        await old.stop()

    async def _start_one(self, service: Service, stage: list[Service]) -> None:
        await service.start()
        stage.append(service)
        watcher = asyncio.create_task(self._watch(service))
        watcher.add_done_callback(self._watched)
        self._watchers[service] = watcher

    def _watched(self, watcher: asyncio.Task[None]) -> None:
        """A watcher ends when it is told to, or with what ends the block."""
        error = None if watcher.cancelled() else watcher.exception()
        if error is not None and self._failed is not None and not self._failed.done():
            self._failed.set_exception(error)

    async def _watch(self, service: Service) -> None:
        """Restarts the service whenever it ends, until it is told to leave it alone."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            since = loop.time()
            event = await _end_of(service)
            failures = 1 if loop.time() - since > self._backoff.forgiven else failures + 1
            await self._restart(service, event, failures)

    async def _restart(self, service: Service, event: str, failures: int) -> None:
        while True:
            delay = self._backoff.delay(failures)
            self._report(f"{event}; it is started again in {delay:.1f} s")
            await asyncio.sleep(delay)
            try:
                await service.start()
            except UnableToStart as failure:
                event, failures = failure.message.removesuffix("."), failures + 1
            else:
                self._report(f"{service.name} runs again")
                return

    async def _stop_all(self) -> None:
        for watcher in self._watchers.values():
            watcher.cancel()
        await asyncio.gather(*self._watchers.values(), return_exceptions=True)
        if self._failed is not None and not self._failed.cancel() and not self._failed.cancelled():
            self._failed.exception()  # whoever waited has it; if nobody did, the block ends for another reason
        results: list[BaseException | None] = []
        for stage in reversed(self._started):
            results += await asyncio.gather(*(service.stop() for service in stage), return_exceptions=True)
        for failure in results:
            if failure is not None:
                raise failure

    def _stop_block(self, number: signal.Signals) -> None:
        """Cancels once: a second Ctrl-C does not interrupt the stopping."""
        if self.stopped_by is None and self._block is not None:
            self.stopped_by = number
            self._block.cancel()


async def _end_of(service: Service) -> str:
    code = await service.wait()
    if code < 0:
        return f"{service.name} was ended by {signal.Signals(-code).name}"
    return f"{service.name} ended with code {code}"
