"""Telling the outbox: the row is written in the transaction of the change it tells."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

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
