"""Announces: one per actor and post, counted exactly. Nothing here sends activities."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, DateTime, Text, bindparam, delete, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from federation.tables.posts import announces, posts
from kernel.database.compiled import Compiled
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
    added = await _ADD.row(
        tx.driver,
        in_tenant=tx.tenant_id,
        announce=announce_id,
        post=post_id,
        actor=actor_id,
        named=activity_address,
        seen_by=visibility,
        now=tx.now,
    )
    if added is None:
        return False
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
    await tx.connection.execute(
        update(posts)
        .where(posts.c.tenant_id == tx.tenant_id, posts.c.id == post_id)
        .values(announces_count=posts.c.announces_count - 1)
    )
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


def _adding() -> Compiled:
    """The announce of a post that is there, and its count."""
    living = select(
        posts.c.tenant_id,
        bindparam("announce", type_=BigInteger),
        posts.c.id,
        bindparam("actor", type_=BigInteger),
        bindparam("named", type_=Text),
        bindparam("seen_by", type_=Text),
        bindparam("now", type_=DateTime(timezone=True)),
    ).where(
        posts.c.tenant_id == bindparam("in_tenant", type_=BigInteger),
        posts.c.id == bindparam("post", type_=BigInteger),
        posts.c.state == literal_column("'published'"),
    )
    names = ["tenant_id", "id", "post_id", "actor_id", "activity_address", "visibility", "created_at"]
    added = (
        insert(announces)
        .from_select(names, living)
        .on_conflict_do_nothing()
        .returning(announces.c.tenant_id, announces.c.post_id)
        .cte("added")
    )
    return Compiled(
        update(posts)
        .where(posts.c.tenant_id == added.c.tenant_id, posts.c.id == added.c.post_id)
        .values(announces_count=posts.c.announces_count + 1)
        .returning(posts.c.id)
    )


_ADD = _adding()
