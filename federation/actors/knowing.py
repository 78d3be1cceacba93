"""Which other servers know an actor of ours: those that have something of it, whatever brought it there."""

from sqlalchemy import CompoundSelect, Select, func, select, union

from federation.tables.actors import actors, follows
from federation.tables.posts import announces, likes, post_mentions, posts
from tenants.door import Transaction


async def somebody_of_each(tx: Transaction, actor_id: int) -> tuple[int, ...]:
    """Somebody behind each inbox of other servers that know the actor, as deliveries go to inboxes.

    Who follows it or is followed by it; who is addressed by its posts, or named it in theirs; whose posts it answered,
    liked or announced, and who did so with its own; and the followers of the groups in which its posts stand.
    """
    related = _related(tx.tenant_id, actor_id).subquery()
    query = (
        select(func.min(actors.c.id))
        .join(related, related.c.id == actors.c.id)
        .where(actors.c.tenant_id == tx.tenant_id, actors.c.is_local.is_(False), actors.c.status != "gone")
        .group_by(func.coalesce(actors.c.shared_inbox, actors.c.inbox))
    )
    return tuple((await tx.connection.execute(query)).scalars())


def _related(tenant_id: int, actor_id: int) -> CompoundSelect[tuple[int]]:
    own = (
        select(posts.c.id, posts.c.group_id, posts.c.in_reply_to_id)
        .where(posts.c.tenant_id == tenant_id, posts.c.actor_id == actor_id)
        .cte("own")
    )
    # on purpose also what stayed inside by its visibility: who reacted to it has something of it all the same
    answers, parents = posts.alias("answers"), posts.alias("parents")
    others: list[Select[tuple[int]]] = [
        select(follows.c.follower_id.label("id")).where(
            follows.c.tenant_id == tenant_id, follows.c.followed_id == actor_id
        ),
        select(follows.c.followed_id).where(
            follows.c.tenant_id == tenant_id, follows.c.follower_id == actor_id
        ),
        select(answers.c.actor_id)
        .join(own, own.c.id == answers.c.in_reply_to_id)
        .where(answers.c.tenant_id == tenant_id),
        select(parents.c.actor_id)
        .join(own, own.c.in_reply_to_id == parents.c.id)
        .where(parents.c.tenant_id == tenant_id),
        select(own.c.group_id).where(own.c.group_id.is_not(None)),
        select(follows.c.follower_id).where(
            follows.c.tenant_id == tenant_id,
            follows.c.followed_id.in_(select(own.c.group_id)),
            follows.c.state == "accepted",
        ),
    ]
    for table in (post_mentions, likes, announces):
        done = posts.alias(f"of_{table.name}")
        others += [
            select(table.c.actor_id)
            .join(own, own.c.id == table.c.post_id)
            .where(table.c.tenant_id == tenant_id),
            select(done.c.actor_id)
            .join(table, (table.c.tenant_id == done.c.tenant_id) & (table.c.post_id == done.c.id))
            .where(table.c.tenant_id == tenant_id, table.c.actor_id == actor_id),
        ]
    return union(*others)
