"""Once an hour a worker makes the groups that courses and units of its shards miss (`federation.actors.making_groups`)."""

import asyncio

import structlog
from sqlalchemy import select

from federation.actors.making_groups import make_missing
from federation.local import NoDomain, addresses_of
from fediflow.processes.reaching import why_unreachable
from fediflow.processes.stack import Stack
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.authority import system_principal
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Tenant
from tenants.tables import shards, tenants

EVERY_SECONDS = 3600.0
_BATCH = 100

_log = structlog.get_logger(__name__)


async def make_groups(stack: Stack, door: Door, directory: Directory) -> None:
    """Makes them until cancelled; what cannot be reached is made the next time."""
    while True:
        try:
            await make_groups_once(stack, door, directory)
        except (*DATABASE_TROUBLE, Unavailable) as error:
            _log.warning("groups wait", why=why_unreachable(error))
        await asyncio.sleep(EVERY_SECONDS)


async def make_groups_once(stack: Stack, door: Door, directory: Directory) -> int:
    """Once through every institution of the shards that are served; how many groups were made."""
    query = select(tenants.c.id).join(shards, shards.c.id == tenants.c.shard_id)
    async with stack.directory.connect() as connection:
        ids = (await connection.execute(query.where(shards.c.name.in_(list(stack.served))))).scalars().all()
    made = 0
    for tenant_id in ids:
        tenant = await directory.by_id(tenant_id)
        if tenant is not None and not tenant.is_suspended:
            made += await _make_of(tenant, door, stack.settings.public_url)
    return made


async def _make_of(tenant: Tenant, door: Door, public_url: str) -> int:
    try:
        here = addresses_of(tenant, public_url)
    except NoDomain:
        return 0  # nobody outside knows anybody of it
    made, found = 0, _BATCH
    while found == _BATCH:
        try:
            async with door.write(system_principal(tenant)) as tx:
                found = await make_missing(tx, here, most=_BATCH)
        except (*DATABASE_TROUBLE, Unavailable) as error:
            _log.warning("groups of an institution wait", tenant=tenant.slug, why=why_unreachable(error))
            break
        made += found
    return made
