"""What is said of a post of ours when it was published, changed or deleted: recorded, sent, and passed on by its group."""

from collections.abc import Callable

from federation.activities import CHANGES, Acted, Recipients, act
from federation.actors.queries import actor_by_id
from federation.actors.rows import ActorRow
from federation.posts.documents import StoredPost, post_document, post_value, stored_post
from federation.posts.groups import may_post_in, relay_in_group, share_in_group
from federation.posts.recipients import recipients_of
from federation.protocol import writing
from federation.protocol.addresses import Addresses
from federation.protocol.model import Tombstone
from federation.protocol.writing import Document, write_tombstone
from tenants.door import Transaction


async def tell_created(tx: Transaction, post_id: int, group: ActorRow | None, here: Addresses) -> None:
    """A Create; the group of ours in whose feed it stands shares it, where its author may post there."""
    post = await stored_post(tx, post_id)
    value, document = post_value(post, here), post_document(post, here)

    def write(address: str) -> Document:
        return writing.create(
            id=address,
            actor=post.author.address,
            object=document,
            addressing=value.addressing,
            published=value.published,
        )

    acted = await _act(tx, post, "Create", write, recipients_of(post), here)
    if group is None or not group.is_local or group.id == post.author.id:
        return
    if await may_post_in(tx, group, post.author):
        await share_in_group(tx, group=group, post=post.row, activity=acted.document, here=here)


async def tell_updated(tx: Transaction, before: StoredPost, here: Addresses) -> None:
    """An Update: those hear of it who are addressed now, and those who were before."""
    post = await stored_post(tx, before.row["id"])
    value, document = post_value(post, here), post_document(post, here)
    formerly = [one.actor_id for one in before.addressed if not one.is_local]

    def write(address: str) -> Document:
        return writing.update(
            id=address,
            actor=post.author.address,
            object=document,
            addressing=value.addressing,
            published=tx.now,
        )

    recipients = recipients_of(post, also=formerly, effect=CHANGES)
    await _relay(tx, post, await _act(tx, post, "Update", write, recipients, here), here)


async def tell_deleted(
    tx: Transaction, before: StoredPost, recipients: Recipients | None, here: Addresses
) -> None:
    """A Delete with the Tombstone that is left of the post as it was before."""
    value = post_value(before, here)
    tombstone = write_tombstone(Tombstone(value.id, value.kind.value, tx.now))

    def write(address: str) -> Document:
        return writing.delete(
            id=address, actor=before.author.address, object=tombstone, addressing=value.addressing
        )

    await _relay(tx, before, await _act(tx, before, "Delete", write, recipients, here), here)


async def _act(
    tx: Transaction,
    post: StoredPost,
    type: str,
    write: Callable[[str], Document],
    recipients: Recipients | None,
    here: Addresses,
) -> Acted:
    return await act(
        tx,
        here=here,
        type=type,
        actor_id=post.author.id,
        write=write,
        visibility=post.row["visibility"],
        recipients=recipients,
        object_address=post.row["address"],
        object_type="Tombstone" if type == "Delete" else post.row["kind"].capitalize(),
        post_id=post.row["id"],
    )


async def _relay(tx: Transaction, post: StoredPost, acted: Acted, here: Addresses) -> None:
    """The group in whose feed a post stands passes on what becomes of it."""
    group_id = post.row["group_id"]
    if group_id is None or group_id == post.author.id or post.row["visibility"] == "tenant":
        return
    group = await actor_by_id(tx, group_id)
    if group is not None and group.is_local and await may_post_in(tx, group, post.author):
        await relay_in_group(tx, group=group, activity=acted.document, post_id=post.row["id"], here=here)
