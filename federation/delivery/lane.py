"""A host's lane while a worker holds it: deliveries are read ahead, some are on their way, until nothing can be sent.

A lane that was in trouble begins with one request alone; only its answer opens the window to what the host took before.
What ends a session is written back before the lane is given away, so no two workers send the same without a crash.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from federation.delivery.bodies import Bodies
from federation.delivery.figures import Figures
from federation.delivery.model import Delivery, Pace, Result, Verdict, Window, backoff, may_change
from federation.delivery.queue import CLASSES, NEVER, NOBODY, Ended, Lane, Queue, Release, Want
from federation.delivery.ready import Ready
from federation.delivery.sending import Sender
from federation.hosts.breaker import HostState
from federation.signatures import Kind

_TROUBLES = 3  # in a row, then the host is left alone for a while
_REFUSALS = 10  # in a row: it is not the activities
_SOON = timedelta(seconds=60)
_KINDS = 20_000  # hosts whose kind of signature is remembered here
_ANSWERS = frozenset({Verdict.DELIVERED, Verdict.GONE, Verdict.REFUSED})  # the host is there
_WHY = {
    Verdict.GONE: "gone",
    Verdict.REFUSED: "refused",
    Verdict.BLOCKED: "blocked",
    Verdict.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Shared:
    """What all lanes of a shard work with. `on_gone` hears of inboxes that are no more, `on_recovered` of hosts
    that answer after they failed, `on_failed` of those that are left alone for a while, `on_untried` of those that failed
    before and of which this session learned nothing."""

    queue: Queue
    bodies: Bodies
    sender: Sender
    figures: Figures
    pace: Pace
    on_gone: Callable[[Delivery, Result], Awaitable[None]]
    on_recovered: Callable[[str], Awaitable[None]]
    on_failed: Callable[[str, "Parting"], Awaitable[None]]
    on_untried: Callable[[str], Awaitable[None]]
    # What kind of signature hosts took last, until the directory says it to everybody.
    kinds: dict[str, Kind] = field(default_factory=dict)

    def learned(self, host: str, kind: Kind) -> None:
        """The host took this kind."""
        if len(self.kinds) >= _KINDS:
            self.kinds.clear()
        self.kinds[host] = kind


@dataclass(frozen=True, slots=True)
class Parting:
    """Why a session ended before all was sent: when to come back, and whether the host failed."""

    wait: timedelta
    error: str | None = None


@dataclass(slots=True)
class _Round:
    """How far the institutions with deliveries of a class were looked at, some at a time, from the first to the last."""

    after: int = NOBODY  # the last one that was
    is_whole: bool = True  # it began with the first one
    has_more: bool = False  # than was taken of one of them

    def went(self, up_to: int | None, *, has_more: bool) -> bool:
        """Looked at up to that one, or to the end; whether this was a whole round that left nothing to take."""
        self.has_more |= has_more
        if up_to is not None:
            self.after = up_to
            return False
        is_through = self.is_whole and not self.has_more
        self.after, self.is_whole, self.has_more = NOBODY, True, False
        return is_through


class LaneWork:
    """One session; `part` ends it from outside, also when the lease is somebody else's."""

    def __init__(self, shared: Shared, lane: Lane, state: HostState, *, share: int) -> None:
        self._shared = shared
        self._lane = lane
        self._share = max(share, 1)
        self._kind = shared.kinds.get(lane.host) or state.kind or Kind.CAVAGE
        self._learned = state.concurrency
        self._window = Window(1, most=self._share)
        self._was_troubled = state.is_troubled or lane.failures > 0
        self._may_probe = state.opens_in is not None  # and nobody else may
        self.has_answered = False
        self.parting: Parting | None = None
        self._ready = Ready()
        self._on_way: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._written: list[asyncio.Future[None]] = []
        self._rounds = {one: _Round() for one in CLASSES}
        self._rounds[1] = _Round(after=lane.last_tenant_id, is_whole=lane.last_tenant_id == NOBODY)
        self._seen = self._none_seen()
        self._open = set(CLASSES)  # where more may wait
        self._troubles = self._refusals = 0

    async def run(self) -> None:
        """Sends until nothing can be sent, or there is a reason to part; gives the lane back."""
        if self._was_troubled:
            await self._supersede()
        while True:
            await self._send_all()
            await self._settle()
            if self.parting is not None and self.parting.error is not None:
                # Before somebody else has the lane: they find the breaker as it is now.
                await self._shared.on_failed(self._lane.host, self.parting)
            elif self._may_probe and not self.has_answered:
                await self._shared.on_untried(self._lane.host)
            if await self._give_back():
                return
            if self._lane.paused:
                # It may be of who was paused then, and is no more: the next session asks.
                self.part(timedelta())
                continue
            # Something came between the last look and the lock: look again from the beginning.
            self._open, self._seen = set(CLASSES), self._none_seen()
            self._rounds = {one: _Round() for one in CLASSES}
            self._ready.begin_anew()

    @property
    def paused(self) -> frozenset[int]:
        """Institutions of which nothing is sent in this session."""
        return self._lane.paused

    def part(self, wait: timedelta) -> None:
        """Ends the session soon: what is on its way is waited for."""
        self.parting = self.parting or Parting(wait)
        self._changed.set()

    async def _send_all(self) -> None:
        while self.parting is None:
            self._start()
            if len(self._ready) < self._window.size and self._open:
                await self._take()
                continue
            if not self._on_way and not self._ready and not self._open:
                break
            self._changed.clear()
            if self._on_way:
                await self._changed.wait()

    async def _take(self) -> None:
        each = max(min(self._window.size * 2, self._shared.pace.batch), 1)
        after = {one: self._rounds[one].after for one in self._open}
        taken = await self._shared.queue.takes.ask(Want(self._lane.host, after, self._seen, each))
        found = self._ready.add(taken.deliveries)
        for delivery in taken.deliveries:
            self._seen[delivery.delivery_class, delivery.tenant_id] = delivery.id
        full = {one for (one, _), count in found.items() if count >= each}
        for one in after:
            if self._rounds[one].went(taken.up_to.get(one), has_more=one in full):
                self._open.discard(one)

    def _start(self) -> None:
        """Has as many on their way as the window lets."""
        while len(self._on_way) < self._window.size and self.parting is None:
            found = self._ready.next()
            if found is None:
                return
            task = asyncio.create_task(self._deliver_on(found))
            self._on_way.add(task)
            task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._on_way.discard(task)
        self._changed.set()
        if not task.cancelled() and task.exception() is not None:
            self.part(_SOON)  # a defect: it is raised when the session settles
            self._written.append(_failed(task))

    async def _deliver_on(self, delivery: Delivery | None) -> None:
        """Delivers one after another, as long as there is one and the window lets it."""
        while delivery is not None:
            await self._deliver(delivery)
            if self._open and len(self._ready) < self._window.size:
                self._changed.set()  # more is to be taken
            if self.parting is not None or len(self._on_way) > self._window.size:
                return
            delivery = self._ready.next()
            self._start()

    async def _deliver(self, delivery: Delivery) -> None:
        is_tried_again = True
        try:
            is_tried_again = await self._try(delivery)
        finally:
            self._ready.over(delivery, is_tried_again=is_tried_again)

    async def _try(self, delivery: Delivery) -> bool:
        """Sends it and notes what came of it; whether it is tried again."""
        shared = self._shared
        result, kind = await shared.sender.send(delivery, shared.bodies, self._kind)
        shared.figures.add(
            delivery.tenant_id, delivery.host, result, kind, self._window.size, shared.sender.clock()
        )
        if result.verdict is Verdict.DELIVERED:
            self._kind = kind
            shared.learned(self._lane.host, kind)
        recovers = self._was_troubled and not self.has_answered and result.verdict in _ANSWERS
        if recovers:
            await self._supersede()  # what came while it was away, before the window opens
        self._weigh(result)
        if recovers:
            await shared.on_recovered(self._lane.host)
        ended = self._ended(delivery, result)
        if ended is None:
            return True
        self._written.append(shared.queue.endings.put(ended))
        if ended.why == "gone":
            await shared.on_gone(delivery, result)
        return ended.wait is not None

    async def _supersede(self) -> None:
        """Drops what something newer makes pointless, also of what was read ahead."""
        forgotten = await self._shared.queue.supersede(self._lane.host)
        if forgotten:
            self._ready.forget(forgotten)

    def _weigh(self, result: Result) -> None:
        """What an attempt says about the host."""
        match result.verdict:
            case verdict if verdict in _ANSWERS:
                self._answered()
                if result.is_denied:
                    return  # it is about who signed, not about the host
                self._refusals = self._refusals + 1 if result.verdict is Verdict.REFUSED else 0
                if self._refusals >= _REFUSALS:
                    self._leave(result)
            case Verdict.BUSY:
                self._window.trouble()
                self.part(result.come_back or _SOON)
            case Verdict.TROUBLE:
                self._window.trouble()
                self._troubles += 1
                if not self.has_answered or self._troubles >= _TROUBLES:
                    self._leave(result)
            case Verdict.UNREADY:
                self.part(timedelta(seconds=self._shared.pace.look_every * 4))

    def _answered(self) -> None:
        self._troubles = 0
        if self.has_answered:
            self._window.went_well()
        else:
            self.has_answered = True
            self._window = Window(self._learned, most=self._share)

    def _leave(self, result: Result) -> None:
        if self.parting is None or self.parting.error is None:
            wait = backoff(self._lane.failures + 1, self._shared.pace)
            self.parting = Parting(wait, result.error or "it failed")
            self._changed.set()

    def _ended(self, delivery: Delivery, result: Result) -> Ended | None:
        """What is written down; None: nothing, it is tried again with the lane."""
        verdict, pace = result.verdict, self._shared.pace
        if verdict is Verdict.DELIVERED:
            return Ended(delivery)
        if verdict in (Verdict.BUSY, Verdict.UNREADY):
            return None
        error = (result.error or "")[:300]
        why = _WHY.get(verdict)
        age = self._shared.sender.clock() - delivery.created_at
        if may_change(result, attempts=delivery.attempts + 1, age=age, pace=pace):
            why = None
        if why is None and age > pace.give_up:
            why = "expired"
        wait = None if why is not None else backoff(delivery.attempts + 1, pace)
        return Ended(delivery, why, wait, result.status, error)

    async def _settle(self) -> None:
        """Waits for what is on its way and until all that ended is written."""
        while self._on_way:
            await asyncio.wait(tuple(self._on_way))
        written, self._written = self._written, []
        for one in written:
            await one

    async def _give_back(self) -> bool:
        parting, last = self.parting, self._rounds[1].after
        wait = None if parting is None else parting.wait
        failures = 0
        if parting is not None and not self.has_answered:
            failures = self._lane.failures
        if parting is not None and parting.error is not None:
            failures = self._lane.failures + 1
        return await self._shared.queue.releases.ask(Release(self._lane.host, last, wait, failures))

    def _none_seen(self) -> dict[tuple[int, int], int]:
        """Behind whose deliveries to look: those of institutions that paused the host are none."""
        return {(one, tenant): NEVER for one in CLASSES for tenant in self._lane.paused}


def _failed(task: asyncio.Task[None]) -> "asyncio.Future[None]":
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    error = task.exception()
    assert error is not None
    future.set_exception(error)
    return future
