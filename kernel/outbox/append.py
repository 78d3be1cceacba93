"""Telling the outbox: the row is written in the transaction of the change it tells."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson
from sqlalchemy import BigInteger, Text, bindparam, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.database.compiled import Compiled
from kernel.outbox.tables import outbox


async def append(
    connection: AsyncConnection,
    *,
    tenant_id: int,
    event: str,
    object_type: str,
    object_id: int,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Appends one event. Call it while the changed object's row lock is held: that is what orders an object's events."""
    await connection.execute(
        insert(outbox).values(
            tenant_id=tenant_id,
            event=event,
            object_type=object_type,
            object_id=object_id,
            payload=dict(payload or {}),
        )
    )


async def append_by_driver(
    driver: "asyncpg.Connection[Any]",
    *,
    tenant_id: int,
    event: str,
    object_type: str,
    object_id: int,
    payload: Mapping[str, Any],
) -> None:
    """The same inside a transaction that was begun on the driver's own connection."""
    await _APPEND.rows(
        driver,
        in_tenant=tenant_id,
        named=event,
        of_type=object_type,
        of_object=object_id,
        told=orjson.dumps(payload).decode(),
    )


_APPEND = Compiled(
    insert(outbox).values(
        tenant_id=bindparam("in_tenant", type_=BigInteger),
        event=bindparam("named", type_=Text),
        object_type=bindparam("of_type", type_=Text),
        object_id=bindparam("of_object", type_=BigInteger),
        payload=bindparam("told", type_=JSONB),
    )
)
