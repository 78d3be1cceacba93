"""People leave the social web: their servers are told, their actor is a Tombstone, what they wrote there goes."""

from sqlalchemy import update

from federation.activities import ENDS, About, Recipients, act
from federation.actors.knowing import somebody_of_each
from federation.actors.queries import NotOnTheSocialWeb, actor_of_user
from federation.actors.rows import ActorRow
from federation.protocol.addresses import Addresses
from federation.protocol.model import Addressing
from federation.protocol.vocabulary import AS_PUBLIC
from federation.protocol.writing import delete
from federation.tables.actors import actors
from tenants.door import Transaction


async def leave(tx: Transaction, *, here: Addresses) -> int:
    """The viewer's actor goes at once, and for ever: its name is nobody's again. Gives its id.

    Posts, follows and reactions go in the worker, which hears `actor.gone` (`clearing`); until then nobody is shown them.
    """
    actor = await actor_of_user(tx, tx.principal.viewer_id)
    if actor is None:
        raise NotOnTheSocialWeb("you are not on the social web")
    return await go(tx, actor, here)


async def go(tx: Transaction, actor: ActorRow, here: Addresses) -> int:
    """An actor of ours goes; every server that has something of it is sent the Delete."""
    await act(
        tx,
        here=here,
        type="Delete",
        actor_id=actor.id,
        write=lambda address: delete(
            id=address, actor=actor.address, object=actor.address, addressing=Addressing((AS_PUBLIC,))
        ),
        visibility="public",
        recipients=Recipients(actors=await somebody_of_each(tx, actor.id), about=About(actor.id, ENDS)),
        object_address=actor.address,
        object_type="Person",
        object_actor_id=actor.id,
    )
    await tx.connection.execute(
        update(actors)
        .where(actors.c.tenant_id == tx.tenant_id, actors.c.id == actor.id)
        .values(
            status="gone",
            user_id=None,
            display_name="",
            biography="",
            avatar_url=None,
            attachments=[],
            also_known_as=[],
            exposed=[],
            is_discoverable=False,
            updated_at=tx.now,
            version=actors.c.version + 1,
        )
    )
    person = {} if actor.user_id is None else {"user": str(actor.user_id), "before": str(tx.new_id())}
    await tx.announce("actor.gone", "actor", actor.id, **person)
    return actor.id
