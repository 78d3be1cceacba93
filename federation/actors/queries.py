"""Asking for actors inside an operation's transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from federation.actors.rows import COLUMNS, ActorRow, actor_row
from federation.tables.actors import actors
from kernel.database.compiled import Compiled
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
    return await _one(tx, _OF_USER, user=user_id)


async def actor_by_id(tx: Transaction, actor_id: int) -> ActorRow | None:
    """The actor of an id, ours or remote."""
    return await _one(tx, _BY_ID, actor=actor_id)


async def actor_by_address(tx: Transaction, address: str) -> ActorRow | None:
    """The actor of an address, ours or remote, as far as it is stored here."""
    return await _one(tx, _BY_ADDRESS, named=address)


async def actor_by_handle(tx: Transaction, username: str, host: str) -> ActorRow | None:
    """The actor `@username@host`; `host` with its port where it has one, neither is case sensitive."""
    return await _one(tx, _BY_HANDLE, user_key=username_key(username), at_host=host.lower())


async def actors_by_address(tx: Transaction, addresses: Sequence[str]) -> dict[str, ActorRow]:
    """Those of these actors that are stored here, by address."""
    if not addresses:
        return {}
    rows = await _BY_ADDRESSES.rows(tx.driver, in_tenant=tx.tenant_id, named=list(addresses))
    return {row["address"]: actor_row(row) for row in rows}


async def actors_by_id(tx: Transaction, ids: Sequence[int]) -> dict[int, ActorRow]:
    """Those of these actors that are there, by id."""
    if not ids:
        return {}
    rows = await _BY_IDS.rows(tx.driver, in_tenant=tx.tenant_id, those=[str(one) for one in ids])
    return {row["id"]: actor_row(row) for row in rows}


def username_key(username: str) -> str:
    """A username as it is compared."""
    return username.casefold()


async def _one(tx: Transaction, statement: Compiled, **values: Any) -> ActorRow | None:
    row = await statement.row(tx.driver, in_tenant=tx.tenant_id, **values)
    return None if row is None else actor_row(row)


def _finding(*where: ColumnElement[bool]) -> Compiled:
    return Compiled(select(*COLUMNS).where(_c.tenant_id == bindparam("in_tenant", type_=BigInteger), *where))


_OF_USER = _finding(_c.user_id == bindparam("user", type_=BigInteger))
_BY_ID = _finding(_c.id == bindparam("actor", type_=BigInteger))
_BY_ADDRESS = _finding(_c.address == bindparam("named", type_=Text))
_BY_HANDLE = _finding(
    _c.username_key == bindparam("user_key", type_=Text), _c.host == bindparam("at_host", type_=Text)
)
_BY_IDS = _finding(_c.id == func.any(cast(bindparam("those", type_=ARRAY(Text)), ARRAY(BigInteger))))
_BY_ADDRESSES = _finding(_c.address == func.any(bindparam("named", type_=ARRAY(Text))))
