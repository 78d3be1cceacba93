"""The same key gives the same effect once: unique per tenant, principal and mutation, kept seven days, on success only.

A second call with an equal key waits on the row until the first has committed, and then hydrates the same object for its
own selection.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from api.schema.mutation_fields import Changed
from kernel.errors import ErrorCode, FediflowError, InvalidInput
from kernel.unset import UNSET
from tenants.door import Transaction
from tenants.tables import idempotency_keys

_UNFINISHED = 0


class IdempotencyKeyReused(FediflowError):
    """The key was used before with another input."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED


async def repeated(tx: Transaction, mutation: str, key: str, values: Mapping[str, Any]) -> Changed | None:
    """What an earlier call with this key changed; None when this is the first, which then holds the key.

    `values` are what the operation is called with: two inputs that mean the same are equal, however they are written.
    """
    if not 1 <= len(key) <= 255 or "\x00" in key:
        raise InvalidInput("an idempotency key has 1 to 255 characters", path=["input", "idempotencyKey"])
    identity = {
        "tenant_id": tx.tenant_id,
        "principal_id": tx.principal.viewer_id,
        "mutation": mutation,
        "key": key,
    }
    digest = _digest(values)
    taken = await tx.connection.execute(
        insert(idempotency_keys)
        .values(**identity, input_hash=digest, object_id=_UNFINISHED, created_at=tx.now)
        .on_conflict_do_nothing()
        .returning(idempotency_keys.c.key)
    )
    if taken.one_or_none() is not None:
        return None
    known = select(idempotency_keys.c.input_hash, idempotency_keys.c.object_id).filter_by(**identity)
    row = (await tx.connection.execute(known)).one()
    if row.input_hash != digest:
        raise IdempotencyKeyReused(
            f"the idempotency key {key!r} was used with another input", path=["input", "idempotencyKey"]
        )
    return Changed(row.object_id)


async def remember(tx: Transaction, mutation: str, key: str, changed: Changed) -> None:
    """Keeps the object's id with the key, in the transaction of the change."""
    await tx.connection.execute(
        update(idempotency_keys)
        .where(
            idempotency_keys.c.tenant_id == tx.tenant_id,
            idempotency_keys.c.principal_id == tx.principal.viewer_id,
            idempotency_keys.c.mutation == mutation,
            idempotency_keys.c.key == key,
        )
        .values(object_id=changed.object_id)
    )


def _digest(values: Mapping[str, Any]) -> str:
    plain = orjson.dumps(_plain(values), option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(plain, digest_size=32).hexdigest()


def _plain(value: Any) -> Any:
    if value is UNSET:  # null may mean something else, and any text could be given
        return {"given": False}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return str(value.normalize())
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)  # dates
