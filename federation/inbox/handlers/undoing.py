"""Undo: a follow, a like, an announce or a block is taken back by who made it."""

from sqlalchemy import RowMapping, select
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert

from federation.actors.rows import ActorRow
from federation.follows import rows
from federation.follows.rows import follow_at, follow_between
from federation.inbox.handlers.storing import post_row
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.posts.groups import relay_reaction
from federation.protocol.origins import same_origin
from federation.protocol.reading import CitedActivity, cited_activity
from federation.protocol.vocabulary import ActivityKind
from federation.protocol.writing import cite
from federation.reactions.announces import announce_at, remove_announce
from federation.reactions.likes import like_at, remove_like
from federation.tables.activities import activities, activity_addresses
from federation.tables.moderation import blocks


async def undo(h: Handling) -> None:
    """Takes back what the actor did, found by its address or by what it was about."""
    reference = h.activity.object
    assert reference is not None
    actor = await h.known_acting()
    if actor is None:
        raise Refused(NotStored.NOBODY_HERE, "the actor did nothing here that could be undone")
    cited = cited_activity(reference)
    if cited is not None and cited.actor not in (None, actor.address):
        raise Refused(NotStored.NOT_THEIRS, "only who did something can undo it")
    type = await _type_of(h, reference.uri, cited)
    if not await h.record("Undo", actor, object_address=reference.uri, object_type=type):
        return
    undone = await _undo(h, actor, type, reference.uri, cited)
    # Of its own server's addresses alone: else anybody could keep out what another server is about to send.
    if not undone and reference.uri is not None and same_origin(reference.uri, actor.address):
        await _forestall(h, reference.uri)


async def _undo(
    h: Handling, actor: ActorRow, type: str | None, address: str | None, cited: CitedActivity | None
) -> bool:
    about = cited.object.uri if cited is not None and cited.object is not None else None
    if type == "Follow":
        return await _undo_follow(h, actor, address, about)
    if type in ("Like", "EmojiReact"):
        return await _undo_like(h, actor, address, about)
    if type == "Announce":
        return await _undo_announce(h, actor, address, about)
    if type == "Block":
        return await _undo_block(h, actor, address, about)
    return False


async def _type_of(h: Handling, address: str | None, cited: CitedActivity | None) -> str | None:
    """What is undone, by its own word or by what is stored of it."""
    if cited is not None and cited.kind is not ActivityKind.OTHER:
        return cited.original_type
    query = (
        select(activities.c.type)
        .join(
            activity_addresses,
            (activity_addresses.c.tenant_id == activities.c.tenant_id)
            & (activity_addresses.c.activity_id == activities.c.id),
        )
        .where(activity_addresses.c.tenant_id == h.tx.tenant_id, activity_addresses.c.address == address)
    )
    found: str | None = (await h.tx.connection.execute(query)).scalar_one_or_none()
    return found


async def _undo_follow(h: Handling, actor: ActorRow, address: str | None, about: str | None) -> bool:
    asked = await follow_at(h.tx, address) if address else None
    if asked is None:
        followed = await h.local_actor(about)
        asked = await follow_between(h.tx, actor.id, followed.id) if followed else None
    if asked is None or asked.follower_id != actor.id:
        return False
    return await rows.end(h.tx, asked)


async def _undo_like(h: Handling, actor: ActorRow, address: str | None, about: str | None) -> bool:
    liked = await like_at(h.tx, address) if address else None
    if liked is not None and liked.actor_id == actor.id:
        post: RowMapping | None = await post_row(h, liked.post_id)
    else:
        post = await h.post(about)
    gone = await remove_like(h.tx, post["id"], actor.id) if post is not None else None
    if post is None or gone is None:
        return False
    like = cite(ActivityKind.LIKE, id=gone.activity_address, actor=actor.address, object=post["address"])
    told = cite(ActivityKind.UNDO, id=h.activity.id, actor=actor.address, object=like)
    await relay_reaction(h.tx, post=dict(post), actor=actor, activity=told, here=h.here)
    return True


async def _undo_announce(h: Handling, actor: ActorRow, address: str | None, about: str | None) -> bool:
    announced = await announce_at(h.tx, address) if address else None
    if announced is not None and announced.actor_id == actor.id:
        return await remove_announce(h.tx, announced.post_id, actor.id) is not None
    post = await h.post(about)
    return post is not None and await remove_announce(h.tx, post["id"], actor.id) is not None


async def _undo_block(h: Handling, actor: ActorRow, address: str | None, about: str | None) -> bool:
    blocked = await h.local_actor(about)
    named = blocks.c.activity_address == address
    where = named if blocked is None else named | (blocks.c.blocked_id == blocked.id)
    gone = await h.tx.connection.execute(
        delete_from(blocks).where(blocks.c.tenant_id == h.tx.tenant_id, blocks.c.actor_id == actor.id, where)
    )
    return bool(gone.rowcount)


async def _forestall(h: Handling, address: str) -> None:
    """What is undone before it came has no effect when it comes: its address counts as known from now on."""
    row = insert(activity_addresses).values(
        tenant_id=h.tx.tenant_id, address=address, activity_id=h.recorded_id
    )
    await h.tx.connection.execute(row.on_conflict_do_nothing())
