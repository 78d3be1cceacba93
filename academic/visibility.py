"""Who sees which course, offering, enrollment and person: each rule once, as a predicate over the row."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from academic.tables import courses, enrollments, offerings
from kernel.entities import TENANT, VIEWER
from tenants.entities import viewer_holds_for_unit
from tenants.model import Access, Permission

Predicate = ColumnElement[bool]

_TEACHING = ("instructor", "assistant", "designer")


def _among(column: ColumnElement[Any], values: tuple[str, ...]) -> Predicate:
    return column.in_([literal_column(f"'{value}'") for value in values])


def _exists(row: Table | FromClause, *where: ColumnElement[bool]) -> Predicate:
    return select(literal_column("1")).select_from(row).where(*where).correlate_except(row).exists()


def viewer_teaches(offering_id: ColumnElement[Any]) -> Predicate:
    """The viewer has an active teaching role in the offering."""
    own = enrollments.alias()
    return _exists(
        own,
        own.c.tenant_id == TENANT,
        own.c.offering_id == offering_id,
        own.c.user_id == VIEWER,
        _among(own.c.role, _TEACHING),
        own.c.state == literal_column("'active'"),
    )


def viewer_takes_part(offering_id: ColumnElement[Any]) -> Predicate:
    """The viewer has an enrollment of any role and state in the offering."""
    own = enrollments.alias()
    return _exists(own, own.c.tenant_id == TENANT, own.c.offering_id == offering_id, own.c.user_id == VIEWER)


def _courses_of_viewer() -> Select[tuple[int]]:
    own, offering = enrollments.alias(), offerings.alias()
    return (
        select(offering.c.course_id)
        .join(own, (own.c.tenant_id == TENANT) & (own.c.offering_id == offering.c.id))
        .where(offering.c.tenant_id == TENANT, own.c.user_id == VIEWER)
    )


def _holds_for_course_unit(permission: Permission, course_id: ColumnElement[Any]) -> Predicate:
    course = courses.alias()
    return _exists(
        course,
        course.c.tenant_id == TENANT,
        course.c.id == course_id,
        viewer_holds_for_unit(permission, course.c.org_unit_id),
    )


def _holds_for_offering_unit(permission: Permission, offering_id: ColumnElement[Any]) -> Predicate:
    offering = offerings.alias()
    return _exists(
        offering,
        offering.c.tenant_id == TENANT,
        offering.c.id == offering_id,
        _holds_for_course_unit(permission, offering.c.course_id),
    )


def _published_to(access: Access, row: FromClause) -> Predicate:
    """What its `visibility` says: everybody, the members, or nobody yet."""
    return (
        row.c["visibility"] != literal_column("'private'")
        if access.is_member
        else row.c["visibility"] == literal_column("'public'")
    )


def course_visible(access: Access, row: FromClause) -> Predicate:
    """A course is seen as its visibility says; a private one by those who may read the private catalogue, and by those
    who take part in an offering of it."""
    if access.may(Permission.READ_PRIVATE_CATALOG):
        return true()
    rules = [_published_to(access, row)]
    if access.is_member:
        rules.append(row.c["id"].in_(_courses_of_viewer()))
    if Permission.READ_PRIVATE_CATALOG in access.by_unit:
        rules.append(viewer_holds_for_unit(Permission.READ_PRIVATE_CATALOG, row.c["org_unit_id"]))
    return or_(*rules)


def offering_visible(access: Access, row: FromClause) -> Predicate:
    """An offering is seen once it is no draft, as its visibility says; and always by those who take part in it."""
    if access.may(Permission.READ_PRIVATE_CATALOG):
        return true()
    rules = [and_(row.c["state"] != literal_column("'draft'"), _published_to(access, row))]
    if access.is_member:
        rules.append(viewer_takes_part(row.c["id"]))
    if Permission.READ_PRIVATE_CATALOG in access.by_unit:
        rules.append(_holds_for_course_unit(Permission.READ_PRIVATE_CATALOG, row.c["course_id"]))
    return or_(*rules)


def enrollment_visible(access: Access, row: FromClause) -> Predicate:
    """An enrollment is seen by its person, by those who teach the offering, and by those who read enrollments."""
    if access.may(Permission.READ_ENROLLMENTS):
        return true()
    if not access.is_member:
        return false()
    rules = [row.c["user_id"] == VIEWER, viewer_teaches(row.c["offering_id"])]
    if Permission.READ_ENROLLMENTS in access.by_unit:
        rules.append(_holds_for_offering_unit(Permission.READ_ENROLLMENTS, row.c["offering_id"]))
    return or_(*rules)


def enrollments_of_viewer(access: Access) -> Callable[[FromClause], Predicate] | None:
    """Where a person without the right to read enrollments finds theirs: their own and those of what they teach."""
    if access.may(Permission.READ_ENROLLMENTS) or Permission.READ_ENROLLMENTS in access.by_unit:
        return None
    return _is_of_viewer


def _is_of_viewer(row: FromClause) -> Predicate:
    own, taught, theirs = enrollments.alias(), enrollments.alias(), enrollments.alias()
    of_viewer = select(own.c.id).where(own.c.tenant_id == TENANT, own.c.user_id == VIEWER)
    of_taught = (
        select(theirs.c.id)
        .join(taught, (taught.c.tenant_id == TENANT) & (taught.c.offering_id == theirs.c.offering_id))
        .where(
            theirs.c.tenant_id == TENANT,
            taught.c.user_id == VIEWER,
            _among(taught.c.role, _TEACHING),
            taught.c.state == literal_column("'active'"),
        )
    )
    # an array is found out once, and few ids are looked up by the primary key
    return row.c["id"] == func.any(func.array(union_all(of_viewer, of_taught).scalar_subquery()))


def reads_people(access: Access) -> bool:
    """Whether the viewer may go through the list of all people: they read those of the institution, or of a unit.

    The others see few of many, here and there: no index has those. (Who is not signed in is refused elsewhere.)
    """
    return (
        not access.is_member or access.may(Permission.READ_USERS) or Permission.READ_USERS in access.by_unit
    )


def user_visible(access: Access, row: FromClause) -> Predicate:
    """A person is seen by themselves, by those who read users, by everybody where they teach an offering, and by the
    teachers of an offering they take part in."""
    if access.may(Permission.READ_USERS):
        return true()
    if not access.is_member:
        return false()
    teaching, shared = enrollments.alias(), enrollments.alias()
    rules = [
        row.c["id"] == VIEWER,
        _exists(
            teaching,
            teaching.c.tenant_id == TENANT,
            teaching.c.user_id == row.c["id"],
            _among(teaching.c.role, _TEACHING),
            _among(teaching.c.state, ("active", "completed")),
        ),
        _exists(
            shared,
            shared.c.tenant_id == TENANT,
            shared.c.user_id == row.c["id"],
            viewer_teaches(shared.c.offering_id),
        ),
    ]
    if Permission.READ_USERS in access.by_unit:
        in_unit = enrollments.alias()
        rules.append(
            _exists(
                in_unit,
                in_unit.c.tenant_id == TENANT,
                in_unit.c.user_id == row.c["id"],
                _holds_for_offering_unit(Permission.READ_USERS, in_unit.c.offering_id),
            )
        )
    return or_(*rules)
