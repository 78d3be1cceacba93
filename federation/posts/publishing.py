"""Makes posts of drafts when their time has come: each once, whatever stops the process in between.

A draft's time is a row of the shard's queue. It goes in the transaction that makes the post, so what was begun and not
committed is begun again, by any worker.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.due import TenantOf, deal_with
from federation.local import addresses_of
from federation.posts.drafts import publish_draft, refuse_draft
from federation.tables.posts import post_drafts, scheduled_drafts
from kernel.errors import ErrorCode, FediflowError
from tenants.authority import held_roles, system_principal
from tenants.door import Door, Transaction
from tenants.model import Principal, Tenant
from tenants.tables import users

_AT_ONCE = 100
_SUSPENDED_WAIT = timedelta(hours=1)
_LATER = frozenset({ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT, ErrorCode.INTERNAL})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    """A time that has come."""

    tenant_id: int
    id: int
    draft_id: int


class Publisher:
    """Publishes what is due in a shard. One per process; several processes may run it at once."""

    def __init__(self, door: Door, tenant_of: TenantOf, public_url: str) -> None:
        self._door = door
        self._tenant_of = tenant_of
        self._public_url = public_url

    async def publish_due(self, shard: AsyncEngine, now: datetime) -> int:
        """Publishes what is due now, the oldest first; how many times were dealt with, at most a hundred.

        One that fails for a reason that may pass holds back no other: its error is raised at the end.
        """
        return await deal_with(
            await _due(shard, now),
            self._tenant_of,
            work=partial(self._publish, now=now),
            put_off=partial(_put_off, shard, now=now),
        )

    async def _publish(self, tenant: Tenant, due: _Due, now: datetime) -> None:
        try:
            author = await self._author(tenant, due.draft_id)
            async with self._door.write(author or system_principal(tenant)) as tx:
                if await _take(tx, due) and author is not None and await _is_due(tx, due.draft_id, now):
                    here = addresses_of(tenant, self._public_url)
                    await publish_draft(tx, draft_id=due.draft_id, here=here)
        except FediflowError as error:
            if error.code in _LATER:
                raise
            await self._refuse(tenant, due, error, now)

    async def _author(self, tenant: Tenant, draft_id: int) -> Principal | None:
        """Who wrote the draft, with the rights that they have now; None where the draft or the person is gone."""
        async with self._door.write(system_principal(tenant)) as tx:
            query = (
                select(users.c.id, users.c.preferred_language)
                .join(
                    post_drafts,
                    (post_drafts.c.tenant_id == users.c.tenant_id) & (post_drafts.c.user_id == users.c.id),
                )
                .where(
                    users.c.tenant_id == tx.tenant_id,
                    users.c.status == "active",
                    post_drafts.c.id == draft_id,
                )
            )
            person = (await tx.connection.execute(query)).one_or_none()
            if person is None:
                return None
            access = (await held_roles(tx.connection, tx.tenant_id, person.id)).access()
        languages = (person.preferred_language,) if person.preferred_language else ()
        return Principal(tenant, person.id, access, languages=languages)

    async def _refuse(self, tenant: Tenant, due: _Due, error: FediflowError, now: datetime) -> None:
        async with self._door.write(system_principal(tenant)) as tx:
            if await _take(tx, due):
                await refuse_draft(tx, draft_id=due.draft_id, problem=error.message, now=now)
        _log.info(
            "a draft cannot be published", tenant=tenant.slug, draft_id=due.draft_id, code=error.code.value
        )


async def _due(shard: AsyncEngine, now: datetime) -> list[_Due]:
    query = (
        select(scheduled_drafts.c.tenant_id, scheduled_drafts.c.id, scheduled_drafts.c.draft_id)
        .where(scheduled_drafts.c.publish_at <= now)
        .order_by(scheduled_drafts.c.publish_at)
        .limit(_AT_ONCE)
    )
    async with shard.connect() as connection:
        return [_Due(*row) for row in await connection.execute(query)]


async def _put_off(shard: AsyncEngine, due: _Due, now: datetime) -> None:
    """An institution that is suspended, or is being moved, publishes later."""
    async with shard.begin() as connection:
        await connection.execute(
            update(scheduled_drafts)
            .where(scheduled_drafts.c.tenant_id == due.tenant_id, scheduled_drafts.c.id == due.id)
            .values(publish_at=now + _SUSPENDED_WAIT)
        )


async def _take(tx: Transaction, due: _Due) -> bool:
    """Whether the time is still to be dealt with: another worker that does so now is waited for."""
    gone = await tx.connection.execute(
        delete(scheduled_drafts).where(
            scheduled_drafts.c.tenant_id == due.tenant_id, scheduled_drafts.c.id == due.id
        )
    )
    return bool(gone.rowcount)


async def _is_due(tx: Transaction, draft_id: int, now: datetime) -> bool:
    """Its person may have given it another time, or none, after this one."""
    query = (
        select(post_drafts.c.publish_at)
        .where(post_drafts.c.tenant_id == tx.tenant_id, post_drafts.c.id == draft_id)
        .with_for_update()
    )
    publish_at = (await tx.connection.execute(query)).scalar_one_or_none()
    return publish_at is not None and publish_at <= now
