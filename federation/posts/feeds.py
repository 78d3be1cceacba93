"""The feed of a group of another server: posts that name it as their audience, and what it announces."""

from sqlalchemy import update

from federation.tables.posts import posts
from tenants.door import Transaction

_OPEN = ("public", "unlisted")


async def stand_in_feed(tx: Transaction, *, post_id: int, group_id: int) -> bool:
    """Puts another server's post into the feed of the group that announces it; False where it stands in one already.

    Many servers' posts do not name their group: that it announces them is what says so (FEP-1b12).
    """
    row = posts.c
    written = await tx.connection.execute(
        update(posts)
        .where(
            row.tenant_id == tx.tenant_id,
            row.id == post_id,
            row.group_id.is_(None),
            row.visibility.in_(_OPEN),
            ~row.is_local,
        )
        .values(group_id=group_id)
    )
    return written.rowcount == 1
