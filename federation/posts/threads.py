"""Threads: what a post answers, what was waiting for it, and the one conversation that both belong to.

A conversation's id is that of the first post that was known of it, so ids that were told to anybody seldom change.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, delete, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from federation.tables.moderation import held_posts
from federation.tables.posts import conversation_members, posts
from kernel.database.compiled import Compiled
from tenants.door import Transaction

_OPEN = ("public", "unlisted")


@dataclass(frozen=True, slots=True)
class Parent:
    """The post that another one answers."""

    id: int
    actor_id: int
    conversation_id: int
    visibility: str
    state: str


async def hold_addresses(tx: Transaction, *addresses: str | None) -> None:
    """Waits for whoever stores one of these posts, so that parent and reply cannot miss each other; until the end."""
    named = sorted({f"post {address}" for address in addresses if address})
    await _HOLD.rows(tx.driver, in_tenant=tx.tenant_id, named=named)


async def parent_at(tx: Transaction, address: str | None) -> Parent | None:
    """The stored post of that address."""
    if address is None:
        return None
    row = await _PARENT.row(tx.driver, in_tenant=tx.tenant_id, named=address)
    return None if row is None else Parent(*row.values())


def counts(visibility: str, parent_visibility: str) -> bool:
    """Whether a reply is counted: a narrower one is not, because the number would tell others that it is there."""
    return visibility in _OPEN or visibility == parent_visibility


async def count_reply(tx: Transaction, parent_id: int, by: int) -> None:
    """So many replies more, or fewer."""
    await tx.connection.execute(
        update(posts)
        .where(posts.c.tenant_id == tx.tenant_id, posts.c.id == parent_id)
        .values(replies_count=func.greatest(posts.c.replies_count + by, 0))
    )


async def adopt(tx: Transaction, post_id: int, address: str, visibility: str) -> list[int]:
    """Joins the replies that came before their parent; gives the conversations that they had been."""
    children = await _ADOPT.rows(tx.driver, in_tenant=tx.tenant_id, parent=post_id, named=address)
    if not children:
        return []
    held = await _held(tx, [child["id"] for child in children])
    counted = [
        child
        for child in children
        if child["state"] == "published"
        and child["id"] not in held
        and counts(child["visibility"], visibility)
    ]
    await count_reply(tx, post_id, len(counted))
    return [child["conversation_id"] for child in children]


async def join(tx: Transaction, conversations: Collection[int]) -> int:
    """Makes one conversation of several and gives its id, the lowest."""
    kept = min(conversations)
    others = sorted(set(conversations) - {kept})
    if others:
        await tx.connection.execute(
            update(posts)
            .where(posts.c.tenant_id == tx.tenant_id, posts.c.conversation_id.in_(others))
            .values(conversation_id=kept)
        )
        await _join_members(tx, kept, others)
    return kept


async def _held(tx: Transaction, post_ids: Sequence[int]) -> set[int]:
    query = select(held_posts.c.post_id).where(
        held_posts.c.tenant_id == tx.tenant_id, held_posts.c.post_id.in_(post_ids)
    )
    return set((await tx.connection.execute(query)).scalars())


async def _join_members(tx: Transaction, kept: int, others: Sequence[int]) -> None:
    """Whoever was part of one is part of the whole, once."""
    member = conversation_members.c
    gone = await tx.connection.execute(
        delete(conversation_members)
        .where(member.tenant_id == tx.tenant_id, member.id.in_([kept, *others]))
        .returning(
            member.user_id,
            member.last_post_id,
            member.is_read,
            member.participants.cast(ARRAY(Text)).label("participants"),
        )
    )
    joined: dict[int, Any] = {}
    for row in gone:
        one = joined.setdefault(row.user_id, {"last_post_id": 0, "is_read": True, "participants": []})
        one["last_post_id"] = max(one["last_post_id"], row.last_post_id)
        one["is_read"] = one["is_read"] and row.is_read
        one["participants"] = list(dict.fromkeys([*one["participants"], *row.participants]))
    if joined:
        rows = [
            {
                "tenant_id": tx.tenant_id,
                "user_id": user,
                "id": kept,
                **one,
                "participants": literal(one["participants"], ARRAY(Text)).cast(ARRAY(BigInteger)),
            }
            for user, one in joined.items()
        ]
        await tx.connection.execute(insert(conversation_members).values(rows))


_TENANT = bindparam("in_tenant", type_=BigInteger)
_NAMED = bindparam("named", type_=Text)
_PARENT = Compiled(
    select(posts.c.id, posts.c.actor_id, posts.c.conversation_id, posts.c.visibility, posts.c.state).where(
        posts.c.tenant_id == _TENANT, posts.c.address == _NAMED
    )
)
_ADOPT = Compiled(
    update(posts)
    .where(
        posts.c.tenant_id == _TENANT,
        posts.c.in_reply_to_id.is_(None),
        posts.c.in_reply_to_address == _NAMED,
        posts.c.id != bindparam("parent", type_=BigInteger),
    )
    .values(in_reply_to_id=bindparam("parent", type_=BigInteger))
    .returning(posts.c.id, posts.c.conversation_id, posts.c.visibility, posts.c.state)
)
# As `tenants.changing.alone` locks, in the order that is given.
_HOLD = Compiled(
    text(
        "select pg_advisory_xact_lock(hashtextextended(name, cast(:in_tenant as bigint)))"
        " from unnest(cast(:named as text[])) with ordinality as given (name, place) order by place"
    )
)
