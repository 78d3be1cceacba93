"""What happened to identities: every change is a row that nobody changes again."""

from enum import StrEnum

from sqlalchemy import insert

from federation.identities.model import IdentityKind
from federation.tables.identities import identity_changes
from tenants.door import Transaction


class Change(StrEnum):
    """What was done."""

    LINKED = "linked"
    VERIFIED = "verified"
    UNLINKED = "unlinked"
    CLAIMED = "claimed"
    MERGED = "merged"
    REJECTED = "rejected"


async def remember(
    tx: Transaction,
    change: Change,
    *,
    identity_id: int,
    user_id: int,
    kind: IdentityKind,
    why: str | None = None,
) -> None:
    """Writes the row and tells the outbox; `user_id` is whom the change is about, the actor is the transaction's."""
    values = {
        "tenant_id": tx.tenant_id,
        "id": tx.new_id(),
        "identity_id": identity_id,
        "user_id": user_id,
        "kind": kind.value,
        "change": change.value,
        "changed_by_id": tx.principal.user_id,
        "change_reason": why,
        "created_at": tx.now,
    }
    given = {name: value for name, value in values.items() if value is not None}
    await tx.connection.execute(insert(identity_changes).values(given))
    await tx.announce(f"identity.{change}", "identity", identity_id, user_id=str(user_id), kind=kind.value)
