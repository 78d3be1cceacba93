"""How the queues to and from other servers do, in figures that cost little however much waits."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.named_sql import named_statements
from tenants.door import driver_of

COUNTED_TO = 100_000
"""What there is more of is counted no further."""

HOST_STATES = ("working", "failing", "trying", "paused")
_SQL = named_statements(Path(__file__).with_suffix(".sql"))
# The statistics of a queue are always old: walk its indexes in order.
_WALK = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off"


@dataclass(frozen=True, slots=True)
class ShardSurvey:
    """Of a shard: deliveries that wait and dead letters, up to `COUNTED_TO` each; `due_seconds`: for how long the delivery
    that waits longest could have gone, where only a worker was missing."""

    deliveries: int
    dead_letters: int
    due_seconds: float


@dataclass(frozen=True, slots=True)
class DirectorySurvey:
    """Of the platform: other servers by state (each of `HOST_STATES`), and activities in the inbox up to `COUNTED_TO`."""

    hosts: Mapping[str, int]
    inbox: int


async def survey_shard(engine: AsyncEngine) -> ShardSurvey:
    """How a shard's queue does just now. Raises what databases raise."""
    async with _reading(engine) as driver:
        counts = await driver.fetchrow(_SQL["shard"], COUNTED_TO)
        await driver.execute(_WALK)
        seconds: float = await driver.fetchval(_SQL["due"])
    assert counts is not None
    return ShardSurvey(counts["deliveries"], counts["dead_letters"], max(seconds, 0.0))


async def survey_directory(directory: AsyncEngine) -> DirectorySurvey:
    """How the whole platform does. Raises what databases raise."""
    async with _reading(directory) as driver:
        counted = {row["state"]: row["hosts"] for row in await driver.fetch(_SQL["hosts"])}
        inbox: int = await driver.fetchval(_SQL["inbox"], COUNTED_TO)
    return DirectorySurvey({state: counted.get(state, 0) for state in HOST_STATES}, inbox)


@asynccontextmanager
async def _reading(engine: AsyncEngine) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """One moment of a database."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        driver = driver_of(connection)
        async with driver.transaction(isolation="repeatable_read", readonly=True):
            yield driver
