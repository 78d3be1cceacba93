"""What a tenant's shard may forget of sign-ins: those that are over, and invitations that nobody can use any more."""

from datetime import datetime

from sqlalchemy import delete, or_, text
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.tables.signin import invitations, openid_flows
from tenants.door import set_tenant
from tenants.model import TenantId


async def forget_old_sign_ins(shard: AsyncEngine, tenant_id: TenantId, now: datetime) -> int:
    """Deletes them; how many rows there were. What is written in an hour is one transaction."""
    flows = (openid_flows.c.tenant_id == tenant_id) & (openid_flows.c.expires_at <= now)
    used = or_(invitations.c.used_at.is_not(None), invitations.c.expires_at <= now)
    async with shard.begin() as connection:
        await connection.execute(text(set_tenant(tenant_id)))
        gone = (await connection.execute(delete(openid_flows).where(flows))).rowcount
        gone += (
            await connection.execute(delete(invitations).where(invitations.c.tenant_id == tenant_id, used))
        ).rowcount
    return gone
