"""Keys that could not be had: anybody can name any number of them, so they are not remembered for ever."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.tables.hosts import remote_keys

KEPT_FOR = timedelta(days=2)
"""After it may be asked for again: twice the longest pause, so who asks on and on waits longer each time."""


async def forget_failed_keys(directory: AsyncEngine, now: datetime) -> int:
    """Deletes what is remembered of keys that were not there; how many there were. Keys that are known stay."""
    failed = remote_keys.c.public_key.is_(None) & (remote_keys.c.failed_until < now - KEPT_FOR)
    async with directory.begin() as connection:
        return (await connection.execute(delete(remote_keys).where(failed))).rowcount
