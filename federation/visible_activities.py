"""Who sees which activity: as a post of its actor would be seen, but for likes, which people show or keep to themselves."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, not_, or_

from federation.tables.actors import SHOWS_LIKES, actors
from federation.tables.posts import posts
from federation.visibility import (
    FOR_EVERYBODY,
    Predicate,
    among,
    author_stands,
    between_blocked,
    constant,
    is_true,
    reaches,
    viewer_actor,
)
from kernel.entities import TENANT, VIEWER, has
from tenants.model import Access, Permission

_LIKER, _LIKED = actors.alias("liker"), posts.alias("liked_post")


def activity_visible(access: Access, row: FromClause) -> Predicate:
    """An activity is seen as a post of its actor and its visibility would be; a direct one also by the actor it is about.
    A like, and what takes it back, is seen by who likes, by the author of the post and by moderators; by others who see
    the post only where the person shows what they like, or another server said it to everybody."""
    is_told = reaches(access, row, row.c["post_id"])
    if access.is_member:
        is_told = or_(is_told, row.c["object_actor_id"] == viewer_actor())
    if access.may(Permission.MODERATE):
        return or_(is_told, _is_like(row))
    is_told = _like_is_told(access, row, is_told)
    rules = [is_told, author_stands(access, row)]
    return and_(*rules, not_(between_blocked(row.c["actor_id"]))) if access.is_member else and_(*rules)


def _is_like(row: FromClause) -> Predicate:
    """A like, an Undo of one, or a group's announce of either."""
    is_about: Predicate = func.coalesce(row.c["object_type"], constant("")) == constant("Like")
    return or_(row.c["type"] == constant("Like"), is_about)


def _like_is_told(access: Access, row: FromClause, is_told: Predicate) -> Predicate:
    """What an activity's visibility says, narrowed for likes."""
    others = and_(is_told, or_(not_(_is_like(row)), is_true(_shows_likes(row))))
    if not access.is_member:
        return others
    is_concerned = or_(row.c["actor_id"] == viewer_actor(), is_true(_viewer_wrote(row.c["post_id"])))
    return or_(others, and_(_is_like(row), is_concerned))


def _shows_likes(row: FromClause) -> Predicate:
    actor = _LIKER
    shows: Predicate = constant(SHOWS_LIKES) == func.any(actor.c.exposed)
    told = case((actor.c.is_local, or_(actor.c.user_id.is_(None), shows)), else_=_is_open(row))
    return has(actor, actor.c.tenant_id == TENANT, actor.c.id == row.c["actor_id"], told)


def _is_open(row: FromClause) -> Predicate:
    return among(row.c["visibility"], FOR_EVERYBODY)


def _viewer_wrote(post_id: ColumnElement[Any]) -> Predicate:
    post = _LIKED
    is_own = or_(post.c.actor_id == viewer_actor(), post.c.written_by_id == VIEWER)
    return has(post, post.c.tenant_id == TENANT, post.c.id == post_id, is_own)
