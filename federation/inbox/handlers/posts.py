"""Create: a post comes in, if it concerns somebody here."""

from federation.activities import send
from federation.actors.rows import ActorRow
from federation.content.plain_text import text_of
from federation.follows.queries import blocked_between
from federation.identities.proofs import answered
from federation.inbox.handlers.mapping import addressees_of
from federation.inbox.handlers.reach import is_there_for
from federation.inbox.handlers.storing import (
    Audience,
    audience_of,
    for_staff,
    post_row,
    store,
    store_ancestors,
)
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.posts.groups import may_post_in, share_in_group
from federation.proofs.claims import PROOF
from federation.protocol.addressing import visibility_of
from federation.protocol.origins import same_origin
from federation.protocol.reading import RemotePost, is_post, read_post
from kernel.database.compiled import Row

_FORWARDED = ("public", "unlisted", "followers")
_SHARED = ("public", "unlisted")


async def create(h: Handling) -> None:
    """Stores a post of somebody who is followed here, or that is for somebody here, or answers what is known here."""
    await create_post(h, post_in(h))


def post_in(h: Handling) -> RemotePost:
    """The post that the activity brings; one that is only named is fetched."""
    reference = h.activity.object
    assert reference is not None
    if reference.document is None:
        found = h.object(reference.uri or "")
        if not isinstance(found, RemotePost):
            raise Refused(NotStored.UNSUPPORTED, "what was created is no post")
        post = found
    elif is_post(reference.document):
        post = read_post(
            reference.document,
            author=h.activity.actor,
            language=h.activity.language,
            where=reference.where,
            allow_http=h.allow_http,
        )
    else:
        raise Refused(NotStored.UNSUPPORTED, f"a {reference.type} means nothing here")
    if h.activity.actor not in post.authors or not same_origin(post.id, h.activity.actor):
        raise Refused(NotStored.NOT_THEIRS, "the post is another actor's")
    return post


async def create_post(h: Handling, post: RemotePost) -> None:
    """Stores the post under the activity that brought it."""
    if post.id in h.deleted:
        raise Refused(NotStored.UNKNOWN_OBJECT, "the post was deleted before it came")
    known = await h.known_acting()
    parent = await h.post(post.in_reply_to)
    if parent is not None and not await is_there_for(h, parent, known):
        raise Refused(NotStored.UNKNOWN_OBJECT, "there is no such post to answer")
    audience = await audience_of(h, post, known)
    is_followed = known is not None and await h.is_followed(known.id)
    if not (is_followed or audience.ours or parent is not None):
        raise Refused(NotStored.NOBODY_HERE, "nobody here follows the author, is named, or knows the thread")
    author = known or await h.acting()
    if (
        parent is not None
        and parent["is_local"]
        and await blocked_between(h.tx, author.id, parent["actor_id"])
    ):
        raise Refused(NotStored.BLOCKED_BY_PERSON, "whom it answers has nothing to do with the author")
    if audience.group is not None and _visibility(h, post, author) not in _SHARED:
        audience, group = await for_staff(h, audience, author), None
    else:
        group = await _group(h, audience, author, is_otherwise_of_use=is_followed or parent is not None)
    if parent is None:
        await store_ancestors(h, post.in_reply_to)
    await _store(h, post, author, audience, parent, group)


async def _group(
    h: Handling, audience: Audience, author: ActorRow, *, is_otherwise_of_use: bool
) -> ActorRow | None:
    """The group of ours in whose feed the post is to stand: only where the author may post there."""
    group = audience.group
    if group is None or await may_post_in(h.tx, group, author):
        return group
    if is_otherwise_of_use or audience.people:
        return None
    raise Refused(NotStored.NOT_THEIRS, "only who follows the group, or takes part, posts there")


async def _store(
    h: Handling,
    post: RemotePost,
    author: ActorRow,
    audience: Audience,
    parent: "Row | None",
    group: ActorRow | None,
) -> None:
    known = await h.post(post.id)
    post_id = known["id"] if known is not None else h.tx.new_id()
    visibility = _visibility(h, post, author)
    if not await h.record(
        "Create",
        author,
        visibility=visibility,
        object_address=post.id,
        object_type=post.kind.value,
        post_id=post_id,
    ):
        return
    if known is not None:
        return  # it was fetched before, for an Announce or as part of a thread
    group_id = group.id if group is not None else None
    post_id = await store(h, post, author, audience, post_id=post_id, group_id=group_id)
    if visibility == "direct" and audience.people:
        content = (await post_row(h, post_id))["content"]
        await answered(h.tx, author.address, text_of(content))
    if group is not None:
        row = await post_row(h, post_id)
        await share_in_group(h.tx, group=group, post=dict(row), activity=h.activity.id, here=h.here)
    if parent is not None:
        await _forward(h, parent, visibility)


async def _forward(h: Handling, parent: Row, visibility: str) -> None:
    """Passes a reply to one of ours on to its author's followers (ActivityPub section 7.1.2).

    They must see by themselves whose it is, so only what carries an integrity proof is passed on.
    """
    if not parent["is_local"] or visibility not in _FORWARDED or PROOF not in h.activity.document:
        return
    assert h.recorded_id is not None
    await send(h.tx, h.recorded_id, signer_id=parent["actor_id"], followers_of=(parent["actor_id"],))


def _visibility(h: Handling, post: RemotePost, author: ActorRow) -> str:
    addressees = addressees_of(post, h.activity.addressees)
    return visibility_of(addressees, followers=author.followers_address).value
