"""How fast documents are taken in and found, and what an engine needs for them, at each size.

A size is reached from the one before.
"""

import argparse
from collections.abc import Sequence
from itertools import islice

from bench.rows import BenchFailed, Findings, Row
from bench.search_asking import asked
from bench.search_corpus import LANGUAGES, corpus
from bench.search_gateway import add_courses, measure_gateway
from bench.search_latency import Spent, asked_rows, timed
from bench.search_memory import memory_rows
from bench.search_stand import BENCH, SearchStand, Subject
from bench.stand import Tell
from search.model import Document, Institution, Put, Query

_NUMBER = 300
_BATCH = 500
_SAID_EVERY = 50_000


async def measure_speed(stand: SearchStand, given: argparse.Namespace, tell: Tell) -> Findings:
    """Rows per size and engine: documents/s, latencies of each kind of query, by GraphQL too, memory and disk."""
    rows: list[Row] = []
    notes: list[str] = []
    institution = await stand.institution(_NUMBER, LANGUAGES)
    for subject in stand.subjects:
        await subject.writing.forget(institution)
    before = 0
    for size in given.documents:
        await add_courses(stand, institution, before + 1, size)
        for subject in stand.subjects:
            rows += await _store(stand, subject, institution, (before, size), tell)
            rows += await memory_rows(stand, subject, size)
            for one in asked(given.searches, size):
                case = f"{one.name}, {size:,} documents"
                tell(f"{subject.name}: {case}")
                rows += await asked_rows(stand, subject, institution, one, case)
            words = [one for one in asked(given.searches, size)[0].queries if isinstance(one, Query)]
            found = await measure_gateway(stand, subject, institution, words, size, tell)
            rows += found.rows
            notes += found.notes
        before = size
    return Findings(rows, notes)


async def _store(
    stand: SearchStand, subject: Subject, institution: Institution, sizes: tuple[int, int], tell: Tell
) -> list[Row]:
    """Documents a second, until all of them are found; making them is not counted."""
    before, size = sizes
    documents = islice(corpus(size), before, None)
    seconds, count = 0.0, before
    spent = Spent(stand.server_pid(subject))
    while some := list(islice(documents, _BATCH)):
        seconds += await timed(lambda some=some: _stored(subject, institution, some))  # type: ignore[misc]
        count += len(some)
        if count % _SAID_EVERY == 0 or count == size:
            tell(f"{subject.name}: {count:,} documents, {(count - before) / seconds:,.0f} a second")
    seconds += await timed(subject.writing.refresh)
    case = f"storing, {size:,} documents"
    rate = (size - before) / seconds
    return [
        Row(BENCH, subject.name, case, "documents_s", "documents/s", rate),
        *spent.rows(subject.name, case, size - before),
    ]


async def _stored(subject: Subject, institution: Institution, documents: Sequence[Document]) -> None:
    refused = await subject.writing.store(institution, [Put(one, version=1) for one in documents])
    if refused:
        raise BenchFailed(f"{subject.name} refused a document: {refused[0].why}")
