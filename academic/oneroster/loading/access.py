"""Ending the tokens of people whose rights an import changed."""

from typing import Any

from sqlalchemy import Select, insert

from academic.oneroster.loading.batch import Batch
from kernel.outbox.tables import outbox
from tenants.signin.revocations import EVENT, RevocationKind


async def end_access(batch: Batch, user_ids: Select[Any]) -> None:
    """Remembers whose tokens hold no longer, for when the import is committed.

    The same events go to the outbox, so that an importer that dies right after its commit leaves nobody signed in.
    """
    people = (await batch.execute(user_ids.distinct())).scalars().all()
    found = {user_id: str(batch.tx.new_id()) for user_id in people}
    if not found:
        return
    batch.access_ended |= found
    await batch.tx.connection.execute(
        insert(outbox),
        [
            {
                "tenant_id": batch.tenant_id,
                "event": EVENT,
                "object_type": RevocationKind.USER.value,
                "object_id": user_id,
                "payload": {"kind": RevocationKind.USER.value, "event_id": event_id},
            }
            for user_id, event_id in found.items()
        ],
    )
