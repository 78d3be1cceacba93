"""What follows from an inbox that is no more: nobody behind it follows anybody here any longer."""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import ColumnElement, or_, select, update

from federation.follows.rows import Follow, end
from federation.tables.actors import actors, follows
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.authority import system_principal
from tenants.directory import Directory
from tenants.door import Door, Transaction

AT_ONCE = 200
"""In one transaction: many thousands may be behind a server's shared inbox."""

ForgetInboxes = Callable[[int, str, str], Awaitable[None]]
_log = structlog.get_logger(__name__)


def forget_inboxes(door: Door, directory: Directory) -> ForgetInboxes:
    """Forgets who is behind an inbox of a host, in one institution; while its database is away, the next answer tells."""

    async def forget(tenant_id: int, inbox: str, host: str) -> None:
        try:
            tenant = await directory.by_id(tenant_id)
            is_more = tenant is not None
            while is_more:
                assert tenant is not None
                async with door.write(system_principal(tenant)) as tx:
                    is_more = await forget_some(tx, inbox, host)
        except (*DATABASE_TROUBLE, Unavailable) as error:
            _log.warning(
                "followers behind a closed inbox stay for now", host=host, error=type(error).__name__
            )

    return forget


async def forget_some(tx: Transaction, inbox: str, host: str) -> bool:
    """Ends some of what the actors behind an inbox of a host follow, then says of those whose own inbox it was that they
    are gone; whether there may be more."""
    return await _end_follows(tx, inbox, host) or await _leave(tx, inbox, host)


async def _end_follows(tx: Transaction, inbox: str, host: str) -> bool:
    a, f = actors.c, follows.c
    query = (
        select(f.id, f.follower_id, f.followed_id, f.state, f.activity_address)
        .join(actors, (a.tenant_id == f.tenant_id) & (a.id == f.follower_id))
        .where(*_abroad(tx, host), or_(a.inbox == inbox, a.shared_inbox == inbox))
        .limit(AT_ONCE)
    )
    found = (await tx.connection.execute(query)).all()
    for follow in sorted(found):
        await end(tx, Follow(*follow))
    return len(found) == AT_ONCE


async def _leave(tx: Transaction, inbox: str, host: str) -> bool:
    a = actors.c
    staying = select(a.id).where(*_abroad(tx, host), a.inbox == inbox, a.status != "gone")
    some = staying.order_by(a.id).limit(AT_ONCE).with_for_update()
    left = await tx.connection.execute(
        update(actors)
        .where(a.tenant_id == tx.tenant_id, a.id.in_(some.scalar_subquery()))
        .values(status="gone", updated_at=tx.now, version=a.version + 1)
        .returning(a.id)
    )
    found = left.scalars().all()
    for actor_id in sorted(found):
        await tx.announce("actor.changed", "actor", actor_id, changed=["status"])
    return len(found) == AT_ONCE


def _abroad(tx: Transaction, host: str) -> tuple[ColumnElement[bool], ...]:
    a = actors.c
    return a.tenant_id == tx.tenant_id, a.host == host, a.is_local.is_(False)
