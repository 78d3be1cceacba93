"""Move: an actor goes on under another address, and followers here go with it (FEP-7628)."""

from sqlalchemy import update

from federation.actors.moving import moved
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.tables.actors import actors


async def move(h: Handling) -> None:
    """The old actor says where it went, and the new one must name the old one under `alsoKnownAs`."""
    reference, target = h.activity.object, h.activity.target
    if reference is None or reference.uri != h.activity.actor:
        raise Refused(NotStored.NOT_THEIRS, "an actor moves itself, nobody else")
    if target is None or target.uri is None or target.uri == h.activity.actor:
        raise Refused(NotStored.UNKNOWN_OBJECT, "the Move does not say where to")
    old = await h.known_acting()
    if old is None:
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the actor")
    new = await h.local_actor(target.uri) or await h.actor(target.uri, anew=True)
    if old.address not in new.also_known_as:
        raise Refused(NotStored.UNPROVEN, "the new actor does not name the old one under alsoKnownAs")
    if not new.is_active:
        raise Refused(NotStored.UNKNOWN_OBJECT, "the new actor is not there to be followed")
    if await moved(h.tx, old.id, new.id, h.here):
        h.again = True
        return
    if not await h.record(
        "Move",
        old,
        visibility="public",
        object_address=old.address,
        object_type="Actor",
        object_actor_id=new.id,
    ):
        return
    row = actors.c
    await h.tx.connection.execute(
        update(actors)
        .where(row.tenant_id == h.tx.tenant_id, row.id == old.id)
        .values(status="moved", moved_to=new.address, updated_at=h.tx.now, version=row.version + 1)
    )
    await h.tx.announce("actor.changed", "actor", old.id)
