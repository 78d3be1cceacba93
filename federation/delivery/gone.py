"""What follows from an inbox that is no more: nobody behind it follows anybody here any longer."""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import or_, select, update

from federation.follows.rows import Follow, end
from federation.tables.actors import actors, follows
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.authority import system_principal
from tenants.directory import Directory
from tenants.door import Door, Transaction

ForgetInboxes = Callable[[int, str, str], Awaitable[None]]
_log = structlog.get_logger(__name__)


def forget_inboxes(door: Door, directory: Directory) -> ForgetInboxes:
    """Forgets who is behind an inbox of a host, in one institution; while its database is away, the next answer tells."""

    async def forget(tenant_id: int, inbox: str, host: str) -> None:
        try:
            tenant = await directory.by_id(tenant_id)
            if tenant is not None:
                async with door.write(system_principal(tenant)) as tx:
                    await forget_inbox(tx, inbox, host)
        except (*DATABASE_TROUBLE, Unavailable) as error:
            _log.warning(
                "followers behind a closed inbox stay for now", host=host, error=type(error).__name__
            )

    return forget


async def forget_inbox(tx: Transaction, inbox: str, host: str) -> int:
    """Ends what the actors behind an inbox of a host follow; those whose own inbox it was are gone. How many actors."""
    a = actors.c
    mine = (a.tenant_id == tx.tenant_id, a.host == host, a.is_local.is_(False))
    found = select(a.id, a.inbox).where(*mine, or_(a.inbox == inbox, a.shared_inbox == inbox))
    rows = (await tx.connection.execute(found.order_by(a.id).with_for_update())).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    f = follows.c
    query = select(f.id, f.follower_id, f.followed_id, f.state, f.activity_address).where(
        f.tenant_id == tx.tenant_id, f.follower_id.in_(ids)
    )
    for row in (await tx.connection.execute(query.order_by(f.id))).all():
        await end(tx, Follow(*row))
    own = [row.id for row in rows if row.inbox == inbox]
    await tx.connection.execute(
        update(actors)
        .where(*mine, a.id.in_(own))
        .values(status="gone", updated_at=tx.now, version=a.version + 1)
    )
    return len(rows)
