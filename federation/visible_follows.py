"""Who sees who follows whom, and who stands in whose list."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    case,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from federation.group_staff import viewer_is_staff
from federation.tables.actors import SHOWS_FOLLOWS, actors, follows
from federation.visibility import Predicate, constant, follow_between, is_true, stands, viewer_actor
from kernel.entities import TENANT, VIEWER, has
from tenants.model import Access, Permission

_END, _GROUP, _FOLLOW = (
    actors.alias("end_of_follow"),
    actors.alias("asked_group"),
    follows.alias("own_follow"),
)


def follow_visible(access: Access, row: FromClause) -> Predicate:
    """A follow is seen by both its ends and by moderators; an accepted one by everybody, unless one end is a person of
    here who does not show whom they follow; one that a group was asked for by its staff."""
    if access.may(Permission.MODERATE):
        return true()
    shown = and_(
        row.c["state"] == constant("accepted"),
        _shows_itself(access, row.c["follower_id"]),
        _shows_itself(access, row.c["followed_id"]),
    )
    if not access.is_member:
        return shown
    asked = and_(
        row.c["state"] != constant("accepted"), is_true(_decided_by_viewer(access, row.c["followed_id"]))
    )
    return or_(row.c["follower_id"] == viewer_actor(), row.c["followed_id"] == viewer_actor(), shown, asked)


def is_listed_end(access: Access, row: FromClause, end: str) -> Predicate:
    """Whether a follow stands in lists under the actor of its column `end`: people of here who are not to be found in
    lists are seen there by themselves, by whom the list belongs to, and by moderators."""
    if access.may(Permission.MODERATE):
        return true()
    actor = _END
    is_to_be_found = or_(not_(actor.c.is_local), actor.c.user_id.is_(None), actor.c.is_discoverable)
    listed = has(actor, actor.c.tenant_id == TENANT, actor.c.id == row.c[end], is_to_be_found)
    if not access.is_member:
        return listed
    is_own = or_(row.c["follower_id"] == viewer_actor(), row.c["followed_id"] == viewer_actor())
    # as one value: of an alternative of equalities the planner would expect next to nothing, and look elsewhere for it
    return is_true(or_(is_own, listed))


def follows_within(
    access: Access,
    actor: FromClause,
    row: FromClause,
    *,
    follower: ColumnElement[Any],
    followed: ColumnElement[Any],
) -> Predicate:
    """Which rows of an actor's list are looked at, as a range of ids: where the actor does not show whom they follow, that
    between them and the viewer alone. So nobody goes through a long list of which they see nothing."""
    if access.may(Permission.MODERATE):
        return true()
    none: ColumnElement[int] = literal_column("0")
    every: ColumnElement[int] = literal_column("9223372036854775807")
    if not access.is_member:
        return row.c["id"] <= case((_shows_follows(access, actor), every), else_=none)
    # without asking for the course of a withdrawn group: each row asks, and a range must be plain for an index to take it
    is_shown, follow = or_(_may_show_follows(actor), actor.c["user_id"] == VIEWER), _FOLLOW
    own = (
        select(follow.c.id)
        .where(follow_between(follow, follower, followed))
        .correlate_except(follow)
        .scalar_subquery()
    )
    at_least, at_most = case((is_shown, none), else_=own), case((is_shown, every), else_=own)
    return and_(row.c["id"] >= at_least, row.c["id"] <= at_most)


def requests_within(access: Access, actor: FromClause, row: FromClause) -> Predicate:
    """Which rows of those who ask to follow an actor are looked at: all by whom they are for, else the viewer's own."""
    none: ColumnElement[int] = literal_column("0")
    every: ColumnElement[int] = literal_column("9223372036854775807")
    if access.may(Permission.MODERATE):
        return true()
    if not access.is_member:
        return false()
    decides, follow = or_(actor.c["user_id"] == VIEWER, viewer_is_staff(access, actor)), _FOLLOW
    own = (
        select(follow.c.id)
        .where(follow_between(follow, viewer_actor(), actor.c["id"]))
        .correlate_except(follow)
        .scalar_subquery()
    )
    at_least, at_most = case((is_true(decides), none), else_=own), case((is_true(decides), every), else_=own)
    return and_(row.c["id"] >= at_least, row.c["id"] <= at_most)


def _decided_by_viewer(access: Access, actor_id: ColumnElement[Any]) -> Predicate:
    group = _GROUP
    return has(group, group.c.tenant_id == TENANT, group.c.id == actor_id, viewer_is_staff(access, group))


def _shows_itself(access: Access, actor_id: ColumnElement[Any]) -> Predicate:
    actor = _END
    return has(actor, actor.c.tenant_id == TENANT, actor.c.id == actor_id, _shows_follows(access, actor))


def _shows_follows(access: Access, actor: FromClause) -> Predicate:
    return and_(stands(access, actor), _may_show_follows(actor))


def _may_show_follows(actor: FromClause) -> Predicate:
    shows: ColumnElement[bool] = constant(SHOWS_FOLLOWS) == func.any(actor.c["exposed"])
    everybody = or_(not_(actor.c["is_local"]), actor.c["user_id"].is_(None), shows)
    is_there = and_(actor.c["restriction"] != constant("suspended"), actor.c["status"] != constant("gone"))
    return and_(is_there, everybody)
