"""What moderators do about actors, of ours and of other servers. Nothing of the actor goes: taken back, all is as before.

Limited: shown to its followers alone, in no public timeline; what a remote one writes is held back unless somebody here
follows it. Suspended: not shown at all, nothing is taken from it or sent to it, and a person of ours does nothing on the
social web while their sessions and everything else go on.
"""

from federation.moderation.history import Because, Done, begin, note
from federation.tables.actors import actors
from kernel.errors import ErrorCode, FediflowError
from tenants.authority import require_not_above
from tenants.changing import locked, write_changes
from tenants.door import Transaction


class UnableToModerate(FediflowError):
    """This is not for moderators to decide about."""

    code = ErrorCode.CONFLICT


async def limit_actor(tx: Transaction, *, actor_id: int, because: Because) -> int:
    """Shows an actor to its followers alone; gives its id."""
    return await _restrict(tx, actor_id, "limited", "limit_actor", because)


async def suspend_actor(tx: Transaction, *, actor_id: int, because: Because) -> int:
    """Shows nothing of an actor, takes nothing from it and sends it nothing; gives its id."""
    return await _restrict(tx, actor_id, "suspended", "suspend_actor", because)


async def restore_actor(tx: Transaction, *, actor_id: int, because: Because) -> int:
    """Takes a limit or a suspension back; gives the actor's id."""
    return await _restrict(tx, actor_id, "none", "restore_actor", because)


async def _restrict(tx: Transaction, actor_id: int, restriction: str, action: str, because: Because) -> int:
    """Done twice it is done, and noted, once."""
    await begin(tx, because)
    row = await locked(tx, actors, actor_id, what="actor")
    if row["is_local"] and row["kind"] == "application":
        raise UnableToModerate("the institution's own actor is not moderated: it signs for everybody")
    if row["user_id"] is not None:
        await require_not_above(tx, row["user_id"], "moderate this person")
    if await write_changes(tx, actors, row, {"restriction": restriction}):
        await note(tx, Done(action, actor_id=actor_id), because)
        await tx.announce("actor.changed", "actor", actor_id)
    return actor_id
