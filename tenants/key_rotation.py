"""Changing keys: a tenant's data keys wrapped anew, a data key for what will be stored, and how things stand.

Each tenant is a transaction of its own, and what is done is not done again: a run that was interrupted is simply repeated.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.crypto.columns import LARGEST_KEY_ID
from kernel.crypto.key_encryption import KeyEncryptionKeys
from kernel.crypto.sealing import SealedError
from kernel.errors import ErrorCode, FediflowError
from tenants.data_keys import insert_data_key, wrapping_context
from tenants.door import set_tenant
from tenants.model import TenantId
from tenants.tables import data_keys

# So that a run for new data keys can be repeated: whoever got one in it does not get another.
NEW_ENOUGH = timedelta(days=1)


class NoKeyLeft(FediflowError):
    """A tenant has had as many data keys as can be told apart."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was done for one tenant: how many data keys were wrapped anew, and whether a new one was made."""

    rewrapped: int
    made: bool


@dataclass(frozen=True, slots=True)
class KeyState:
    """One data key as an operator may see it."""

    key_id: int
    wrapped_by: str
    created_at: datetime
    retired_at: datetime | None


async def rotate_keys(
    shard: AsyncEngine, tenant_id: TenantId, keys: KeyEncryptionKeys, now: datetime, *, new_data_key: bool
) -> Rotated:
    """Wraps every data key of a tenant under the current key-encryption key.

    With `new_data_key` a tenant that has data keys, none of them made within a day, gets a new one for future values;
    those before it are retired and still decrypt. Raises `KeyLost` where a data key cannot be unwrapped: then nothing of
    this tenant is changed.
    """
    async with shard.begin() as connection:
        await connection.execute(text(set_tenant(tenant_id)))
        found = await _locked(connection, tenant_id)
        rewrapped = 0
        for row in found:
            if row.wrapped_by != keys.current.id:
                await _rewrap(connection, tenant_id, row, keys)
                rewrapped += 1
        wanted = new_data_key and bool(found) and found[-1].created_at < now - NEW_ENOUGH
        return Rotated(
            rewrapped, wanted and await _succeed(connection, tenant_id, found[-1].key_id, keys, now)
        )


async def key_states(shard: AsyncEngine, tenant_id: TenantId) -> list[KeyState]:
    """A tenant's data keys, the oldest first."""
    columns = (data_keys.c.key_id, data_keys.c.wrapped_by, data_keys.c.created_at, data_keys.c.retired_at)
    async with shard.begin() as connection:
        await connection.execute(text(set_tenant(tenant_id)))
        query = select(*columns).where(data_keys.c.tenant_id == tenant_id).order_by(data_keys.c.key_id)
        return [KeyState(*row) for row in await connection.execute(query)]


async def unopened_keys(
    connection: AsyncConnection, tenant_id: TenantId, keys: KeyEncryptionKeys
) -> list[tuple[str, FediflowError | None]]:
    """By which key each data key of a tenant is wrapped, and why it does not open (None: it does), in the caller's transaction."""
    await connection.execute(text(set_tenant(tenant_id)))
    own = select(data_keys).where(data_keys.c.tenant_id == tenant_id)
    return [(row.wrapped_by, _why_closed(tenant_id, row, keys)) for row in await connection.execute(own)]


def _why_closed(tenant_id: TenantId, row: Row[Any], keys: KeyEncryptionKeys) -> FediflowError | None:
    try:
        keys.unwrap(row.wrapped, wrapping_context(tenant_id, row.key_id), row.wrapped_by)
    except SealedError as error:
        return error
    return None


async def _locked(connection: AsyncConnection, tenant_id: TenantId) -> list[Row[Any]]:
    own = select(data_keys).where(data_keys.c.tenant_id == tenant_id).order_by(data_keys.c.key_id)
    return list(await connection.execute(own.with_for_update()))


async def _rewrap(
    connection: AsyncConnection, tenant_id: TenantId, row: Row[Any], keys: KeyEncryptionKeys
) -> None:
    context = wrapping_context(tenant_id, row.key_id)
    wrapped = keys.wrap(keys.unwrap(row.wrapped, context, row.wrapped_by), context)
    await connection.execute(
        update(data_keys)
        .where(data_keys.c.tenant_id == tenant_id, data_keys.c.key_id == row.key_id)
        .values(wrapped=wrapped, wrapped_by=keys.current.id)
    )


async def _succeed(
    connection: AsyncConnection, tenant_id: TenantId, newest: int, keys: KeyEncryptionKeys, now: datetime
) -> bool:
    if newest == LARGEST_KEY_ID:
        raise NoKeyLeft(
            f"tenant {tenant_id} has {LARGEST_KEY_ID} data keys, which is as many as there can be"
        )
    await insert_data_key(connection, tenant_id, newest + 1, keys, now)
    await connection.execute(
        update(data_keys)
        .where(data_keys.c.tenant_id == tenant_id, data_keys.c.key_id <= newest)
        .values(retired_at=func.coalesce(data_keys.c.retired_at, now))
    )
    return True
