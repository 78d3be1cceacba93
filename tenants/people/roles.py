"""Who is what: granting roles in the whole tenant or for an org unit, and taking them back."""

from sqlalchemy import delete, insert, select

from kernel.errors import InvalidInput
from tenants.authority import require
from tenants.changing import locked, taken_values
from tenants.door import Transaction
from tenants.model import PERMISSIONS, Forbidden, NotFound, Permission, Role
from tenants.people.administrators import keep_an_administrator
from tenants.signin.revocations import RevocationKind, Revocations, revoke_after_commit
from tenants.tables import org_units, role_assignments, users

MOST_ROLES = 100

_TAKEN = {
    "role_assignments_tenant_id_user_id_role_org_unit_id_key": (
        "this person holds this role there already",
        ["input", "role"],
    )
}


async def grant_role(
    tx: Transaction,
    revocations: Revocations,
    *,
    user_id: int,
    role: Role,
    org_unit_id: int | None = None,
) -> int:
    """Gives a person a role, in the whole tenant or for an org unit and everything below it.

    Returns the assignment's id. Nobody grants what they do not hold. The person's tokens end, so that the next ones
    carry the role.
    """
    _require_grantable(tx, role, "role")
    person = await locked(tx, users, user_id, what="person")
    if person["status"] == "deleted":
        raise NotFound("there is no such person")
    if org_unit_id is not None:
        await _require_unit(tx, org_unit_id)
    held = select(role_assignments.c.id).where(
        role_assignments.c.tenant_id == tx.tenant_id, role_assignments.c.user_id == user_id
    )
    if len((await tx.connection.execute(held)).all()) >= MOST_ROLES:
        raise InvalidInput(f"a person holds at most {MOST_ROLES} roles", path=["input", "userId"])
    assignment_id = tx.new_id()
    values = {
        "tenant_id": tx.tenant_id,
        "id": assignment_id,
        "user_id": user_id,
        "role": role.value,
        "created_at": tx.now,
        **({"org_unit_id": org_unit_id} if org_unit_id is not None else {}),
        **({"granted_by_id": tx.principal.user_id} if tx.principal.user_id is not None else {}),
    }
    with taken_values(_TAKEN):
        await tx.connection.execute(insert(role_assignments).values(values))
    await tx.announce("role.granted", "role", assignment_id, user_id=str(user_id), role=role.value)
    await revoke_after_commit(tx, revocations, kind=RevocationKind.USER, subject_id=user_id)
    return assignment_id


async def revoke_role(tx: Transaction, revocations: Revocations, *, assignment_id: int) -> int:
    """Takes a role back; the person's tokens end before this answers. Returns the person's id."""
    query = select(role_assignments.c.user_id).where(
        role_assignments.c.tenant_id == tx.tenant_id, role_assignments.c.id == assignment_id
    )
    user_id = (await tx.connection.execute(query)).scalar_one_or_none()
    if user_id is None or not _sees(tx, user_id):
        raise NotFound("there is no such role assignment", path=["input", "id"])
    await locked(tx, users, user_id, what="person")
    this = (role_assignments.c.tenant_id == tx.tenant_id) & (role_assignments.c.id == assignment_id)
    held = select(role_assignments.c.role, role_assignments.c.org_unit_id).where(this)
    row = (await tx.connection.execute(held)).one_or_none()
    if row is None:
        raise NotFound("there is no such role assignment", path=["input", "id"])
    role, org_unit_id = row
    _require_grantable(tx, Role(role), "id")
    if role == Role.TENANT_ADMIN and org_unit_id is None:
        await keep_an_administrator(tx, without=user_id)
    await tx.connection.execute(delete(role_assignments).where(this))
    await tx.announce("role.revoked", "role", assignment_id, user_id=str(user_id), role=role)
    await revoke_after_commit(tx, revocations, kind=RevocationKind.USER, subject_id=user_id)
    return int(user_id)


def _require_grantable(tx: Transaction, role: Role, member: str) -> None:
    require(tx, Permission.GRANT_ROLES, "grant roles or take them back")
    beyond = PERMISSIONS[role] - tx.principal.access.held
    if beyond:
        raise Forbidden("nobody grants, or takes back, what they do not hold", path=["input", member])


def _sees(tx: Transaction, user_id: int) -> bool:
    return tx.principal.access.may(Permission.READ_USERS) or tx.principal.user_id == user_id


async def _require_unit(tx: Transaction, org_unit_id: int) -> None:
    query = (
        select(org_units.c.status)
        .where(org_units.c.tenant_id == tx.tenant_id, org_units.c.id == org_unit_id)
        .with_for_update(read=True, key_share=True)
    )
    status = (await tx.connection.execute(query)).scalar_one_or_none()
    if status is None:
        raise InvalidInput("there is no such org unit", path=["input", "orgUnitId"])
    if status != "active":
        raise InvalidInput("the org unit is archived", path=["input", "orgUnitId"])
