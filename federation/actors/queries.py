"""Asking for actors inside an operation's transaction."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from federation.actors.rows import COLUMNS, ActorRow, actor_row
from federation.tables.actors import actors
from kernel.errors import ErrorCode, FediflowError
from tenants.door import Transaction

_c = actors.c


class NotOnTheSocialWeb(FediflowError):
    """The person has no actor: nobody outside knows of them."""

    code = ErrorCode.CONFLICT


async def require_actor(tx: Transaction) -> ActorRow:
    """The viewer's own actor; `NotOnTheSocialWeb` where they did not join, have left, or are suspended."""
    actor = await actor_of_user(tx, tx.principal.viewer_id)
    if actor is None or actor.status == "gone":
        raise NotOnTheSocialWeb("you are not on the social web: call joinFederation first")
    if actor.status == "moved":
        raise NotOnTheSocialWeb(f"you have moved to {actor.moved_to}: act from there")
    if actor.restriction == "suspended":
        raise NotOnTheSocialWeb("moderators have suspended your profile on the social web")
    return actor


async def actor_of_user(tx: Transaction, user_id: int) -> ActorRow | None:
    """The actor of a person, in whatever status; None where they never joined."""
    return await _one(tx, _c.user_id == user_id)


async def actor_by_id(tx: Transaction, actor_id: int) -> ActorRow | None:
    """The actor of an id, ours or remote."""
    return await _one(tx, _c.id == actor_id)


async def actor_by_address(tx: Transaction, address: str) -> ActorRow | None:
    """The actor of an address, ours or remote, as far as it is stored here."""
    return await _one(tx, _c.address == address)


async def actor_by_handle(tx: Transaction, username: str, host: str) -> ActorRow | None:
    """The actor `@username@host`; `host` with its port where it has one, neither is case sensitive."""
    return await _one(tx, _c.username_key == username_key(username), _c.host == host.lower())


async def actors_by_address(tx: Transaction, addresses: Sequence[str]) -> dict[str, ActorRow]:
    """Those of these actors that are stored here, by address."""
    if not addresses:
        return {}
    query = select(*COLUMNS).where(_c.tenant_id == tx.tenant_id, _c.address.in_(list(addresses)))
    rows = (await tx.connection.execute(query)).mappings()
    return {row["address"]: actor_row(row) for row in rows}


def username_key(username: str) -> str:
    """A username as it is compared."""
    return username.casefold()


async def _one(tx: Transaction, *where: ColumnElement[bool]) -> ActorRow | None:
    query = select(*COLUMNS).where(_c.tenant_id == tx.tenant_id, *where)
    row = (await tx.connection.execute(query)).mappings().one_or_none()
    return None if row is None else actor_row(row)
