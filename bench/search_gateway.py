"""The same searches through GraphQL over HTTP, beside what the engine's server itself needs for them, in turn."""

import json
import statistics
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

import httpcore

from bench.rows import BenchFailed, Findings, Row
from bench.search_bare import bare_runs
from bench.search_corpus import corpus
from bench.search_latency import READER, latency_rows, timed
from bench.search_stand import BENCH, POSTGRESQL, SearchStand, Subject
from bench.stand import HOST, Tell, gateway_program
from fediflow.local.sockets import listen
from kernel.settings import SearchEngine, Secret
from search.model import Document, Institution, Query

_UNBOUNDED = 999_999_999  # points
_BATCH = 5_000
_WARM = 30
_MOST_OF_BARE = 1.3
_SEARCH = """query Found($text: String!) {
  search(text: $text, kinds: [COURSE], first: 20) {
    totalCount
    nodes { score highlights { parts { text isMatch } } ... on CourseHit { course { id code title { text } } } }
  }
}"""
_UNIT = """
insert into fediflow.org_units (tenant_id, id, code, name, kind, created_at, updated_at)
values ($1, 1, 'UNI', '{"en": "University"}', 'university', now(), now()) on conflict do nothing"""
_COURSES = """
insert into fediflow.courses
  (tenant_id, id, org_unit_id, code, title, sort_title, teaching_languages, visibility, created_at, updated_at)
select $1, made.id::bigint, 1, made.code, made.title::jsonb, made.code, '{en}', 'public', now(), now()
from unnest($2::text[], $3::text[], $4::text[]) made (id, code, title)"""


async def measure_gateway(
    stand: SearchStand,
    subject: Subject,
    institution: Institution,
    queries: Sequence[Query],
    size: int,
    tell: Tell,
) -> Findings:
    """Latencies of both ways, and how many times the bare one's median the other's is."""
    case = f"words by GraphQL, {size:,} documents"
    tell(f"{subject.name}: {case}")
    queries = list({query.text: query for query in queries}.values())  # none is remembered from before
    warm, counted = queries[:_WARM], queries[_WARM:]
    if len(counted) < _WARM:
        raise BenchFailed("too few searches for a comparison: say more --searches")
    async with (
        _gateway(stand, subject) as ask,
        bare_runs(stand, subject, institution, queries, READER) as runs,
    ):
        slug = institution.tenant.slug
        for query, run in zip(warm, runs, strict=False):
            await ask(slug, query.text)
            await run()
        bare, ours = [], []
        for query, run in zip(counted, runs[_WARM:], strict=True):
            bare.append(await timed(run))
            ours.append(await timed(lambda text=query.text: ask(slug, text)))  # type: ignore[misc]
    times = statistics.median(ours) / statistics.median(bare)
    rows = [
        *latency_rows(f"{subject.name} alone", case, bare),
        *latency_rows(subject.name, case, ours),
        Row(BENCH, subject.name, case, "of_bare_x", "x", times),
    ]
    verdict = "met" if times <= _MOST_OF_BARE else "missed"
    return Findings(
        rows, [f"{verdict}: {subject.name}, {case}: {times:.2f} x the bare query (at most {_MOST_OF_BARE})"]
    )


async def add_courses(stand: SearchStand, institution: Institution, first: int, last: int) -> None:
    """The rows that the corpus' documents from `first` to `last` are of."""
    documents = islice(corpus(last), first - 1, None)
    tenant = int(institution.tenant.id)
    async with stand.administrator() as connection:
        while some := list(islice(documents, _BATCH)):
            async with connection.transaction():
                # what is measured is not how rows come to be
                await connection.execute("set local session_replication_role = replica")
                await connection.execute(_UNIT, tenant)
                await connection.execute(_COURSES, tenant, *_columns(some))
        await connection.execute("vacuum (analyze) fediflow.courses", timeout=600)


def _columns(documents: Iterable[Document]) -> tuple[list[str], list[str], list[str]]:
    rows = [
        (str(one.reference.id), one.codes[0], json.dumps(dict(one.titles), ensure_ascii=False))
        for one in documents
    ]
    ids, codes, titles = zip(*rows, strict=True)
    return list(ids), list(codes), list(titles)


@asynccontextmanager
async def _gateway(stand: SearchStand, subject: Subject) -> AsyncIterator[Any]:
    """One process, asked by somebody who is not signed in."""
    node = stand.node
    engine = SearchEngine.POSTGRESQL if subject.name == POSTGRESQL else SearchEngine.OPENSEARCH
    with listen(HOST, 0, "the bench") as listener:
        port = listener.getsockname()[1]
        settings = replace(
            stand.settings,
            port=port,
            public_url=f"http://localhost:{port}",
            cost_capacity=_UNBOUNDED,
            cost_restore_rate=_UNBOUNDED,
            response_cache=False,
            search_engine=engine,
            opensearch_url=Secret(node.url) if node is not None and subject.name != POSTGRESQL else None,
            opensearch_prefix=BENCH,
            search_timeout=60,
        )
        program = gateway_program(stand.machine, settings, listener.fileno(), name=f"gateway-{subject.name}")
        await program.start()
        try:
            async with httpcore.AsyncConnectionPool() as pool:

                async def ask(tenant: str, text: str) -> None:
                    await _found(pool, port, tenant, {"query": _SEARCH, "variables": {"text": text}})

                yield ask
        finally:
            await program.stop()


async def _found(
    pool: httpcore.AsyncConnectionPool, port: int, tenant: str, request: Mapping[str, object]
) -> None:
    answer = await pool.request(
        "POST",
        f"http://{HOST}:{port}/graphql",
        headers={"content-type": "application/json", "fediflow-tenant": tenant},
        content=json.dumps(request).encode(),
    )
    told = json.loads(answer.content)
    if "errors" in told or told["data"]["search"] is None:
        raise BenchFailed(f"the gateway refused a search: {answer.content[:500].decode()}")
