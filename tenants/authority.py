"""What somebody holds and where: the questions an operation asks before it changes anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.database.compiled import Compiled
from tenants.door import Transaction
from tenants.model import (
    ALL_SCOPES,
    Access,
    Forbidden,
    Permission,
    Principal,
    Role,
    Scope,
    Tenant,
    TenantId,
    access_of,
    roles_granting,
)
from tenants.tables import org_unit_ancestors, role_assignments


@dataclass(frozen=True, slots=True)
class HeldRoles:
    """The roles of a person: in the whole tenant, and for some org unit."""

    roles: frozenset[Role]
    unit_roles: frozenset[Role]

    def access(self, scopes: frozenset[Scope] = ALL_SCOPES) -> Access:
        """What they may do with these scopes."""
        return access_of(self.roles, self.unit_roles, scopes)


def system_principal(tenant: Tenant) -> Principal:
    """The operator at the command line, or a process of ours: nobody's person, and every permission."""
    roles = frozenset({Role.TENANT_ADMIN})
    access = Access(True, frozenset(Permission), frozenset(), roles, ALL_SCOPES)
    return Principal(tenant, None, access)


async def held_roles(connection: AsyncConnection, tenant_id: TenantId, user_id: int) -> HeldRoles:
    """The roles that a person holds now."""
    rows = await connection.execute(_ROLES, {"tenant": tenant_id, "person": user_id})
    return _held((row.role, row.org_unit_id) for row in rows)


async def held_roles_read(
    connection: "asyncpg.Connection[Any]", tenant_id: TenantId, user_id: int
) -> HeldRoles:
    """The same in a read of the door."""
    rows = await _ROLES_COMPILED.rows(connection, tenant=tenant_id, person=user_id)
    return _held((row["role"], row["org_unit_id"]) for row in rows)


async def holds_for_unit(tx: Transaction, permission: Permission, org_unit_id: int | None) -> bool:
    """Whether the caller holds a permission for this org unit: in the whole tenant, or for it or a unit above it."""
    access = tx.principal.access
    if access.may(permission):
        return True
    if org_unit_id is None or permission not in access.by_unit:
        return False
    return (await tx.connection.execute(_granting_role(tx, permission, org_unit_id))).first() is not None


def require(tx: Transaction, permission: Permission, what: str) -> None:
    """Raises `Forbidden`, saying what may not be done, unless the caller holds it in the whole tenant."""
    if not tx.principal.access.may(permission):
        raise Forbidden(f"you may not {what}", permission=permission.value)


async def require_for_unit(
    tx: Transaction, permission: Permission, org_unit_id: int | None, what: str
) -> None:
    """Raises `Forbidden`, saying what may not be done, unless the caller holds it for this org unit."""
    if not await holds_for_unit(tx, permission, org_unit_id):
        raise Forbidden(f"you may not {what}", permission=permission.value)


async def require_not_above(tx: Transaction, user_id: int, what: str) -> None:
    """Raises `Forbidden` when that person holds what the caller does not.

    Whoever can change another's password, address or identity can act as them: nobody gains rights that way.
    """
    theirs = (await held_roles(tx.connection, tx.tenant_id, user_id)).access()
    if not (theirs.held | theirs.by_unit) <= tx.principal.access.held:
        raise Forbidden(f"you may not {what}: this person may do more than you")


def _granting_role(tx: Transaction, permission: Permission, org_unit_id: int) -> Select[tuple[int]]:
    above = org_unit_ancestors.c
    role = role_assignments.c
    return (
        select(role.id)
        .join(
            org_unit_ancestors,
            (above.tenant_id == role.tenant_id) & (above.ancestor_id == role.org_unit_id),
        )
        .where(
            role.tenant_id == tx.tenant_id,
            role.user_id == tx.principal.viewer_id,
            role.role.in_([granting.value for granting in roles_granting(permission)]),
            above.descendant_id == org_unit_id,
        )
        .limit(1)
    )


def _held(rows: Iterable[tuple[str, int | None]]) -> HeldRoles:
    found = list(rows)
    return HeldRoles(
        frozenset(Role(role) for role, unit_id in found if unit_id is None),
        frozenset(Role(role) for role, unit_id in found if unit_id is not None),
    )


_ROLES = select(role_assignments.c.role, role_assignments.c.org_unit_id).where(
    role_assignments.c.tenant_id == bindparam("tenant"), role_assignments.c.user_id == bindparam("person")
)
_ROLES_COMPILED = Compiled(_ROLES)
