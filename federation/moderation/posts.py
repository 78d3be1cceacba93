"""What moderators do about posts: remove them for good, or let go what was held back."""

from federation.moderation.history import Because, Done, begin, note
from federation.posts import storing
from federation.posts.operations import withdraw_post
from federation.posts.seeing import seen_post
from federation.protocol.addresses import Addresses
from tenants.door import Transaction
from tenants.model import NotFound


async def remove_post(tx: Transaction, *, post_id: int, because: Because, here: Addresses) -> int:
    """Leaves a Tombstone of a post that the moderator sees, and tells other servers of one of ours; gives its id.

    The one action that cannot be taken back: the texts are gone.
    """
    await begin(tx, because)
    post = await seen_post(tx, post_id)
    if post["is_local"]:
        await withdraw_post(tx, post_id=post_id, here=here)
    else:
        await storing.bury_post(tx, post_id)
    await note(tx, Done("delete_post", actor_id=post["actor_id"], post_id=post_id), because)
    return post_id


async def release_post(tx: Transaction, *, post_id: int, because: Because) -> int:
    """Publishes a post that was held back; gives its id."""
    await begin(tx, because)
    if not await storing.release_post(tx, post_id):
        raise NotFound("there is no such post that is held back")
    await note(tx, Done("release_post", post_id=post_id), because)
    return post_id
