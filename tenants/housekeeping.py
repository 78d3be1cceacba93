"""What a tenant's shard may forget: idempotency keys after seven days."""

from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncEngine

from tenants.door import set_tenant
from tenants.model import TenantId
from tenants.tables import idempotency_keys

KEEP_KEYS = timedelta(days=7)


async def forget_old_keys(shard: AsyncEngine, tenant_id: TenantId, now: datetime) -> int:
    """Deletes the tenant's keys that are older than seven days; how many there were."""
    async with shard.begin() as connection:
        await connection.execute(text(set_tenant(tenant_id)))
        gone = await connection.execute(
            delete(idempotency_keys).where(
                idempotency_keys.c.tenant_id == tenant_id, idempotency_keys.c.created_at < now - KEEP_KEYS
            )
        )
        return gone.rowcount
