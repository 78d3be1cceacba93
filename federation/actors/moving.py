"""People move: from here to another server, and the followers of somebody who moved go along (ActivityPub Move, FEP-7628)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from federation.activities import BULK, Recipients, act
from federation.actors.queries import actor_by_address, actor_by_id, require_actor
from federation.actors.rows import ActorRow
from federation.actors.telling import tell_changed
from federation.follows.operations import ask_to_follow, end_follow
from federation.follows.queries import blocked_between
from federation.follows.rows import follow_between
from federation.protocol import writing
from federation.protocol.addresses import Addresses
from federation.protocol.model import Addressing
from federation.protocol.origins import is_web_uri
from federation.tables.actors import actor_moves, actors, follows
from kernel.errors import ErrorCode, FediflowError, InvalidInput
from tenants.changing import locked, write_changes
from tenants.door import Transaction

MOST_ALIASES = 10


class UnableToMove(FediflowError):
    """The move cannot be announced."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class MoveTarget:
    """Where somebody moves to, as its own server tells it."""

    address: str
    also_known_as: Sequence[str]


async def set_aliases(
    tx: Transaction, *, addresses: Sequence[str], here: Addresses, expected_version: int | None = None
) -> int:
    """Says which other actors the viewer is too (`alsoKnownAs`): what moves here must be among them."""
    actor = await require_actor(tx)
    aliases = list(dict.fromkeys(addresses))
    if len(aliases) > MOST_ALIASES:
        raise InvalidInput(f"at most {MOST_ALIASES} addresses", path=["input", "aliases"])
    for index, address in enumerate(aliases):
        if not is_web_uri(address, allow_http=here.scheme == "http") or address == actor.address:
            raise InvalidInput("this is no address of another actor", path=["input", "aliases", index])
    row = await locked(tx, actors, actor.id, what="profile", expected_version=expected_version)
    if await write_changes(tx, actors, row, {"also_known_as": aliases}):
        await tell_changed(tx, actor.id, here)
    return actor.id


async def move_out(tx: Transaction, *, target: MoveTarget, here: Addresses) -> int:
    """Announces that the viewer has moved. Followers elsewhere are asked by the Move, those here follow the new actor.

    The new actor must say that it is the old one too: else anybody could take followers along to anybody. It is stored
    before (`federation.remote.storing`). There is no way back by us; the new server can move them again.
    """
    actor = await require_actor(tx)
    if target.address == actor.address:
        raise InvalidInput("one does not move to where one is", path=["input", "target"])
    if actor.address not in target.also_known_as:
        raise UnableToMove(
            f"{target.address} does not name {actor.address} under alsoKnownAs: add it there, then try again"
        )
    new = await actor_by_address(tx, target.address)
    if new is None or not new.is_active:
        raise UnableToMove(f"{target.address} is not an actor one can move to")
    await _write_move(tx, actor, new)
    addressing = Addressing(tuple(one for one in (actor.followers,) if one))
    await act(
        tx,
        here=here,
        type="Move",
        actor_id=actor.id,
        write=lambda address: writing.move(
            id=address, actor=actor.address, target=new.address, addressing=addressing
        ),
        visibility="public",
        recipients=Recipients((actor.id,), delivery_class=BULK),
        object_address=actor.address,
        object_type="Person",
        object_actor_id=actor.id,
    )
    await tell_changed(tx, actor.id, here)
    await tx.announce("actor.moved", "actor", actor.id, target=str(new.id))
    return actor.id


async def moved(
    tx: Transaction, old_actor_id: int, new_actor_id: int, here: Addresses, *, most: int = 200
) -> bool:
    """People here who follow the old actor follow the new one instead; whether there may be more of them.

    That the move is true was shown before: the new actor names the old one under `alsoKnownAs`.
    """
    old, new = await actor_by_id(tx, old_actor_id), await actor_by_id(tx, new_actor_id)
    if old is None or new is None or not new.is_active:
        return False
    query = (
        select(follows.c.follower_id)
        .join(actors, (actors.c.tenant_id == follows.c.tenant_id) & (actors.c.id == follows.c.follower_id))
        .where(
            follows.c.tenant_id == tx.tenant_id,
            follows.c.followed_id == old.id,
            follows.c.state == "accepted",
            actors.c.is_local,
        )
        .order_by(follows.c.id)
        .limit(most)
    )
    followers = (await tx.connection.execute(query)).scalars().all()
    for follower_id in followers:
        follower = await actor_by_id(tx, follower_id)
        assert follower is not None  # a foreign key says so
        await _follow_instead(tx, follower, old, new, here)
    if followers:
        await tx.announce("follow.moved", "actor", old.id, target=new.id, followers=list(followers))
    return len(followers) == most


async def _follow_instead(
    tx: Transaction, follower: ActorRow, old: ActorRow, new: ActorRow, here: Addresses
) -> None:
    before = await follow_between(tx, follower.id, new.id, lock=True)
    wanted = follower.id != new.id and (before is None or before.state == "rejected")
    if wanted and follower.is_active and not await blocked_between(tx, follower.id, new.id):
        await ask_to_follow(tx, follower=follower, followed=new, here=here, delivery_class=BULK)
    await end_follow(tx, follower=follower, followed=old, here=here)


async def _write_move(tx: Transaction, actor: ActorRow, new: ActorRow) -> None:
    values: dict[str, Any] = {"status": "moved", "moved_to": new.address}
    row = await locked(tx, actors, actor.id, what="profile")
    await write_changes(tx, actors, row, values)
    move = {
        "tenant_id": tx.tenant_id,
        "id": tx.new_id(),
        "actor_id": actor.id,
        "target_address": new.address,
        "created_at": tx.now,
    }
    await tx.connection.execute(insert(actor_moves).values(move))
