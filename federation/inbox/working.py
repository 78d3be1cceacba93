"""The worker's side of the inbox: what waits in its lanes is worked on, many objects at once, each object's in order."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from time import monotonic

from federation.inbox.choosing import MOST_OBJECTS, MOST_PARKED, choose, share
from federation.inbox.lanes import RENEW_SECONDS, Lanes
from federation.inbox.processing import End, Outcome, Processor
from federation.inbox.queue import WOKEN_PER_LANE, InboxQueue, Waiting
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.outbox.complaints import Complaint
from kernel.outbox.waiting import Bell, Pace, retry_delay, wait

LEAST_ROOM = 64  # where there is more than was read, the next look is at once when so many objects can begin

WAKE_SECONDS = 0.5
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
        self._parked: dict[str, deque[_Chain]] = {}  # what waits because its server has enough under way
        self._after: dict[int, str] = {}  # in each lane, the server that was looked at last
        self._is_behind = False  # whether there was more than was read
        self._wake_at = 0.0  # monotonic
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
        self._parked.clear()  # nothing more begins

    async def _begin_more(self) -> int:
        """Starts work on what is ready in our lanes; whether to look again at once."""
        lanes = [lane for lane in self._lanes.held if self._lanes.is_held(lane)]
        self._begin_parked()
        if not lanes or len(self._running) >= MOST_OBJECTS:
            return 0
        woken_all = await self._wake(lanes)
        after = {lane: self._after.get(lane, "") for lane in lanes}
        parked = {chain[0].object_hash for chains in self._parked.values() for chain in chains}
        turn = choose(
            await self._queue.ready(after, full=self._full()),
            after=after,
            busy=lambda one: one in self._running or one in parked,
            room=MOST_OBJECTS - len(self._running),
            left=self._left,
        )
        self._after = dict(turn.after)
        self._is_behind = not (turn.is_all and woken_all)
        if turn.hold_back:
            await self._queue.hold_back(turn.hold_back)
        if turn.begin:
            for chain in _by_object(await self._queue.read(turn.begin)):
                if chain[0].not_before is None:  # else it was under way while we looked, and waits again
                    self._begin(chain)
        return len(turn.begin) + len(turn.hold_back) + (any(self._after.values()) or not woken_all)

    async def _wake(self, lanes: Collection[int]) -> bool:
        """What waited for long enough is ready again; False where there may be more of it."""
        if monotonic() < self._wake_at:
            return True
        woken = await self._queue.wake(lanes)
        if woken >= WOKEN_PER_LANE:
            return False
        self._wake_at = monotonic() + WAKE_SECONDS
        return True

    def _full(self) -> list[str]:
        hosts = {*self._of_host, *self._parked}
        return [host for host in hosts if self._left(host) <= 0]

    def _left(self, host: str) -> int:
        """How many more objects of a server may be at hand."""
        left = share(len(self._running)) - self._of_host[host]
        if sum(len(chains) for chains in self._parked.values()) < MOST_OBJECTS:
            left += MOST_PARKED
        return left - len(self._parked.get(host, ()))

    def _begin_parked(self) -> None:
        """Nothing is kept of lanes that are not ours, and of others what may begin now does."""
        for host, chains in list(self._parked.items()):
            ours = deque(chain for chain in chains if self._lanes.is_held(chain[0].lane))
            while ours and self._may_begin(host):
                self._start(ours.popleft())
            if ours:
                self._parked[host] = ours
            else:
                del self._parked[host]

    def _begin(self, chain: _Chain) -> None:
        first = chain[0]
        if self._may_begin(first.sender_host):
            self._start(chain)
        else:
            self._parked.setdefault(first.sender_host, deque()).append(chain)

    def _may_begin(self, host: str) -> bool:
        return self._of_host[host] < share(len(self._running))

    def _start(self, chain: _Chain) -> None:
        object_hash, host = chain[0].object_hash, chain[0].sender_host
        task = asyncio.create_task(self._follow(chain))
        self._running[object_hash] = task
        self._of_host[host] += 1
        task.add_done_callback(lambda _: self._done(object_hash, host))

    def _done(self, object_hash: int, host: str) -> None:
        del self._running[object_hash]
        self._of_host[host] -= 1
        if not self._of_host[host]:
            del self._of_host[host]
        parked = self._parked.get(host)
        if parked and self._may_begin(host):
            self._start(parked.popleft())
            if not parked:
                del self._parked[host]
        # Where all was read that there was, the next look comes soon enough.
        if not self._running or (self._is_behind and len(self._running) <= MOST_OBJECTS - LEAST_ROOM):
            self._bell.ring()

    async def _follow(self, chain: _Chain) -> None:
        """Works on one object's activities in order, until one has to wait: those behind it wait with it."""
        while chain and self._lanes.is_held(chain[0].lane):
            row = chain.popleft()
            outcome = await self._processor.process(row)
            await self._persistently(row, outcome)
            self._on_end(outcome, row)
            if outcome.end is End.POSTPONED:
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
            await self._queue.finish(row)
        elif outcome.end is End.REFUSED:
            await self._queue.refuse(row, outcome.why)
        elif outcome.end is End.SET_ASIDE:
            await self._queue.set_aside(row, attempts=outcome.attempts, error=outcome.why)
        else:
            await self._queue.postpone(
                row.arrival, attempts=outcome.attempts, delay=outcome.delay, error=outcome.why
            )

    async def _count(self) -> None:
        self._on_survey(await self._queue.oldest_seconds())
        if self._lanes.is_held(0):  # one worker's for all
            await self._queue.mark_full()
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
        for last in (self._lanes.give_back, self._count):
            with suppress(*DATABASE_TROUBLE):  # the leases end by themselves
                await last()


def _by_object(rows: Collection[Waiting]) -> list[_Chain]:
    chains: dict[int, _Chain] = {}
    for row in rows:
        chains.setdefault(row.object_hash, deque()).append(row)
    return list(chains.values())


async def _first_of(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    """Returns when either happens, at the latest after that time."""
    waits = [asyncio.ensure_future(one.wait()), asyncio.ensure_future(other.wait())]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for waiting in waits:
        waiting.cancel()
