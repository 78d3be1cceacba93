"""What people do with posts: publish, answer, change, delete. Each is rows, an activity and its delivery, all or nothing.

Whom a text names is looked up among the actors known here; `naming.prepare_post` asks other servers for the others
before the transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from federation.activities import ENDS
from federation.content.composing import TextFormat
from federation.posts import storing
from federation.posts.addressing import addressed, group_for
from federation.posts.composing import Typed, written
from federation.posts.documents import StoredPost, stored_post
from federation.posts.fields import Named, PostFields
from federation.posts.model import (
    NewPost,
    PostChanges,
    checked_language,
    checked_title,
    checked_warning,
    require_visibility,
)
from federation.posts.naming import NOTHING_PREPARED, Prepared
from federation.posts.recipients import concerned, recipients_of
from federation.posts.seeing import seen_post
from federation.posts.speaking import require_author, speaker
from federation.posts.telling import tell_created, tell_deleted, tell_updated
from federation.posts.threads import hold_addresses
from federation.protocol.addresses import Addresses, PostCollection
from federation.tables.posts import posts
from kernel.errors import InvalidInput
from kernel.unset import Unset
from tenants.changing import locked
from tenants.door import Transaction
from tenants.model import Forbidden


async def post(
    tx: Transaction, *, post: NewPost, here: Addresses, prepared: Prepared = NOTHING_PREPARED
) -> int:
    """Publishes a post, in the viewer's name or in that of a group that they are staff of; gives its id."""
    return await _publish(tx, post, here, prepared)


async def reply(
    tx: Transaction,
    *,
    to_id: int,
    post: NewPost,
    here: Addresses,
    prepared: Prepared = NOTHING_PREPARED,
    is_as_visible: bool = False,
) -> int:
    """Answers a post: its author is addressed, and the answer is no wider than what it answers; with `is_as_visible` it is
    just as wide, whatever `post` says."""
    if is_as_visible:
        post = replace(post, visibility=(await seen_post(tx, to_id))["visibility"])
    return await _publish(tx, replace(post, in_reply_to_id=to_id), here, prepared)


async def reply_unseen(
    tx: Transaction,
    *,
    to_address: str,
    post: NewPost,
    here: Addresses,
    prepared: Prepared = NOTHING_PREPARED,
    is_as_visible: bool = False,
) -> int:
    """Answers a post of another server that could not be had: should it come later, it finds its answer. With
    `is_as_visible` the answer is for followers, as nobody knows how wide that post is."""
    await hold_addresses(tx, to_address)
    if is_as_visible:
        post = replace(post, visibility="followers")
    return await _publish(tx, post, here, prepared, unseen=to_address)


async def update_post(
    tx: Transaction,
    *,
    post_id: int,
    changes: PostChanges,
    here: Addresses,
    expected_version: int | None = None,
    prepared: Prepared = NOTHING_PREPARED,
) -> int:
    """Changes a post's texts; the former ones are kept, and everybody who got the post hears of it."""
    seen = await seen_post(tx, post_id)
    author = await require_author(tx, seen)
    if author.status == "withdrawn" and seen["visibility"] != "tenant":
        raise Forbidden(
            "the course is not public any more: what its group said before can be deleted, not changed"
        )
    await locked(tx, posts, post_id, what="post", expected_version=expected_version)
    before = await stored_post(tx, post_id)
    text = await written(tx, _changed(before.row, changes), prepared=prepared, here=here)
    inside = before.row["visibility"] == "tenant"
    kept = [Named(one.actor_id, is_named=False) for one in before.addressed if not one.is_named]
    named = [Named(one.id) for one in text.named if one.id != author.id and (one.is_local or not inside)]
    _check_addressees(before, [*kept, *named])
    if await storing.update_post(
        tx,
        post_id=post_id,
        texts=text.texts,
        mentions=[*kept, *named],
        hashtags=text.hashtags,
        edited_at=tx.now,
    ):
        await tell_updated(tx, before, here)
    return post_id


def _check_addressees(before: StoredPost, now: Sequence[Named]) -> None:
    """A letter is not handed to others, with all that was answered to it; nobody whom it was for loses it either."""
    addressed = {one.actor_id for one in before.addressed}
    if before.row["visibility"] == "direct" and any(one.actor_id not in addressed for one in now):
        raise InvalidInput(
            "a direct post is for those whom it was written to: write a new one to name somebody else",
            path=["input", "text"],
        )


async def delete_post(
    tx: Transaction, *, post_id: int, here: Addresses, expected_version: int | None = None
) -> int:
    """Deletes a post of the viewer's, or of a group that they are staff of: a Tombstone is left."""
    await require_author(tx, await seen_post(tx, post_id))
    await locked(tx, posts, post_id, what="post", expected_version=expected_version)
    await withdraw_post(tx, post_id=post_id, here=here)
    return post_id


async def withdraw_post(tx: Transaction, *, post_id: int, here: Addresses) -> bool:
    """Deletes a post of ours without asking who may, as moderators do; False where it is deleted already."""
    before = await stored_post(tx, post_id)
    recipients = recipients_of(before, also=await concerned(tx, post_id), effect=ENDS)
    if not await storing.bury_post(tx, post_id):
        return False
    await tell_deleted(tx, before, recipients, here)
    return True


async def _publish(
    tx: Transaction, post: NewPost, here: Addresses, prepared: Prepared, *, unseen: str | None = None
) -> int:
    speaking = await speaker(tx, post.on_behalf_of, here, visibility=post.visibility)
    parent = await seen_post(tx, post.in_reply_to_id) if post.in_reply_to_id is not None else None
    require_visibility(post.visibility, parent["visibility"] if parent else None)
    group = await group_for(tx, post, speaking.actor, parent, here)
    text = await written(tx, _typed(tx, post), prepared=prepared, here=here)
    named = await addressed(tx, post, speaking.actor, text.named, parent)
    post_id = tx.new_id()
    await storing.store_post(
        tx,
        actor_id=speaking.actor.id,
        address=here.post(post_id),
        is_local=True,
        post_id=post_id,
        fields=PostFields(
            texts=text.texts,
            visibility=post.visibility,
            published_at=tx.now,
            kind="article" if text.texts.title else "note",
            in_reply_to_address=parent["address"] if parent else unseen,
            context_address=None if unseen else _context(post_id, parent, here),
            group_id=group.id if group else None,
            is_announcement=group is not None and group.id == speaking.actor.id,
            written_by_id=speaking.written_by_id,
        ),
        mentions=named,
        hashtags=text.hashtags,
    )
    await tell_created(tx, post_id, group, here)
    return post_id


def _context(post_id: int, parent: Mapping[str, Any] | None, here: Addresses) -> str | None:
    if parent is None:
        return here.of_post(post_id, PostCollection.CONTEXT)
    context: str | None = parent["context_address"]
    return context


def _typed(tx: Transaction, post: NewPost) -> Typed:
    languages: Sequence[str] = tx.principal.languages or tx.tenant.languages
    return Typed(
        text=post.text,
        format=post.format,
        language=checked_language(post.language or languages[0]),
        title=checked_title(post.title),
        content_warning=checked_warning(post.content_warning),
        is_sensitive=post.is_sensitive,
    )


def _changed(row: Mapping[str, Any], changes: PostChanges) -> Typed:
    """What the post would be typed as, with these changes."""

    def given(value: Any, before: Any) -> Any:
        return before if isinstance(value, Unset) else value

    written_as = TextFormat.MARKDOWN if row["source_media_type"] == "text/markdown" else TextFormat.PLAIN
    warning = checked_warning(given(changes.content_warning, row["content_warning"]))
    return Typed(
        text=given(changes.text, row["source"] or ""),
        format=given(changes.format, written_as),
        language=checked_language(given(changes.language, row["language"])),
        title=checked_title(given(changes.title, row["title"])),
        content_warning=warning,
        is_sensitive=given(changes.is_sensitive, row["is_sensitive"]),
    )
