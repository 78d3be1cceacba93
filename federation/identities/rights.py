"""Who may change whose identities."""

from sqlalchemy import select

from tenants.authority import require, require_not_above
from tenants.door import Transaction
from tenants.model import Forbidden, NotFound, Permission
from tenants.tables import users


async def require_manager(tx: Transaction, user_id: int, what: str) -> None:
    """The person exists, and the caller may decide about their identities and is not below them.

    An identity is a way in: whoever could give one to somebody above them could act as them.
    """
    require(tx, Permission.RESOLVE_IDENTITIES, what)
    await require_person(tx, user_id)
    if tx.principal.user_id != user_id:
        await require_not_above(tx, user_id, what)


async def require_own_or_manager(tx: Transaction, user_id: int, what: str) -> None:
    """The caller is the person, or manages identities. Others do not learn that there is one."""
    if tx.principal.user_id == user_id:
        return
    if not tx.principal.access.may(Permission.RESOLVE_IDENTITIES):
        if tx.principal.access.may(Permission.READ_USERS):
            raise Forbidden(f"you may not {what}", permission=Permission.RESOLVE_IDENTITIES.value)
        raise NotFound("there is no such identity", path=["id"])
    await require_manager(tx, user_id, what)


async def require_person(tx: Transaction, user_id: int) -> None:
    """Locks the person against leaving; `NotFound` where they are not there."""
    query = (
        select(users.c.status)
        .where(users.c.tenant_id == tx.tenant_id, users.c.id == user_id)
        .with_for_update(read=True, key_share=True)
    )
    status = (await tx.connection.execute(query)).scalar_one_or_none()
    if status is None or status == "deleted":
        raise NotFound("there is no such person", path=["userId"])
