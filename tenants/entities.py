"""How people, their roles and the org units are seen, and by whom."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, false, literal_column, or_, select, true
from sqlalchemy.sql.elements import True_

from kernel.entities import (
    TENANT,
    VIEWER,
    Entity,
    Filter,
    Kind,
    Order,
    Visibility,
    equals,
    has,
    has_attribute,
    has_external_id,
    to_list,
    to_many,
    to_one,
    updated_since,
)
from tenants.attributes.model import EVERYONE, OWNER
from tenants.model import Access, Permission, Scope, roles_granting
from tenants.tables import (
    attribute_definitions,
    org_unit_ancestors,
    org_unit_attributes,
    org_unit_external_ids,
    org_units,
    personal_access_tokens,
    role_assignments,
    user_attributes,
    user_emails,
    user_external_ids,
)

Predicate = ColumnElement[bool]


def everyone(access: Access, row: FromClause) -> Predicate:
    """Whoever may ask at all."""
    return true()


def viewer_holds_for_unit(permission: Permission, unit_id: ColumnElement[Any]) -> Predicate:
    """The viewer has a role that grants `permission` for this unit or for one above it."""
    role, above = role_assignments.alias(), org_unit_ancestors.alias()
    granting: list[ColumnElement[Any]] = [literal_column(f"'{role}'") for role in roles_granting(permission)]
    return (
        select(literal_column("1"))
        .select_from(role)
        .join(
            above,
            (above.c.tenant_id == TENANT)
            & (above.c.ancestor_id == role.c.org_unit_id)
            & (above.c.descendant_id == unit_id),
        )
        .where(role.c.tenant_id == TENANT, role.c.user_id == VIEWER, role.c.role.in_(granting))
        .correlate_except(role, above)
        .exists()
    )


def self_or_reader(column: str, permission: Permission) -> Any:
    """Visible to the person `column` names and to whoever holds `permission` in the whole tenant."""

    def visible_to(access: Access, row: FromClause) -> Predicate:
        """Its person, and whoever holds the permission for it in the whole institution."""
        if access.may(permission):
            return true()
        return row.c[column] == VIEWER if access.is_member else false()

    return visible_to


def of_visible_owner(owner: Entity, column: str) -> Any:
    """Visible to whoever sees the row of `owner` that `column` names."""

    def visible_to(access: Access, row: FromClause) -> Predicate:
        """Whoever sees what it belongs to."""
        above = owner.table.alias()
        is_seen = owner.visible_to(access, above)
        if isinstance(is_seen, True_):
            return is_seen
        return has(above, above.c.tenant_id == TENANT, above.c.id == row.c[column], is_seen)

    return visible_to


def attribute_visible(access: Access, row: FromClause) -> Predicate:
    """A tenant's own field is read by the roles its declaration names, and by its person where it says `owner`."""
    definition = attribute_definitions.alias()
    is_read = _named(access, definition.c.readable_by)
    if "user_id" in row.c and access.is_member:
        is_read = or_(is_read, _among(OWNER, definition.c.readable_by) & (row.c["user_id"] == VIEWER))
    return (
        select(literal_column("1"))
        .select_from(definition)
        .where(definition.c.tenant_id == TENANT, definition.c.id == row.c["definition_id"], is_read)
        .correlate_except(definition)
        .exists()
    )


def attribute_readable(access: Access, definition: FromClause) -> Predicate:
    """Whoever may find values of the field somewhere: the roles it names, and each person their own."""
    is_read = _named(access, definition.c["readable_by"])
    if access.is_member:
        is_read = or_(is_read, _among(OWNER, definition.c["readable_by"]))
    return is_read


def definition_visible(access: Access, row: FromClause) -> Predicate:
    """A declaration is seen by who reads or writes the field, and by who declares fields."""
    if access.may(Permission.DECLARE_ATTRIBUTES):
        return true()
    is_seen = or_(attribute_readable(access, row), _named(access, row.c["writable_by"]))
    return or_(is_seen, _among(OWNER, row.c["writable_by"])) if access.is_member else is_seen


def _named(access: Access, names: ColumnElement[Any]) -> Predicate:
    """The list names everyone or a role of the viewer."""
    readers = [EVERYONE, *sorted(access.roles)] if access.is_member else [EVERYONE]
    return or_(*[_among(reader, names) for reader in readers])


def _among(name: str, names: ColumnElement[Any]) -> Predicate:
    return literal_column(f"'{name}'") == names.any_()


def external_ids_of(name: str, table: Table, *, visible_to: Visibility = everyone) -> Entity:
    """The external ids of the entity `name`, reached through it."""
    return Entity(name=f"{name}ExternalId", table=table, key=("type", "value"), visible_to=visible_to)


def attributes_of(name: str, table: Table) -> Entity:
    """The values of the institution's own fields of the entity `name`, reached through it."""
    return Entity(
        name=f"{name}Attribute",
        table=table,
        key=("definition_id",),
        visible_to=attribute_visible,
        relations=(to_one("definition", "AttributeDefinition", "definition_id", always=True),),
    )


def filterable_attribute(values: Table, owner: str) -> Filter:
    """The filter by one of the institution's own fields."""
    return has_attribute(
        values, attribute_definitions, owner, visible_to=attribute_visible, readable=attribute_readable
    )


ORG_UNIT = Entity(
    name="OrgUnit",
    table=org_units,
    prefix="unit",
    visible_to=everyone,
    scope=Scope.ORG_UNITS_READ,
    few=True,
    relations=(
        to_one("parent", "OrgUnit", "parent_id"),
        to_many("children", "OrgUnit", "parent_id", order="CODE"),
        to_many("courses", "Course", "org_unit_id", order="CODE"),
        to_list("external_ids", "OrgUnitExternalId", "org_unit_id"),
        to_list("attributes", "OrgUnitAttribute", "org_unit_id"),
    ),
    orders=(Order("CODE", ("code",)), Order("UPDATED_AT", ("updated_at",)), Order("ID", ())),
    filters=(
        equals("code"),
        equals("kind", Kind.ENUM),
        equals("status", Kind.ENUM),
        updated_since(),
        has_external_id(org_unit_external_ids, "org_unit"),
        filterable_attribute(org_unit_attributes, "org_unit"),
    ),
)
ORG_UNIT_EXTERNAL_ID = external_ids_of("OrgUnit", org_unit_external_ids)
ORG_UNIT_ATTRIBUTE = attributes_of("OrgUnit", org_unit_attributes)
ATTRIBUTE_DEFINITION = Entity(
    name="AttributeDefinition",
    table=attribute_definitions,
    prefix="attribute",
    visible_to=definition_visible,
    scope=Scope.ORG_UNITS_READ,
    few=True,
    orders=(Order("NAME", ("name",)), Order("ID", ())),
    filters=(equals("owner", Kind.ENUM), equals("name")),
)
USER_EXTERNAL_ID = external_ids_of(
    "User", user_external_ids, visible_to=self_or_reader("user_id", Permission.READ_USERS)
)
USER_EMAIL = Entity(
    name="UserEmail",
    table=user_emails,
    visible_to=self_or_reader("user_id", Permission.READ_USERS),
)
USER_ATTRIBUTE = attributes_of("User", user_attributes)
ROLE_ASSIGNMENT = Entity(
    name="RoleAssignment",
    table=role_assignments,
    prefix="role",
    visible_to=self_or_reader("user_id", Permission.READ_USERS),
    scope=Scope.USERS_READ,
    relations=(to_one("org_unit", "OrgUnit", "org_unit_id"), to_one("user", "User", "user_id")),
    orders=(Order("ID", ()),),
)
PERSONAL_ACCESS_TOKEN = Entity(
    name="PersonalAccessToken",
    table=personal_access_tokens,
    prefix="token",
    visible_to=self_or_reader("user_id", Permission.MANAGE_TOKENS),
    scope=Scope.USERS_READ,
    orders=(Order("ID", ()),),
)


ENTITIES = (
    ORG_UNIT,
    ORG_UNIT_EXTERNAL_ID,
    ORG_UNIT_ATTRIBUTE,
    ATTRIBUTE_DEFINITION,
    USER_EXTERNAL_ID,
    USER_EMAIL,
    USER_ATTRIBUTE,
    ROLE_ASSIGNMENT,
    PERSONAL_ACCESS_TOKEN,
)
