"""Publishing what was scheduled, in a worker."""

import asyncio
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.posts.publishing import Publisher
from fediflow.processes.looking import look_for_due
from kernel.clock import Clock, system_clock


async def publish_scheduled(
    publisher: Publisher,
    served: Mapping[str, AsyncEngine],
    over: asyncio.Event,
    *,
    clock: Clock = system_clock,
) -> None:
    """Publishes on these shards what is due, until `over`; a shard in trouble delays no other."""

    async def publish(shard: AsyncEngine) -> int:
        return await publisher.publish_due(shard, clock())

    await look_for_due("publishing of scheduled posts", publish, served, over)
