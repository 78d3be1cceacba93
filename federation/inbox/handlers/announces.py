"""Announce: of a post by its address, and by a Group of what happened in it (FEP-1b12)."""

from federation.actors.rows import ActorRow
from federation.follows.queries import blocked_between
from federation.inbox.handlers.storing import bury, post_row, refresh_post, store_ancestors, store_fetched
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.posts.feeds import stand_in_feed
from federation.protocol.addressing import visibility_of
from federation.protocol.reading import RemotePost, cited_activity
from federation.protocol.vocabulary import ActivityKind
from federation.reactions.announces import add_announce
from kernel.database.compiled import Row

_BRING = frozenset({ActivityKind.CREATE, ActivityKind.UPDATE})


async def announce(h: Handling) -> None:
    """Shares a post: one that is stored here, or one that is fetched where somebody here follows who shares it."""
    reference = h.activity.object
    assert reference is not None
    cited = cited_activity(reference)
    if cited is not None and cited.kind is not ActivityKind.OTHER:
        inner = cited.object.uri if cited.object is not None else None
        await _announced_activity(h, cited.kind, inner)
        return
    actor, post = await _sharing(h, reference.uri)
    await _share(h, actor, post)


async def _announced_activity(h: Handling, kind: ActivityKind, address: str | None) -> None:
    """A Group passes on what somebody did. Nobody has proved it, so what it is about is asked for where it lives."""
    if address is None:
        raise Refused(NotStored.UNKNOWN_OBJECT, "the announced activity names nothing")
    if kind in _BRING:
        known = await h.post(address)
        actor, post = await _sharing(h, address)
        if kind is ActivityKind.UPDATE and known is not None and not known["is_local"]:
            await refresh_post(h, known)
        await _share(h, actor, post)
    elif kind is ActivityKind.DELETE:
        await _announced_delete(h, address)
    else:
        raise Refused(NotStored.UNPROVEN, "what a group says of others' reactions is not taken")


async def _announced_delete(h: Handling, address: str) -> None:
    """Only of what stands in the group's own feed, and only where the post's own server has it no longer."""
    post, group = await h.post(address), await h.known_acting()
    if post is None or post["is_local"]:
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the post")
    if group is None or post["group_id"] != group.id:
        raise Refused(
            NotStored.NOT_THEIRS, "the post does not stand in the feed of who announces that it is gone"
        )
    if not h.is_gone(address):
        raise Refused(NotStored.UNPROVEN, "the post is still there")
    if await h.record("Announce", group, object_address=address, post_id=post["id"]):
        await bury(h, post)


async def _sharing(h: Handling, address: str | None) -> tuple[ActorRow, Row]:
    """Who shares, and the post, stored here from now on."""
    post = await h.post(address)
    known = await h.known_acting()
    is_followed = known is not None and await h.is_followed(known.id)
    if post is None and not is_followed:
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the post or follows who shares it")
    if post is not None and not post["is_local"] and not is_followed:
        raise Refused(NotStored.NOBODY_HERE, "nobody here follows who shares it")
    if post is None:
        post = await _fetched(h, address)
    if post["state"] == "deleted":
        raise Refused(NotStored.NOBODY_HERE, "the post was deleted")
    return await h.acting(), post


async def _fetched(h: Handling, address: str | None) -> Row:
    if address is None or h.here.of(address) is not None or address in h.deleted:
        raise Refused(NotStored.UNKNOWN_OBJECT, "there is no such post")
    found = h.object(address)
    if not isinstance(found, RemotePost):
        raise Refused(NotStored.UNKNOWN_OBJECT, "what is shared is no post, or is gone")
    await store_ancestors(h, found.in_reply_to)
    post_id = await store_fetched(h, found)
    return await post_row(h, post_id)


async def _share(h: Handling, actor: ActorRow, post: Row) -> None:
    if post["visibility"] not in ("public", "unlisted") and post["actor_id"] != actor.id:
        raise Refused(NotStored.NOT_THEIRS, "only its author may share what is not public")
    if post["is_local"] and await blocked_between(h.tx, actor.id, post["actor_id"]):
        raise Refused(NotStored.BLOCKED_BY_PERSON, "the author has nothing to do with the actor")
    visibility = visibility_of(h.activity.addressees, followers=actor.followers_address).value
    if await h.record(
        "Announce",
        actor,
        visibility=visibility,
        object_address=post["address"],
        post_id=post["id"],
    ):
        await add_announce(h.tx, post["id"], actor.id, h.activity.id, visibility)
        if actor.kind == "group":
            await stand_in_feed(h.tx, post_id=post["id"], group_id=actor.id)
