"""Drafts: what a person has written and not published yet, now and at a time of their choice."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, null, update

from federation.content.composing import outline
from federation.posts.model import (
    GroupRef,
    NewPost,
    as_document,
    checked_language,
    checked_title,
    checked_warning,
    from_document,
    require_visibility,
)
from federation.posts.naming import NOTHING_PREPARED, Prepared, found_names
from federation.posts.operations import post
from federation.posts.seeing import seen_post
from federation.posts.speaking import speaker
from federation.protocol.addresses import Addresses
from federation.tables.posts import post_drafts, scheduled_drafts
from kernel.errors import InvalidInput, below
from kernel.unset import Unset
from tenants.changing import locked
from tenants.door import Transaction
from tenants.model import NotFound


async def save_draft(
    tx: Transaction,
    *,
    draft: NewPost,
    here: Addresses,
    publish_at: datetime | Unset | None = None,
    draft_id: int | None = None,
    kept: Collection[str] = (),
    expected_version: int | None = None,
    prepared: Prepared = NOTHING_PREPARED,
) -> int:
    """Keeps a draft, a new one or in place of the viewer's own `draft_id`; gives its id.

    Of one that was there the members of `NewPost` that `kept` names stay as they were, and its time where none is given.
    With a time it is published then, as the viewer, with the rights that they have then. What would not be published now
    is refused now: a name that nobody has, a group that the viewer is not staff of.
    """
    row = None if draft_id is None else await own_draft(tx, draft_id, expected_version)
    if row is not None and kept:
        before = from_document(row["document"])
        draft = replace(draft, **{name: getattr(before, name) for name in kept})
    if isinstance(publish_at, Unset):
        publish_at = None if row is None else row["publish_at"]
    speaking = await speaker(tx, draft.on_behalf_of, here, visibility=draft.visibility)
    await _check(tx, draft, publish_at, prepared, here)
    values: dict[str, Any] = {
        "actor_id": speaking.actor.id,
        "state": "scheduled" if publish_at else "draft",
        "publish_at": publish_at or null(),
        "document": as_document(draft),
        "problem": null(),
        "updated_at": tx.now,
    }
    if row is None or draft_id is None:
        draft_id = tx.new_id()
        own = {"tenant_id": tx.tenant_id, "id": draft_id, "user_id": tx.principal.viewer_id}
        await tx.connection.execute(insert(post_drafts).values(**own, created_at=tx.now, **values))
    else:
        await _write(tx, draft_id, version=row["version"] + 1, **values)
    if publish_at is not None:
        await tx.connection.execute(
            insert(scheduled_drafts).values(
                tenant_id=tx.tenant_id, id=tx.new_id(), draft_id=draft_id, publish_at=publish_at
            )
        )
    return draft_id


async def publish_draft(
    tx: Transaction, *, draft_id: int, here: Addresses, prepared: Prepared = NOTHING_PREPARED
) -> int:
    """Publishes the viewer's draft now, whether it has a time or not, and gives the post's id; the draft is gone."""
    row = await own_draft(tx, draft_id)
    await _delete(tx, draft_id)
    return await post(tx, post=from_document(row["document"]), here=here, prepared=prepared)


async def discard_draft(tx: Transaction, *, draft_id: int) -> int:
    """Throws the viewer's draft away."""
    await own_draft(tx, draft_id)
    await _delete(tx, draft_id)
    return draft_id


async def refuse_draft(tx: Transaction, *, draft_id: int, problem: str, now: datetime) -> bool:
    """Notes why a draft whose time has come cannot be published; False where it has no such time any more."""
    changed = await tx.connection.execute(
        update(post_drafts)
        .where(
            post_drafts.c.tenant_id == tx.tenant_id,
            post_drafts.c.id == draft_id,
            post_drafts.c.publish_at <= now,
        )
        .values(
            state="draft",
            publish_at=null(),
            problem=problem,
            version=post_drafts.c.version + 1,
            updated_at=tx.now,
        )
    )
    return bool(changed.rowcount)


async def own_draft(tx: Transaction, draft_id: int, expected_version: int | None = None) -> RowMapping:
    """The viewer's draft, locked; `NotFound` for any other."""
    row = await locked(tx, post_drafts, draft_id, what="draft", expected_version=expected_version)
    if row["user_id"] != tx.principal.user_id:
        raise NotFound("there is no such draft")
    return row


async def _check(
    tx: Transaction, draft: NewPost, publish_at: datetime | None, prepared: Prepared, here: Addresses
) -> None:
    parent = None if draft.in_reply_to_id is None else await seen_post(tx, draft.in_reply_to_id)
    require_visibility(draft.visibility, parent["visibility"] if parent else None)
    checked_title(draft.title)
    checked_warning(draft.content_warning)
    if draft.language is not None:
        checked_language(draft.language)
    if draft.on_behalf_of == GroupRef() or draft.in_group == GroupRef():
        raise InvalidInput("a group is named by its course, its unit or its actor", path=["input"])
    if publish_at is None:
        return
    if publish_at <= tx.now:
        raise InvalidInput("a post is published at a time to come", path=["input", "publishAt"])
    with below("input"):
        names = outline(draft.text, draft.format)
    await found_names(tx, names.handles, prepared, here)


async def _write(tx: Transaction, draft_id: int, **values: Any) -> None:
    await tx.connection.execute(
        update(post_drafts)
        .where(post_drafts.c.tenant_id == tx.tenant_id, post_drafts.c.id == draft_id)
        .values(**values)
    )


async def _delete(tx: Transaction, draft_id: int) -> None:
    await tx.connection.execute(
        delete(post_drafts).where(post_drafts.c.tenant_id == tx.tenant_id, post_drafts.c.id == draft_id)
    )
