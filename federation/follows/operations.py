"""What people do about following: follow, take it back, let somebody follow or not. Doing it twice is doing it once."""

from federation.activities import ENDS, INTERACTIVE, KEEPS, About, Recipients, act
from federation.actors.queries import actor_by_id, require_actor
from federation.actors.rows import ActorRow
from federation.follows import rows
from federation.follows.queries import blocked_between, follow_document
from federation.follows.rows import Follow, follow_between, follow_by_id
from federation.posts.speaking import require_speaks_for
from federation.protocol import writing
from federation.protocol.addresses import Addresses
from federation.protocol.model import Addressing
from federation.protocol.writing import Document
from kernel.errors import ErrorCode, FediflowError, InvalidInput
from tenants.door import Transaction
from tenants.model import Forbidden, NotFound


class UnableToFollow(FediflowError):
    """That actor cannot be followed by this one."""

    code = ErrorCode.CONFLICT


async def follow(tx: Transaction, *, actor_id: int, here: Addresses) -> int:
    """The viewer follows an actor, or asks to; gives the follow's id.

    One of ours who approves nobody is followed at once, any other one when it accepts.
    """
    follower, followed = await require_actor(tx), await _actor(tx, actor_id)
    await rows.one_at_a_time(tx, follower.id, followed.id)
    before = await follow_between(tx, follower.id, followed.id, lock=True)
    if before is not None and before.state in ("pending", "accepted"):
        return before.id
    await _require_free(tx, follower, followed)
    return (await ask_to_follow(tx, follower=follower, followed=followed, here=here)).id


async def ask_to_follow(
    tx: Transaction,
    *,
    follower: ActorRow,
    followed: ActorRow,
    here: Addresses,
    delivery_class: int = INTERACTIVE,
) -> Follow:
    """One of ours follows, or asks to: whom it is about hears of it, and one of ours who approves nobody has accepted."""
    activity_id = tx.new_id()
    asked = await rows.request(
        tx,
        follower_id=follower.id,
        followed_id=followed.id,
        activity_address=here.activity(activity_id),
        is_accepted=followed.is_local and not followed.approves_followers,
    )
    await act(
        tx,
        here=here,
        activity_id=activity_id,
        type="Follow",
        actor_id=follower.id,
        write=lambda id: writing.follow(id=id, actor=follower.address, object=followed.address),
        visibility="direct",
        recipients=_to(followed, About(asked.id), delivery_class),
        object_address=followed.address,
        object_type="Actor",
        object_actor_id=followed.id,
    )
    await answer_follow(tx, asked, follower=follower, followed=followed, here=here)
    return asked


async def unfollow(tx: Transaction, *, actor_id: int, here: Addresses) -> int:
    """The viewer no longer follows an actor, or no longer asks to; gives the actor's id."""
    follower, followed = await require_actor(tx), await _actor(tx, actor_id)
    await end_follow(tx, follower=follower, followed=followed, here=here)
    return actor_id


async def end_follow(tx: Transaction, *, follower: ActorRow, followed: ActorRow, here: Addresses) -> bool:
    """One of ours no longer follows; the other hears of it. False where there was no follow."""
    before = await follow_between(tx, follower.id, followed.id, lock=True)
    if before is None:
        return False
    document = await follow_document(tx, before, follower, followed)
    await rows.end(tx, before)
    if before.state == "rejected":
        return True
    await act(
        tx,
        here=here,
        type="Undo",
        actor_id=follower.id,
        write=lambda id: writing.undo(
            id=id, actor=follower.address, object=document, addressing=Addressing(to=(followed.address,))
        ),
        visibility="direct",
        recipients=_to(followed, About(before.id, ENDS)),
        object_address=before.activity_address,
        object_type="Follow",
        object_actor_id=followed.id,
    )
    return True


async def accept_follow_request(tx: Transaction, *, follow_id: int, here: Addresses) -> int:
    """Lets somebody follow the viewer, or a group that the viewer is staff of."""
    asked, follower, followed = await _asked_of_viewer(tx, follow_id)
    if await rows.accept(tx, asked) is not None:
        await _answer(tx, asked, follower, followed, "Accept", here)
    elif asked.state != "accepted":
        raise NotFound("there is no such request")
    return follow_id


async def reject_follow_request(tx: Transaction, *, follow_id: int, here: Addresses) -> int:
    """Does not let somebody follow; whoever follows already is taken from the followers."""
    asked, follower, followed = await _asked_of_viewer(tx, follow_id)
    if await rows.reject(tx, asked):
        await _answer(tx, asked, follower, followed, "Reject", here)
    return follow_id


async def remove_follower(tx: Transaction, *, actor_id: int, here: Addresses) -> int:
    """Takes somebody from the viewer's followers; gives that actor's id."""
    followed = await require_actor(tx)
    follower = await _actor(tx, actor_id)
    asked = await follow_between(tx, follower.id, followed.id, lock=True)
    if asked is not None:
        await reject_follow_request(tx, follow_id=asked.id, here=here)
    return actor_id


async def answer_follow(
    tx: Transaction, asked: Follow, *, follower: ActorRow, followed: ActorRow, here: Addresses
) -> None:
    """Tells who asked how it stands: an actor of ours accepted or rejected it; nothing while it is pending."""
    answers = {"accepted": "Accept", "rejected": "Reject"}
    if asked.state in answers:
        await _answer(tx, asked, follower, followed, answers[asked.state], here)


async def _answer(
    tx: Transaction, asked: Follow, follower: ActorRow, followed: ActorRow, answer: str, here: Addresses
) -> None:
    document = await follow_document(tx, asked, follower, followed)
    write = writing.accept if answer == "Accept" else writing.reject

    def written(address: str) -> Document:
        return write(id=address, actor=followed.address, object=document, to=follower.address)

    await act(
        tx,
        here=here,
        type=answer,
        actor_id=followed.id,
        write=written,
        visibility="direct",
        recipients=_to(follower, About(asked.id, KEEPS if answer == "Accept" else ENDS)),
        object_address=asked.activity_address,
        object_type="Follow",
        object_actor_id=follower.id,
    )


async def _asked_of_viewer(tx: Transaction, follow_id: int) -> tuple[Follow, ActorRow, ActorRow]:
    """The follow and its two actors; `NotFound` where it is not for the viewer to decide."""
    asked = await follow_by_id(tx, follow_id)
    followed = await actor_by_id(tx, asked.followed_id) if asked else None
    follower = await actor_by_id(tx, asked.follower_id) if asked else None
    if asked is None or followed is None or follower is None:
        raise NotFound("there is no such request")
    try:
        await require_speaks_for(tx, followed)
    except Forbidden as error:
        raise NotFound("there is no such request") from error
    if followed.status != "active":
        raise Forbidden("the group is not public just now: whoever asks is answered when it is again")
    return asked, follower, followed


async def _actor(tx: Transaction, actor_id: int) -> ActorRow:
    actor = await actor_by_id(tx, actor_id)
    if actor is None:
        raise NotFound("there is no such actor")
    return actor


async def _require_free(tx: Transaction, follower: ActorRow, followed: ActorRow) -> None:
    if follower.id == followed.id:
        raise InvalidInput("one does not follow oneself", path=["input", "actorId"])
    if followed.status == "moved":
        raise UnableToFollow(f"{followed.handle} has moved to {followed.moved_to}")
    if not followed.is_active:
        raise UnableToFollow(f"{followed.handle} is not there any more")
    if await blocked_between(tx, follower.id, followed.id):
        raise UnableToFollow(f"{followed.handle} and you have nothing to do with one another")


def _to(actor: ActorRow, about: About, delivery_class: int = INTERACTIVE) -> Recipients | None:
    if actor.is_local:
        return None
    return Recipients(actors=(actor.id,), delivery_class=delivery_class, about=about)
