"""What operators do about activities that were set aside because processing them failed: look, replay, discard.

A worker that stumbles over one tries it `MOST_DEFECTS` times; then it is kept as it came, with the error, and what came after
it goes on. Each function raises what databases raise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.inbox.refusals import NotStored
from kernel.database.named_sql import named_statements
from tenants.door import driver_of
from tenants.model import TenantId

_SQL = named_statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Which:
    """All that was set aside, or what an institution got, a server sent, or one by its `arrival`."""

    tenant_id: TenantId | None = None
    host: str | None = None
    arrival: int | None = None


async def set_aside(directory: AsyncEngine, which: Which, *, most: int) -> list[Mapping[str, Any]]:
    """Arrival, tenant_id, sender_host, type, address, attempts, last_error and received_at, the latest first."""
    return await _ask(directory, "listed", which, str(most))


async def replay(directory: AsyncEngine, which: Which) -> int:
    """Has them worked on again, in order with what is waiting about the same; how many."""
    return len(await _ask(directory, "replay", which))


async def discard(directory: AsyncEngine, which: Which) -> int:
    """Gives them up; how many. They stand among the refusals as a defect."""
    return len(await _ask(directory, "discard", which, NotStored.DEFECT.value))


async def _ask(directory: AsyncEngine, name: str, which: Which, *more: str) -> list[Mapping[str, Any]]:
    given = (which.tenant_id, which.host, which.arrival)
    values = [None if one is None else str(one) for one in given]
    async with directory.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        return [dict(row) for row in await driver_of(connection).fetch(_SQL[name], *values, *more)]
