"""Publishing what was scheduled, in a worker: every shard is looked at every few seconds."""

import asyncio
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.posts.publishing import Publisher
from kernel.clock import Clock, system_clock
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import FediflowError
from kernel.outbox.complaints import Complaint
from kernel.outbox.waiting import wait

LOOK_EVERY_SECONDS = 2.0


async def publish_scheduled(
    publisher: Publisher,
    served: Mapping[str, AsyncEngine],
    over: asyncio.Event,
    *,
    clock: Clock = system_clock,
) -> None:
    """Publishes on these shards what is due, until `over`; a shard in trouble delays no other."""
    async with asyncio.TaskGroup() as group:
        for shard, engine in served.items():
            group.create_task(_publish(publisher, shard, engine, over, clock))


async def _publish(
    publisher: Publisher, shard: str, engine: AsyncEngine, over: asyncio.Event, clock: Clock
) -> None:
    complaint = Complaint("publishing of scheduled posts", {"shard": shard})
    while not over.is_set():
        dealt_with = 0
        try:
            dealt_with = await publisher.publish_due(engine, clock())
            complaint.settled()
        except (*DATABASE_TROUBLE, FediflowError) as error:
            complaint.failed(error)
        if not dealt_with:
            await wait(over, LOOK_EVERY_SECONDS)
