"""Telling others that an actor of ours has changed."""

from collections.abc import Sequence

from federation.activities import BULK, CHANGES, About, Recipients, act
from federation.actors.documents import actor_document
from federation.actors.knowing import somebody_of_each
from federation.actors.shown import shown_in
from federation.protocol.addresses import Addresses
from federation.protocol.model import Addressing
from federation.protocol.vocabulary import AS_PUBLIC
from federation.protocol.writing import update
from tenants.door import Transaction


async def tell_changed(
    tx: Transaction, actor_id: int, here: Addresses, *, changed: Sequence[str] | None = None
) -> None:
    """Sends an Update of the actor as it is now to its followers' servers and all others that know it, if it is shown; of
    several only the newest waits. The outbox hears which of its columns are `changed`, where that is known."""
    shown = await shown_in(tx, actor_id)
    said = {} if changed is None else {"changed": changed}
    await tx.announce("actor.changed", "actor", actor_id, **said)
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
        recipients=Recipients(
            (actor_id,),
            await somebody_of_each(tx, actor_id),
            delivery_class=BULK,
            about=About(actor_id, CHANGES),
        ),
        object_address=shown.row.address,
        object_type=str(document["type"]),
        object_actor_id=actor_id,
    )


def _to_followers(followers: str | None) -> Addressing:
    cc: Sequence[str] = (followers,) if followers else ()
    return Addressing((AS_PUBLIC,), tuple(cc))
