"""From an activity that is sent to a delivery per inbox: what the outbox tells becomes rows, exactly once.

All that one institution sent in a batch is one statement. What that makes pointless goes. The lanes come last, in one order, and are held for the commit
alone. Ids are those of the shard's clock: only one process fans out at a time, and the key refuses what would be twice.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from federation.tables.delivery import KEEPS
from kernel.database.named_sql import named_statements
from kernel.outbox.consumers import TransactionalConsumer
from kernel.outbox.event import Event
from kernel.outbox.waiting import Bell
from tenants.door import driver_of, set_tenant
from tenants.model import TenantId

CONSUMER = "deliveries"
SENT = "activity.sent"
_BATCH = 50  # each may go to thousands of servers, and all of them are one transaction
_SQL = named_statements(Path(__file__).with_suffix(".sql"))
# The statistics of a queue are always old.
_BY_INDEX = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; "
    "SET LOCAL enable_mergejoin = off"
)


def deliveries_consumer(news: Bell) -> TransactionalConsumer:
    """The consumer that fans out; `news` rings for those who deliver in the same process."""

    async def handle(connection: AsyncConnection, events: Sequence[Event]) -> None:
        if await fan_out(connection, events):
            news.ring()

    return TransactionalConsumer(CONSUMER, handle, batch=_BATCH)


async def fan_out(connection: AsyncConnection, events: Sequence[Event]) -> set[str]:
    """Writes the deliveries of all activities among the events; the hosts that they go to. Commits nothing."""
    sent = sorted((event for event in events if event.event == SENT), key=lambda event: event.tenant_id)
    hosts: set[str] = set()
    newer: dict[int, int] = {}
    driver = driver_of(connection)
    for tenant_id, those in groupby(sent, key=lambda event: event.tenant_id):
        await connection.execute(text(set_tenant(TenantId(tenant_id))))
        first = await driver.fetchval(_SQL["first_id"])
        given = list(those)
        rows = await driver.fetch(_SQL["fan_out"], tenant_id, *_columns(given), first)
        hosts |= {row["host"] for row in rows}
        if any(_about(event)[1] != KEEPS for event in given):
            newer[tenant_id] = first
    if newer:
        await driver.execute(_BY_INDEX)
        await driver.execute(_SQL["drop"], [str(one) for one in newer], [str(one) for one in newer.values()])
    if hosts:
        await driver.execute(_SQL["lanes"], sorted(hosts))
    return hosts


def _columns(events: Sequence[Event]) -> Iterator[list[str | None]]:
    """Texts: for arrays of other types the driver would ask PostgreSQL what they are, in ways we are not allowed."""
    once = list({event.object_id: event for event in events}.values())
    yield [str(event.object_id) for event in once]
    yield [str(int(event.payload["signer"])) for event in once]
    yield [str(int(event.payload.get("class", 1))) for event in once]
    yield [None if key is None else str(key) for key, _ in map(_about, once)]
    yield [str(effect) for _, effect in map(_about, once)]
    for whom in ("followers_of", "actors"):
        pairs = [(event.object_id, int(one)) for event in events for one in event.payload.get(whom) or ()]
        yield [str(activity) for activity, _ in pairs]
        yield [str(one) for _, one in pairs]


def _about(event: Event) -> tuple[int | None, int]:
    """The key and the effect."""
    key, effect = event.payload.get("about") or (None, KEEPS)
    return key, effect
