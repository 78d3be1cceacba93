"""What a tenant's shard may forget of identities: proofs that nobody finished in time."""

from datetime import datetime

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.tables.identities import identity_proofs
from tenants.door import set_tenant
from tenants.model import TenantId


async def forget_old_proofs(shard: AsyncEngine, tenant_id: TenantId, now: datetime) -> int:
    """Deletes the proofs that are over; how many there were. A person has few, so it is one transaction."""
    over = (identity_proofs.c.tenant_id == tenant_id) & (identity_proofs.c.expires_at <= now)
    async with shard.begin() as connection:
        await connection.execute(text(set_tenant(tenant_id)))
        return (await connection.execute(delete(identity_proofs).where(over))).rowcount
