"""How actors and who follows whom are seen."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, literal_column, select

from federation.actors.queries import username_key
from federation.content.handles import parse_handle
from federation.tables.actors import actors, follows
from federation.tables.posts import featured_posts
from federation.visibility import (
    actor_visible,
    follow_between,
    is_true,
    viewer_actor,
    viewer_blocks,
    viewer_mutes,
)
from federation.visible_follows import follow_visible, follows_within, is_listed_end, requests_within
from kernel.entities import (
    VIEWER,
    Cardinality,
    Entity,
    Fact,
    Filter,
    Kind,
    Order,
    Reach,
    Relation,
    equals,
    to_list,
    to_many,
    to_one,
)
from kernel.errors import InvalidInput
from tenants.entities import everyone
from tenants.model import Access, Permission, Scope

ID = Order("ID", ())


def _read_handle(text: str) -> Mapping[str, str]:
    handle = parse_handle(text)
    if handle is None or handle.domain is None:
        raise InvalidInput(f"{text[:80]!r} is no handle: one is written @name@host", argument="handle")
    return {"username": username_key(handle.username), "host": handle.domain}


def _of_handle(
    row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Access
) -> ColumnElement[bool]:
    is_named: ColumnElement[bool] = row.c["username_key"] == given["username"]
    return is_named & (row.c["host"] == given["host"])


def _handle(row: FromClause) -> ColumnElement[Any]:
    at: ColumnElement[str] = literal_column("'@'")
    return at.concat(row.c["preferred_username"]).concat(at).concat(row.c["host"])


def _viewer_follows(row: FromClause) -> ColumnElement[Any]:
    follow = follows.alias()
    return _state_of(follow, follow_between(follow, viewer_actor(), row.c["id"]))


def _follows_viewer(row: FromClause) -> ColumnElement[Any]:
    follow = follows.alias()
    return _state_of(follow, follow_between(follow, row.c["id"], viewer_actor()))


def _state_of(follow: FromClause, which: ColumnElement[bool]) -> ColumnElement[Any]:
    return select(follow.c["state"]).where(which).correlate_except(follow).scalar_subquery()


def _is_viewer(row: FromClause) -> ColumnElement[Any]:
    return is_true(row.c["user_id"] == VIEWER)


def by_moderators(access: Access, row: FromClause) -> ColumnElement[bool]:
    """Moderators, and whom it is about."""
    if access.may(Permission.MODERATE):
        return literal_column("true")
    return is_true(row.c["user_id"] == VIEWER)


def _of_followed(access: Access, actor: FromClause, row: FromClause) -> ColumnElement[bool]:
    return follows_within(access, actor, row, follower=viewer_actor(), followed=actor.c["id"])


def _of_follower(access: Access, actor: FromClause, row: FromClause) -> ColumnElement[bool]:
    return follows_within(access, actor, row, follower=actor.c["id"], followed=viewer_actor())


def _to_viewer(
    row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Access
) -> ColumnElement[bool]:
    return row.c["followed_id"] == viewer_actor()


def _state(state: str) -> Filter:
    def is_so(
        row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Access
    ) -> ColumnElement[bool]:
        return row.c["state"] == literal_column(f"'{state}'")

    return Filter(state, is_so, {}, reach=Reach.EQUAL, column="state")


def _listed(end: str) -> Filter:
    return Filter(
        f"listed_{end}",
        lambda row, given, access: is_listed_end(access, row, f"{end}_id"),
        {},
        reach=Reach.BESIDE,
    )


_FOLLOWERS, _FOLLOWING = ("accepted", "listed_follower"), ("accepted", "listed_followed")
ACTOR = Entity(
    name="Actor",
    table=actors,
    prefix="actor",
    visible_to=actor_visible,
    scope=Scope.POSTS_READ,
    newest_first=True,
    restricted={"restriction": by_moderators},
    relations=(
        to_one("user", "User", "user_id"),
        to_one("course", "Course", "course_id"),
        to_one("org_unit", "OrgUnit", "org_unit_id"),
        to_many("posts", "Post", "actor_id", order="ID", where=("shown_to_others",)),
        to_many("announces", "Announce", "actor_id", order="ID"),
        to_many("feed", "Post", "group_id", order="ID"),
        to_many("followers", "Follow", "followed_id", order="ID", where=_FOLLOWERS, within=_of_followed),
        to_many("following", "Follow", "follower_id", order="ID", where=_FOLLOWING, within=_of_follower),
        to_many(
            "follow_requests", "Follow", "followed_id", order="ID", where=("pending",), within=requests_within
        ),
        to_list("featured", "FeaturedPost", "actor_id"),
    ),
    facts=(
        Fact("handle", Kind.TEXT, _handle),
        Fact("viewer_follows", Kind.ENUM, _viewer_follows),
        Fact("follows_viewer", Kind.ENUM, _follows_viewer),
        Fact("viewer_blocks", Kind.BOOLEAN, lambda row: viewer_blocks(row.c["id"])),
        Fact("viewer_mutes", Kind.BOOLEAN, lambda row: viewer_mutes(row.c["id"])),
        Fact("is_viewer", Kind.BOOLEAN, _is_viewer),
    ),
    orders=(ID,),
    filters=(
        equals("address", few=True),
        Filter("handle", _of_handle, {"username": Kind.TEXT, "host": Kind.TEXT}, read=_read_handle),
    ),
)
FOLLOW = Entity(
    name="Follow",
    table=follows,
    prefix="follow",
    visible_to=follow_visible,
    scope=Scope.POSTS_READ,
    newest_first=True,
    relations=(to_one("follower", "Actor", "follower_id"), to_one("followed", "Actor", "followed_id")),
    orders=(ID,),
    filters=(
        _state("accepted"),
        _state("pending"),
        _listed("follower"),
        _listed("followed"),
        Filter("to_viewer", _to_viewer, {}, reach=Reach.EQUAL, column="followed_id"),
    ),
)
FEATURED_POST = Entity(
    name="FeaturedPost",
    table=featured_posts,
    key=("post_id",),
    visible_to=everyone,  # only reached through an actor, which decides; the post decides for itself
    relations=(to_one("post", "Post", "post_id"),),
)
ENTITIES = (ACTOR, FOLLOW, FEATURED_POST)

# What leads here from the entities of other packages.
RELATIONS = {
    name: (Relation("actor", "Actor", (("id", column),), Cardinality.ONE),)
    for name, column in (("User", "user_id"), ("Course", "course_id"), ("OrgUnit", "org_unit_id"))
}
