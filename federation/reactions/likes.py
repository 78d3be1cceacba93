"""Likes: one per actor and post, counted exactly. Nothing here sends activities."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, DateTime, Text, bindparam, delete, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from federation.tables.posts import likes, posts
from kernel.database.compiled import Compiled
from tenants.door import Transaction


@dataclass(frozen=True, slots=True)
class Like:
    """An actor's like of a post, with the address of the activity that brought it."""

    post_id: int
    actor_id: int
    activity_address: str


async def add_like(tx: Transaction, post_id: int, actor_id: int, activity_address: str) -> bool:
    """The actor likes the post from now on; False where they do already, or where there is no such post any more."""
    added = await _ADD.row(
        tx.driver,
        in_tenant=tx.tenant_id,
        post=post_id,
        actor=actor_id,
        named=activity_address,
        now=tx.now,
    )
    if added is None:
        return False
    await tx.announce("post.liked", "post", post_id, actor=actor_id)
    return True


async def remove_like(tx: Transaction, post_id: int, actor_id: int) -> Like | None:
    """The like that was and is no more; None where there was none."""
    gone = await tx.connection.execute(
        delete(likes)
        .where(likes.c.tenant_id == tx.tenant_id, likes.c.post_id == post_id, likes.c.actor_id == actor_id)
        .returning(likes.c.activity_address)
    )
    row = gone.one_or_none()
    if row is None:
        return None
    await tx.connection.execute(
        update(posts)
        .where(posts.c.tenant_id == tx.tenant_id, posts.c.id == post_id)
        .values(likes_count=posts.c.likes_count - 1)
    )
    await tx.announce("post.unliked", "post", post_id, actor=actor_id)
    return Like(post_id, actor_id, row.activity_address)


async def like_at(tx: Transaction, activity_address: str) -> Like | None:
    """The like that an activity brought, for an Undo that names nothing else."""
    query = select(likes.c.post_id, likes.c.actor_id, likes.c.activity_address).where(
        likes.c.tenant_id == tx.tenant_id, likes.c.activity_address == activity_address
    )
    row = (await tx.connection.execute(query)).first()
    return None if row is None else Like(*row)


def _adding() -> Compiled:
    """The like of a post that is there, and its count."""
    living = select(
        posts.c.tenant_id,
        posts.c.id,
        bindparam("actor", type_=BigInteger),
        bindparam("named", type_=Text),
        bindparam("now", type_=DateTime(timezone=True)),
    ).where(
        posts.c.tenant_id == bindparam("in_tenant", type_=BigInteger),
        posts.c.id == bindparam("post", type_=BigInteger),
        posts.c.state == literal_column("'published'"),
    )
    names = ["tenant_id", "post_id", "actor_id", "activity_address", "created_at"]
    added = (
        insert(likes)
        .from_select(names, living)
        .on_conflict_do_nothing()
        .returning(likes.c.tenant_id, likes.c.post_id)
        .cte("added")
    )
    return Compiled(
        update(posts)
        .where(posts.c.tenant_id == added.c.tenant_id, posts.c.id == added.c.post_id)
        .values(likes_count=posts.c.likes_count + 1)
        .returning(posts.c.id)
    )


_ADD = _adding()
