"""Tells other servers when an actor's newer keys begin to sign: each time once, whatever stops the process in between.

That moment is a row of the shard's queue. It goes in the transaction that sends the Update, so what was begun and not
committed is begun again, by any worker.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.actors.queries import actor_by_id
from federation.actors.telling import tell_changed
from federation.due import TenantOf, deal_with
from federation.local import NoDomain, addresses_of
from federation.tables.actors import key_switches
from tenants.authority import system_principal
from tenants.door import Door, Transaction
from tenants.model import Tenant

_AT_ONCE = 100
_SUSPENDED_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Due:
    """A switch whose time has come."""

    tenant_id: int
    id: int
    actor_id: int


class KeySwitches:
    """Tells of the switches that are due in a shard. One per process; several processes may do so at once."""

    def __init__(self, door: Door, tenant_of: TenantOf, public_url: str) -> None:
        self._door = door
        self._tenant_of = tenant_of
        self._public_url = public_url

    async def tell_due(self, shard: AsyncEngine) -> int:
        """Tells of what is due now, the oldest first; how many were dealt with, at most a hundred.

        One that fails holds back no other: its error is raised at the end.
        """
        return await deal_with(
            await _due(shard), self._tenant_of, work=self._tell, put_off=partial(_put_off, shard)
        )

    async def _tell(self, tenant: Tenant, due: _Due) -> None:
        async with self._door.write(system_principal(tenant)) as tx:
            if not await _take(tx, due):
                return
            actor = await actor_by_id(tx, due.actor_id)
            try:
                here = addresses_of(tenant, self._public_url)
            except NoDomain:
                return  # nobody outside knows anybody of it
            if actor is not None and actor.status != "gone":
                await tell_changed(tx, actor.id, here)


async def _due(shard: AsyncEngine) -> list[_Due]:
    """By the clock by which the keys themselves switch."""
    query = (
        select(key_switches.c.tenant_id, key_switches.c.id, key_switches.c.actor_id)
        .where(key_switches.c.due_at <= func.now())
        .order_by(key_switches.c.due_at)
        .limit(_AT_ONCE)
    )
    async with shard.connect() as connection:
        return [_Due(*row) for row in await connection.execute(query)]


async def _put_off(shard: AsyncEngine, due: _Due) -> None:
    """An institution that is suspended, or is being moved, tells of it later."""
    async with shard.begin() as connection:
        await connection.execute(
            update(key_switches)
            .where(key_switches.c.tenant_id == due.tenant_id, key_switches.c.id == due.id)
            .values(due_at=func.now() + _SUSPENDED_WAIT)
        )


async def _take(tx: Transaction, due: _Due) -> bool:
    """Whether it is still to be told: another worker that does so now is waited for."""
    gone = await tx.connection.execute(
        delete(key_switches).where(key_switches.c.tenant_id == due.tenant_id, key_switches.c.id == due.id)
    )
    return bool(gone.rowcount)
