"""What waits in the directory, and what became of it."""

import asyncio
from time import monotonic
from typing import Any

from sqlalchemy import Table, select

from federation.tables.inbox import inbox_activities, inbox_refusals
from kernel.database.roles import DatabaseRole
from tests.world import World

DEADLINE_SECONDS = 120.0


async def waiting(world: World, address: str) -> list[Any]:
    """The activities of that address that were taken in and not worked on yet, in order."""
    return await _rows(world, inbox_activities, address)


async def refusal(world: World, address: str) -> str | None:
    """Why an activity was not stored; None where it was."""
    found = await _rows(world, inbox_refusals, address)
    return found[-1]["why"] if found else None


async def worked_on(world: World, *addresses: str) -> None:
    """Returns once these activities were worked on."""
    until = monotonic() + DEADLINE_SECONDS
    for address in addresses:
        while rows := await waiting(world, address):
            assert monotonic() < until, f"still waiting: {rows[0]['last_error']}"
            await asyncio.sleep(0.02)


async def postponed(world: World, address: str) -> Any:
    """The row of an activity that is worked on again later, once it is."""
    until = monotonic() + DEADLINE_SECONDS
    while True:
        rows = await waiting(world, address)
        assert rows, "it was worked on"
        assert monotonic() < until, "it does not wait"
        if rows[0]["not_before"] is not None:
            return rows[0]
        await asyncio.sleep(0.02)


async def _rows(world: World, table: Table, address: str) -> list[Any]:
    query = select(table).where(table.c.address == address).order_by(table.c.arrival)
    async with world.databases.connect(world.databases.directory, DatabaseRole.WORKER) as connection:
        return list((await connection.execute(query)).mappings())
