"""How far the index is behind while much changes, and how much it can take: people enrol, courses are renamed and made.

An institution's rows are changed at a steady rate as the product changes them, events of the outbox with them; a worker's
relay and consumer follow. The lag of a change is from its transaction until everybody finds what it made.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.load import percentile_ms
from bench.rows import BenchFailed, Findings, Row
from bench.search_changing import Changing, analyze, unnumbered
from bench.search_latency import Spent
from bench.search_stand import BENCH, SHARD, SearchStand, Subject
from bench.stand import Tell
from fediflow.processes.machine import DIRECTORY
from kernel.garbage import keep_what_started
from kernel.outbox.consumers import Consumer
from kernel.outbox.event import Event
from kernel.outbox.worker import run_outbox
from search.indexing.claiming import Claims
from search.indexing.consumer import search_consumer
from search.indexing.indexer import Indexer
from search.indexing.meaning import Cause, Fanout
from search.indexing.queue import lag_of
from search.tables.index import published_tables
from tenants.directory import Directory
from tenants.model import Tenant

_NUMBER = 310
_LANGUAGES = ("en",)
RATE, SECONDS = 500, 20.0
_MOST_LAG_MS = 2_000.0
_HEAP = 6_000  # changes that wait at once, for the most that is taken
_CAUGHT_UP_WITHIN = 600.0


@dataclass(slots=True)
class _Heard:
    """What the consumer has done: of each event its lag, counted from a moment on."""

    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    lags: list[float] = field(default_factory=list)

    def watching(self, consumer: Consumer) -> Consumer:
        """The consumer, whose batches are noted when they are done."""

        async def handle(events: Sequence[Event]) -> None:
            await consumer.handle(events)
            now = datetime.now(UTC)
            moments = (event.created_at for event in events)
            self.lags += [(now - moment).total_seconds() for moment in moments if moment >= self.since]

        return Consumer(consumer.name, handle, consumer.batch, consumer.timeout)


async def measure_indexing(stand: SearchStand, given: argparse.Namespace, tell: Tell) -> Findings:
    """Rows per engine: lag at the rate that is asked for, changes/s when more wait than can be taken, CPU of a change."""
    rows: list[Row] = []
    notes: list[str] = []
    for number, subject in enumerate(stand.subjects, _NUMBER):
        institution = await stand.institution(number, _LANGUAGES)
        async with stand.administrator() as connection:
            changing = Changing(connection, institution.tenant, given.rows)
            tell(f"{subject.name}: making {given.rows:,} courses, offerings and people")
            await changing.fill()
            async with _worker(stand, subject, institution.tenant) as heard:
                await changing.analyze()
                async with stand.administrator(DIRECTORY) as directory:
                    await analyze(directory, (table.name for table in published_tables))
                await _caught_up(stand)
                rate = f"indexing {RATE} changes/s"
                # a server in Java compiles what it does often: twice as slow at first
                for case in (f"{rate}, from cold", rate):
                    found = await _steady(stand, subject, changing, heard, case, tell)
                    rows += found.rows
                    notes += found.notes
                rows += await _most(stand, subject, changing, tell)
    return Findings(rows, notes)


async def _steady(
    stand: SearchStand, subject: Subject, changing: Changing, heard: _Heard, case: str, tell: Tell
) -> Findings:
    heard.lags.clear()
    heard.since = datetime.now(UTC)
    spent = Spent(stand.server_pid(subject))
    made = await changing.change(RATE, SECONDS)
    waiting = (await lag_of(stand.workers.served[SHARD])).positions
    await _caught_up(stand)
    ordered = sorted(heard.lags)
    if len(ordered) != made:
        raise BenchFailed(f"{made} changes were made and {len(ordered)} were heard of")
    worst = percentile_ms(ordered, 99)
    tell(f"{subject.name}: {case}: {worst:,.0f} ms behind (p99), {waiting:,} waited at the end")
    lags = [
        Row(BENCH, subject.name, case, f"lag_p{percent}_ms", "ms", percentile_ms(ordered, percent))
        for percent in (50, 95, 99)
    ]
    verdict = "met" if worst <= _MOST_LAG_MS else "missed"
    note = f"{verdict}: {subject.name}, {case}: {worst:,.0f} ms behind at p99 (at most {_MOST_LAG_MS:,.0f})"
    return Findings([*lags, *spent.rows(subject.name, case, made)], [note])


async def _most(stand: SearchStand, subject: Subject, changing: Changing, tell: Tell) -> list[Row]:
    """Changes a second, where the consumer never waits for one."""
    case = "indexing, the most"
    made = await changing.heap(_HEAP)
    began, spent = time.perf_counter(), Spent(stand.server_pid(subject))
    await _caught_up(stand)
    rate = made / (time.perf_counter() - began)
    tell(f"{subject.name}: {case}: {rate:,.0f} changes/s")
    return [
        Row(BENCH, subject.name, case, "changes_s", "changes/s", rate),
        *spent.rows(subject.name, case, made),
    ]


async def _caught_up(stand: SearchStand) -> None:
    """Returns when nothing waits."""
    engine = stand.workers.served[SHARD]
    async with asyncio.timeout(_CAUGHT_UP_WITHIN):
        while True:
            if not await unnumbered(engine) and not (await lag_of(engine)).positions:
                return
            await asyncio.sleep(0.02)  # the pace of looking


@asynccontextmanager
async def _worker(stand: SearchStand, subject: Subject, tenant: Tenant) -> AsyncIterator[_Heard]:
    """The relay and the consumer, of an index that has all of the institution's rows."""
    directory = Directory(stand.workers.directory)
    shard = stand.workers.served[SHARD]
    async with stand.workers.door() as door:
        indexer = Indexer(door, subject.writing, directory)
        await indexer.all_of(tenant, Fanout(Cause.TENANT, tenant.id))
        await subject.writing.refresh()
        heard, stop = _Heard(), asyncio.Event()
        claims = Claims(subject.name, lambda: {SHARD: shard})
        consumer = heard.watching(search_consumer(indexer, subject.writing, claims, directory.by_id))
        keep_what_started()  # as a worker's process does
        work = asyncio.create_task(run_outbox({SHARD: shard}, [consumer], stop))
        try:
            yield heard
        finally:
            stop.set()
            await work
