"""Update: a post was edited, or an actor changed its profile."""

from federation.inbox.handlers.posts import create_post, post_in
from federation.inbox.handlers.storing import edit, relay
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.protocol.reading import Document, is_actor, read_actor
from federation.remote.storing import store_actor


async def update(h: Handling) -> None:
    """Brings what is stored up to date; a post that was not of use before may be now."""
    reference = h.activity.object
    assert reference is not None
    if reference.document is not None and is_actor(reference.document):
        await _update_actor(h, reference.document)
    elif reference.document is None and reference.uri == h.activity.actor:
        await _update_actor(h, None)
    else:
        await _update_post(h)


async def _update_actor(h: Handling, document: Document | None) -> None:
    known = await h.known_acting()
    if known is None:
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the actor")
    if document is None:
        actor = await h.actor(h.activity.actor, anew=True)
        changed = None
    else:
        changed = read_actor(document, allow_http=h.allow_http)
        if changed.id != h.activity.actor:
            raise Refused(NotStored.NOT_THEIRS, "an actor changes itself, nobody else")
        actor = known
    if await h.record(
        "Update", actor, visibility="public", object_address=actor.address, object_actor_id=actor.id
    ):
        # Its keys are not taken from here: they are asked for where the actor lives, when one does not fit any more.
        if changed is not None:
            await store_actor(h.tx, changed, h.tx.now)
        await h.tx.announce("actor.changed", "actor", actor.id)


async def _update_post(h: Handling) -> None:
    post = post_in(h)
    known = await h.post(post.id)
    if known is None:
        await create_post(h, post)
        return
    author = await h.known_acting()
    if author is None or known["actor_id"] != author.id:
        raise Refused(NotStored.NOT_THEIRS, "the post is another actor's")
    if await h.record(
        "Update",
        author,
        visibility=known["visibility"],
        object_address=post.id,
        object_type=post.kind.value,
        post_id=known["id"],
    ):
        await edit(h, known, post)
        await relay(h, known)
