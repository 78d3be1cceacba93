"""Where the documents of a collection are, and how to get there: the institution's shard, or the directory."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.named_sql import named_statements
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from search.engine import SearchUnavailable
from search.model import Collection, Institution
from tenants.authority import system_principal
from tenants.door import Door, driver_of

_FOLDER = Path(__file__).parent
_EVERYBODYS = 0  # the one scope of what is published
# How many write it at one time, of all shards: more would wait for each other there, with connections that others need.
_PUBLISHING = 8
# Planned for the values that are asked for: how common a word is decides how its documents are found.
_PLANNING = "; ".join(
    f"SET LOCAL {name} = {value}"
    for name, value in {
        "plan_cache_mode": "force_custom_plan",
        "work_mem": "'32MB'",
        "max_parallel_workers_per_gather": 0,
        "jit": "off",  # compiling takes longer than any of these
        **{f"enable_{way}": "on" for way in ("sort", "bitmapscan", "hashjoin", "mergejoin", "seqscan")},
    }.items()
)


@dataclass(frozen=True, slots=True)
class Home:
    """An open transaction where the documents are."""

    driver: "asyncpg.Connection[Any]"
    scope: int  # the institution, or everybody's
    is_published: bool

    async def row(self, sql: str, *values: object) -> asyncpg.Record:
        """The one row of a statement about this collection; its first parameter is the scope."""
        found = await self.driver.fetchrow(_of(sql, self.is_published), self.scope, *values)
        assert found is not None
        return found

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """The rows of a statement about this collection."""
        found: list[asyncpg.Record] = await self.driver.fetch(
            _of(sql, self.is_published), self.scope, *values
        )
        return found


class Homes:
    """Opens them: queries as the gateway reads, changes as the worker writes."""

    def __init__(self, door: Door, directory: AsyncEngine, deadline: float) -> None:
        self._door = door
        self._directory = directory
        self._deadline = deadline
        self._publishing = asyncio.Semaphore(_PUBLISHING)

    @asynccontextmanager
    async def reading(self, collection: Collection) -> AsyncIterator[Home]:
        """A read-only snapshot."""
        limits = f"{_PLANNING}; SET LOCAL statement_timeout = {int(self._deadline * 1000)}"
        async with answering(self._deadline):
            if isinstance(collection, Institution):
                async with self._door.read(collection.tenant, limits) as driver:
                    yield Home(driver, collection.tenant.id, False)
            else:
                async with self._directory.connect() as connection:
                    driver = driver_of(connection)
                    async with driver.transaction(isolation="repeatable_read", readonly=True):
                        await driver.execute(limits)
                        yield Home(driver, _EVERYBODYS, True)

    @asynccontextmanager
    async def writing(self, collection: Collection, *, within: float) -> AsyncIterator[Home]:
        """A transaction, committed at the end."""
        async with answering(within):
            if isinstance(collection, Institution):
                async with self._door.write(system_principal(collection.tenant)) as tx:
                    yield Home(tx.driver, collection.tenant.id, False)
            else:
                async with self._publishing, self._directory.connect() as connection:
                    driver = driver_of(connection)
                    async with driver.transaction():
                        yield Home(driver, _EVERYBODYS, True)


@asynccontextmanager
async def answering(within: float) -> AsyncIterator[None]:
    """Says `SearchUnavailable` for whatever goes wrong with a database, or takes longer than so many seconds."""
    try:
        async with asyncio.timeout(within):
            yield
    except TimeoutError as error:
        raise SearchUnavailable("search took too long: try again, or ask for less") from error
    except SearchUnavailable:
        raise
    except (*DATABASE_TROUBLE, Unavailable) as error:
        raise SearchUnavailable(
            "the database that search asks does not answer: try again in a moment"
        ) from error


def statements(name: str) -> Mapping[str, str]:
    """The statements of a file beside this one. They are written for an institution's tables."""
    return named_statements(_FOLDER / f"{name}.sql")


@lru_cache(2_000)
def _of(sql: str, is_published: bool) -> str:
    """The statement for the tables of what is published, which have the same columns but for the first."""
    if not is_published:
        return sql
    return sql.replace("fediflow.search_", "fediflow.published_").replace("tenant_id", "scope_id")
