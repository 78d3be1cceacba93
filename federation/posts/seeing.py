"""The post that somebody wants to do something with: there is none but those that they see."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from federation.tables.posts import posts
from federation.visibility import post_visible
from kernel.errors import ErrorCode, FediflowError
from tenants.door import Transaction
from tenants.model import NotFound


class PostDeleted(FediflowError):
    """What is left of the post is a Tombstone."""

    code = ErrorCode.CONFLICT


async def seen_post(tx: Transaction, post_id: int) -> Mapping[str, Any]:
    """The row of a published post that the viewer sees; `NotFound` for any other, `PostDeleted` for a Tombstone."""
    row = posts.alias()
    query = select(row).where(
        row.c.tenant_id == tx.tenant_id, row.c.id == post_id, post_visible(tx.principal.access, row)
    )
    shared = {"tenant_id": tx.tenant_id, "viewer_id": tx.principal.viewer_id}
    found = (await tx.connection.execute(query, shared)).mappings().one_or_none()
    if found is None:
        raise NotFound("there is no such post")
    if found["state"] == "deleted":
        raise PostDeleted("the post was deleted")
    return dict(found)
