"""What a tenant's shard may forget: old idempotency keys, sessions that ended, personal tokens long out of use.

Rows go in batches, each a transaction of its own: a tenant with very many of them holds no lock for long and gets
smaller even when a later batch fails.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Table, delete, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from tenants.door import set_tenant
from tenants.model import TenantId
from tenants.tables import idempotency_keys, personal_access_tokens, refresh_tokens, sessions

KEEP_KEYS = timedelta(days=7)
# A day more than a session can be used: as long as the revocation of a reused refresh token is kept.
KEEP_SESSIONS = timedelta(days=1)
KEEP_TOKENS = timedelta(days=90)
_BATCH = 5000


async def forget_old_rows(
    shard: AsyncEngine, tenant_id: TenantId, now: datetime, *, batch: int = _BATCH
) -> int:
    """Deletes what the tenant no longer needs; how many rows there were."""
    tokens = personal_access_tokens.c
    long_ago = now - KEEP_TOKENS
    over = sessions.c.expires_at < now - KEEP_SESSIONS
    of_sessions = (refresh_tokens.c.tenant_id == sessions.c.tenant_id) & (
        refresh_tokens.c.session_id == sessions.c.id
    )
    # A session's refresh tokens, thousands perhaps, go before it and not by its cascade, so that a batch is a batch.
    old = (
        (idempotency_keys, _keys(idempotency_keys, idempotency_keys.c.created_at < now - KEEP_KEYS)),
        (refresh_tokens, _keys(refresh_tokens, over).join(sessions, of_sessions)),
        (sessions, _keys(sessions, over)),
        (
            personal_access_tokens,
            _keys(personal_access_tokens, or_(tokens.expires_at < long_ago, tokens.revoked_at < long_ago)),
        ),
    )
    forgotten = 0
    for table, keys in old:
        forgotten += await _delete(shard, tenant_id, table, keys, batch)
    return forgotten


def _keys(table: Table, which: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """The primary keys of the rows to forget."""
    return select(*table.primary_key.columns).where(which)


async def _delete(
    shard: AsyncEngine, tenant_id: TenantId, table: Table, keys: Select[tuple[object, ...]], batch: int
) -> int:
    own = table.c.tenant_id == tenant_id
    these = tuple_(*table.primary_key.columns).in_(keys.where(own).limit(batch))
    statement = delete(table).where(own, these)
    gone = 0
    while True:
        async with shard.begin() as connection:
            await connection.execute(text(set_tenant(tenant_id)))
            deleted = (await connection.execute(statement)).rowcount
        gone += deleted
        if deleted < batch:
            return gone
