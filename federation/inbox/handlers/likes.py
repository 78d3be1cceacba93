"""Like, and reactions with an emoji, which count as likes."""

from federation.follows.queries import blocked_between
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.reactions.likes import add_like


async def like(h: Handling) -> None:
    """Counts a like of a post that is stored here; posts that nobody here knows are not fetched for it."""
    reference = h.activity.object
    post = await h.post(reference.uri if reference else None)
    if post is None or post["state"] == "deleted":
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the post")
    actor = await h.acting()
    if post["is_local"] and await blocked_between(h.tx, actor.id, post["actor_id"]):
        raise Refused(NotStored.BLOCKED_BY_PERSON, "the author has nothing to do with the actor")
    if await h.record(
        "Like",
        actor,
        visibility=_seen_by(post["visibility"]),
        object_address=post["address"],
        post_id=post["id"],
    ):
        await add_like(h.tx, post["id"], actor.id, h.activity.id)


def _seen_by(visibility: str) -> str:
    """A like is seen by whom its post is seen by."""
    return visibility if visibility in ("public", "unlisted") else "direct"
