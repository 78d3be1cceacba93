"""What people were told is forgotten after 90 days, and with it the letters about it.

Ids are times, so the oldest rows are found by the primary key. Rows go in batches, each a transaction of its own.
"""

from datetime import datetime, timedelta

from sqlalchemy import Table, delete, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.tables.notifications import notification_emails, notifications
from kernel.ids import EPOCH_MS, NODE_BITS, SEQUENCE_BITS
from tenants.door import set_tenant
from tenants.model import TenantId

KEPT = timedelta(days=90)
_BATCH = 5000


async def forget_notifications(
    shard: AsyncEngine, tenant_id: TenantId, now: datetime, *, batch: int = _BATCH
) -> int:
    """Deletes an institution's old notifications and letters; how many rows there were."""
    oldest = (int((now - KEPT).timestamp() * 1000) - EPOCH_MS) << (NODE_BITS + SEQUENCE_BITS)
    return sum(
        [await _forget(shard, tenant_id, one, oldest, batch) for one in (notification_emails, notifications)]
    )


async def _forget(shard: AsyncEngine, tenant_id: TenantId, table: Table, oldest: int, batch: int) -> int:
    own = table.c.tenant_id == tenant_id
    old = select(table.c.id).where(own, table.c.id < oldest).order_by(table.c.id).limit(batch)
    gone, deleted = 0, batch
    while deleted == batch:
        async with shard.begin() as connection:
            await connection.execute(text(set_tenant(tenant_id)))
            deleted = (await connection.execute(delete(table).where(own, table.c.id.in_(old)))).rowcount
        gone += deleted
    return gone
