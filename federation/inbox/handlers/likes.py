"""Like, and reactions with an emoji, which count as likes."""

from federation.follows.queries import blocked_between
from federation.inbox.handlers.reach import is_there_for
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.posts.groups import relay_reaction
from federation.protocol.addressing import visibility_of
from federation.protocol.vocabulary import ActivityKind
from federation.protocol.writing import cite
from federation.reactions.likes import add_like


async def like(h: Handling) -> None:
    """Counts a like of a post that is stored here; posts that nobody here knows are not fetched for it."""
    reference = h.activity.object
    post = await h.post(reference.uri if reference else None)
    if post is None or post["state"] == "deleted":
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the post")
    if not await is_there_for(h, post, await h.known_acting()):
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the post")
    actor = await h.acting()
    if post["is_local"] and await blocked_between(h.tx, actor.id, post["actor_id"]):
        raise Refused(NotStored.BLOCKED_BY_PERSON, "the author has nothing to do with the actor")
    is_new = await h.record(
        "Like",
        actor,
        visibility=_seen_by(h, post["visibility"], actor.followers_address),
        object_address=post["address"],
        post_id=post["id"],
    )
    if is_new and await add_like(h.tx, post["id"], actor.id, h.activity.id):
        told = cite(ActivityKind.LIKE, id=h.activity.id, actor=actor.address, object=post["address"])
        await relay_reaction(h.tx, post=post, actor=actor, activity=told, here=h.here)


def _seen_by(h: Handling, visibility: str, followers: str | None) -> str:
    """A like is as public as it was made, and its post is; most are between the two."""
    said = visibility_of(h.activity.addressees, followers=followers).value
    return said if visibility in ("public", "unlisted") else "direct"
