"""Telling others that an actor of ours has changed."""

from collections.abc import Sequence

from federation.activities import BULK, Recipients, act
from federation.actors.documents import actor_document
from federation.actors.shown import shown_in
from federation.protocol.addresses import Addresses
from federation.protocol.model import Addressing
from federation.protocol.vocabulary import AS_PUBLIC
from federation.protocol.writing import update
from tenants.door import Transaction


async def tell_changed(tx: Transaction, actor_id: int, here: Addresses) -> None:
    """Sends an Update of the actor as it is now to its followers, if it is shown; of several only the newest waits."""
    shown = await shown_in(tx, actor_id)
    await tx.announce("actor.changed", "actor", actor_id)
    if not shown.is_shown:
        return
    document = actor_document(shown, here, tx.tenant.languages)
    addressing = _to_followers(shown.row.followers)
    await act(
        tx,
        here=here,
        type="Update",
        actor_id=actor_id,
        write=lambda address: update(
            id=address, actor=shown.row.address, object=document, addressing=addressing, published=tx.now
        ),
        visibility="public",
        recipients=Recipients((actor_id,), delivery_class=BULK, supersedes=actor_id),
        object_address=shown.row.address,
        object_type=str(document["type"]),
        object_actor_id=actor_id,
    )


def _to_followers(followers: str | None) -> Addressing:
    cc: Sequence[str] = (followers,) if followers else ()
    return Addressing((AS_PUBLIC,), tuple(cc))
