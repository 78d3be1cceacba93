"""People leave the social web: their servers are told, their actor is a Tombstone, what they wrote there goes."""

from sqlalchemy import func, select, update

from federation.activities import Recipients, act
from federation.actors.queries import NotOnTheSocialWeb, actor_of_user
from federation.actors.rows import ActorRow
from federation.follows import rows
from federation.follows.rows import Follow
from federation.posts.storing import bury_post
from federation.protocol.addresses import Addresses
from federation.protocol.model import Addressing
from federation.protocol.vocabulary import AS_PUBLIC
from federation.protocol.writing import delete
from federation.tables.actors import actors, follows
from federation.tables.posts import posts
from tenants.door import Transaction

AT_ONCE = 200


async def leave(tx: Transaction, *, here: Addresses) -> int:
    """The viewer's actor goes at once, and for ever: its name is nobody's again. Gives its id.

    Posts, follows and reactions go in the worker, which hears `actor.gone`; until then nobody is shown them.
    """
    actor = await actor_of_user(tx, tx.principal.viewer_id)
    if actor is None:
        raise NotOnTheSocialWeb("you are not on the social web")
    return await go(tx, actor, here)


async def go(tx: Transaction, actor: ActorRow, here: Addresses) -> int:
    """An actor of ours goes; every server that follows it or that it follows is sent the Delete."""
    await act(
        tx,
        here=here,
        type="Delete",
        actor_id=actor.id,
        write=lambda address: delete(
            id=address, actor=actor.address, object=actor.address, addressing=Addressing((AS_PUBLIC,))
        ),
        visibility="public",
        recipients=Recipients(actors=await _one_of_each_server(tx, actor.id)),
        object_address=actor.address,
        object_type="Person",
        object_actor_id=actor.id,
    )
    await tx.connection.execute(
        update(actors)
        .where(actors.c.tenant_id == tx.tenant_id, actors.c.id == actor.id)
        .values(
            status="gone",
            user_id=None,
            display_name="",
            biography="",
            avatar_url=None,
            attachments=[],
            also_known_as=[],
            exposed=[],
            is_discoverable=False,
            updated_at=tx.now,
            version=actors.c.version + 1,
        )
    )
    await tx.announce("actor.gone", "actor", actor.id)
    return actor.id


async def clear_some(tx: Transaction, actor_id: int) -> bool:
    """Takes some of what an actor that is gone left: follows, posts, reactions; whether there may be more."""
    return await _end_follows(tx, actor_id) or await _bury_posts(tx, actor_id)


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


async def _one_of_each_server(tx: Transaction, actor_id: int) -> tuple[int, ...]:
    """Somebody behind each inbox of those who follow the actor or whom it follows: deliveries go to inboxes."""
    followers = select(follows.c.follower_id.label("id")).where(
        follows.c.tenant_id == tx.tenant_id, follows.c.followed_id == actor_id
    )
    followed = select(follows.c.followed_id.label("id")).where(
        follows.c.tenant_id == tx.tenant_id, follows.c.follower_id == actor_id
    )
    related = followers.union(followed).subquery()
    query = (
        select(func.min(actors.c.id))
        .join(related, related.c.id == actors.c.id)
        .where(actors.c.tenant_id == tx.tenant_id, actors.c.is_local.is_(False))
        .group_by(func.coalesce(actors.c.shared_inbox, actors.c.inbox))
    )
    return tuple((await tx.connection.execute(query)).scalars())
