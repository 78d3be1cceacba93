"""The worker's side of the inbox: what waits in its lanes is worked on, many objects at once, each object's in order."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from time import monotonic

from federation.inbox.lanes import RENEW_SECONDS, Lanes
from federation.inbox.processing import End, Outcome, Processor
from federation.inbox.queue import InboxQueue, Waiting
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.outbox.complaints import Complaint
from kernel.outbox.waiting import Bell, Pace, retry_delay, wait

MOST_OBJECTS = 256
"""Worked on at once; most of them wait for other servers, not for the database."""

MOST_OF_HOST = 32
"""Of these, about what one server sent: one that lets us wait holds back itself alone."""

GRACE_SECONDS = 10.0
COUNT_SECONDS = 10.0
SWEEP_SECONDS = 600.0

_Chain = deque[Waiting]


class InboxWorker:
    """Works until told to stop. What it was in the midst of when it dies is done again by another."""

    def __init__(
        self,
        queue: InboxQueue,
        lanes: Lanes,
        processor: Processor,
        *,
        on_end: Callable[[Outcome, Waiting], None] = lambda _outcome, _row: None,
        on_survey: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._queue = queue
        self._lanes = lanes
        self._processor = processor
        self._on_end = on_end
        self._on_survey = on_survey
        self._running: dict[int, asyncio.Task[None]] = {}  # by the object's hash
        self._of_host: Counter[str] = Counter()
        self._parked: dict[int, str] = {}  # objects whose server has enough under way, by hash
        self._not_before: dict[int, float] = {}  # objects that wait (monotonic)
        self._received: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._bell = Bell()
        self._complaint = Complaint("inbox", {})

    async def run(self, stop: asyncio.Event) -> None:
        """Works on what comes until `stop`; then finishes what was begun, and gives the lanes back."""
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(self._again_and_again(self._lanes.renew, RENEW_SECONDS, stop)),
                group.create_task(self._again_and_again(self._count, COUNT_SECONDS, stop)),
                group.create_task(self._again_and_again(self._queue.sweep, SWEEP_SECONDS, stop)),
            ]
            await self._work(stop)
            await asyncio.wait(beside)
        await self._end()

    async def _work(self, stop: asyncio.Event) -> None:
        pace = Pace()
        while not stop.is_set():
            rung = self._bell.listen()
            try:
                begun = await self._begin_more()
                self._complaint.settled()
            except DATABASE_TROUBLE as error:
                self._complaint.failed(error)
                await wait(stop, retry_delay(self._complaint.failures))
                continue
            await _first_of(rung, stop, pace.after(begun))

    async def _begin_more(self) -> int:
        """Starts work on what waits in our lanes; how many objects."""
        self._wake()
        room = MOST_OBJECTS - len(self._running)
        lanes = [lane for lane in self._lanes.held if self._lanes.is_held(lane)]
        if room <= 0 or not lanes:
            return 0
        left_aside = {*self._running, *self._parked, *self._not_before}
        found = await self._queue.read(lanes, left_aside)
        begun = 0
        for chain in _by_object(found):
            if begun == room:
                break
            begun += self._begin(chain)
        return begun

    def _wake(self) -> None:
        """Objects that waited long enough are looked at again."""
        now = monotonic()
        for object_hash in [one for one, until in self._not_before.items() if until <= now]:
            del self._not_before[object_hash]

    def _begin(self, chain: _Chain) -> bool:
        first = chain[0]
        wait_for = _seconds_until(first.not_before)
        if wait_for > 0:
            self._not_before[first.object_hash] = monotonic() + wait_for
            return False
        if self._of_host[first.sender_host] >= MOST_OF_HOST:
            self._parked[first.object_hash] = first.sender_host
            return False
        task = asyncio.create_task(self._follow(chain))
        self._running[first.object_hash] = task
        self._of_host[first.sender_host] += 1
        task.add_done_callback(lambda _: self._done(first))
        return True

    def _done(self, first: Waiting) -> None:
        self._running.pop(first.object_hash)
        self._of_host[first.sender_host] -= 1
        if not self._of_host[first.sender_host]:
            del self._of_host[first.sender_host]
        for object_hash in [one for one, host in self._parked.items() if host == first.sender_host]:
            del self._parked[object_hash]
        self._bell.ring()

    async def _follow(self, chain: _Chain) -> None:
        """Works on one object's activities in order, until one has to wait: those behind it wait with it."""
        while chain and self._lanes.is_held(chain[0].lane):
            row = chain.popleft()
            outcome = await self._processor.process(row)
            await self._persistently(row, outcome)
            self._on_end(outcome, row)
            if outcome.end is End.POSTPONED:
                self._not_before[row.object_hash] = monotonic() + outcome.delay.total_seconds()
                return
            self._received[row.sender_host] += 1
            if outcome.end is End.REFUSED:
                self._refused[row.sender_host] += 1

    async def _persistently(self, row: Waiting, outcome: Outcome) -> None:
        """Writes down how it ended. Without that it would be worked on again, to no effect."""
        complaint = Complaint("inbox outcome", {"arrival": row.arrival})
        while True:
            try:
                await self._write(row, outcome)
                return
            except DATABASE_TROUBLE as error:
                complaint.failed(error)
                await asyncio.sleep(retry_delay(complaint.failures))

    async def _write(self, row: Waiting, outcome: Outcome) -> None:
        if outcome.forget:
            await self._queue.remember_deleted(row.tenant_id, row.actor_address, outcome.forget)
        if outcome.end is End.DONE:
            await self._queue.finish(row.arrival)
        elif outcome.end is End.REFUSED:
            await self._queue.refuse(row.arrival, outcome.why)
        else:
            await self._queue.postpone(
                row.arrival, attempts=outcome.attempts, delay=outcome.delay, error=outcome.why
            )

    async def _count(self) -> None:
        self._on_survey(await self._queue.oldest_seconds())
        received, refused = self._received.copy(), self._refused.copy()
        if received:
            await self._queue.count_hosts(received, refused)
        self._received -= received
        self._refused -= refused

    async def _again_and_again(
        self, work: Callable[[], Awaitable[None]], seconds: float, stop: asyncio.Event
    ) -> None:
        complaint = Complaint("inbox upkeep", {"work": getattr(work, "__name__", "")})
        while not stop.is_set():
            pause = seconds
            try:
                await work()
                complaint.settled()
                self._bell.ring()
            except DATABASE_TROUBLE as error:
                complaint.failed(error)
                pause = retry_delay(complaint.failures)
            await wait(stop, pause)

    async def _end(self) -> None:
        running = set(self._running.values())
        if running:
            _, late = await asyncio.wait(running, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        try:
            await self._count()
            await self._lanes.give_back()
        except DATABASE_TROUBLE:
            return  # the leases end by themselves


def _by_object(rows: Collection[Waiting]) -> list[_Chain]:
    chains: dict[int, _Chain] = {}
    for row in rows:
        chains.setdefault(row.object_hash, deque()).append(row)
    return list(chains.values())


def _seconds_until(moment: datetime | None) -> float:
    return 0.0 if moment is None else (moment - datetime.now(UTC)) / timedelta(seconds=1)


async def _first_of(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    """Returns when either happens, at the latest after that time."""
    waits = [asyncio.ensure_future(one.wait()), asyncio.ensure_future(other.wait())]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for waiting in waits:
        waiting.cancel()
