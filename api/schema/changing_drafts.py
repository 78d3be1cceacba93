"""Mutations of drafts: what a person has not published yet."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import strawberry

from api.schema.changing_posts import CreatePostInput, Named, new_post, prepared
from api.schema.inputs import OPTIONAL, given_or, id_of, optional_id_of
from api.schema.mutation_fields import Changed, Repeatable, mutation
from api.schema.posts import Draft, Post
from api.schema.social_calls import here
from api.services import Services
from federation.entities.drafts import DRAFT
from federation.posts.drafts import discard_draft, own_draft, publish_draft, save_draft
from federation.posts.model import NewPost, from_document
from federation.posts.naming import Prepared, prepare_post
from kernel.unset import UNSET
from tenants.door import Door, Transaction
from tenants.model import Principal, Scope

_MEMBERS = [one.name for one in fields(NewPost)]
_NEVER_NULL = frozenset({"format", "visibility", "is_sensitive"})


@strawberry.input(
    description="A post that is kept: a new one, or in place of `draftId`, of which stays what is not given. With"
    " `publishAt` it is published then."
)
class SaveDraftInput(CreatePostInput):
    draft_id: strawberry.ID | None = OPTIONAL
    expected_version: int | None = OPTIONAL
    publish_at: datetime | None = OPTIONAL


@strawberry.input
class DraftInput:
    id: strawberry.ID


def _draft(subject: Named) -> Mapping[str, Any]:
    given = subject.given
    return {
        "draft": new_post(given),
        "draft_id": optional_id_of(given, DRAFT, "draft_id"),
        "kept": _kept(given),
        "expected_version": given_or(given.expected_version),
        "publish_at": given_or(given.publish_at, UNSET),
    }


def _kept(given: Any) -> list[str]:
    """The members that are not given, or null where nothing cannot be: as they are in the draft that was there."""
    absent = {
        name: (strawberry.UNSET, None) if name in _NEVER_NULL else (strawberry.UNSET,) for name in _MEMBERS
    }
    return [name for name, missing in absent.items() if getattr(given, name) in missing]


def _beside(subject: Named) -> Mapping[str, Any]:
    return {"prepared": subject.prepared}


async def _save(tx: Transaction, values: Mapping[str, Any], services: Services) -> Changed:
    return Changed(await save_draft(tx, here=here(tx.tenant, services), **values))


async def _named_by_draft(
    door: Door, principal: Principal, given: DraftInput, services: Services, _: str
) -> tuple[int, Prepared]:
    draft_id = id_of(given, DRAFT)
    async with door.write(principal) as tx:
        draft = from_document((await own_draft(tx, draft_id))["document"])
    at = here(principal.tenant, services)
    found = await prepare_post(
        door, principal, text=draft.text, format=draft.format, here=at, finder=services.fetcher
    )
    return draft_id, found


async def _publish(tx: Transaction, subject: tuple[int, Prepared], services: Services, _: str) -> Changed:
    draft_id, found = subject
    post_id = await publish_draft(tx, draft_id=draft_id, here=here(tx.tenant, services), prepared=found)
    return Changed(post_id)


async def _discard(tx: Transaction, given: DraftInput, services: Services, _: str) -> Changed:
    return Changed(None, {"draft_id": f"draft_{await discard_draft(tx, draft_id=id_of(given, DRAFT))}"})


@strawberry.type
class DraftMutations:
    save_draft = mutation(
        "saveDraft",
        Repeatable(_draft, _save, _beside),
        prepare=prepared,
        input=SaveDraftInput,
        objects={"draft": Draft},
        scope=Scope.POSTS_WRITE,
        description="Keeps a post that is published later, by hand or at its time.",
    )
    publish_draft = mutation(
        "publishDraft",
        _publish,
        prepare=_named_by_draft,
        input=DraftInput,
        objects={"post": Post},
        scope=Scope.POSTS_WRITE,
        description="Publishes a draft now; it is no draft any more.",
    )
    discard_draft = mutation(
        "discardDraft",
        _discard,
        input=DraftInput,
        objects={},
        extras={"draft_id": strawberry.ID},
        scope=Scope.POSTS_WRITE,
        description="Throws a draft away.",
    )
