"""Follow, and what answers it."""

from federation.actors.rows import ActorRow
from federation.follows import rows
from federation.follows.operations import answer_follow
from federation.follows.queries import blocked_between
from federation.follows.rows import Follow, follow_at, follow_between
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.protocol.reading import cited_activity
from federation.protocol.vocabulary import ActivityKind


async def follow(h: Handling) -> None:
    """Somebody abroad follows one of ours, or asks to: who approves nobody is followed at once, and says so."""
    reference = h.activity.object
    followed = await h.local_actor(reference.uri if reference else None)
    if followed is None:
        raise Refused(NotStored.UNKNOWN_OBJECT, "there is no such actor here to follow")
    if not followed.is_active:
        raise Refused(NotStored.UNKNOWN_OBJECT, "that actor cannot be followed any more")
    follower = await h.acting()
    is_blocked = await blocked_between(h.tx, follower.id, followed.id)
    if not await h.record(
        "Follow",
        follower,
        object_address=followed.address,
        object_type="Actor",
        object_actor_id=followed.id,
    ):
        return
    asked = await rows.request(
        h.tx,
        follower_id=follower.id,
        followed_id=followed.id,
        activity_address=h.activity.id,
        is_accepted=not (followed.approves_followers or is_blocked),
    )
    if is_blocked:
        await rows.reject(h.tx, asked)
        asked = Follow(asked.id, asked.follower_id, asked.followed_id, "rejected", asked.activity_address)
    await answer_follow(h.tx, asked, follower=follower, followed=followed, here=h.here)


async def accept(h: Handling) -> None:
    """Whom one of ours asked to follow lets them."""
    asked, followed = await _answered(h)
    if await h.record("Accept", followed, object_address=asked.activity_address, object_type="Follow"):
        await rows.accept(h.tx, asked)


async def reject(h: Handling) -> None:
    """Whom one of ours asked to follow does not let them, or not any more."""
    asked, followed = await _answered(h)
    if await h.record("Reject", followed, object_address=asked.activity_address, object_type="Follow"):
        await rows.reject(h.tx, asked)


async def _answered(h: Handling) -> tuple[Follow, ActorRow]:
    """Our follow that is answered, by its address or by who follows whom; only the followed may answer it."""
    reference = h.activity.object
    assert reference is not None
    asked = await follow_at(h.tx, reference.uri) if reference.uri else None
    followed = await h.known_acting()
    cited = cited_activity(reference)
    if asked is None and cited is not None and cited.kind is ActivityKind.FOLLOW and followed is not None:
        follower = await h.local_actor(cited.actor)
        asked = await follow_between(h.tx, follower.id, followed.id) if follower else None
    if asked is None or followed is None:
        raise Refused(NotStored.UNKNOWN_OBJECT, "nobody here asked for that")
    if asked.followed_id != followed.id:
        raise Refused(NotStored.NOT_THEIRS, "only who is followed can answer a Follow")
    return asked, followed
