"""Who of the institution is part of which conversation, what was said last there, and who has read it.

Whoever writes an answer, is answered, or is addressed is part of a conversation, and hears of what is said there later, as
far as everybody there may see it. A post that answers nobody and is for nobody in particular is no conversation yet.
"""

from typing import Any

import asyncpg
from sqlalchemy import BigInteger, bindparam, select

from federation.tables.posts import post_mentions
from federation.timelines.statements import statements
from kernel.database.compiled import Compiled
from tenants.model import TenantId

_SEEN_BY_ALL = ("public", "unlisted", "tenant")
_SQL = statements("conversations")
_ADDRESSED = Compiled(
    select(post_mentions.c.actor_id).where(
        post_mentions.c.tenant_id == bindparam("tenant", type_=BigInteger),
        post_mentions.c.post_id == bindparam("post", type_=BigInteger),
    )
)


async def go_on(driver: "asyncpg.Connection[Any]", tenant_id: TenantId, post_id: int) -> None:
    """A new post is the newest of its conversation, for those who are part of it and those who become it."""
    post = await _SQL["post"].row(driver, tenant=tenant_id, post=post_id)
    if post is None:
        return
    about = {"tenant": tenant_id, "post": post_id, "conversation": post["conversation_id"]}
    addressed = [row["actor_id"] for row in await _ADDRESSED.rows(driver, tenant=tenant_id, post=post_id)]
    if post["visibility"] in _SEEN_BY_ALL:
        await _SQL["go_on"].rows(driver, **about)
        if post["is_answer"] and post["parent_author_id"] is not None:
            addressed.append(post["parent_author_id"])
    if addressed:
        participants = [str(one) for one in dict.fromkeys([post["actor_id"], *addressed])]
        await _SQL["join"].rows(driver, **about, author=post["actor_id"], participants=participants)


async def go_back(driver: "asyncpg.Connection[Any]", tenant_id: TenantId, post_id: int) -> None:
    """A deleted post is nobody's newest any more; a conversation of which nothing is left is none."""
    await _SQL["go_back"].rows(driver, tenant=tenant_id, post=post_id)
