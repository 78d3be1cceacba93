"""How the index of a shard does, beside what its outbox says: what was refused, what is still to be read again."""

from dataclasses import dataclass

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from search.tables.queue import search_fanouts, search_refusals

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class IndexSurvey:
    """Documents that are set aside, and changes that touch many documents and are not worked off; each up to 100,000."""

    refusals: int
    fanouts: int


async def survey_index(engine: AsyncEngine) -> IndexSurvey:
    """A look at one shard."""
    async with engine.connect() as connection:
        return IndexSurvey(
            await _count(connection, search_refusals), await _count(connection, search_fanouts)
        )


async def _count(connection: AsyncConnection, table: Table) -> int:
    some = select(table.c.tenant_id).limit(_MOST).subquery()
    return int((await connection.execute(select(func.count()).select_from(some))).scalar_one())
