"""Ending the tokens of people whose rights an import changed."""

from typing import Any

from sqlalchemy import Select, insert

from academic.oneroster.loading.batch import Batch
from kernel.outbox.tables import outbox
from tenants.signin.revocations import EVENT, RevocationKind


async def end_access(batch: Batch, user_ids: Select[Any]) -> None:
    """Tells the outbox that these people's tokens hold no longer; the worker writes the revocations.

    Whoever imports has no directory at hand, so tokens end when the worker comes to it, and not before the answer.
    """
    found = (await batch.execute(user_ids.distinct())).scalars().all()
    if not found:
        return
    await batch.tx.connection.execute(
        insert(outbox),
        [
            {
                "tenant_id": batch.tenant_id,
                "event": EVENT,
                "object_type": RevocationKind.USER.value,
                "object_id": user_id,
                "payload": {"kind": RevocationKind.USER.value, "event_id": str(batch.tx.new_id())},
            }
            for user_id in found
        ],
    )
