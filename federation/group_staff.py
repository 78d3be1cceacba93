"""Whether the viewer speaks for a group, as a predicate over its actor's row; operations ask `posts.groups.require_staff`."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, false, func, literal_column, or_, select, true

from academic.tables import courses, enrollments, offerings
from federation.tables.actors import actors, group_moderators
from kernel.entities import TENANT, VIEWER
from tenants.entities import viewer_holds_for_unit
from tenants.model import Access, Permission

_ENROLLMENT, _OFFERING = enrollments.alias("staff_enrollment"), offerings.alias("staff_offering")
_COURSE, _MODERATOR, _OWN = (
    courses.alias("staff_course"),
    group_moderators.alias("staff_moderator"),
    actors.alias("staff_own"),
)


def viewer_is_staff(access: Access, group: FromClause) -> ColumnElement[bool]:
    """The viewer teaches its course, moderates it, or holds the right to change the catalogue for its unit."""
    if not access.is_member:
        return false()
    rules = [_teaches(group), _moderates(group)]
    if access.may(Permission.WRITE_CATALOG):
        rules = [true()]
    elif Permission.WRITE_CATALOG in access.by_unit:
        rules.append(viewer_holds_for_unit(Permission.WRITE_CATALOG, _unit_of(group)))
    return and_(group.c["kind"] == _text("group"), group.c["is_local"], or_(*rules))


def _teaches(group: FromClause) -> ColumnElement[bool]:
    own, offering = _ENROLLMENT, _OFFERING
    return _among_joined(
        (own, offering),
        offering.c.tenant_id == TENANT,
        offering.c.id == own.c.offering_id,
        own.c.tenant_id == TENANT,
        own.c.user_id == VIEWER,
        own.c.role.in_([_text("instructor"), _text("assistant")]),
        own.c.state == _text("active"),
        offering.c.course_id == group.c["course_id"],
        offering.c.state != _text("archived"),
    )


def _moderates(group: FromClause) -> ColumnElement[bool]:
    named, own = _MODERATOR, _OWN
    return _among_joined(
        (named, own),
        own.c.tenant_id == TENANT,
        own.c.id == named.c.actor_id,
        own.c.user_id == VIEWER,
        named.c.tenant_id == TENANT,
        named.c.group_id == group.c["id"],
    )


def _unit_of(group: FromClause) -> ColumnElement[int]:
    course = _COURSE
    of_course = (
        select(course.c.org_unit_id)
        .where(course.c.tenant_id == TENANT, course.c.id == group.c["course_id"])
        .correlate_except(course)
        .scalar_subquery()
    )
    return func.coalesce(group.c["org_unit_id"], of_course)


def _among_joined(tables: tuple[FromClause, ...], *where: ColumnElement[bool]) -> ColumnElement[bool]:
    one: ColumnElement[int] = literal_column("1")
    return select(one).select_from(*tables).where(*where).correlate_except(*tables).exists()


def _text(value: str) -> ColumnElement[Any]:
    return literal_column(f"'{value}'")
