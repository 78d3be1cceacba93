"""The end of deliveries: given up after a week, kept as dead letters for thirty days, their partitions dropped."""

from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.delivery.model import Pace
from kernel.database.named_sql import named_statements
from kernel.ids import first_id_of
from tenants.door import driver_of

_SQL = named_statements(Path(__file__).with_suffix(".sql"))


async def tidy_queue(engine: AsyncEngine, now: datetime, pace: Pace | None = None) -> int:
    """Once through a shard's queue, in short transactions; how many rows became dead letters or went.

    To be called every hour or so. Raises what databases raise; what was done stays done.
    """
    give_up = first_id_of(now - (pace or Pace()).give_up)
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        driver = driver_of(connection)
        gone = await _until_none(driver, "expire", give_up)
        while forgotten := int(await driver.fetchval(_SQL["forget"])):
            gone += forgotten
        gone += await _until_none(driver, "lanes")
        await driver.fetchval(_SQL["roll"])
    return gone


async def _until_none(driver: "asyncpg.Connection[Any]", name: str, *values: Any) -> int:
    total = 0
    while count := int((await driver.execute(_SQL[name], *values)).rpartition(" ")[2]):
        total += count
    return total
