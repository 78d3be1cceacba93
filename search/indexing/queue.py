"""The statements over what indexing keeps for itself (`queue.sql`), and the position that a shard has reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.named_sql import named_statements
from kernel.errors import ErrorCode, FediflowError
from kernel.outbox.event import Event
from tenants.door import driver_of

CONSUMER = "search"
_NEAR = 20_000  # positions

SQL = named_statements(Path(__file__).with_suffix(".sql"))

Driver: TypeAlias = "asyncpg.Connection[Any]"


class EventsGone(FediflowError):
    """Events that would have to be read again were deleted: begin anew, and be faster than the outbox is kept."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the index of a shard is behind."""

    positions: int
    seconds: float


async def run(engine: AsyncEngine, statement: str, *values: Any) -> "list[asyncpg.Record]":
    """The rows of a statement of `queue.sql`, in a transaction of its own."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        return list(await driver_of(connection).fetch(SQL[statement], *values))


async def clock(engine: AsyncEngine) -> int:
    """The newest position of a shard's outbox."""
    return int((await run(engine, "clock"))[0]["position"])


async def lag_of(engine: AsyncEngine) -> Lag:
    """Of a shard; none where no worker has begun."""
    rows = await run(engine, "lag", CONSUMER)
    return Lag(rows[0]["positions"], rows[0]["seconds"]) if rows else Lag(0, 0.0)


async def events_between(engine: AsyncEngine, after: int, upto: int, limit: int) -> Sequence[Event]:
    """The next events of a shard; raises `EventsGone` where the first of them are not kept any more."""
    rows = await run(engine, "events", after, upto, limit)
    if upto > after and (not rows or rows[0]["position"] != after + 1):
        raise EventsGone(f"the events after position {after} are no longer kept", position=after)
    return [_event(row) for row in rows]


async def unheard(driver: Driver, tenant_id: int, *, most: int) -> Sequence[Event] | None:
    """What happened at an institution that its index has not heard of; None where that is more than so many events."""
    known = await driver.fetchval(SQL["is_known"], tenant_id, CONSUMER, _NEAR)
    if not known:
        return None
    rows = await driver.fetch(SQL["unheard"], tenant_id, CONSUMER, _NEAR, most + 1)
    return [_event(row) for row in rows] if len(rows) <= most else None


def _event(row: "asyncpg.Record") -> Event:
    return Event(
        row["position"],
        row["sequence"],
        row["tenant_id"],
        row["event"],
        row["object_type"],
        row["object_id"],
        orjson.loads(row["payload"]),
        row["created_at"],
    )
