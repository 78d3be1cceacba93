"""Who is sent what is said about a post: it follows from the post's visibility."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, union

from federation.activities import INTERACTIVE, KEEPS, NORMAL, About, Recipients
from federation.posts.documents import StoredPost
from federation.tables.actors import actors
from federation.tables.posts import announces, likes, posts
from tenants.door import Transaction


def recipients_of(post: StoredPost, *, also: Iterable[int] = (), effect: int = KEEPS) -> Recipients | None:
    """The author's followers and whom the post is addressed to; None for what stays in the institution.

    What is for few people is what somebody waits for: it goes before news for many.
    """
    visibility = post.row["visibility"]
    if visibility == "tenant":
        return None
    few = visibility == "direct"
    abroad = [one.actor_id for one in post.addressed if not one.is_local]
    group = [post.row["group_id"]] if post.row["group_id"] is not None else []
    return Recipients(
        followers_of=() if few else (post.row["actor_id"],),
        actors=tuple(dict.fromkeys([*abroad, *group, *also])),
        delivery_class=INTERACTIVE if few else NORMAL,
        about=About(post.row["id"], effect),
    )


async def concerned(tx: Transaction, post_id: int) -> Sequence[int]:
    """The actors of other servers who liked, announced or answered a post: they hear that it is gone."""
    answers = select(posts.c.actor_id).where(
        posts.c.tenant_id == tx.tenant_id, posts.c.in_reply_to_id == post_id
    )
    reactions = [
        select(table.c.actor_id).where(table.c.tenant_id == tx.tenant_id, table.c.post_id == post_id)
        for table in (likes, announces)
    ]
    those = union(answers, *reactions)
    query = select(actors.c.id).where(
        actors.c.tenant_id == tx.tenant_id, actors.c.is_local.is_(False), actors.c.id.in_(those)
    )
    return (await tx.connection.execute(query)).scalars().all()
