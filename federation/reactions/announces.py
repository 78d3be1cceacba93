"""Announces: one per actor and post, counted exactly. Nothing here sends activities."""

from dataclasses import dataclass

from sqlalchemy import delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from federation.tables.posts import announces, posts
from tenants.door import Transaction


@dataclass(frozen=True, slots=True)
class Announced:
    """An actor's announce of a post, with the address of the activity that brought it. `id` is its place in timelines."""

    id: int
    post_id: int
    actor_id: int
    activity_address: str
    visibility: str


async def add_announce(
    tx: Transaction, post_id: int, actor_id: int, activity_address: str, visibility: str = "public"
) -> bool:
    """The actor announces the post from now on; False where they do already, or where there is no such post any more."""
    announce_id = tx.new_id()
    living = select(
        posts.c.tenant_id,
        literal(announce_id),
        posts.c.id,
        literal(actor_id),
        literal(activity_address),
        literal(visibility),
        literal(tx.now),
    ).where(posts.c.tenant_id == tx.tenant_id, posts.c.id == post_id, posts.c.state == "published")
    names = ["tenant_id", "id", "post_id", "actor_id", "activity_address", "visibility", "created_at"]
    added = await tx.connection.execute(
        insert(announces).from_select(names, living).on_conflict_do_nothing().returning(announces.c.id)
    )
    if added.first() is None:
        return False
    await _count(tx, post_id, 1)
    await tx.announce("post.announced", "post", post_id, actor=actor_id, announce=announce_id)
    return True


async def remove_announce(tx: Transaction, post_id: int, actor_id: int) -> Announced | None:
    """The announce that was and is no more; None where there was none."""
    gone = await tx.connection.execute(
        delete(announces)
        .where(
            announces.c.tenant_id == tx.tenant_id,
            announces.c.post_id == post_id,
            announces.c.actor_id == actor_id,
        )
        .returning(*_COLUMNS)
    )
    row = gone.one_or_none()
    if row is None:
        return None
    await _count(tx, post_id, -1)
    await tx.announce("post.unannounced", "post", post_id, actor=actor_id, announce=row.id)
    return Announced(*row)


async def announce_at(tx: Transaction, activity_address: str) -> Announced | None:
    """The announce that an activity brought, for an Undo that names nothing else."""
    query = select(*_COLUMNS).where(
        announces.c.tenant_id == tx.tenant_id, announces.c.activity_address == activity_address
    )
    row = (await tx.connection.execute(query)).first()
    return None if row is None else Announced(*row)


_COLUMNS = (
    announces.c.id,
    announces.c.post_id,
    announces.c.actor_id,
    announces.c.activity_address,
    announces.c.visibility,
)


async def _count(tx: Transaction, post_id: int, by: int) -> None:
    await tx.connection.execute(
        update(posts)
        .where(posts.c.tenant_id == tx.tenant_id, posts.c.id == post_id)
        .values(announces_count=posts.c.announces_count + by)
    )
