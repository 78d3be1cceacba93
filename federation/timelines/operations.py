"""What people do with what they are shown."""

from sqlalchemy import update

from federation.tables.posts import conversation_members
from tenants.door import Transaction
from tenants.model import NotFound


async def mark_conversation_read(
    tx: Transaction, *, conversation_id: int, last_post_id: int | None = None
) -> int:
    """The viewer has read a conversation, up to `last_post_id` where that is given: one that went on stays unread."""
    member = conversation_members.c
    own = (
        member.tenant_id == tx.tenant_id,
        member.user_id == tx.principal.viewer_id,
        member.id == conversation_id,
    )
    is_read = True if last_post_id is None else member.last_post_id <= last_post_id
    changed = await tx.connection.execute(update(conversation_members).where(*own).values(is_read=is_read))
    if not changed.rowcount:
        raise NotFound("there is no such conversation")
    return conversation_id
