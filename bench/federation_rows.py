"""Rows that the benches of federation need: an author with keys, followers on many servers, what the author publishes."""

from dataclasses import dataclass
from time import monotonic

from sqlalchemy import insert

from bench.federation_sinks import addresses
from bench.stand import Stand
from federation.activities import record, send
from federation.actors.keys import ActorKeys
from federation.actors.local import instance_actor
from federation.local import addresses_of
from federation.protocol.addresses import Addresses
from federation.tables.actors import actors, follows
from fediflow.processes.services import key_encryption
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from tenants.authority import system_principal
from tenants.data_keys import DataKeys
from tenants.door import Transaction
from tenants.model import Tenant

_CONTENT = "A lecture is moved to another room. " * 20  # some 1.3 kB with all that is around it


@dataclass(frozen=True, slots=True)
class Author:
    """Who publishes: the institution's own actor."""

    tenant: Tenant
    actor_id: int
    here: Addresses


async def prepare_author(stand: Stand, port: int) -> Author:
    """The author, with keys, followed from each of the servers that listen on that port."""
    async with (
        open_stack(stand.settings, DatabaseRole.WORKER, pool_size=2) as stack,
        stack.door() as door,
    ):
        tenant = await stack.tenant(stand.tenant)
        here = addresses_of(tenant, stand.settings.public_url)
        async with door.write(system_principal(tenant)) as tx:
            author = await instance_actor(tx, here)
            for address in addresses():
                host, follower = f"{address}:{port}", tx.new_id()
                await tx.connection.execute(
                    insert(actors).values(
                        tenant_id=tenant.id,
                        id=follower,
                        address=f"http://{host}/users/a",
                        kind="person",
                        is_local=False,
                        host=host,
                        preferred_username="a",
                        username_key="a",
                        inbox=f"http://{host}/users/a/inbox",
                        shared_inbox=f"http://{host}/inbox",
                        created_at=tx.now,
                        updated_at=tx.now,
                    )
                )
                await tx.connection.execute(
                    insert(follows).values(
                        tenant_id=tenant.id,
                        id=tx.new_id(),
                        follower_id=follower,
                        followed_id=author.id,
                        state="accepted",
                        activity_address=f"http://{host}/follows/1",
                        created_at=tx.now,
                        updated_at=tx.now,
                    )
                )
        await ActorKeys(door, DataKeys(key_encryption(stand.settings))).ensure(tenant, author.id)
    return Author(tenant, author.id, here)


async def publish(stand: Stand, author: Author, count: int) -> float:
    """Activities of the author to all followers, in one transaction; when it was committed, on the monotonic clock."""
    async with (
        open_stack(stand.settings, DatabaseRole.WORKER, pool_size=2) as stack,
        stack.door() as door,
    ):
        async with door.write(system_principal(author.tenant)) as tx:
            await _publish(tx, author, count)
        return monotonic()


async def _publish(tx: Transaction, author: Author, count: int) -> None:
    actor = author.here.instance_actor
    for _ in range(count):
        activity_id = tx.new_id()
        address = author.here.activity(activity_id)
        note = {"id": f"{address}/note", "type": "Note", "attributedTo": actor, "content": _CONTENT}
        await record(
            tx,
            type="Create",
            actor_id=author.actor_id,
            document={"id": address, "type": "Create", "actor": actor, "object": note},
            visibility="public",
            is_local=True,
            address=address,
            activity_id=activity_id,
        )
        await send(tx, activity_id, signer_id=author.actor_id, followers_of=[author.actor_id])
