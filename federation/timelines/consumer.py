"""Keeps timelines and conversations: what was published, announced, followed, and what is no more."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from federation.timelines.conversations import go_back, go_on
from federation.timelines.entries import Timelines
from kernel.outbox.consumers import TransactionalConsumer
from kernel.outbox.event import Event
from tenants.door import driver_of, set_tenant
from tenants.model import TenantId

# A post of somebody with very many followers takes a second: a batch of them ends in time.
_BATCH = 40
_TIMEOUT = 120.0


def timelines() -> TransactionalConsumer:
    """The consumer `timelines`: exactly once, as its position is committed with what it wrote."""
    return TransactionalConsumer("timelines", keep_timelines, batch=_BATCH, timeout=_TIMEOUT)


async def keep_timelines(connection: AsyncConnection, events: Sequence[Event]) -> None:
    """Does what events mean for timelines, in their order, each as its institution."""
    driver = driver_of(connection)
    tenant_id: int | None = None
    for event in events:
        meaning = _MEANINGS.get(event.event)
        if meaning is None:
            continue
        if event.tenant_id != tenant_id:
            tenant_id = event.tenant_id
            await driver.execute(set_tenant(TenantId(tenant_id)))
        await meaning(Timelines(driver, TenantId(tenant_id)), event)


async def _published(lines: Timelines, event: Event) -> None:
    await lines.enter_post(event.object_id)
    await go_on(lines.driver, lines.tenant_id, event.object_id)


async def _deleted(lines: Timelines, event: Event) -> None:
    await lines.remove_post(event.object_id)
    await go_back(lines.driver, lines.tenant_id, event.object_id)


async def _announced(lines: Timelines, event: Event) -> None:
    await lines.enter_announce(int(event.payload["announce"]))


async def _unannounced(lines: Timelines, event: Event) -> None:
    await lines.remove_announce(event.object_id, int(event.payload["actor"]))


async def _followed(lines: Timelines, event: Event) -> None:
    await lines.enter_past(*_ends(event.payload))


async def _unfollowed(lines: Timelines, event: Event) -> None:
    await lines.remove_followed(*_ends(event.payload))


def _ends(payload: Mapping[str, Any]) -> tuple[int, int]:
    return int(payload["follower"]), int(payload["followed"])


_MEANINGS: Mapping[str, Callable[[Timelines, Event], Awaitable[None]]] = {
    "post.published": _published,
    "post.deleted": _deleted,
    "post.announced": _announced,
    "post.unannounced": _unannounced,
    "follow.accepted": _followed,
    "follow.ended": _unfollowed,
}
