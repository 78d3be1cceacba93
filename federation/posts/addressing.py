"""Whom a new post is for, and the group in whose feed it stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from federation.actors.queries import actor_by_id
from federation.actors.rows import ActorRow
from federation.posts.fields import Named
from federation.posts.groups import group_of, may_post_in
from federation.posts.model import NewPost
from federation.protocol.addresses import Addresses
from federation.tables.actors import actors
from federation.tables.posts import post_mentions
from kernel.errors import InvalidInput
from tenants.door import Transaction
from tenants.model import Forbidden

_IN_GROUPS = ("public", "unlisted", "tenant")


async def addressed(
    tx: Transaction,
    post: NewPost,
    speaker: ActorRow,
    named: Sequence[ActorRow],
    parent: Mapping[str, Any] | None,
) -> list[Named]:
    """Whom a post is for: those whom its text names, those given beside it, and whoever is answered.

    What is for the institution alone is for nobody elsewhere; a direct post is for somebody, or `InvalidInput`.
    """
    inside = post.visibility == "tenant"
    by_name = {one.id: Named(one.id) for one in named if one.is_local or not inside}
    besides = await _actors(tx, [*post.mentioned_ids, *await _answered(tx, speaker, parent)])
    missing = [one for one in post.mentioned_ids if one not in besides]
    if missing:
        raise InvalidInput("there is no such actor", path=["input", "mentioned"], value=missing[0])
    quietly = {one: Named(one, is_named=False) for one, is_local in besides.items() if is_local or not inside}
    everybody = {**quietly, **by_name}
    everybody.pop(speaker.id, None)
    if post.visibility == "direct" and not everybody:
        raise InvalidInput(
            "a direct post is for somebody: name them in the text as @user or @user@domain",
            path=["input", "text"],
        )
    return list(everybody.values())


async def group_for(
    tx: Transaction,
    post: NewPost,
    speaker: ActorRow,
    parent: Mapping[str, Any] | None,
    here: Addresses,
) -> ActorRow | None:
    """The group in whose feed a post stands: the one that speaks, the one it is for, or that of what is answered."""
    if speaker.kind == "group":
        return speaker
    if post.in_group is None:
        return await _inherited(tx, post, parent)
    group = await group_of(tx, post.in_group, here, member="inGroup")
    allowed = _IN_GROUPS if group.is_local else _IN_GROUPS[:2]
    if post.visibility not in allowed:
        raise InvalidInput(
            f"a post in this group is {' or '.join(allowed)}, not {post.visibility}",
            path=["input", "visibility"],
        )
    if group.is_local and not await may_post_in(tx, group, speaker):
        raise Forbidden("this group is for its followers and for those of its course: follow it first")
    return group


async def _inherited(tx: Transaction, post: NewPost, parent: Mapping[str, Any] | None) -> ActorRow | None:
    if parent is None or parent["group_id"] is None or post.visibility not in _IN_GROUPS:
        return None
    group = await actor_by_id(tx, parent["group_id"])
    return None if group is None or (post.visibility == "tenant" and not group.is_local) else group


async def _answered(tx: Transaction, speaker: ActorRow, parent: Mapping[str, Any] | None) -> Sequence[int]:
    """The author of what is answered; of one's own direct post, those whom it was for."""
    if parent is None:
        return ()
    if parent["actor_id"] != speaker.id:
        return (parent["actor_id"],)
    if parent["visibility"] != "direct":
        return ()
    query = select(post_mentions.c.actor_id).where(
        post_mentions.c.tenant_id == tx.tenant_id, post_mentions.c.post_id == parent["id"]
    )
    return (await tx.connection.execute(query)).scalars().all()


async def _actors(tx: Transaction, actor_ids: Sequence[int]) -> dict[int, bool]:
    """Of those who are there and active: whether they are of here."""
    if not actor_ids:
        return {}
    query = select(actors.c.id, actors.c.is_local).where(
        actors.c.tenant_id == tx.tenant_id,
        actors.c.id.in_(list(actor_ids)),
        actors.c.status == "active",
        actors.c.restriction != "suspended",
    )
    return {row.id: row.is_local for row in await tx.connection.execute(query)}
