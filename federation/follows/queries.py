"""What is asked about follows: who stands between two actors, and what a follow was asked with."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import BigInteger, Text, and_, bindparam, or_, select

from federation.actors.rows import ActorRow
from federation.follows.rows import Follow
from federation.protocol.writing import follow as written_follow
from federation.tables.activities import activities, activity_addresses
from federation.tables.moderation import blocks
from kernel.database.compiled import Compiled
from tenants.door import Transaction


async def blocked_between(tx: Transaction, one_id: int, other_id: int) -> bool:
    """Whether either of two actors blocked the other."""
    found = await _BLOCKED_BETWEEN.rows(tx.driver, in_tenant=tx.tenant_id, one=one_id, other=other_id)
    return bool(found)


async def follow_document(
    tx: Transaction, follow: Follow, follower: ActorRow, followed: ActorRow
) -> Mapping[str, Any]:
    """The Follow as it was sent or received; written anew where it is not kept any more."""
    kept = await _DOCUMENT.row(tx.driver, in_tenant=tx.tenant_id, named=follow.activity_address)
    if kept is not None:
        document: Mapping[str, Any] = orjson.loads(kept["document"])
        return document
    return written_follow(id=follow.activity_address, actor=follower.address, object=followed.address)


_TENANT = bindparam("in_tenant", type_=BigInteger)
_ONE, _OTHER = bindparam("one", type_=BigInteger), bindparam("other", type_=BigInteger)
_BLOCKED_BETWEEN = Compiled(
    select(blocks.c.id).where(
        blocks.c.tenant_id == _TENANT,
        or_(
            and_(blocks.c.actor_id == _ONE, blocks.c.blocked_id == _OTHER),
            and_(blocks.c.actor_id == _OTHER, blocks.c.blocked_id == _ONE),
        ),
    )
)
_DOCUMENT = Compiled(
    select(activities.c.document)
    .join(
        activity_addresses,
        (activity_addresses.c.tenant_id == activities.c.tenant_id)
        & (activity_addresses.c.activity_id == activities.c.id),
    )
    .where(
        activity_addresses.c.tenant_id == _TENANT,
        activity_addresses.c.address == bindparam("named", type_=Text),
    )
)
