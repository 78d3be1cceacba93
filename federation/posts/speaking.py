"""In whose name something is said: a person's own actor, or a group by its staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from federation.actors.local import inner_group_of_course
from federation.actors.queries import actor_by_id, require_actor
from federation.actors.rows import ActorRow
from federation.posts.groups import group_of, require_staff, speaks_for
from federation.posts.model import GroupRef
from federation.protocol.addresses import Addresses
from kernel.errors import InvalidInput
from tenants.door import Transaction
from tenants.model import Forbidden


@dataclass(frozen=True, slots=True)
class Speaker:
    """The actor that says something; `written_by_id` is the user behind what a group says."""

    actor: ActorRow
    written_by_id: int | None = None


async def speaker(
    tx: Transaction, on_behalf_of: GroupRef | None, here: Addresses, *, visibility: str = "public"
) -> Speaker:
    """The viewer's own actor, or the group that they are staff of.

    The group of a course that is not public says only what is for the institution, and who sees the course sees it.
    """
    if on_behalf_of is None:
        return Speaker(await require_actor(tx))
    inner = await _inner_group(tx, on_behalf_of, here)
    if inner is not None and visibility != "tenant":
        raise InvalidInput(
            "the course is not public: what its staff say has the visibility TENANT",
            path=["input", "visibility"],
        )
    if inner is not None:
        return Speaker(inner, tx.principal.user_id)
    group = await group_of(tx, on_behalf_of, here, member="onBehalfOf")
    await require_staff(tx, group)
    return Speaker(group, tx.principal.user_id)


async def _inner_group(tx: Transaction, ref: GroupRef, here: Addresses) -> ActorRow | None:
    """The group of a course that is not public, for its staff; for others there is no such course."""
    group = None
    if ref.course_id is not None:
        group = await inner_group_of_course(tx, ref.course_id, here)
    if group is None or not await speaks_for(tx, group):
        return None
    await require_staff(tx, group)
    return group


async def require_author(tx: Transaction, post: Mapping[str, Any]) -> ActorRow:
    """The actor of a post that the viewer may change: their own, or a group's that they are staff of."""
    author = await actor_by_id(tx, post["actor_id"])
    assert author is not None  # a foreign key says so
    await require_speaks_for(tx, author)
    return author


async def require_speaks_for(tx: Transaction, actor: ActorRow) -> None:
    """Raises `Forbidden` unless what this actor does is for the viewer to decide."""
    if actor.user_id is not None and actor.user_id == tx.principal.user_id:
        await require_actor(tx)
    elif actor.kind == "group":
        await require_staff(tx, actor)
    else:
        raise Forbidden("this is somebody else's")
