"""Work that becomes due at a time, in a worker: every shard is looked at every few seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import FediflowError
from kernel.outbox.complaints import Complaint
from kernel.outbox.waiting import wait

LOOK_EVERY_SECONDS = 2.0

DoDue = Callable[[AsyncEngine], Awaitable[int]]
"""Does some of what is due on a shard; how much that was. What fails is raised at the end."""


async def look_for_due(
    what: str, do_due: DoDue, served: Mapping[str, AsyncEngine], over: asyncio.Event
) -> None:
    """Does what is due on these shards, until `over`; a shard in trouble delays no other. `what` is for the log."""
    async with asyncio.TaskGroup() as group:
        for shard, engine in served.items():
            group.create_task(_look(Complaint(what, {"shard": shard}), do_due, engine, over))


async def _look(complaint: Complaint, do_due: DoDue, engine: AsyncEngine, over: asyncio.Event) -> None:
    while not over.is_set():
        dealt_with = 0
        try:
            dealt_with = await do_due(engine)
            complaint.settled()
        except (*DATABASE_TROUBLE, FediflowError) as error:
            complaint.failed(error)
        if not dealt_with:
            await wait(over, LOOK_EVERY_SECONDS)
