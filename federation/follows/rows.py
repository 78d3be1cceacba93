"""Who follows whom, and how many: rows alone, for people here and for what comes from other servers.

Nothing here sends activities. The outbox hears `follow.requested`, `follow.accepted`, `follow.rejected` and
`follow.ended` with the ids of both.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from federation.tables.actors import actors, follows
from kernel.database.compiled import Compiled
from tenants.changing import alone
from tenants.door import Transaction


@dataclass(frozen=True, slots=True)
class Follow:
    """One actor's follow of another: pending, accepted or rejected; `activity_address` is the Follow's."""

    id: int
    follower_id: int
    followed_id: int
    state: str
    activity_address: str


async def request(
    tx: Transaction, *, follower_id: int, followed_id: int, activity_address: str, is_accepted: bool = False
) -> Follow:
    """The follow as it is now: a new one pending or, where nobody has to be asked, accepted.

    Asked again, it keeps its state (one that was rejected is asked anew) and takes the address of the newer activity.
    """
    await one_at_a_time(tx, follower_id, followed_id)
    before = await follow_between(tx, follower_id, followed_id, lock=True)
    if before is None:
        asked = await _insert(tx, follower_id, followed_id, activity_address)
    else:
        state = "pending" if before.state == "rejected" else before.state
        asked = await _write(tx, before.id, state=state, activity_address=activity_address)
    if asked.state == "pending":
        if is_accepted:
            return await accept(tx, asked) or asked
        if before is None or before.state == "rejected":
            await _tell(tx, "follow.requested", asked)
    return asked


async def one_at_a_time(tx: Transaction, follower_id: int, followed_id: int) -> None:
    """Waits for whoever else has this actor follow that one just now; ends with the transaction."""
    await alone(tx, f"follow {follower_id} {followed_id}")


async def accept(tx: Transaction, follow: Follow) -> Follow | None:
    """Accepts a pending follow; None where it is none (any more)."""
    if not await _moves(tx, follow, "pending", "accepted"):
        return None
    await _count(tx, follow, 1)
    await _tell(tx, "follow.accepted", follow)
    return Follow(follow.id, follow.follower_id, follow.followed_id, "accepted", follow.activity_address)


async def reject(tx: Transaction, follow: Follow) -> bool:
    """Rejects a pending follow, or ends an accepted one from the side of the followed; False where there is neither."""
    if await _moves(tx, follow, "pending", "rejected"):
        await _tell(tx, "follow.rejected", follow)
        return True
    if await _moves(tx, follow, "accepted", "rejected"):
        await _count(tx, follow, -1)
        await _tell(tx, "follow.ended", follow)
        return True
    return False


async def end(tx: Transaction, follow: Follow) -> bool:
    """Takes a follow back from the side of the follower; False where there is none any more."""
    gone = await tx.connection.execute(
        delete(follows)
        .where(follows.c.tenant_id == tx.tenant_id, follows.c.id == follow.id)
        .returning(follows.c.state)
    )
    state = gone.scalar_one_or_none()
    if state is None:
        return False
    if state == "accepted":
        await _count(tx, follow, -1)
    if state != "rejected":
        await _tell(tx, "follow.ended", follow)
    return True


async def follow_between(
    tx: Transaction, follower_id: int, followed_id: int, *, lock: bool = False
) -> Follow | None:
    """The follow of one actor by another, in whatever state."""
    statement = _LOCK_BETWEEN if lock else _BETWEEN
    row = await statement.row(tx.driver, in_tenant=tx.tenant_id, follower=follower_id, followed=followed_id)
    return None if row is None else Follow(*row.values())


async def follow_at(tx: Transaction, activity_address: str) -> Follow | None:
    """The follow that an activity asked for, as Accept, Reject and Undo name it."""
    query = select(*_COLUMNS).where(
        follows.c.tenant_id == tx.tenant_id, follows.c.activity_address == activity_address
    )
    row = (await tx.connection.execute(query)).first()
    return None if row is None else Follow(*row)


async def follow_by_id(tx: Transaction, follow_id: int) -> Follow | None:
    """The follow of that id."""
    query = select(*_COLUMNS).where(follows.c.tenant_id == tx.tenant_id, follows.c.id == follow_id)
    row = (await tx.connection.execute(query)).one_or_none()
    return None if row is None else Follow(*row)


_COLUMNS = (
    follows.c.id,
    follows.c.follower_id,
    follows.c.followed_id,
    follows.c.state,
    follows.c.activity_address,
)


async def _insert(tx: Transaction, follower_id: int, followed_id: int, activity_address: str) -> Follow:
    asked = Follow(tx.new_id(), follower_id, followed_id, "pending", activity_address)
    await _INSERT.rows(
        tx.driver,
        in_tenant=tx.tenant_id,
        new_id=asked.id,
        follower=follower_id,
        followed=followed_id,
        named=activity_address,
        now=tx.now,
    )
    return asked


async def _write(tx: Transaction, follow_id: int, *, state: str, activity_address: str) -> Follow:
    changed = await tx.connection.execute(
        update(follows)
        .where(follows.c.tenant_id == tx.tenant_id, follows.c.id == follow_id)
        .values(state=state, activity_address=activity_address, updated_at=tx.now)
        .returning(*_COLUMNS)
    )
    return Follow(*changed.one())


async def _moves(tx: Transaction, follow: Follow, before: str, after: str) -> bool:
    moved = await _MOVE.row(
        tx.driver, in_tenant=tx.tenant_id, follow=follow.id, before=before, after=after, now=tx.now
    )
    return moved is not None


async def _count(tx: Transaction, follow: Follow, by: int) -> None:
    """Both ends, the lower id first: two who follow each other at once do not wait for one another for ever."""
    changes = {follow.follower_id: _COUNT_FOLLOWING, follow.followed_id: _COUNT_FOLLOWERS}
    for actor_id, count in sorted(changes.items()):
        await count.rows(tx.driver, in_tenant=tx.tenant_id, actor=actor_id, by=by)


async def _tell(tx: Transaction, event: str, follow: Follow) -> None:
    await tx.announce(event, "follow", follow.id, follower=follow.follower_id, followed=follow.followed_id)


_TENANT = bindparam("in_tenant", type_=BigInteger)
_FOLLOWER, _FOLLOWED = bindparam("follower", type_=BigInteger), bindparam("followed", type_=BigInteger)
_NOW = bindparam("now", type_=DateTime(timezone=True))
_FIND = select(*_COLUMNS).where(
    follows.c.tenant_id == _TENANT,
    follows.c.follower_id == _FOLLOWER,
    follows.c.followed_id == _FOLLOWED,
)
_BETWEEN, _LOCK_BETWEEN = Compiled(_FIND), Compiled(_FIND.with_for_update())
_INSERT = Compiled(
    insert(follows).values(
        tenant_id=_TENANT,
        id=bindparam("new_id", type_=BigInteger),
        follower_id=_FOLLOWER,
        followed_id=_FOLLOWED,
        state=literal_column("'pending'"),
        activity_address=bindparam("named", type_=Text),
        created_at=_NOW,
        updated_at=_NOW,
    )
)
_MOVE = Compiled(
    update(follows)
    .where(
        follows.c.tenant_id == _TENANT,
        follows.c.id == bindparam("follow", type_=BigInteger),
        follows.c.state == bindparam("before", type_=Text),
    )
    .values(state=bindparam("after", type_=Text), updated_at=_NOW)
    .returning(follows.c.id)
)


def _counting(column: Column[Any]) -> Compiled:
    return Compiled(
        update(actors)
        .where(actors.c.tenant_id == _TENANT, actors.c.id == bindparam("actor", type_=BigInteger))
        .values({column: func.greatest(column + bindparam("by", type_=Integer), 0)})
    )


_COUNT_FOLLOWING = _counting(actors.c.following_count)
_COUNT_FOLLOWERS = _counting(actors.c.followers_count)
