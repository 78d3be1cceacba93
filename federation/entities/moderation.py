"""How reports, what moderators did, and what people do not want to see are seen."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, false, func, or_, true

from federation.entities.actors import ID
from federation.tables.moderation import (
    blocks,
    held_posts,
    moderation_actions,
    muted_domains,
    mutes,
    report_posts,
    reports,
)
from federation.visibility import is_true, own_row, viewer_actor
from kernel.entities import Entity, Filter, Kind, Order, Reach, equals, to_list, to_many, to_one
from tenants.entities import everyone
from tenants.model import Access, Permission, Scope

_Rows = Callable[[FromClause], ColumnElement[bool]]


def by_reporter(row: FromClause) -> ColumnElement[bool]:
    """What the viewer reported."""
    return is_true(row.c["reporter_id"] == viewer_actor())


def report_visible(access: Access, row: FromClause) -> ColumnElement[bool]:
    """A report is seen by moderators, and by who made it."""
    if access.may(Permission.MODERATE):
        return true()
    return by_reporter(row) if access.is_member else false()


def for_moderators(access: Access, row: FromClause) -> ColumnElement[bool]:
    """Moderators alone."""
    return true() if access.may(Permission.MODERATE) else false()


def block_visible(access: Access, row: FromClause) -> ColumnElement[bool]:
    """A block is seen by whose it is."""
    return is_true(row.c["actor_id"] == viewer_actor()) if access.is_member else false()


def mute_visible(access: Access, row: FromClause) -> ColumnElement[bool]:
    """A mute is seen by its person, until it ends."""
    return own_row(access, row) & or_(row.c["until"].is_(None), row.c["until"] > func.now())


def _own_reports(access: Access) -> _Rows | None:
    return None if access.may(Permission.MODERATE) else lambda row: row.c["reporter_id"] == viewer_actor()


def _by_viewer(
    row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Access
) -> ColumnElement[bool]:
    return row.c["actor_id"] == viewer_actor()


REPORT = Entity(
    name="Report",
    table=reports,
    prefix="report",
    visible_to=report_visible,
    scope=Scope.MODERATION_READ,
    newest_first=True,
    narrowed=_own_reports,
    relations=(
        to_one("reporter", "Actor", "reporter_id"),
        to_one("target", "Actor", "target_id"),
        to_one("handled_by", "User", "handled_by_id"),
        to_list("posts", "ReportedPost", "report_id"),
        to_many("actions", "ModerationAction", "report_id", order="ID", few=True),
    ),
    orders=(ID,),
    filters=(equals("state", Kind.ENUM), equals("target_id", Kind.ID, name="target", entity="Actor")),
)
REPORTED_POST = Entity(
    name="ReportedPost",
    table=report_posts,
    key=("post_id",),
    visible_to=everyone,  # only reached through a report, which decides; the post decides for itself
    relations=(to_one("post", "Post", "post_id"),),
)
MODERATION_ACTION = Entity(
    name="ModerationAction",
    table=moderation_actions,
    prefix="moderation",
    visible_to=for_moderators,
    scope=Scope.MODERATION_READ,
    newest_first=True,
    relations=(
        to_one("actor", "Actor", "actor_id"),
        to_one("post", "Post", "post_id"),
        to_one("report", "Report", "report_id"),
        to_one("moderator", "User", "moderator_id"),
    ),
    orders=(ID,),
    filters=(
        equals("actor_id", Kind.ID, name="actor", entity="Actor"),
        equals("report_id", Kind.ID, name="report", entity="Report"),
    ),
)
HELD_POST = Entity(
    name="HeldPost",
    table=held_posts,
    key=("post_id",),
    visible_to=for_moderators,
    scope=Scope.MODERATION_READ,
    relations=(to_one("post", "Post", "post_id"),),
    orders=(ID,),
)
BLOCK = Entity(
    name="Block",
    table=blocks,
    visible_to=block_visible,
    scope=Scope.MODERATION_READ,
    newest_first=True,
    relations=(to_one("blocked", "Actor", "blocked_id"),),
    orders=(ID,),
    filters=(Filter("by_viewer", _by_viewer, {}, reach=Reach.EQUAL, column="actor_id"),),
)
MUTE = Entity(
    name="Mute",
    table=mutes,
    visible_to=mute_visible,
    scope=Scope.MODERATION_READ,
    newest_first=True,
    relations=(to_one("muted", "Actor", "muted_id"),),
    orders=(ID,),
)
MUTED_DOMAIN = Entity(
    name="MutedDomain",
    table=muted_domains,
    key=("domain",),
    visible_to=own_row,
    scope=Scope.MODERATION_READ,
    orders=(Order("DOMAIN", ()),),
)
ENTITIES = (REPORT, REPORTED_POST, MODERATION_ACTION, HELD_POST, BLOCK, MUTE, MUTED_DOMAIN)
