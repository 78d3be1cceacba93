"""Delete: a post is gone, or an actor with all that it wrote."""

from sqlalchemy import select
from sqlalchemy import update as update_rows

from federation.actors.clearing import clear_some
from federation.actors.rows import ActorRow
from federation.inbox.handlers.storing import bury, relay
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.tables.actors import actors, group_moderators


async def delete(h: Handling) -> None:
    """Leaves a Tombstone of a post, or ends an actor: only who wrote it, or the actor itself, may."""
    reference = h.activity.object
    address = reference.uri if reference else None
    if address is None:
        raise Refused(NotStored.UNKNOWN_OBJECT, "it does not say what was deleted")
    actor = await h.known_acting()
    if address == h.activity.actor:
        if actor is None:
            raise Refused(NotStored.NOBODY_HERE, "nobody here knows the actor")
        await _delete_actor(h, actor)
        return
    post = await h.post(address)
    if post is None:
        h.to_forget.append(address)
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows what was deleted")
    group = post["group_id"]
    if actor is None or not (post["actor_id"] == actor.id or await _moderates(h, group, actor)):
        raise Refused(NotStored.NOT_THEIRS, "the post is another actor's")
    if await h.record(
        "Delete", actor, visibility=post["visibility"], object_address=address, post_id=post["id"]
    ):
        await bury(h, post)
        await relay(h, post)


async def _moderates(h: Handling, group_id: int | None, actor: ActorRow) -> bool:
    """Who moderates the group of another server in which a post stands may take it away; in ours, its staff do."""
    row = group_moderators.c
    query = (
        select(row.actor_id)
        .join(actors, (actors.c.tenant_id == row.tenant_id) & (actors.c.id == row.group_id))
        .where(
            row.tenant_id == h.tx.tenant_id,
            row.group_id == group_id,
            row.actor_id == actor.id,
            ~actors.c.is_local,
        )
    )
    return group_id is not None and (await h.tx.connection.execute(query)).first() is not None


async def _delete_actor(h: Handling, actor: ActorRow) -> None:
    """What it left goes, some hundred in a transaction; what is left of the actor is who it was."""
    if await clear_some(h.tx, actor.id):
        h.again = True
        return
    if await h.record(
        "Delete", actor, visibility="public", object_address=actor.address, object_actor_id=actor.id
    ):
        await h.tx.connection.execute(
            update_rows(actors)
            .where(actors.c.tenant_id == h.tx.tenant_id, actors.c.id == actor.id)
            .values(
                status="gone",
                display_name="",
                biography="",
                avatar_url=None,
                attachments=[],
                updated_at=h.tx.now,
                version=actors.c.version + 1,
            )
        )
        await h.tx.announce("actor.changed", "actor", actor.id)
