"""How people are seen."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select

from academic.entities.catalogue import BY_ID, BY_UPDATE
from academic.visibility import reads_people, user_visible
from kernel.entities import (
    TENANT,
    Entity,
    Filter,
    Kind,
    Order,
    Reach,
    equals,
    has,
    has_external_id,
    to_list,
    to_many,
    updated_since,
)
from tenants.entities import ROLE_ASSIGNMENT, USER_EXTERNAL_ID, filterable_attribute, self_or_reader
from tenants.model import Permission, Scope
from tenants.tables import role_assignments, user_attributes, user_external_ids, users


def _has_role(row: FromClause, given: Any, access: Any) -> ColumnElement[bool]:
    role = role_assignments.alias()
    return has(
        role,
        role.c.tenant_id == TENANT,
        role.c.user_id == row.c["id"],
        role.c.role == given["value"],
        ROLE_ASSIGNMENT.visible_to(access, role),
    )


def _with_role(given: Any, access: Any) -> Select[Any]:
    role, same = role_assignments.alias(), role_assignments.alias()
    # somebody may have it for several units
    once = select(func.min(same.c.id)).where(
        same.c.tenant_id == TENANT, same.c.user_id == role.c.user_id, same.c.role == role.c.role
    )
    return select(role.c.user_id.label("id")).where(
        role.c.tenant_id == TENANT,
        role.c.role == given["value"],
        role.c.id == once.correlate_except(same).scalar_subquery(),
        ROLE_ASSIGNMENT.visible_to(access, role),
    )


USER = Entity(
    name="User",
    table=users,
    prefix="user",
    visible_to=user_visible,
    browsable=reads_people,
    scope=Scope.USERS_READ,
    restricted=dict.fromkeys(
        ("last_sign_in_at", "is_searchable"), self_or_reader("id", Permission.READ_USERS)
    ),
    relations=(
        to_list("emails", "UserEmail", "user_id"),
        to_list("roles", "RoleAssignment", "user_id"),
        to_list("external_ids", "UserExternalId", "user_id"),
        to_list("attributes", "UserAttribute", "user_id"),
        to_many("personal_access_tokens", "PersonalAccessToken", "user_id", order="ID", few=True),
        to_many("enrollments", "Enrollment", "user_id", order="ID", few=True),
    ),
    orders=(Order("NAME", ("sort_name",)), BY_UPDATE, BY_ID),
    filters=(
        equals("handle", few=True),
        equals("status", Kind.ENUM),
        Filter("role", _has_role, {"value": Kind.ENUM}, reach=Reach.LISTED, source=_with_role),
        updated_since(),
        has_external_id(user_external_ids, "user", USER_EXTERNAL_ID.visible_to),
        filterable_attribute(user_attributes, "user"),
    ),
)

ENTITIES = (USER,)
