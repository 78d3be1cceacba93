"""An institution is never left without somebody who may do everything in it."""

from sqlalchemy import select

from kernel.errors import ErrorCode, FediflowError
from tenants.changing import alone
from tenants.door import Transaction
from tenants.model import Role
from tenants.tables import role_assignments, users


class LastAdministrator(FediflowError):
    """Nobody would be left who may grant roles."""

    code = ErrorCode.CONFLICT


async def keep_an_administrator(tx: Transaction, *, without: int) -> None:
    """Raises `LastAdministrator` where this person administers the whole tenant and nobody else who is active does.

    What it finds holds until the commit. The operator of the installation may do without: they can name a new one.
    """
    if tx.principal.user_id is None:
        return
    await alone(tx, "administrators")
    role = role_assignments.c
    active = (
        select(role.user_id)
        .join(users, (users.c.tenant_id == role.tenant_id) & (users.c.id == role.user_id))
        .where(
            role.tenant_id == tx.tenant_id,
            role.role == Role.TENANT_ADMIN.value,
            role.org_unit_id.is_(None),
            users.c.status == "active",
        )
        .distinct()
        .limit(2)
    )
    if (await tx.connection.execute(active)).scalars().all() == [without]:
        raise LastAdministrator(
            "this is the institution's last administrator: name another one first", path=["input", "id"]
        )
