"""Who sees which actor, post, activity and follow: each rule once, as a predicate over the row.

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

from federation.tables.actors import SHOWS_FOLLOWS, actors, follows
from federation.tables.moderation import blocks, held_posts, muted_domains, mutes, report_posts
from federation.tables.posts import post_mentions, posts
from kernel.entities import TENANT, VIEWER, has
from tenants.model import Access, Permission

Predicate = ColumnElement[bool]

# Aliases are values: naming a wide table anew copies its columns, which costs more than all else of compiling a rule. None
# of them stands inside another of the same name.
_OWN_ACTOR, _AUTHOR = actors.alias("own_actor"), actors.alias("author")
_ENTRY_POST, _LISTED_POST = posts.alias("entry_post"), posts.alias("listed_post")
_FOLLOW, _MENTION = follows.alias("own_follow"), post_mentions.alias("own_mention")
_HELD, _REPORTED = held_posts.alias("held"), report_posts.alias("reported")
_BLOCK, _MUTE, _MUTED_SERVER = (
    blocks.alias("a_block"),
    mutes.alias("a_mute"),
    muted_domains.alias("muted_server"),
)

_FOR_EVERYBODY = ("public", "unlisted")
_FOR_MEMBERS = (*_FOR_EVERYBODY, "tenant")


def viewer_actor() -> ColumnElement[Any]:
    """The id of the viewer's own actor, found once a statement; NULL where they have none."""
    return (
        select(_OWN_ACTOR.c.id)
        .where(
            _OWN_ACTOR.c.tenant_id == TENANT,
            _OWN_ACTOR.c.user_id == VIEWER,
            _OWN_ACTOR.c.status != _text("gone"),
        )
        .correlate_except(_OWN_ACTOR)
        .scalar_subquery()
    )


def actor_visible(access: Access, row: FromClause) -> Predicate:
    """An actor is seen by everybody, unless it has left or moderators suspended it: then by moderators and by its person."""
    if access.may(Permission.MODERATE):
        return true()
    return or_(_stands(row), row.c["user_id"] == VIEWER) if access.is_member else _stands(row)


def post_visible(access: Access, row: FromClause) -> Predicate:
    """A public or unlisted post is seen by everybody, one for the institution by its members, one for followers by the
    author's followers, a direct one by whom it is addressed to, and each by its author. What limited actors wrote is seen
    by their followers alone. What is held back, and what suspended actors wrote, is seen by its author and by moderators,
    who see reported posts too. Between actors of whom one blocked the other nothing is seen."""
    if access.may(Permission.MODERATE):
        reaches = _reaches(access, row, row.c["id"])
        return or_(reaches, row.c["written_by_id"] == VIEWER, _is_reported(row), _is_held(row))
    if not access.is_member:
        return and_(_reaches(access, row, row.c["id"]), not_(_is_held(row)), _author_stands(access, row))
    return and_(
        or_(_reaches(access, row, row.c["id"]), row.c["written_by_id"] == VIEWER),
        or_(not_(_is_held(row)), row.c["actor_id"] == viewer_actor()),
        _author_stands(access, row),
        not_(between_blocked(row.c["actor_id"])),
    )


def activity_visible(access: Access, row: FromClause) -> Predicate:
    """An activity is seen as a post of its actor and its visibility would be; a direct one also by the actor it is about."""
    reaches = _reaches(access, row, row.c["post_id"])
    if access.is_member:
        reaches = or_(reaches, row.c["object_actor_id"] == viewer_actor())
    if access.may(Permission.MODERATE):
        return reaches
    rules = [reaches, _author_stands(access, row)]
    return and_(*rules, not_(between_blocked(row.c["actor_id"]))) if access.is_member else and_(*rules)


def follow_visible(access: Access, row: FromClause) -> Predicate:
    """A follow is seen by both its ends and by moderators; an accepted one by everybody, unless one end is a person of
    here who does not show whom they follow."""
    if access.may(Permission.MODERATE):
        return true()
    shown = and_(
        row.c["state"] == _text("accepted"),
        _shows_itself(row.c["follower_id"]),
        _shows_itself(row.c["followed_id"]),
    )
    if not access.is_member:
        return shown
    return or_(row.c["follower_id"] == viewer_actor(), row.c["followed_id"] == viewer_actor(), shown)


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
        return row.c["id"] <= case((_shows_follows(actor), every), else_=none)
    is_shown, follow = or_(_shows_follows(actor), actor.c["user_id"] == VIEWER), _FOLLOW
    own = (
        select(follow.c.id)
        .where(follow_between(follow, follower, followed))
        .correlate_except(follow)
        .scalar_subquery()
    )
    at_least, at_most = case((is_shown, none), else_=own), case((is_shown, every), else_=own)
    return and_(row.c["id"] >= at_least, row.c["id"] <= at_most)


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
        post.c.state == _text("published"),
        post_visible(access, post),
        not_(is_muted(post.c.actor_id)),
    )
    if access.may(Permission.MODERATE):
        is_shown = and_(is_shown, _post_is_listed(access, row.c["post_id"]))
    by = row.c["announced_by_id"]
    announced = and_(_actor_stands(by), not_(between_blocked(by)), not_(is_muted(by)))
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
    return and_(not_(_is_held(row)), _author_stands(access, row), not_(between_blocked(author)))


def written_by_viewer(access: Access, row: FromClause) -> Predicate:
    """Who wrote the post, in their own name or in a group's."""
    if not access.is_member:
        return false()
    return or_(row.c["actor_id"] == viewer_actor(), row.c["written_by_id"] == VIEWER)


def between_blocked(actor_id: ColumnElement[Any]) -> Predicate:
    """One of the viewer and this actor blocked the other."""
    return or_(_is_block(viewer_actor(), actor_id), _is_block(actor_id, viewer_actor()))


def _is_block(actor_id: ColumnElement[Any], blocked_id: ColumnElement[Any]) -> Predicate:
    block = _BLOCK.c
    where = (block.tenant_id == TENANT, block.actor_id == actor_id, block.blocked_id == blocked_id)
    return is_true(has(_BLOCK, *where))


def is_muted(actor_id: ColumnElement[Any]) -> Predicate:
    """The viewer muted the actor, or its server."""
    mute = _MUTE
    by_name = has(
        mute,
        mute.c.tenant_id == TENANT,
        mute.c.user_id == VIEWER,
        mute.c.muted_id == actor_id,
        or_(mute.c.until.is_(None), mute.c.until > func.now()),
    )
    return or_(is_true(by_name), and_(_mutes_servers(), is_true(_of_muted_server(actor_id))))


def is_true(condition: Predicate) -> Predicate:
    """The condition, where NULL is no."""
    return func.coalesce(condition, false())


def _reaches(access: Access, row: FromClause, post_id: ColumnElement[Any]) -> Predicate:
    """What the row's visibility says, for a row of an actor about a post."""
    visibility = row.c["visibility"]
    if not access.is_member:
        return _among(visibility, _FOR_EVERYBODY)
    return or_(
        _among(visibility, _FOR_MEMBERS),
        row.c["actor_id"] == viewer_actor(),
        and_(visibility == _text("followers"), is_true(_viewer_follows(row.c["actor_id"]))),
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
    is_accepted = follow.c.state == _text("accepted")
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


def _author_stands(access: Access, row: FromClause) -> Predicate:
    author = _AUTHOR
    is_free: Predicate = author.c.restriction != _text("limited")
    if access.is_member:
        shown = and_(_stands(author), or_(is_free, is_true(_viewer_follows(author.c.id))))
        stands = or_(shown, author.c.user_id == VIEWER)
    else:
        stands = and_(_stands(author), is_free)
    return has(author, author.c.tenant_id == TENANT, author.c.id == row.c["actor_id"], stands)


def _actor_stands(actor_id: ColumnElement[Any]) -> Predicate:
    actor = _AUTHOR
    return has(actor, actor.c.tenant_id == TENANT, actor.c.id == actor_id, _stands(actor))


def _stands(actor: FromClause) -> Predicate:
    return and_(actor.c["restriction"] != _text("suspended"), actor.c["status"] != _text("gone"))


def _shows_itself(actor_id: ColumnElement[Any]) -> Predicate:
    actor = _AUTHOR
    return has(actor, actor.c.tenant_id == TENANT, actor.c.id == actor_id, _shows_follows(actor))


def _shows_follows(actor: FromClause) -> Predicate:
    shows: ColumnElement[bool] = _text(SHOWS_FOLLOWS) == func.any(actor.c["exposed"])
    return and_(_stands(actor), or_(not_(actor.c["is_local"]), actor.c["user_id"].is_(None), shows))


def _mutes_servers() -> Predicate:
    """Whether there is any: most people mute none, which is found out once a statement."""
    muted = _MUTED_SERVER
    return is_true(has(muted, muted.c.tenant_id == TENANT, muted.c.user_id == VIEWER))


def _of_muted_server(actor_id: ColumnElement[Any]) -> Predicate:
    actor, muted = _AUTHOR, _MUTED_SERVER
    dot: ColumnElement[str] = _text(".")
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


def _among(column: ColumnElement[Any], values: tuple[str, ...]) -> Predicate:
    return column.in_([_text(value) for value in values])


def _text(value: str) -> ColumnElement[Any]:
    """A constant of ours, which stands in the statement as it is."""
    return literal_column(f"'{value}'")
