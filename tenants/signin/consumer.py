"""Writes each revocation again from its outbox row, in case the process died between its commit and the revocation."""

from collections.abc import Sequence

from kernel.outbox.consumers import Consumer
from kernel.outbox.event import Event
from tenants.signin.revocations import EVENT, RevocationKind, Revocations


def revocation_consumer(revocations: Revocations) -> Consumer:
    """The consumer of `access.revoked`. Safe to run twice: an event is written once."""

    async def handle(events: Sequence[Event]) -> None:
        for event in events:
            if event.event == EVENT:
                await revocations.revoke(
                    tenant_id=event.tenant_id,
                    kind=RevocationKind(event.payload["kind"]),
                    subject_id=event.object_id,
                    event_id=str(event.payload["event_id"]),
                )

    return Consumer("revocations", handle)
