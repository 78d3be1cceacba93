"""What an engine's server itself is asked for a query, without anything of ours around it: to compare with.

Of OpenSearch the one request, of PostgreSQL the statements of the transaction, as they were sent once.
"""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpcore
import orjson
from sqlalchemy import event
from sqlalchemy.pool import Pool

from bench.rows import BenchFailed
from bench.search_stand import POSTGRESQL, SHARD, SearchStand, Subject
from fediflow.local.opensearch.server import OpenSearchServer
from fediflow.processes.preparing import shard_database
from kernel.database.roles import DatabaseRole
from search.model import Audience, Institution, Query
from search.opensearch.engine import OpenSearchEngine

Run = Callable[[], Awaitable[object]]
_Statement = tuple[str, Sequence[Any]]


@asynccontextmanager
async def bare_runs(
    stand: SearchStand, subject: Subject, institution: Institution, queries: Sequence[Query], reader: Audience
) -> AsyncIterator[list[Run]]:
    """What the server does for each of the queries, as often as it is called."""
    opened = _by_postgres if subject.name == POSTGRESQL else _by_opensearch
    async with opened(stand, subject, institution, queries, reader) as runs:
        yield runs


@asynccontextmanager
async def _by_opensearch(
    stand: SearchStand, subject: Subject, institution: Institution, queries: Sequence[Query], reader: Audience
) -> AsyncIterator[list[Run]]:
    assert stand.node is not None
    assert isinstance(subject.asking, OpenSearchEngine)
    bodies = [subject.asking.request(institution, query, reader) for query in queries]
    async with httpcore.AsyncConnectionPool() as pool:
        yield [
            _posting(pool, stand.node, f"/{one.index}/_search?routing={one.routing}", orjson.dumps(one.body))
            for one in bodies
        ]


def _posting(pool: httpcore.AsyncConnectionPool, node: OpenSearchServer, target: str, body: bytes) -> Run:
    parts = urlsplit(node.url)
    pair = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    headers = {"authorization": f"Basic {pair}", "content-type": "application/json"}

    async def run() -> None:
        address = f"http://{parts.hostname}:{parts.port}{target}"
        answer = await pool.request("POST", address, headers=headers, content=body)
        if answer.status != 200:
            raise BenchFailed(f"OpenSearch refused the bare query: {answer.content[:300].decode()}")

    return run


@asynccontextmanager
async def _by_postgres(
    stand: SearchStand, subject: Subject, institution: Institution, queries: Sequence[Query], reader: Audience
) -> AsyncIterator[list[Run]]:
    recorded = []
    with _sent() as sent:
        for query in queries:
            sent.clear()
            await subject.asking.search(institution, query, reader)
            recorded.append(list(sent))
    address = stand.machine.address(shard_database(SHARD))
    connection = await asyncpg.connect(
        host=address.host,
        port=address.port,
        database=address.database,
        user=DatabaseRole.APP.value,
        password=stand.settings.password(DatabaseRole.APP),
        statement_cache_size=1000,
    )
    try:
        yield [_replaying(connection, one) for one in recorded]
    finally:
        await connection.close()


def _replaying(connection: "asyncpg.Connection[Any]", statements: Sequence[_Statement]) -> Run:
    async def run() -> None:
        for sql, values in statements:
            if values:
                await connection.fetch(sql, *values)
            else:
                await connection.execute(sql)

    return run


@contextmanager
def _sent() -> Iterator[list[_Statement]]:
    """Whatever connections of pools are told, in its order; one search at a time."""
    found: list[_Statement] = []
    loggers: dict[Any, Any] = {}

    def log(record: Any) -> None:
        found.append((record.query, record.args or ()))

    def checkout(dbapi_connection: Any, *_: Any) -> None:
        driver = dbapi_connection.driver_connection
        if driver not in loggers:
            loggers[driver] = log
            driver.add_query_logger(log)

    event.listen(Pool, "checkout", checkout)
    try:
        yield found
    finally:
        event.remove(Pool, "checkout", checkout)
        for driver in loggers:
            driver.remove_query_logger(log)
