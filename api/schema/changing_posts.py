"""Mutations of posts: publishing, changing, deleting, and what people do with posts of others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import strawberry

from academic.entities.catalogue import COURSE
from api.schema.inputs import (
    OPTIONAL,
    ChangeInput,
    each,
    filled,
    given_or,
    id_of,
    optional_id_of,
    optional_text_of,
    row,
)
from api.schema.mutation_fields import Changed, Repeatable, mutation
from api.schema.posts import Post, PostVisibility, TextFormat
from api.schema.social_calls import does, here
from api.services import Services
from federation.content.composing import TextFormat as Typed
from federation.entities.actors import ACTOR
from federation.entities.posts import POST
from federation.inbox.bringing import Bringing
from federation.posts.featuring import feature_post, unfeature_post
from federation.posts.model import GroupRef, NewPost, PostChanges
from federation.posts.naming import NOTHING_PREPARED, Prepared, prepare_post
from federation.posts.operations import delete_post, post, reply, reply_unseen, update_post
from federation.protocol.origins import is_web_uri
from federation.reactions.operations import announce, like, unannounce, unlike
from federation.remote.failures import NotFetched
from federation.remote.instance_signer import instance_signer
from kernel.errors import InvalidInput
from tenants.door import Door, Transaction
from tenants.entities import ORG_UNIT
from tenants.model import NotFound, Principal, Scope


@strawberry.input(description="A group, by exactly one of these.")
class GroupInput:
    course_id: strawberry.ID | None = OPTIONAL
    org_unit_id: strawberry.ID | None = OPTIONAL
    actor_id: strawberry.ID | None = OPTIONAL


@strawberry.input(
    description="Mentions are written @name (of here) or @name@host into the text, hashtags #so. With `onBehalfOf` it is the"
    " group's own post, for its staff (of a course that is not public with the visibility TENANT); with `inGroup` it is addressed to the group, which passes it on."
)
class CreatePostInput:
    text: str
    format: TextFormat | None = OPTIONAL
    visibility: PostVisibility | None = OPTIONAL
    language: str | None = strawberry.field(default=OPTIONAL, description="BCP 47; else the author's.")
    title: str | None = OPTIONAL
    content_warning: str | None = OPTIONAL
    is_sensitive: bool | None = OPTIONAL
    in_reply_to_id: strawberry.ID | None = OPTIONAL
    on_behalf_of: GroupInput | None = OPTIONAL
    in_group: GroupInput | None = OPTIONAL
    mentioned_ids: list[strawberry.ID] | None = strawberry.field(
        default=OPTIONAL, description="Actors that it is for, beside those whom the text names."
    )
    idempotency_key: str | None = OPTIONAL


@strawberry.input(
    description="An answer is no wider than what it answers: a post by exactly one of `toId` and `toAddress`. Without"
    " `visibility` it is as wide."
)
class ReplyInput:
    text: str
    to_id: strawberry.ID | None = OPTIONAL
    to_address: str | None = strawberry.field(
        default=OPTIONAL,
        description="Its ActivityPub id. One of another server that is not known here is fetched, with the thread above it;"
        " while its server does not answer it is answered all the same, without `visibility` for one's followers.",
    )
    format: TextFormat | None = OPTIONAL
    visibility: PostVisibility | None = OPTIONAL
    language: str | None = OPTIONAL
    content_warning: str | None = OPTIONAL
    is_sensitive: bool | None = OPTIONAL
    mentioned_ids: list[strawberry.ID] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdatePostInput(ChangeInput):
    text: str | None = OPTIONAL
    format: TextFormat | None = OPTIONAL
    language: str | None = OPTIONAL
    title: str | None = OPTIONAL
    content_warning: str | None = OPTIONAL
    is_sensitive: bool | None = OPTIONAL


@strawberry.input
class PostInput:
    id: strawberry.ID


@strawberry.input
class AnnounceInput:
    id: strawberry.ID
    on_behalf_of: GroupInput | None = strawberry.field(
        default=OPTIONAL, description="As the group of a course or unit whose staff the viewer is."
    )


@dataclass(frozen=True, slots=True)
class Named:
    """An input, and who of other servers its text names."""

    given: Any
    prepared: Prepared
    parent: int | None = None  # what was found at the address that is answered

    @property
    def idempotency_key(self) -> Any:
        """The input's."""
        return getattr(self.given, "idempotency_key", None)


def group_ref(given: GroupInput | None) -> GroupRef | None:
    """Which group an input names; `InvalidInput` unless by exactly one of its members."""
    if given is None:
        return None
    ref = GroupRef(
        optional_id_of(given, COURSE, "course_id"),
        optional_id_of(given, ORG_UNIT, "org_unit_id"),
        optional_id_of(given, ACTOR, "actor_id"),
    )
    if [ref.course_id, ref.org_unit_id, ref.actor_id].count(None) != 2:
        raise InvalidInput("give exactly one of courseId, orgUnitId and actorId")
    return ref


def _actor_ids(values: list[str]) -> tuple[int, ...]:
    return tuple(each(values, row(ACTOR)))


def _format(value: TextFormat) -> Typed:
    return Typed(value.value)


CONVERTERS: dict[str, Any] = {
    "format": _format,
    "in_reply_to_id": row(POST),
    "on_behalf_of": group_ref,
    "in_group": group_ref,
    "mentioned_ids": _actor_ids,
}


def new_post(given: Any) -> NewPost:
    """The post that an input describes."""
    return filled(NewPost, given, CONVERTERS)


async def prepared(
    door: Door, principal: Principal, given: Any, services: Services, address: str = ""
) -> Named:
    """Asks other servers for those whom the text names and nobody here knows."""
    text = given_or(given.text)
    if text is None:
        return Named(given, NOTHING_PREPARED)
    format_ = given_or(given.format)
    found = await prepare_post(
        door,
        principal,
        text=text,
        format=Typed.PLAIN if format_ is None else _format(format_),
        here=here(principal.tenant, services),
        finder=services.fetcher,
    )
    return Named(given, found)


async def _prepared_reply(
    door: Door, principal: Principal, given: ReplyInput, services: Services, _: str
) -> Named:
    """Asks for the post of another server that is answered, too."""
    to_address = optional_text_of(given, "to_address")
    if (given_or(given.to_id) is None) is (to_address is None):
        raise InvalidInput("give exactly one of toId and toAddress", path=["input"])
    named = await prepared(door, principal, given, services)
    return (
        named
        if to_address is None
        else replace(named, parent=await _parent(door, principal, to_address, services))
    )


async def _parent(door: Door, principal: Principal, address: str, services: Services) -> int | None:
    """The id of the post there; None for one of another server that cannot be had just now."""
    tenant, at = principal.tenant, here(principal.tenant, services)
    if not is_web_uri(address, allow_http=services.fetcher.allow_http):
        raise InvalidInput("that is no address of a post", path=["input", "toAddress"])
    ours = at.of(address)
    if ours is not None:
        if ours.kind != "posts" or ours.part is not None:
            raise InvalidInput("that is no address of a post", path=["input", "toAddress"])
        return ours.number
    signer = instance_signer(door, services.actor_keys, tenant, at)
    try:
        return await Bringing(door, tenant, at, services.fetcher, signer).post(address)
    except NotFetched as error:
        if error.is_temporary:
            return None
        raise NotFound(f"there is no such post: {error.message}") from error


def _new(subject: Named) -> Mapping[str, Any]:
    return {"post": new_post(subject.given)}


def _answer(subject: Named) -> Mapping[str, Any]:
    given = subject.given
    to = {"to_id": optional_id_of(given, POST, "to_id"), "to_address": optional_text_of(given, "to_address")}
    return {**to, "post": new_post(given), "is_as_visible": given_or(given.visibility) is None}


def _beside(subject: Named) -> Mapping[str, Any]:
    return {"prepared": subject.prepared}


async def _create(tx: Transaction, values: Mapping[str, Any], services: Services) -> Changed:
    return Changed(await post(tx, here=here(tx.tenant, services), **values))


def _found_beside(subject: Named) -> Mapping[str, Any]:
    return {"prepared": subject.prepared, "parent": subject.parent}


async def _reply(tx: Transaction, values: Mapping[str, Any], services: Services) -> Changed:
    said = {name: values[name] for name in ("post", "prepared", "is_as_visible")}
    said["here"] = here(tx.tenant, services)
    to_id = values["to_id"] if values["to_address"] is None else values["parent"]
    if to_id is None:
        return Changed(await reply_unseen(tx, to_address=values["to_address"], **said))
    return Changed(await reply(tx, to_id=to_id, **said))


async def _update(tx: Transaction, subject: Named, services: Services, address: str) -> Changed:
    given = subject.given
    changed = await update_post(
        tx,
        post_id=id_of(given, POST),
        changes=filled(PostChanges, given, CONVERTERS),
        here=here(tx.tenant, services),
        expected_version=given_or(given.expected_version),
        prepared=subject.prepared,
    )
    return Changed(changed)


def _announces(operation: Any) -> Any:
    async def run(tx: Transaction, given: AnnounceInput, services: Services, address: str) -> Changed:
        changed = await operation(
            tx,
            post_id=id_of(given, POST),
            here=here(tx.tenant, services),
            on_behalf_of=group_ref(given_or(given.on_behalf_of)),
        )
        return Changed(changed)

    return run


def _post(name: str, run: Any, input_: Any, description: str, **more: Any) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"post": Post},
        scope=Scope.POSTS_WRITE,
        description=description,
        **more,
    )


def _with_post(name: str, operation: Any, description: str) -> Any:
    return _post(name, does(operation, "post_id", POST), PostInput, description)


@strawberry.type
class PostMutations:
    create_post = _post(
        "createPost",
        Repeatable(_new, _create, _beside),
        CreatePostInput,
        "Publishes a post; it goes out to followers and to whom it names.",
        prepare=prepared,
    )
    reply = _post(
        "reply",
        Repeatable(_answer, _reply, _found_beside),
        ReplyInput,
        "Answers a post; its author is addressed.",
        prepare=_prepared_reply,
    )
    update_post = _post(
        "updatePost", _update, UpdatePostInput, "Changes a post; what it was is kept.", prepare=prepared
    )
    delete_post = _post(
        "deletePost",
        does(delete_post, "post_id", POST, versioned=True),
        ChangeInput,
        "Deletes a post for good; a Tombstone is left.",
    )
    like = _with_post("like", like, "Likes a post, once; its author hears of it.")
    unlike = _with_post("unlike", unlike, "Takes a like back.")
    announce = _post(
        "announce", _announces(announce), AnnounceInput, "Shows a public post to one's followers, once."
    )
    unannounce = _post("unannounce", _announces(unannounce), AnnounceInput, "Takes an announce back.")
    feature_post = _with_post("featurePost", feature_post, "Shows a post on top of its author's profile.")
    unfeature_post = _with_post("unfeaturePost", unfeature_post, "Shows it there no longer.")
