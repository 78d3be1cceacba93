"""What people do with posts of others: like and announce, and take it back. Doing it twice is doing it once."""

from collections.abc import Mapping
from typing import Any

from federation.activities import ENDS, INTERACTIVE, KEEPS, About, Acted, Recipients, act
from federation.actors.queries import actor_by_id, require_actor
from federation.actors.rows import ActorRow
from federation.posts.groups import relay_reaction
from federation.posts.model import GroupRef
from federation.posts.seeing import seen_post
from federation.posts.speaking import speaker
from federation.protocol import writing
from federation.protocol.addresses import Addresses
from federation.protocol.addressing import addressing_for
from federation.protocol.model import Addressing
from federation.protocol.vocabulary import Visibility
from federation.protocol.writing import Document
from federation.reactions.announces import add_announce, remove_announce
from federation.reactions.likes import add_like, remove_like
from kernel.errors import ErrorCode, FediflowError
from tenants.door import Transaction


class NotForOthers(FediflowError):
    """The post is for few, and stays among them."""

    code = ErrorCode.CONFLICT


async def like(tx: Transaction, *, post_id: int, here: Addresses) -> int:
    """The viewer likes a post; its author hears of it."""
    actor, post = await require_actor(tx), await seen_post(tx, post_id)
    author = await _author(tx, post)
    activity_id = tx.new_id()
    if not await add_like(tx, post_id, actor.id, here.activity(activity_id)):
        return post_id

    def write(address: str) -> Document:
        return writing.like(id=address, actor=actor.address, object=post["address"], to=author.address)

    acted = await act(
        tx,
        here=here,
        activity_id=activity_id,
        type="Like",
        actor_id=actor.id,
        write=write,
        visibility=post["visibility"],
        recipients=_to_author(post, author, KEEPS),
        object_address=post["address"],
        object_type=post["kind"].capitalize(),
        post_id=post_id,
    )
    await relay_reaction(tx, post=post, actor=actor, activity=acted.document, here=here)
    return post_id


async def unlike(tx: Transaction, *, post_id: int, here: Addresses) -> int:
    """The viewer's like is taken back, where there is one."""
    actor, post = await require_actor(tx), await seen_post(tx, post_id)
    gone = await remove_like(tx, post_id, actor.id)
    if gone is not None:
        author = await _author(tx, post)
        liked = writing.like(
            id=gone.activity_address, actor=actor.address, object=post["address"], to=author.address
        )
        addressing = Addressing(to=(author.address,))
        recipients = _to_author(post, author, ENDS)
        acted = await _undo(tx, post, actor, "Like", liked, addressing, recipients, here)
        await relay_reaction(tx, post=post, actor=actor, activity=acted.document, here=here)
    return post_id


async def announce(
    tx: Transaction, *, post_id: int, here: Addresses, on_behalf_of: GroupRef | None = None
) -> int:
    """Shows a public post to the viewer's followers, or to a group's by its staff; its author hears of it.

    A post for the institution is announced inside it. `NotForOthers` for what is for followers or for few.
    """
    actor = (await speaker(tx, on_behalf_of, here)).actor
    post = await seen_post(tx, post_id)
    if post["visibility"] in ("followers", "direct"):
        raise NotForOthers(f"a post for {post['visibility']} is not announced")
    author = await _author(tx, post)
    activity_id = tx.new_id()
    stays = post["visibility"] == "tenant"
    visibility = "tenant" if stays else "public"
    if not await add_announce(tx, post_id, actor.id, here.activity(activity_id), visibility):
        return post_id

    def write(address: str) -> Document:
        return writing.announce(
            id=address,
            actor=actor.address,
            object=post["address"],
            addressing=_announced_to(actor, author),
            published=tx.now,
        )

    await act(
        tx,
        here=here,
        activity_id=activity_id,
        type="Announce",
        actor_id=actor.id,
        write=write,
        visibility=visibility,
        recipients=None if stays else _to_followers(actor, author, About(activity_id)),
        object_address=post["address"],
        object_type=post["kind"].capitalize(),
        post_id=post_id,
    )
    return post_id


async def unannounce(
    tx: Transaction, *, post_id: int, here: Addresses, on_behalf_of: GroupRef | None = None
) -> int:
    """Takes an announce back, where there is one."""
    actor = (await speaker(tx, on_behalf_of, here)).actor
    post = await seen_post(tx, post_id)
    gone = await remove_announce(tx, post_id, actor.id)
    if gone is not None:
        author = await _author(tx, post)
        addressing = _announced_to(actor, author)
        announced = writing.announce(
            id=gone.activity_address, actor=actor.address, object=post["address"], addressing=addressing
        )
        named = here.of(gone.activity_address)
        about = None if named is None else About(named.number, ENDS)
        recipients = None if gone.visibility == "tenant" else _to_followers(actor, author, about)
        await _undo(tx, post, actor, "Announce", announced, addressing, recipients, here)
    return post_id


async def _undo(
    tx: Transaction,
    post: Mapping[str, Any],
    actor: ActorRow,
    what: str,
    document: Document,
    addressing: Addressing,
    recipients: Recipients | None,
    here: Addresses,
) -> Acted:
    return await act(
        tx,
        here=here,
        type="Undo",
        actor_id=actor.id,
        write=lambda address: writing.undo(
            id=address, actor=actor.address, object=document, addressing=addressing
        ),
        visibility=post["visibility"],
        recipients=recipients,
        object_address=document["id"],
        object_type=what,
        post_id=post["id"],
    )


async def _author(tx: Transaction, post: Mapping[str, Any]) -> ActorRow:
    author = await actor_by_id(tx, post["actor_id"])
    assert author is not None  # a foreign key says so
    return author


def _to_author(post: Mapping[str, Any], author: ActorRow, effect: int) -> Recipients | None:
    """What is said of a like is about the post: one actor has one like of it."""
    if author.is_local or post["visibility"] == "tenant":
        return None
    return Recipients(actors=(author.id,), delivery_class=INTERACTIVE, about=About(post["id"], effect))


def _to_followers(actor: ActorRow, author: ActorRow, about: About | None) -> Recipients:
    abroad = () if author.is_local else (author.id,)
    return Recipients(followers_of=(actor.id,), actors=abroad, about=about)


def _announced_to(actor: ActorRow, author: ActorRow) -> Addressing:
    mentioned = () if author.id == actor.id else (author.address,)
    return addressing_for(Visibility.PUBLIC, followers=actor.followers, mentioned=mentioned)
