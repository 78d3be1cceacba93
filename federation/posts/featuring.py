"""What an actor shows first on its profile: a few of its own posts."""

from functools import partial

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from federation.activities import Recipients, act
from federation.actors.rows import ActorRow
from federation.posts.seeing import seen_post
from federation.posts.speaking import require_author
from federation.protocol import writing
from federation.protocol.addresses import Addresses, Collection
from federation.protocol.addressing import addressing_for
from federation.protocol.vocabulary import Visibility
from federation.tables.posts import featured_posts
from kernel.errors import ErrorCode, FediflowError
from tenants.changing import alone
from tenants.door import Transaction

MOST_FEATURED = 10


class UnableToFeature(FediflowError):
    """The post cannot be shown first."""

    code = ErrorCode.CONFLICT


async def feature_post(tx: Transaction, *, post_id: int, here: Addresses) -> int:
    """Shows a public post of the viewer's, or of a group that they are staff of, first; followers' servers hear of it."""
    post = await seen_post(tx, post_id)
    author = await require_author(tx, post)
    if post["visibility"] not in ("public", "unlisted"):
        raise UnableToFeature("only a public or unlisted post is shown first")
    await alone(tx, f"featured {author.id}")
    row = insert(featured_posts).values(
        tenant_id=tx.tenant_id, actor_id=author.id, post_id=post_id, created_at=tx.now
    )
    if (await tx.connection.execute(row.on_conflict_do_nothing())).rowcount:
        if await _featured(tx, author) > MOST_FEATURED:
            raise UnableToFeature(f"at most {MOST_FEATURED} posts are shown first: take one away before")
        await _tell(tx, "Add", author, post_id, post["address"], here)
    return post_id


async def unfeature_post(tx: Transaction, *, post_id: int, here: Addresses) -> int:
    """Takes a post away from what is shown first."""
    post = await seen_post(tx, post_id)
    author = await require_author(tx, post)
    gone = await tx.connection.execute(
        delete(featured_posts).where(
            featured_posts.c.tenant_id == tx.tenant_id,
            featured_posts.c.actor_id == author.id,
            featured_posts.c.post_id == post_id,
        )
    )
    if gone.rowcount:
        await _tell(tx, "Remove", author, post_id, post["address"], here)
    return post_id


async def _featured(tx: Transaction, author: ActorRow) -> int:
    query = select(func.count()).where(
        featured_posts.c.tenant_id == tx.tenant_id, featured_posts.c.actor_id == author.id
    )
    return int((await tx.connection.execute(query)).scalar_one())


async def _tell(
    tx: Transaction, type: str, author: ActorRow, post_id: int, address: str, here: Addresses
) -> None:
    write = partial(
        writing.add if type == "Add" else writing.remove,
        actor=author.address,
        object=address,
        target=author.collection(Collection.FEATURED),
        addressing=addressing_for(Visibility.PUBLIC, followers=author.followers),
    )
    await act(
        tx,
        here=here,
        type=type,
        actor_id=author.id,
        write=lambda id: write(id=id),
        visibility="public",
        recipients=Recipients(followers_of=(author.id,)),
        object_address=address,
        post_id=post_id,
    )
