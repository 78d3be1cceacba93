"""Whom of other servers a post of ours is there for: to everybody else it does not exist."""

from sqlalchemy import BigInteger, bindparam, literal_column, or_, select

from federation.actors.rows import ActorRow
from federation.inbox.handling import Handling
from federation.tables.actors import follows
from federation.tables.posts import post_mentions
from kernel.database.compiled import Compiled, Row

_OPEN = ("public", "unlisted")


async def is_there_for(h: Handling, post: Row, actor: ActorRow | None) -> bool:
    """Whether who acts may see the stored post: it is for everybody, or for its author's followers and they are one, or
    it is addressed to them. Of what another server wrote nobody here can tell, so it is."""
    if not post["is_local"] or post["visibility"] in _OPEN:
        return True
    if actor is None or post["visibility"] == "tenant" or post["state"] == "deleted":
        return False
    values = {"post": post["id"], "author": post["actor_id"], "viewer": actor.id}
    found = await _REACHES.row(h.tx.driver, in_tenant=h.tx.tenant_id, **values)
    assert found is not None
    return bool(found["follows" if post["visibility"] == "followers" else "is_addressed"])


_TENANT, _VIEWER = bindparam("in_tenant", type_=BigInteger), bindparam("viewer", type_=BigInteger)
_IS_ADDRESSED = (
    select(literal_column("1"))
    .where(
        post_mentions.c.tenant_id == _TENANT,
        post_mentions.c.post_id == bindparam("post", type_=BigInteger),
        post_mentions.c.actor_id == _VIEWER,
    )
    .exists()
)
_FOLLOWS = (
    select(literal_column("1"))
    .where(
        follows.c.tenant_id == _TENANT,
        follows.c.follower_id == _VIEWER,
        follows.c.followed_id == bindparam("author", type_=BigInteger),
        follows.c.state == literal_column("'accepted'"),
    )
    .exists()
)
_REACHES = Compiled(
    select(_IS_ADDRESSED.label("is_addressed"), or_(_IS_ADDRESSED, _FOLLOWS).label("follows"))
)
