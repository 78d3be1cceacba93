"""Groups of courses and org units: who speaks for them, who may post in them, and what they pass on (FEP-1b12)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from academic.tables import courses, enrollments, offerings
from federation.activities import CHANGES, ENDS, KEEPS, About, Recipients, act
from federation.actors.local import group_of_course, group_of_org_unit
from federation.actors.queries import actor_by_id
from federation.actors.rows import ActorRow
from federation.follows.rows import follow_between
from federation.posts.model import GroupRef
from federation.protocol.addresses import Addresses
from federation.protocol.addressing import addressing_for
from federation.protocol.vocabulary import Visibility
from federation.protocol.writing import Embedded, announce
from federation.reactions.announces import add_announce
from federation.tables.actors import SHOWS_LIKES, actors, group_moderators
from kernel.errors import InvalidInput
from tenants.authority import holds_for_unit
from tenants.door import Transaction
from tenants.model import Forbidden, NotFound, Permission

_STAFF = ("instructor", "assistant")
_TAKING_PART = ("active", "completed")
_EFFECTS = {"Create": KEEPS, "Update": CHANGES, "Delete": ENDS}  # of what is passed on, on the post


async def group_of(tx: Transaction, ref: GroupRef, here: Addresses, *, member: str) -> ActorRow:
    """The group that an input names; `InvalidInput` at that member where there is none, or it is none."""
    try:
        if ref.course_id is not None:
            return await group_of_course(tx, ref.course_id, here)
        if ref.org_unit_id is not None:
            return await group_of_org_unit(tx, ref.org_unit_id, here)
    except NotFound as error:
        raise InvalidInput(error.message, path=["input", member]) from error
    group = await actor_by_id(tx, ref.actor_id or 0)
    if group is None or group.kind != "group" or not group.is_active:
        raise InvalidInput("there is no such group", path=["input", member])
    return group


async def require_staff(tx: Transaction, group: ActorRow) -> None:
    """Raises `Forbidden` unless the viewer speaks for this group of ours.

    Who teaches or assists an offering of its course does, who holds the right to change the catalogue for its unit, and
    whom the group names as a moderator; nobody while the institution's moderators have suspended it.
    """
    if group.restriction == "suspended":
        raise Forbidden("moderators have suspended this group on the social web")
    if not await speaks_for(tx, group):
        raise Forbidden("this takes being staff of the course or unit")


async def speaks_for(tx: Transaction, group: ActorRow) -> bool:
    """Whether the viewer is one of those who speak for this group, suspended or not."""
    return group.is_local and (
        await _is_staff(tx, group, tx.principal.user_id)
        or await holds_for_unit(tx, Permission.WRITE_CATALOG, await _unit_of(tx, group))
        or await _moderates(tx, group, tx.principal.user_id)
    )


async def may_post_in(tx: Transaction, group: ActorRow, author: ActorRow) -> bool:
    """Whether a group of ours passes on what this actor posts in it: its followers, and who has to do with its course.

    A group that approves its followers is thereby for members alone, any other one for whoever follows it. One that is
    suspended passes nothing on.
    """
    if not group.is_active:
        return False
    follow = await follow_between(tx, author.id, group.id)
    if follow is not None and follow.state == "accepted":
        return True
    if author.user_id is None:
        return False
    return await _takes_part(tx, group, author.user_id) or await _moderates(tx, group, author.user_id)


async def share_in_group(
    tx: Transaction, *, group: ActorRow, post: Mapping[str, Any], activity: Embedded, here: Addresses
) -> None:
    """A group of ours passes a new post of its feed on: by the Create that brought it, as FEP-1b12 says.

    What begins a thread it announces by itself too, which every server and every timeline shows. What is for the
    institution alone is announced inside it. An activity of ours comes whole, another server's by its address.
    """
    stays = post["visibility"] == "tenant"
    if post["in_reply_to_address"] is None:
        activity_id = tx.new_id()
        address = here.activity(activity_id)
        if not await add_announce(tx, post["id"], group.id, address, post["visibility"]):
            return
        await _announce(tx, group, post["address"], post["id"], here, stays=stays, activity_id=activity_id)
    if not stays:
        await relay_in_group(tx, group=group, activity=activity, post_id=post["id"], here=here)


async def relay_in_group(
    tx: Transaction, *, group: ActorRow, activity: Embedded, post_id: int | None, here: Addresses
) -> None:
    """A group of ours passes an activity on a post of its feed on to its followers (FEP-1b12)."""
    await _announce(tx, group, activity, post_id, here, stays=False)


async def relay_reaction(
    tx: Transaction, *, post: Mapping[str, Any], actor: ActorRow, activity: Embedded, here: Addresses
) -> None:
    """The group of ours in whose feed a post stands passes on that somebody who may post there likes it, or no longer;
    not of a person of ours who does not show what they like."""
    if post["group_id"] is None or post["visibility"] == "tenant":
        return
    if actor.is_local and SHOWS_LIKES not in actor.exposed:
        return
    group = await actor_by_id(tx, post["group_id"])
    if group is not None and group.is_local and await may_post_in(tx, group, actor):
        await relay_in_group(tx, group=group, activity=activity, post_id=post["id"], here=here)


async def _announce(
    tx: Transaction,
    group: ActorRow,
    what: Embedded,
    post_id: int | None,
    here: Addresses,
    *,
    stays: bool,
    activity_id: int | None = None,
) -> None:
    addressing = addressing_for(Visibility.PUBLIC, followers=group.followers)
    await act(
        tx,
        activity_id=activity_id,
        here=here,
        type="Announce",
        actor_id=group.id,
        write=lambda address: announce(
            id=address, actor=group.address, object=what, addressing=addressing, published=tx.now
        ),
        visibility="tenant" if stays else "public",
        recipients=None
        if stays
        else Recipients(followers_of=(group.id,), about=_about(what, post_id, activity_id)),
        object_address=what if isinstance(what, str) else str(what["id"]),
        object_type=None if isinstance(what, str) else str(what["type"]),
        post_id=post_id,
    )


def _about(what: Embedded, post_id: int | None, activity_id: int | None) -> About | None:
    """The post, where it is passed on what becomes of it; an announce that may be taken back by itself."""
    if isinstance(what, str):
        return None if activity_id is None else About(activity_id)
    effect = _EFFECTS.get(str(what["type"]))
    return None if post_id is None or effect is None else About(post_id, effect)


async def _is_staff(tx: Transaction, group: ActorRow, user_id: int | None) -> bool:
    if group.course_id is None or user_id is None:
        return False
    return await _enrolled(
        tx, group.course_id, user_id, enrollments.c.role.in_(_STAFF), enrollments.c.state == "active"
    )


async def _takes_part(tx: Transaction, group: ActorRow, user_id: int) -> bool:
    if group.course_id is None:
        return False
    return await _enrolled(tx, group.course_id, user_id, enrollments.c.state.in_(_TAKING_PART))


async def _enrolled(tx: Transaction, course_id: int, user_id: int, *which: Any) -> bool:
    query = (
        select(enrollments.c.id)
        .join(
            offerings,
            (offerings.c.tenant_id == enrollments.c.tenant_id)
            & (offerings.c.id == enrollments.c.offering_id),
        )
        .where(
            enrollments.c.tenant_id == tx.tenant_id,
            enrollments.c.user_id == user_id,
            offerings.c.course_id == course_id,
            offerings.c.state != "archived",
            *which,
        )
    )
    return (await tx.connection.execute(query.limit(1))).first() is not None


async def _unit_of(tx: Transaction, group: ActorRow) -> int | None:
    if group.course_id is None:
        return group.org_unit_id
    query = select(courses.c.org_unit_id).where(
        courses.c.tenant_id == tx.tenant_id, courses.c.id == group.course_id
    )
    return (await tx.connection.execute(query)).scalar_one_or_none()


async def _moderates(tx: Transaction, group: ActorRow, user_id: int | None) -> bool:
    if user_id is None:
        return False
    theirs = (actors.c.tenant_id == group_moderators.c.tenant_id) & (
        actors.c.id == group_moderators.c.actor_id
    )
    query = (
        select(actors.c.id)
        .join(group_moderators, theirs)
        .where(
            group_moderators.c.tenant_id == tx.tenant_id,
            group_moderators.c.group_id == group.id,
            actors.c.user_id == user_id,
        )
    )
    return (await tx.connection.execute(query)).first() is not None
