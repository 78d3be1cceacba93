"""What is asked about follows: who stands between two actors, and what a follow was asked with."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import and_, or_, select

from federation.actors.rows import ActorRow
from federation.follows.rows import Follow
from federation.protocol.writing import follow as written_follow
from federation.tables.activities import activities, activity_addresses
from federation.tables.moderation import blocks
from tenants.door import Transaction


async def blocked_between(tx: Transaction, one_id: int, other_id: int) -> bool:
    """Whether either of two actors blocked the other."""
    query = select(blocks.c.id).where(
        blocks.c.tenant_id == tx.tenant_id,
        or_(
            and_(blocks.c.actor_id == one_id, blocks.c.blocked_id == other_id),
            and_(blocks.c.actor_id == other_id, blocks.c.blocked_id == one_id),
        ),
    )
    return (await tx.connection.execute(query.limit(1))).first() is not None


async def follow_document(
    tx: Transaction, follow: Follow, follower: ActorRow, followed: ActorRow
) -> Mapping[str, Any]:
    """The Follow as it was sent or received; written anew where it is not kept any more."""
    query = (
        select(activities.c.document)
        .join(
            activity_addresses,
            (activity_addresses.c.tenant_id == activities.c.tenant_id)
            & (activity_addresses.c.activity_id == activities.c.id),
        )
        .where(
            activity_addresses.c.tenant_id == tx.tenant_id,
            activity_addresses.c.address == follow.activity_address,
        )
    )
    kept = (await tx.connection.execute(query)).scalar_one_or_none()
    if kept is not None:
        document: Mapping[str, Any] = orjson.loads(kept)
        return document
    return written_follow(id=follow.activity_address, actor=follower.address, object=followed.address)
