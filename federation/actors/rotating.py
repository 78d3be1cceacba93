"""Replacing the keys of actors of ours: the new ones sign from now on, the old ones stay published for a week."""

from datetime import timedelta

from sqlalchemy import func, select

from federation.actors.key_storing import new_keys, rotate_keys
from federation.actors.queries import actor_by_handle
from federation.actors.telling import tell_changed
from federation.protocol.addresses import Addresses
from federation.tables.actors import actor_keys, actors
from tenants.authority import system_principal
from tenants.data_keys import DataKeys
from tenants.door import Door
from tenants.model import NotFound, Tenant

FRESH = timedelta(days=1)


async def actors_to_rotate(door: Door, tenant: Tenant, here: Addresses, username: str | None) -> list[int]:
    """The one of that username, or all who have keys, but for those that got theirs within a day: a run can be resumed."""
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
            .having(func.max(actor_keys.c.created_at) < tx.now - FRESH)
            .order_by(actor_keys.c.actor_id)
        )
        return list((await tx.connection.execute(query)).scalars())


async def rotate(door: Door, tenant: Tenant, here: Addresses, data_keys: DataKeys, actor_id: int) -> None:
    """Gives an actor new keys and tells its followers' servers."""
    made = await new_keys()
    async with door.write(system_principal(tenant)) as tx:
        await rotate_keys(tx, data_keys, actor_id, made)
        await tell_changed(tx, actor_id, here)
