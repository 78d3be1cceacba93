"""The data keys of tenants, as operations use them: a tenant's first one is made when something is first encrypted.

Unwrapped keys stay in the process for five minutes, so a key made by `fediflow keys rotate --new-data-keys` is used by all
within that time; values under older keys are read all along.
"""

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import Column, Select, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.crypto.columns import ColumnKeys, key_id_of, new_data_key
from kernel.crypto.key_encryption import KeyEncryptionKeys
from kernel.crypto.sealing import KeyLost
from kernel.database.compiled import Compiled, Row
from tenants.door import Transaction
from tenants.model import TenantId
from tenants.tables import data_keys

REMEMBERED_SECONDS = 300.0
FIRST = 1

# A column that is stored encrypted, or whose values are looked up by a blind index kept elsewhere.
AnyColumn: TypeAlias = "Column[Any]"
Driver: TypeAlias = "asyncpg.Connection[Any]"


class DataKeys:
    """Encrypts, decrypts and indexes values of columns; one per process.

    A ciphertext is bound to its tenant, table and column. Errors are `kernel.crypto.sealing`'s.
    """

    def __init__(self, keys: KeyEncryptionKeys, *, clock: Callable[[], float] = monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._known: dict[TenantId, tuple[float, ColumnKeys]] = {}

    async def encrypt(self, tx: Transaction, column: AnyColumn, value: str | bytes) -> bytes:
        """`value` as it is stored in `column`; a text as UTF-8."""
        keys = await self.of(tx)
        return keys.encrypt(place_of(column), value.encode() if isinstance(value, str) else value)

    async def decrypt(self, tx: Transaction, column: AnyColumn, stored: bytes) -> bytes:
        """The value that was stored in `column`."""
        place = place_of(column)
        keys = await self.of(tx)
        if key_id_of(stored, place) not in keys.by_id:
            keys = self._remember(await _read(self._keys, tx.driver, tx.tenant_id) or keys)
        return keys.decrypt(place, stored)

    async def blind_index(self, tx: Transaction, column: AnyColumn, value: str) -> bytes:
        """32 bytes that are equal for equal values of the column in this tenant; `value` is normalised by the caller."""
        return (await self.of(tx)).blind_index(place_of(column), value)

    async def of(self, tx: Transaction) -> ColumnKeys:
        """The keys of the transaction's tenant, whose methods need no database; made here where it has none."""
        known = self._fresh(tx.tenant_id)
        if known is not None:
            return known
        keys = await _read(self._keys, tx.driver, tx.tenant_id) or await self._made(tx)

        async def remember() -> None:
            self._remember(keys)

        # Not before the commit: a key that was made here is nobody's if the transaction is taken back.
        tx.after_commit.append(remember)
        return keys

    async def read(self, driver: Driver, tenant_id: TenantId) -> ColumnKeys | None:
        """The keys of a tenant for somebody who only reads, on a connection where it is set; None: it has none yet.

        Not inside a transaction that writes: there `of` knows what to do until it is committed.
        """
        keys = self._fresh(tenant_id) or await _read(self._keys, driver, tenant_id)
        return self._remember(keys) if keys is not None else None

    async def reread(self, driver: Driver, tenant_id: TenantId) -> ColumnKeys | None:
        """As `read`, from the database: for a value under a key that is not among those remembered."""
        self._known.pop(tenant_id, None)
        return await self.read(driver, tenant_id)

    async def _made(self, tx: Transaction) -> ColumnKeys:
        """The first key of a tenant: this transaction's, or that of whoever was faster."""
        await insert_data_key(tx.connection, tx.tenant_id, FIRST, self._keys, tx.now)
        made = await _read(self._keys, tx.driver, tx.tenant_id)
        assert made is not None
        return made

    def _fresh(self, tenant_id: TenantId) -> ColumnKeys | None:
        until, keys = self._known.get(tenant_id, (0.0, None))
        return keys if self._clock() < until else None

    def _remember(self, keys: ColumnKeys) -> ColumnKeys:
        self._known[TenantId(keys.tenant_id)] = (self._clock() + REMEMBERED_SECONDS, keys)
        return keys


def place_of(column: AnyColumn) -> str:
    """What a ciphertext is bound to beside its tenant: "table.column"."""
    return f"{column.table.name}.{column.name}"


def wrapping_context(tenant_id: int, key_id: int) -> str:
    """What a wrapped data key is bound to."""
    return f"data key {key_id} of tenant {tenant_id}"


async def insert_data_key(
    connection: AsyncConnection,
    tenant_id: TenantId,
    key_id: int,
    keys: KeyEncryptionKeys,
    now: datetime,
) -> bool:
    """Makes and stores a data key of that id; False where there is one already, also one just being committed."""
    made = insert(data_keys).values(
        tenant_id=tenant_id,
        key_id=key_id,
        wrapped=keys.wrap(new_data_key(), wrapping_context(tenant_id, key_id)),
        wrapped_by=keys.current.id,
        created_at=now,
    )
    return (await connection.execute(made.on_conflict_do_nothing())).rowcount == 1


async def _read(keys: KeyEncryptionKeys, driver: Driver, tenant_id: TenantId) -> ColumnKeys | None:
    rows = await _KEYS.rows(driver, tenant=tenant_id)
    if not rows:
        return None
    usable = [row["key_id"] for row in rows if row["retired_at"] is None]
    if not usable:
        raise KeyLost(f"every data key of tenant {tenant_id} is retired: restore data_keys from a backup")
    return ColumnKeys(
        tenant_id, max(usable), {row["key_id"]: _unwrapped(keys, tenant_id, row) for row in rows}
    )


def _unwrapped(keys: KeyEncryptionKeys, tenant_id: TenantId, row: Row) -> bytes:
    return keys.unwrap(row["wrapped"], wrapping_context(tenant_id, row["key_id"]), row["wrapped_by"])


_QUERY: Select[Any] = (
    select(data_keys.c.key_id, data_keys.c.wrapped, data_keys.c.wrapped_by, data_keys.c.retired_at)
    .where(data_keys.c.tenant_id == bindparam("tenant"))
    .order_by(data_keys.c.key_id)
)
_KEYS = Compiled(_QUERY)
