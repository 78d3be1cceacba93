"""Who sees which actor, post and timeline: each rule once, as a predicate over the row.

What a person has to do with an actor or a post goes by their own actor; whoever did not join the social web has none, and
sees what is for everybody and for the institution's members.
"""

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

from academic.tables import courses
from academic.visibility import course_visible
from federation.tables.actors import actors, follows
from federation.tables.moderation import blocks, held_posts, muted_domains, mutes, report_posts
from federation.tables.posts import post_mentions, posts
from kernel.entities import TENANT, VIEWER, has
from tenants.model import Access, Permission

Predicate = ColumnElement[bool]

# Aliases are values: naming a wide table anew copies its columns, which costs more than all else of compiling a rule. None
# of them stands inside another of the same name.
_OWN_ACTOR, _AUTHOR = actors.alias("own_actor"), actors.alias("author")
_COURSE, _ANNOUNCED_POST = courses.alias("course_of_group"), posts.alias("announced_post")
_ENTRY_POST, _LISTED_POST = posts.alias("entry_post"), posts.alias("listed_post")
_FOLLOW, _MENTION = follows.alias("own_follow"), post_mentions.alias("own_mention")
_HELD, _REPORTED = held_posts.alias("held"), report_posts.alias("reported")
_BLOCK, _MUTE, _MUTED_SERVER = (
    blocks.alias("a_block"),
    mutes.alias("a_mute"),
    muted_domains.alias("muted_server"),
)

FOR_EVERYBODY = ("public", "unlisted")
_FOR_MEMBERS = (*FOR_EVERYBODY, "tenant")


def viewer_actor() -> ColumnElement[Any]:
    """The id of the viewer's own actor, found once a statement; NULL where they have none."""
    return (
        select(_OWN_ACTOR.c.id)
        .where(
            _OWN_ACTOR.c.tenant_id == TENANT,
            _OWN_ACTOR.c.user_id == VIEWER,
            _OWN_ACTOR.c.status != constant("gone"),
        )
        .correlate_except(_OWN_ACTOR)
        .scalar_subquery()
    )


def actor_visible(access: Access, row: FromClause) -> Predicate:
    """An actor is seen by everybody, unless it has left or moderators suspended it: then by moderators and by its person.
    The group of a course that is not public any more is seen by whoever sees the course, that of a unit that is not in use
    and the actor of a person whom the institution suspended by moderators alone."""
    if access.may(Permission.MODERATE):
        return true()
    is_shown = stands(access, row)
    return or_(is_shown, row.c["user_id"] == VIEWER) if access.is_member else is_shown


def post_visible(access: Access, row: FromClause) -> Predicate:
    """A public or unlisted post is seen by everybody, one for the institution by its members, one for followers by the
    author's followers, a direct one by whom it is addressed to, and each by its author. What limited actors wrote is seen
    by their followers alone. What is held back, and what suspended actors wrote, is seen by its author and by moderators,
    who see reported posts too. Between actors of whom one blocked the other nothing is seen."""
    if access.may(Permission.MODERATE):
        is_for_viewer = reaches(access, row, row.c["id"])
        return or_(is_for_viewer, row.c["written_by_id"] == VIEWER, _is_reported(row), _is_held(row))
    if not access.is_member:
        return and_(reaches(access, row, row.c["id"]), not_(_is_held(row)), author_stands(access, row))
    return and_(
        or_(reaches(access, row, row.c["id"]), row.c["written_by_id"] == VIEWER),
        or_(not_(_is_held(row)), row.c["actor_id"] == viewer_actor()),
        author_stands(access, row),
        not_(between_blocked(row.c["actor_id"])),
    )


def announce_visible(access: Access, row: FromClause) -> Predicate:
    """An announce is seen as a post of its actor and its visibility would be, by whoever sees the announced post."""
    post = _ANNOUNCED_POST
    is_there = has(
        post,
        post.c.tenant_id == TENANT,
        post.c.id == row.c["post_id"],
        post.c.state == constant("published"),
        post_visible(access, post),
    )
    rules = [reaches(access, row, row.c["post_id"]), is_there]
    if not access.may(Permission.MODERATE):
        rules.append(author_stands(access, row))
        if access.is_member:
            rules.append(not_(between_blocked(row.c["actor_id"])))
    return and_(*rules)


def own_row(access: Access, row: FromClause) -> Predicate:
    """Its person alone."""
    return row.c["user_id"] == VIEWER if access.is_member else false()


def entry_visible(access: Access, row: FromClause) -> Predicate:
    """Its person, as long as they see the post and muted neither its author nor who announced it."""
    if not access.is_member:
        return false()
    post = _ENTRY_POST
    is_shown = has(
        post,
        post.c.tenant_id == TENANT,
        post.c.id == row.c["post_id"],
        post.c.state == constant("published"),
        post_visible(access, post),
        not_(is_muted(post.c.actor_id)),
    )
    if access.may(Permission.MODERATE):
        is_shown = and_(is_shown, _post_is_listed(access, row.c["post_id"]))
    by = row.c["announced_by_id"]
    announced = and_(_actor_stands(access, by), not_(between_blocked(by)), not_(is_muted(by)))
    return and_(row.c["user_id"] == VIEWER, is_shown, or_(by.is_(None), announced))


def in_timelines(access: Access, row: FromClause) -> Predicate:
    """Whether a post that the viewer sees belongs in a timeline: they did not mute its author, and it is nothing that is
    seen by moderators alone."""
    if not access.is_member:
        return true()
    wanted = not_(is_muted(row.c["actor_id"]))
    return and_(wanted, _is_listed(access, row)) if access.may(Permission.MODERATE) else wanted


def _post_is_listed(access: Access, post_id: ColumnElement[Any]) -> Predicate:
    post = _LISTED_POST
    return has(post, post.c.tenant_id == TENANT, post.c.id == post_id, _is_listed(access, post))


def _is_listed(access: Access, row: FromClause) -> Predicate:
    """What a moderator's own timelines leave out, though moderators see it."""
    author = row.c["actor_id"]
    return and_(not_(_is_held(row)), author_stands(access, row), not_(between_blocked(author)))


def written_by_viewer(access: Access, row: FromClause) -> Predicate:
    """Who wrote the post, in their own name or in a group's."""
    if not access.is_member:
        return false()
    return or_(row.c["actor_id"] == viewer_actor(), row.c["written_by_id"] == VIEWER)


def between_blocked(actor_id: ColumnElement[Any]) -> Predicate:
    """One of the viewer and this actor blocked the other."""
    return or_(_is_block(viewer_actor(), actor_id), _is_block(actor_id, viewer_actor()))


def viewer_blocks(actor_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whether the viewer blocked the actor; NULL for nobody."""
    return _of_somebody(_is_block(viewer_actor(), actor_id))


def viewer_mutes(actor_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whether the viewer muted the actor itself, whatever they muted of its server; NULL for nobody."""
    return _of_somebody(_is_muted_by_name(actor_id))


def _of_somebody(condition: Predicate) -> ColumnElement[Any]:
    nobody: ColumnElement[int] = literal_column("0")
    return case((nobody != VIEWER, condition))


def _is_block(actor_id: ColumnElement[Any], blocked_id: ColumnElement[Any]) -> Predicate:
    block = _BLOCK.c
    where = (block.tenant_id == TENANT, block.actor_id == actor_id, block.blocked_id == blocked_id)
    return is_true(has(_BLOCK, *where))


def is_muted(actor_id: ColumnElement[Any]) -> Predicate:
    """The viewer muted the actor, or its server."""
    return or_(_is_muted_by_name(actor_id), and_(_mutes_servers(), is_true(_of_muted_server(actor_id))))


def _is_muted_by_name(actor_id: ColumnElement[Any]) -> Predicate:
    mute = _MUTE
    by_name = has(
        mute,
        mute.c.tenant_id == TENANT,
        mute.c.user_id == VIEWER,
        mute.c.muted_id == actor_id,
        or_(mute.c.until.is_(None), mute.c.until > func.now()),
    )
    return is_true(by_name)


def is_true(condition: Predicate) -> Predicate:
    """The condition, where NULL is no."""
    return func.coalesce(condition, false())


def reaches(access: Access, row: FromClause, post_id: ColumnElement[Any]) -> Predicate:
    """What the row's visibility says, for a row of an actor about a post."""
    visibility = row.c["visibility"]
    if not access.is_member:
        return among(visibility, FOR_EVERYBODY)
    return or_(
        among(visibility, _FOR_MEMBERS),
        row.c["actor_id"] == viewer_actor(),
        and_(visibility == constant("followers"), is_true(_viewer_follows(row.c["actor_id"]))),
        is_true(_viewer_is_addressed(post_id)),
    )


def follow_between(
    follow: FromClause, follower: ColumnElement[Any], followed: ColumnElement[Any]
) -> Predicate:
    """The condition on the rows of `follows`."""
    return and_(
        follow.c["tenant_id"] == TENANT,
        follow.c["follower_id"] == follower,
        follow.c["followed_id"] == followed,
    )


def _viewer_follows(actor_id: ColumnElement[Any]) -> Predicate:
    follow = _FOLLOW
    is_accepted = follow.c.state == constant("accepted")
    return has(follow, follow_between(follow, viewer_actor(), actor_id), is_accepted)


def _viewer_is_addressed(post_id: ColumnElement[Any]) -> Predicate:
    mention = _MENTION
    return has(
        mention,
        mention.c.tenant_id == TENANT,
        mention.c.post_id == post_id,
        mention.c.actor_id == viewer_actor(),
    )


def _is_held(row: FromClause) -> Predicate:
    held = _HELD
    return is_true(has(held, held.c.tenant_id == TENANT, held.c.post_id == row.c["id"]))


def _is_reported(row: FromClause) -> Predicate:
    reported = _REPORTED
    return is_true(has(reported, reported.c.tenant_id == TENANT, reported.c.post_id == row.c["id"]))


def author_stands(access: Access, row: FromClause) -> Predicate:
    """Whose row it is is seen, and is not limited, but to those who follow them."""
    author = _AUTHOR
    is_free: Predicate = author.c.restriction != constant("limited")
    if access.is_member:
        shown = and_(stands(access, author), or_(is_free, is_true(_viewer_follows(author.c.id))))
        is_seen = or_(shown, author.c.user_id == VIEWER)
    else:
        is_seen = and_(stands(access, author), is_free)
    return has(author, author.c.tenant_id == TENANT, author.c.id == row.c["actor_id"], is_seen)


def _actor_stands(access: Access, actor_id: ColumnElement[Any]) -> Predicate:
    actor = _AUTHOR
    return has(actor, actor.c.tenant_id == TENANT, actor.c.id == actor_id, stands(access, actor))


def stands(access: Access, actor: FromClause) -> Predicate:
    """Whether an actor is there, for everybody or, a withdrawn group, for who sees its course."""
    status = actor.c["status"]
    is_there: Predicate = status.not_in([constant("gone"), constant("withdrawn")])
    if access.is_member:
        is_there = or_(is_there, and_(status == constant("withdrawn"), _sees_course(access, actor)))
    return and_(actor.c["restriction"] != constant("suspended"), is_there)


def _sees_course(access: Access, group: FromClause) -> Predicate:
    course = _COURSE
    where = (course.c.tenant_id == TENANT, course.c.id == group.c["course_id"])
    return is_true(has(course, *where, course_visible(access, course)))


def _mutes_servers() -> Predicate:
    """Whether there is any: most people mute none, which is found out once a statement."""
    muted = _MUTED_SERVER
    return is_true(has(muted, muted.c.tenant_id == TENANT, muted.c.user_id == VIEWER))


def _of_muted_server(actor_id: ColumnElement[Any]) -> Predicate:
    actor, muted = _AUTHOR, _MUTED_SERVER
    dot: ColumnElement[str] = constant(".")
    below = func.right(actor.c.host, func.length(muted.c.domain) + literal_column("1")) == dot.concat(
        muted.c.domain
    )
    is_of = has(
        muted,
        muted.c.tenant_id == TENANT,
        muted.c.user_id == VIEWER,
        or_(actor.c.host == muted.c.domain, below),
    )
    return has(actor, actor.c.tenant_id == TENANT, actor.c.id == actor_id, is_of)


def among(column: ColumnElement[Any], values: tuple[str, ...]) -> Predicate:
    """Whether a column has one of some constants."""
    return column.in_([constant(value) for value in values])


def constant(value: str) -> ColumnElement[Any]:
    """A constant of ours, which stands in the statement as it is."""
    return literal_column(f"'{value}'")
