"""What an actor that is gone left, of here or of another server: taken away some hundred at a time, each count with it."""

from collections.abc import Awaitable, Callable

from sqlalchemy import Table, delete, select

from federation.follows import rows
from federation.follows.rows import Follow
from federation.posts.storing import bury_post
from federation.reactions.announces import remove_announce
from federation.reactions.likes import remove_like
from federation.tables.actors import follows
from federation.tables.notifications import notifications
from federation.tables.posts import announces, conversation_members, likes, posts, timeline_entries
from tenants.door import Transaction

AT_ONCE = 200


async def clear_some(tx: Transaction, actor_id: int) -> bool:
    """Takes some of its follows, posts, likes, announces, and of what people were told of it; whether there may be more."""
    for step in (_end_follows, _bury_posts, _take_back_likes, _take_back_announces, _forget_notices):
        if await step(tx, actor_id):
            return True
    return False


async def clear_some_of_user(tx: Transaction, user_id: int, before: int) -> bool:
    """Takes what a person who left had in their timeline and conversations up to the id `before`; whether there may be
    more. What came after they joined again stays."""
    for table, place in ((timeline_entries, "id"), (conversation_members, "last_post_id")):
        those = select(table.c.id).where(
            table.c.tenant_id == tx.tenant_id, table.c.user_id == user_id, table.c[place] < before
        )
        own = (table.c.tenant_id == tx.tenant_id, table.c.user_id == user_id)
        gone = await tx.connection.execute(delete(table).where(*own, table.c.id.in_(those.limit(AT_ONCE))))
        if gone.rowcount == AT_ONCE:
            return True
    return False


async def _end_follows(tx: Transaction, actor_id: int) -> bool:
    row = follows.c
    query = (
        select(row.id, row.follower_id, row.followed_id, row.state, row.activity_address)
        .where(row.tenant_id == tx.tenant_id, (row.follower_id == actor_id) | (row.followed_id == actor_id))
        .limit(AT_ONCE)
    )
    found = (await tx.connection.execute(query)).all()
    for follow in found:
        await rows.end(tx, Follow(*follow))
    return len(found) == AT_ONCE


async def _bury_posts(tx: Transaction, actor_id: int) -> bool:
    query = (
        select(posts.c.id)
        .where(posts.c.tenant_id == tx.tenant_id, posts.c.actor_id == actor_id, posts.c.state == "published")
        .limit(AT_ONCE)
    )
    found = (await tx.connection.execute(query)).scalars().all()
    for post_id in found:
        await bury_post(tx, post_id)
    return len(found) == AT_ONCE


async def _take_back_likes(tx: Transaction, actor_id: int) -> bool:
    return await _take_back(tx, likes, actor_id, remove_like)


async def _take_back_announces(tx: Transaction, actor_id: int) -> bool:
    return await _take_back(tx, announces, actor_id, remove_announce)


async def _take_back(
    tx: Transaction, table: Table, actor_id: int, remove: Callable[[Transaction, int, int], Awaitable[object]]
) -> bool:
    query = (
        select(table.c.post_id)
        .where(table.c.tenant_id == tx.tenant_id, table.c.actor_id == actor_id)
        .order_by(table.c.post_id)
        .limit(AT_ONCE)
    )
    found = (await tx.connection.execute(query)).scalars().all()
    for post_id in found:
        await remove(tx, post_id, actor_id)
    return len(found) == AT_ONCE


async def _forget_notices(tx: Transaction, actor_id: int) -> bool:
    own = notifications.c.tenant_id == tx.tenant_id
    those = select(notifications.c.id).where(own, notifications.c.actor_id == actor_id).limit(AT_ONCE)
    gone = await tx.connection.execute(delete(notifications).where(own, notifications.c.id.in_(those)))
    return gone.rowcount == AT_ONCE
