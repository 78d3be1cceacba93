"""The two statements of a situation: the seat row's lock, then everything a decision needs, as one row."""

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, case, func, literal_column, select

from academic.changing import holds
from academic.entities.catalogue import OFFERING
from academic.entities.enrollments import ENROLLMENT
from academic.model.enrolling import SEAT_ROLES
from academic.model.states import HOLDS_SEAT
from academic.tables import courses, enrollment_windows, enrollments, offering_seats, offerings, sections
from kernel.entities import TENANT, VIEWER
from tenants.model import Access, Permission
from tenants.tables import role_assignments, users

LOCK = (
    select(offering_seats)
    .where(
        offering_seats.c.tenant_id == TENANT,
        offering_seats.c.offering_id == bindparam("offering_id", type_=BigInteger),
    )
    .with_for_update()
)
LOCK_BY_ENROLLMENT = (
    select(offering_seats)
    .where(
        offering_seats.c.tenant_id == TENANT,
        offering_seats.c.offering_id
        == select(enrollments.c.offering_id)
        .where(
            enrollments.c.tenant_id == TENANT,
            enrollments.c.id == bindparam("enrollment_id", type_=BigInteger),
        )
        .scalar_subquery(),
    )
    .with_for_update()
)


@lru_cache(maxsize=256)
def facts_query(access: Access, by_enrollment: bool) -> Select[Any]:
    """One row: the offering with the person's enrollment, the section asked for or held, and the caller's rights."""
    o, c, e = offerings.alias("o"), courses.alias("c"), enrollments.alias("e")
    u, s = users.alias("u"), sections.alias("s")
    offering_id = bindparam("offering_id", type_=BigInteger)
    held: ColumnElement[int] = e.c.section_id
    if by_enrollment:
        user_id: ColumnElement[int] = e.c.user_id
        is_it = e.c.id == bindparam("enrollment_id", type_=BigInteger)
    else:  # who comes back after a withdrawal chooses a section anew
        user_id = bindparam("user_id", type_=BigInteger)
        is_it = e.c.user_id == user_id
        held = case((e.c.state == literal_column("'invited'"), e.c.section_id))
    section_id = func.coalesce(bindparam("section_id", type_=BigInteger), held)
    joined = (
        o.join(c, (c.c.tenant_id == TENANT) & (c.c.id == o.c.course_id))
        .outerjoin(e, (e.c.tenant_id == TENANT) & (e.c.offering_id == o.c.id) & is_it)
        .outerjoin(u, (u.c.tenant_id == TENANT) & (u.c.id == user_id))
        .outerjoin(s, (s.c.tenant_id == TENANT) & (s.c.offering_id == o.c.id) & (s.c.id == section_id))
    )
    return (
        select(
            o.c.state.label("offering_state"),
            o.c.approval_required,
            o.c.effective_ends_on,
            e.c.id.label("enrollment_id"),
            e.c.user_id.label("enrolled_user_id"),
            e.c.state.label("enrollment_state"),
            e.c.role.label("enrollment_role"),
            e.c.section_id.label("enrollment_section_id"),
            e.c.offered_until,
            e.c.version.label("enrollment_version"),
            u.c.status.label("user_status"),
            s.c.id.label("section_id"),
            s.c.status.label("section_status"),
            s.c.capacity.label("section_capacity"),
            section_places_taken(s.c.id, besides=e.c.id).label("section_taken"),
            _windows(o.c.id).label("windows"),
            _is_student(user_id).label("is_student"),
            _own_role(o.c.id).label("own_role"),
            OFFERING.visible_to(access, o).label("sees_offering"),
            func.coalesce(ENROLLMENT.visible_to(access, e), literal_column("false")).label("sees_enrollment"),
            holds(access, Permission.WRITE_ENROLLMENTS, c.c.org_unit_id).label("may_write"),
            holds(access, Permission.RECORD_RESULTS, c.c.org_unit_id).label("may_record"),
        )
        .select_from(joined)
        .where(o.c.tenant_id == TENANT, o.c.id == offering_id)
    )


def section_places_taken(
    section_id: ColumnElement[Any], *, besides: ColumnElement[Any]
) -> ColumnElement[int]:
    """How many hold a place in the section, besides one enrollment (none where that is null)."""
    held = enrollments.alias()
    return (
        select(func.count())
        .select_from(held)
        .where(
            held.c.tenant_id == TENANT,
            held.c.section_id == section_id,
            held.c.state.in_([literal_column(f"'{state}'") for state in sorted(HOLDS_SEAT)]),
            held.c.role.in_([literal_column(f"'{role}'") for role in sorted(SEAT_ROLES)]),
            held.c.id != func.coalesce(besides, literal_column("0")),
        )
        .correlate_except(held)
        .scalar_subquery()
    )


def _windows(offering_id: ColumnElement[Any]) -> ColumnElement[Any]:
    window = enrollment_windows.alias()
    return (
        select(func.json_agg(func.json_build_array(window.c.audience, window.c.opens_at, window.c.closes_at)))
        .where(window.c.tenant_id == TENANT, window.c.offering_id == offering_id)
        .correlate_except(window)
        .scalar_subquery()
    )


def _is_student(user_id: ColumnElement[int]) -> ColumnElement[bool]:
    role = role_assignments.alias()
    return (
        select(literal_column("1"))
        .select_from(role)
        .where(
            role.c.tenant_id == TENANT,
            role.c.user_id == user_id,
            role.c.role == literal_column("'student'"),
        )
        .correlate_except(role)
        .exists()
    )


def _own_role(offering_id: ColumnElement[Any]) -> ColumnElement[Any]:
    own = enrollments.alias()
    return (
        select(own.c.role)
        .where(
            own.c.tenant_id == TENANT,
            own.c.offering_id == offering_id,
            own.c.user_id == VIEWER,
            own.c.state == literal_column("'active'"),
        )
        .correlate_except(own)
        .scalar_subquery()
    )
