"""Writes posts, of people here and of other servers alike: their texts, whom and what they name, threads and counts.

Nothing here asks who may: the operations do for what is local, the inbox for what is remote. Every change is told to the
outbox (`post.published`, `post.updated`, `post.deleted`), out of which timelines and notifications come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Integer, RowMapping, Table, bindparam, delete, func, null, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from federation.posts.fields import NO_HASHTAGS, NOBODY, Named, PostFields, PostTexts
from federation.posts.threads import Parent, adopt, count_reply, counts, hold_addresses, join, parent_at
from federation.tables.actors import actors
from federation.tables.moderation import held_posts
from federation.tables.posts import (
    announces,
    featured_posts,
    likes,
    post_hashtags,
    post_mentions,
    post_versions,
    posts,
)
from kernel.database.compiled import Compiled
from tenants.door import Transaction

_FOR_FEW = ("followers", "direct")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a new post belongs."""

    parent: Parent | None
    conversation_id: int


async def store_post(
    tx: Transaction,
    *,
    actor_id: int,
    address: str,
    is_local: bool,
    fields: PostFields,
    mentions: Sequence[Named] = NOBODY,
    hashtags: Mapping[str, str] = NO_HASHTAGS,
    post_id: int | None = None,
    held_because: str | None = None,
) -> int | None:
    """Stores a post and gives its id; None where one of that address is stored already, and nothing was done.

    It joins the thread of the post that it answers, and the replies that came before it join it. One that is
    `held_because` of something is seen by its author and by moderators alone, until `release_post`.
    """
    new_id = post_id or tx.new_id()
    if not is_local:  # nobody can have answered one of ours before it was there
        await hold_addresses(tx, address, fields.in_reply_to_address)
    parent = await parent_at(tx, fields.in_reply_to_address)
    place = _Place(parent, parent.conversation_id if parent else new_id)
    if not await _insert(tx, new_id, actor_id, address, is_local, fields, place):
        return None
    await _name(tx, new_id, mentions, hashtags)
    if not is_local:
        conversations = await adopt(tx, new_id, address, fields.visibility)
        if conversations:
            await join(tx, [place.conversation_id, *conversations])
    if held_because is not None:
        await _insert_unless(tx, held_posts, post_id=new_id, why=held_because, created_at=tx.now)
        return new_id
    await _published(tx, new_id, actor_id, fields.visibility, parent)
    return new_id


async def release_post(tx: Transaction, post_id: int) -> bool:
    """Publishes a post that was held back; False where it was not, or was deleted meanwhile."""
    freed = await tx.connection.execute(
        delete(held_posts).where(held_posts.c.tenant_id == tx.tenant_id, held_posts.c.post_id == post_id)
    )
    row = await _locked(tx, post_id)
    if not freed.rowcount or row is None or row["state"] == "deleted":
        return False
    parent = await parent_at(tx, row["in_reply_to_address"])
    await _published(tx, post_id, row["actor_id"], row["visibility"], parent)
    return True


async def hold_post(tx: Transaction, post_id: int, why: str) -> bool:
    """Holds back what was published already; False where it is held back, or deleted."""
    row = await _locked(tx, post_id)
    if row is None or row["state"] == "deleted":
        return False
    if not await _insert_unless(tx, held_posts, post_id=post_id, why=why, created_at=tx.now):
        return False
    parent = await parent_at(tx, row["in_reply_to_address"])
    await _count(tx, row["actor_id"], row["visibility"], parent, -1)
    return True


async def update_post(
    tx: Transaction,
    *,
    post_id: int,
    texts: PostTexts,
    mentions: Sequence[Named] = NOBODY,
    hashtags: Mapping[str, str] = NO_HASHTAGS,
    edited_at: datetime,
) -> bool:
    """Gives a post other texts and keeps the former ones as a version; False where nothing differs or it is deleted.

    Whom a direct post was for it stays with. Where one for few names somebody anew, no former version is kept: they see
    the post, and what stood in it before was not for them.
    """
    row = await _locked(tx, post_id)
    values = _text_values(texts)
    if row is None or row["state"] == "deleted" or all(row[name] == value for name, value in values.items()):
        return False
    before = await _named(tx, post_id) if row["visibility"] in _FOR_FEW else set()
    if row["visibility"] in _FOR_FEW and not before.issuperset(one.actor_id for one in mentions):
        await _forget(tx, post_id, post_versions)
    else:
        await _keep_version(tx, row)
    if row["visibility"] == "direct":
        mentions = [*(Named(one, is_named=False) for one in before), *mentions]
    await tx.connection.execute(
        update(posts)
        .where(posts.c.tenant_id == tx.tenant_id, posts.c.id == post_id)
        .values(**_stored(values), edited_at=edited_at, updated_at=tx.now, version=row["version"] + 1)
    )
    await _forget(tx, post_id, post_mentions, post_hashtags)
    await _name(tx, post_id, mentions, hashtags)
    if not await _is_held(tx, post_id):
        await tx.announce("post.updated", "post", post_id, actor=row["actor_id"])
    return True


async def bury_post(tx: Transaction, post_id: int) -> bool:
    """Leaves a Tombstone: texts, versions, names, likes and announces are gone; False where it is one already."""
    row = await _locked(tx, post_id)
    if row is None or row["state"] == "deleted":
        return False
    was_held = await _is_held(tx, post_id)
    await _forget(
        tx,
        post_id,
        *(post_mentions, post_hashtags, post_versions, likes, announces, featured_posts, held_posts),
    )
    empty = _stored(_text_values(PostTexts("")))
    await tx.connection.execute(
        update(posts)
        .where(posts.c.tenant_id == tx.tenant_id, posts.c.id == post_id)
        .values(
            **empty,
            state="deleted",
            page_url=None,
            likes_count=0,
            announces_count=0,
            updated_at=tx.now,
            version=row["version"] + 1,
        )
    )
    if not was_held:
        parent = await parent_at(tx, row["in_reply_to_address"])
        await _count(tx, row["actor_id"], row["visibility"], parent, -1)
    await tx.announce("post.deleted", "post", post_id, actor=row["actor_id"])
    return True


async def _published(
    tx: Transaction, post_id: int, actor_id: int, visibility: str, parent: Parent | None
) -> None:
    await _count(tx, actor_id, visibility, parent, 1)
    await tx.announce("post.published", "post", post_id, actor=actor_id, visibility=visibility)


async def _count(tx: Transaction, actor_id: int, visibility: str, parent: Parent | None, by: int) -> None:
    if parent is not None and counts(visibility, parent.visibility):
        await count_reply(tx, parent.id, by)
    if visibility != "direct":
        await _COUNT_POST.rows(tx.driver, in_tenant=tx.tenant_id, actor=actor_id, by=by)


async def _insert(
    tx: Transaction,
    post_id: int,
    actor_id: int,
    address: str,
    is_local: bool,
    fields: PostFields,
    place: _Place,
) -> bool:
    values = dict(
        tenant_id=tx.tenant_id,
        id=post_id,
        address=address,
        actor_id=actor_id,
        is_local=is_local,
        kind=fields.kind,
        visibility=fields.visibility,
        **_text_values(fields.texts),
        page_url=fields.page_url,
        in_reply_to_id=place.parent.id if place.parent else None,
        in_reply_to_address=fields.in_reply_to_address,
        conversation_id=place.conversation_id,
        context_address=fields.context_address,
        group_id=fields.group_id,
        is_announcement=fields.is_announcement,
        written_by_id=fields.written_by_id,
        published_at=fields.published_at,
        edited_at=fields.edited_at,
        created_at=tx.now,
        updated_at=tx.now,
    )
    for name in _AS_JSON:
        values[name] = orjson.dumps(values[name]).decode()
    given = {f"new_{name}": value for name, value in values.items()}
    return await _INSERT_POST.row(tx.driver, **given) is not None


async def _insert_unless(tx: Transaction, table: Table, **values: Any) -> bool:
    """A row, unless its key is taken."""
    row = insert(table).values(tenant_id=tx.tenant_id, **values).on_conflict_do_nothing()
    return bool((await tx.connection.execute(row)).rowcount)


async def _name(
    tx: Transaction, post_id: int, mentions: Sequence[Named], hashtags: Mapping[str, str]
) -> None:
    own: dict[str, Any] = {"tenant_id": tx.tenant_id, "post_id": post_id}
    named = {one.actor_id: one.is_named for one in sorted(mentions, key=lambda one: one.is_named)}
    if named:
        rows = [{**own, "actor_id": actor, "is_named": is_named} for actor, is_named in named.items()]
        await tx.connection.execute(insert(post_mentions).values(rows))
    if hashtags:
        rows = [{**own, "tag": tag, "spelling": spelling} for tag, spelling in hashtags.items()]
        await tx.connection.execute(insert(post_hashtags).values(rows))


async def _locked(tx: Transaction, post_id: int) -> RowMapping | None:
    query = (
        select(posts)
        .where(posts.c.tenant_id == tx.tenant_id, posts.c.id == post_id)
        .with_for_update(key_share=True)
    )
    return (await tx.connection.execute(query)).mappings().one_or_none()


async def _is_held(tx: Transaction, post_id: int) -> bool:
    query = select(held_posts.c.post_id).where(
        held_posts.c.tenant_id == tx.tenant_id, held_posts.c.post_id == post_id
    )
    return (await tx.connection.execute(query)).first() is not None


async def _named(tx: Transaction, post_id: int) -> set[int]:
    query = select(post_mentions.c.actor_id).where(
        post_mentions.c.tenant_id == tx.tenant_id, post_mentions.c.post_id == post_id
    )
    return set((await tx.connection.execute(query)).scalars())


async def _keep_version(tx: Transaction, row: RowMapping) -> None:
    kept = ("version", "title", "content", "content_warning", "language")
    await _insert_unless(
        tx,
        post_versions,
        id=tx.new_id(),
        post_id=row["id"],
        replaced_at=tx.now,
        **{name: row[name] for name in kept},
    )


async def _forget(tx: Transaction, post_id: int, *tables: Table) -> None:
    for table in tables:
        own = (table.c.tenant_id == tx.tenant_id, table.c.post_id == post_id)
        await tx.connection.execute(delete(table).where(*own))


def _text_values(texts: PostTexts) -> dict[str, Any]:
    return {
        "content": texts.content,
        "language": texts.language,
        "content_map": dict(texts.content_map),
        "title": texts.title,
        "source": texts.source,
        "source_media_type": texts.source_media_type,
        "content_warning": texts.content_warning,
        "is_sensitive": texts.is_sensitive,
        "attachments": [dict(one) for one in texts.attachments],
    }


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing is SQL's null."""
    return {name: null() if value is None else value for name, value in values.items()}


_AS_JSON = tuple(name for name in _text_values(PostTexts("")) if isinstance(posts.c[name].type, JSONB))
# What a new post begins with as the table says is not given.
_LATER = ("state", "likes_count", "announces_count", "replies_count", "version")
_INSERT_POST = Compiled(
    insert(posts)
    .values({c.name: bindparam(f"new_{c.name}", type_=c.type) for c in posts.c if c.name not in _LATER})
    .on_conflict_do_nothing()
    .returning(posts.c.id)
)
_COUNT_POST = Compiled(
    update(actors)
    .where(
        actors.c.tenant_id == bindparam("in_tenant", type_=BigInteger),
        actors.c.id == bindparam("actor", type_=BigInteger),
    )
    .values(posts_count=func.greatest(actors.c.posts_count + bindparam("by", type_=Integer), 0))
)
