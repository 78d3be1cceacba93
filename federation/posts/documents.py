"""A stored post of ours as the value that `protocol.writing` makes a document of, with all that stands around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from federation.actors.queries import actor_by_id
from federation.actors.rows import ActorRow
from federation.protocol.addresses import Addresses, PostCollection
from federation.protocol.addressing import addressing_for
from federation.protocol.model import Attachment, Hashtag, Mention, Post, Source, Tag
from federation.protocol.vocabulary import UNDETERMINED, ObjectKind, Visibility
from federation.protocol.writing import write_post
from federation.protocol.writing.values import Document
from federation.tables.actors import actors
from federation.tables.posts import post_hashtags, post_mentions, posts
from tenants.door import Transaction


@dataclass(frozen=True, slots=True)
class Addressed:
    """Somebody whom a post names or is for."""

    actor_id: int
    address: str
    handle: str  # @user@host
    is_named: bool
    is_local: bool


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post's row and what stands around it. `hashtags` are keys to spellings, `group` the address of its audience."""

    row: Mapping[str, Any]
    author: ActorRow
    addressed: Sequence[Addressed] = ()
    hashtags: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None


async def stored_post(tx: Transaction, post_id: int) -> StoredPost:
    """A post that is there, with all that its document says."""
    query = select(posts).where(posts.c.tenant_id == tx.tenant_id, posts.c.id == post_id)
    row = (await tx.connection.execute(query)).mappings().one()
    author = await actor_by_id(tx, row["actor_id"])
    assert author is not None  # a foreign key says so
    group = await actor_by_id(tx, row["group_id"]) if row["group_id"] else None
    return StoredPost(
        dict(row),
        author,
        await _addressed(tx, post_id),
        await _hashtags(tx, post_id),
        group.address if group else None,
    )


def post_value(post: StoredPost, here: Addresses) -> Post:
    """The post as other servers are told of it."""
    row = post.row
    address = row["address"]
    local = here.of(address)
    number = local.number if local else row["id"]
    return Post(
        id=address,
        kind=ObjectKind(row["kind"].capitalize()),
        attributed_to=post.author.address,
        content=_in_languages(row["language"], row["content"], row["content_map"]),
        addressing=addressing_for(
            Visibility(row["visibility"]),
            followers=post.author.followers,
            mentioned=[one.address for one in post.addressed],
            group=post.group,
        ),
        published=row["published_at"],
        name=_in_languages(row["language"], row["title"], {}),
        summary=_in_languages(row["language"], row["content_warning"], {}),
        sensitive=row["is_sensitive"],
        source=Source(row["source"], row["source_media_type"]) if row["source"] else None,
        url=address,
        updated=row["edited_at"],
        in_reply_to=row["in_reply_to_address"],
        conversation=row["context_address"],
        tags=_tags(post, here),
        attachments=tuple(
            Attachment(one["url"], one["mediaType"], one.get("name")) for one in row["attachments"]
        ),
        replies=here.of_post(number, PostCollection.REPLIES),
        likes=here.of_post(number, PostCollection.LIKES),
        shares=here.of_post(number, PostCollection.SHARES),
    )


def post_document(post: StoredPost, here: Addresses) -> Document:
    """Its document."""
    return write_post(post_value(post, here))


def _in_languages(language: str | None, text: str | None, others: Mapping[str, str]) -> dict[str, str]:
    return {} if not text else {language or UNDETERMINED: text, **others}


def _tags(post: StoredPost, here: Addresses) -> tuple[Tag, ...]:
    named = [Mention(one.address, one.handle) for one in post.addressed if one.is_named]
    tags = [Hashtag(spelling, here.hashtag(key)) for key, spelling in post.hashtags.items()]
    return (*named, *tags)


async def _addressed(tx: Transaction, post_id: int) -> list[Addressed]:
    theirs = (actors.c.tenant_id == post_mentions.c.tenant_id) & (actors.c.id == post_mentions.c.actor_id)
    query = (
        select(
            actors.c.id,
            actors.c.address,
            actors.c.preferred_username,
            actors.c.host,
            post_mentions.c.is_named,
            actors.c.is_local,
        )
        .join(post_mentions, theirs)
        .where(post_mentions.c.tenant_id == tx.tenant_id, post_mentions.c.post_id == post_id)
        .order_by(actors.c.id)
    )
    rows = await tx.connection.execute(query)
    return [
        Addressed(row.id, row.address, f"@{row.preferred_username}@{row.host}", row.is_named, row.is_local)
        for row in rows
    ]


async def _hashtags(tx: Transaction, post_id: int) -> dict[str, str]:
    query = (
        select(post_hashtags.c.tag, post_hashtags.c.spelling)
        .where(post_hashtags.c.tenant_id == tx.tenant_id, post_hashtags.c.post_id == post_id)
        .order_by(post_hashtags.c.tag)
    )
    return {row.tag: row.spelling for row in await tx.connection.execute(query)}
