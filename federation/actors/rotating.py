"""Replacing the keys of actors of ours: in a while, so that nobody notices, or at once, because they were stolen."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from federation.actors.key_storing import SWITCH_AFTER, new_keys, replace_keys, rotate_keys
from federation.actors.queries import actor_by_handle
from federation.actors.telling import tell_changed
from federation.protocol.addresses import Addresses
from federation.tables.actors import actor_keys, actors
from tenants.authority import system_principal
from tenants.data_keys import DataKeys
from tenants.door import Door
from tenants.model import NotFound, Tenant

FRESH = timedelta(days=1)


async def actors_to_rotate(
    door: Door, tenant: Tenant, here: Addresses, username: str | None, *, with_fresh: bool = False
) -> list[int]:
    """The one of that username, or all who have keys; but for those that got some within a day, so that a run can be
    resumed, unless `with_fresh`."""
    async with door.write(system_principal(tenant)) as tx:
        if username is not None:
            actor = await actor_by_handle(tx, username.removeprefix("@").partition("@")[0], here.domain)
            if actor is None or not actor.is_local or actor.status == "gone":
                raise NotFound(f"there is no {username} on the social web of {tenant.slug}")
            return [actor.id]
        theirs = (actors.c.tenant_id == actor_keys.c.tenant_id) & (actors.c.id == actor_keys.c.actor_id)
        query = (
            select(actor_keys.c.actor_id)
            .join(actors, theirs)
            .where(actor_keys.c.tenant_id == tx.tenant_id, actors.c.is_local, actors.c.status != "gone")
            .group_by(actor_keys.c.actor_id)
            .order_by(actor_keys.c.actor_id)
        )
        if not with_fresh:
            query = query.having(func.max(actor_keys.c.created_at) < tx.now - FRESH)
        return list((await tx.connection.execute(query)).scalars())


async def rotate(
    door: Door,
    tenant: Tenant,
    data_keys: DataKeys,
    actor_id: int,
    *,
    switch_after: timedelta = SWITCH_AFTER,
) -> datetime:
    """Gives an actor new keys that sign in a while, by when all processes know of them; when that is.

    Other servers are told then, by workers (`KeySwitches`).
    """
    made = await new_keys()
    async with door.write(system_principal(tenant)) as tx:
        return await rotate_keys(tx, data_keys, actor_id, made, switch_after=switch_after)


async def replace(door: Door, tenant: Tenant, here: Addresses, data_keys: DataKeys, actor_id: int) -> None:
    """Gives an actor new keys at once, takes all others away and tells other servers.

    Processes that remember the old ones sign with them for a while yet (`keys.REMEMBERED`), or until they are refused.
    """
    made = await new_keys()
    async with door.write(system_principal(tenant)) as tx:
        await replace_keys(tx, data_keys, actor_id, made)
        await tell_changed(tx, actor_id, here)
