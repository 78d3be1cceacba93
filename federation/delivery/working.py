"""A worker at a shard's deliveries: it leases lanes of hosts that are due, works on many at once, and keeps the leases."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from federation.delivery.bodies import Bodies
from federation.delivery.commands import carry_out
from federation.delivery.figures import Figures
from federation.delivery.gone import ForgetInboxes
from federation.delivery.lane import LaneWork, Parting, Shared
from federation.delivery.model import Delivery, Pace, Result, Verdict
from federation.delivery.proving import Prove
from federation.delivery.queue import Lane, Queue, Release
from federation.delivery.sending import Sender
from federation.hosts.breaker import Hosts, HostState
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.outbox.complaints import Complaint
from kernel.outbox.waiting import Bell, retry_delay, wait
from kernel.outbox.waiting import Pace as Polling

_RENEWALS = 4  # in the time of a lease
_COMMANDS_EVERY = 1.0
_HEED_EVERY = 2.0
_PROBE_SECONDS = 60.0
_PAUSED = timedelta(seconds=60)  # then a paused host is looked at again
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What the shards of a worker have in common. `queues` are all of them, by name."""

    sender: Sender
    prove: Prove
    hosts: Hosts
    forget_inboxes: ForgetInboxes
    pace: Pace
    queues: Mapping[str, Queue]
    shares: Callable[[], int]  # among how many lanes a host's requests are divided: its lanes in all shards
    counted: Callable[[Mapping[Verdict, int]], None]  # hears how many attempts ended how, every few seconds


class ShardWork:
    """One shard's deliveries, until told to stop. `news` rings when there may be something new."""

    def __init__(self, queue: Queue, everywhere: Everywhere, news: Bell) -> None:
        self._queue = queue
        self._everywhere = everywhere
        self._pace = everywhere.pace
        self._news = news
        self._figures = Figures()
        self._bodies = Bodies(queue.engine, everywhere.prove, remembered=everywhere.pace.rules)
        self._shared = Shared(
            queue,
            self._bodies,
            everywhere.sender,
            self._figures,
            everywhere.pace,
            self._gone,
            self._recovered,
            self._failed,
            self._untried,
        )
        self._working: dict[str, LaneWork] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._complaint = Complaint("delivery", {"shard": queue.shard})

    async def run(self) -> None:
        """Works until the queue's `stop`; then finishes what is on its way, for `grace` seconds at most."""
        stop = self._queue.stop
        beside = [
            asyncio.create_task(one)
            for one in (self._keep_leases(), self._heed(), self._tell(), self._look_back(), self._obey())
        ]
        try:
            while not stop.is_set():
                polling = Polling(busy=0.01, idle=self._pace.look_every)
                rung = self._news.listen()
                while not stop.is_set() and not rung.is_set():
                    await wait(rung, polling.after(await self._look_once()))
                    for task in (one for one in beside if one.done()):
                        task.result()  # a defect is raised
        finally:
            await self._finish(beside)

    async def _look_once(self) -> int:
        """Claims lanes and starts on them; how many."""
        free = min(self._pace.lanes - len(self._tasks), self._pace.claim)
        if free <= 0:
            return 0
        try:
            lanes = await self._queue.claim(free)
            if lanes:
                await self._begin(lanes)
        except DATABASE_TROUBLE as error:
            self._complaint.failed(error)
            await wait(self._queue.stop, retry_delay(self._complaint.failures))
            return 0
        self._complaint.settled()
        return len(lanes)

    async def _begin(self, lanes: list[Lane]) -> None:
        states = await self._everywhere.hosts.look([lane.host for lane in lanes])
        for lane in lanes:
            if lane.host in self._working:  # our lease ran out while we worked, and we got it again
                continue
            state = states[lane.host]
            if state.is_blocked:
                self._start(lane, self._block(lane))
            elif state.is_paused:
                self._start(lane, self._put_off(lane, _PAUSED))
            elif state.opens_in:
                self._start(lane, self._put_off(lane, timedelta(seconds=state.opens_in)))
            else:
                self._start(lane, self._work(lane, state))

    def _start(self, lane: Lane, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(lane, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, lane: Lane, work: Coroutine[Any, Any, None]) -> None:
        """Whatever goes wrong with a lane, the others go on; its lease runs out and somebody begins anew."""
        try:
            await work
        except DATABASE_TROUBLE as error:
            self._complaint.failed(error, host=lane.host)
        except Exception:
            _log.exception("a delivery lane fails", host=lane.host, shard=self._queue.shard)
        finally:
            self._working.pop(lane.host, None)

    async def _work(self, lane: Lane, state: HostState) -> None:
        hosts = self._everywhere.hosts
        if state.opens_in is not None and not await hosts.may_probe(lane.host, _PROBE_SECONDS):
            await self._put_off(lane, timedelta(seconds=_PROBE_SECONDS / 4))
            return
        share = self._pace.window // max(self._everywhere.shares(), 1)
        work = self._working[lane.host] = LaneWork(self._shared, lane, state, share=share)
        if self._queue.stop.is_set():
            work.part(timedelta())
        await work.run()

    async def _put_off(self, lane: Lane, later: timedelta) -> None:
        await self._queue.releases.ask(Release(lane.host, lane.last_tenant_id, later, lane.failures))

    async def _block(self, lane: Lane) -> None:
        await self._queue.block(lane.host)
        if not await self._queue.releases.ask(Release(lane.host, lane.last_tenant_id)):
            await self._put_off(lane, timedelta())

    async def _gone(self, delivery: Delivery, _result: Result) -> None:
        await self._everywhere.forget_inboxes(delivery.tenant_id, delivery.inbox, delivery.host)

    async def _recovered(self, host: str) -> None:
        """Closes the breaker, and has the other shards send, too."""
        try:
            await self._everywhere.hosts.recovered(host)
            for queue in self._everywhere.queues.values():
                if queue is not self._queue:
                    await queue.wake([host])
        except DATABASE_TROUBLE as error:
            self._complaint.failed(error, host=host)

    async def _untried(self, host: str) -> None:
        try:
            await self._everywhere.hosts.untried(host)
        except DATABASE_TROUBLE as error:
            self._complaint.failed(error, host=host)

    async def _failed(self, host: str, parting: Parting) -> None:
        try:
            await self._everywhere.hosts.failed(host, parting.error or "", parting.wait.total_seconds())
        except DATABASE_TROUBLE as error:
            self._complaint.failed(error, host=host)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._pace.lease / _RENEWALS)
            held = list(self._working)
            if not held:
                continue
            try:
                ours = await self._queue.renew(held)
            except DATABASE_TROUBLE as error:
                self._complaint.failed(error)
                continue
            for host in set(held) - ours:
                if host in self._working:
                    self._working[host].part(timedelta())

    async def _heed(self) -> None:
        """Ends sessions of hosts that somebody paused, resumed or blocked since they began: they begin anew, or do not."""
        while True:
            await asyncio.sleep(_HEED_EVERY)
            working = dict(self._working)
            if not working:
                continue
            try:
                states = await self._everywhere.hosts.look(list(working))
                paused = await self._queue.paused(list(working))
            except DATABASE_TROUBLE as error:
                self._complaint.failed(error)
                continue
            for host, work in working.items():
                state = states[host]
                if state.is_blocked or state.is_paused or paused[host] != work.paused:
                    work.part(timedelta())

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(self._pace.figures_every)
            await self._tell_once()

    async def _tell_once(self) -> None:
        self._everywhere.counted(self._figures.take_verdicts())
        pairs, hosts = self._figures.take_pairs(), self._figures.take_hosts()
        try:
            if pairs is not None:
                await self._queue.tell(pairs)
            if hosts is not None:
                await self._everywhere.hosts.tell(hosts)
        except DATABASE_TROUBLE as error:  # they are lost, and were only figures
            self._complaint.failed(error)

    async def _look_back(self) -> None:
        while True:
            try:
                await self._queue.look_back()
                if states := await self._everywhere.hosts.states(await self._queue.known_hosts()):
                    await self._queue.note_states(states)
            except DATABASE_TROUBLE as error:
                self._complaint.failed(error)
            await asyncio.sleep(self._pace.look_back)

    async def _obey(self) -> None:
        """Carries out what operators of institutions ask for."""
        while True:
            try:
                if await carry_out(self._queue.engine):
                    self._news.ring()
            except DATABASE_TROUBLE as error:
                self._complaint.failed(error)
            await asyncio.sleep(_COMMANDS_EVERY)

    async def _finish(self, beside: list[asyncio.Task[None]]) -> None:
        for task in beside:
            task.cancel()
        for work in self._working.values():
            work.part(timedelta())
        if self._tasks:
            _, late = await asyncio.wait(tuple(self._tasks), timeout=self._pace.grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await self._tell_once()
        await self._bodies.aclose()
        await self._queue.aclose()
