"""Blocks between actors: neither sees the other. The other's server is told, as people there expect; one of ours is not."""

from dataclasses import replace

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from federation.activities import ENDS, INTERACTIVE, KEEPS, About, Recipients, act
from federation.actors.queries import actor_by_id, require_actor
from federation.actors.rows import ActorRow
from federation.follows import rows
from federation.follows.operations import answer_follow, end_follow
from federation.follows.rows import follow_between
from federation.protocol import writing
from federation.protocol.addresses import Addresses
from federation.protocol.model import Addressing
from federation.tables.moderation import blocks
from kernel.errors import InvalidInput
from tenants.door import Transaction
from tenants.model import NotFound


async def block(tx: Transaction, *, actor_id: int, here: Addresses) -> int:
    """The viewer wants nothing to do with an actor: follows between them end; gives the actor's id."""
    own, other = await require_actor(tx), await _other(tx, actor_id)
    if own.id == other.id:
        raise InvalidInput("one does not block oneself", path=["input", "actorId"])
    if other.is_institution:
        raise InvalidInput("the institution's own actor is not blocked", path=["input", "actorId"])
    activity_id = tx.new_id()
    if await _insert(tx, own, other, here.activity(activity_id)):
        await _part(tx, own, other, here)
        await act(
            tx,
            here=here,
            activity_id=activity_id,
            type="Block",
            actor_id=own.id,
            write=lambda id: writing.block(id=id, actor=own.address, object=other.address),
            visibility="direct",
            recipients=_to(other, KEEPS),
            object_address=other.address,
            object_type="Actor",
        )
    return actor_id


async def unblock(tx: Transaction, *, actor_id: int, here: Addresses) -> int:
    """Takes a block back; follows do not come back. Gives the actor's id."""
    own, other = await require_actor(tx), await _other(tx, actor_id)
    gone = await tx.connection.execute(
        delete(blocks)
        .where(
            blocks.c.tenant_id == tx.tenant_id, blocks.c.actor_id == own.id, blocks.c.blocked_id == other.id
        )
        .returning(blocks.c.activity_address)
    )
    address = gone.scalar_one_or_none()
    if address is not None:
        document = writing.block(id=address, actor=own.address, object=other.address)
        await act(
            tx,
            here=here,
            type="Undo",
            actor_id=own.id,
            write=lambda id: writing.undo(
                id=id, actor=own.address, object=document, addressing=Addressing(to=(other.address,))
            ),
            visibility="direct",
            recipients=_to(other, ENDS),
            object_address=address,
            object_type="Block",
        )
    return actor_id


async def _insert(tx: Transaction, own: ActorRow, other: ActorRow, address: str) -> bool:
    row = insert(blocks).values(
        tenant_id=tx.tenant_id,
        id=tx.new_id(),
        actor_id=own.id,
        blocked_id=other.id,
        activity_address=address,
        created_at=tx.now,
    )
    return bool((await tx.connection.execute(row.on_conflict_do_nothing())).rowcount)


async def _part(tx: Transaction, own: ActorRow, other: ActorRow, here: Addresses) -> None:
    """Neither follows the other any more. Another server hears so too: not each knows what a Block means."""
    await end_follow(tx, follower=own, followed=other, here=here)
    asked = await follow_between(tx, other.id, own.id, lock=True)
    if asked is None:
        return
    await rows.end(tx, asked)
    if not other.is_local and asked.state != "rejected":
        await answer_follow(tx, replace(asked, state="rejected"), follower=other, followed=own, here=here)


async def _other(tx: Transaction, actor_id: int) -> ActorRow:
    actor = await actor_by_id(tx, actor_id)
    if actor is None:
        raise NotFound("there is no such actor", path=["input", "actorId"])
    return actor


def _to(actor: ActorRow, effect: int) -> Recipients | None:
    if actor.is_local:
        return None
    return Recipients(actors=(actor.id,), delivery_class=INTERACTIVE, about=About(actor.id, effect))
