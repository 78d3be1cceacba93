"""Whose an identity is, inside one institution."""

from dataclasses import dataclass

from sqlalchemy import select

from federation.identities.model import Identity
from federation.tables.identities import federation_identities
from kernel.crypto.columns import ColumnKeys
from tenants.data_keys import DataKeys, place_of
from tenants.door import Transaction

ENCRYPTED = federation_identities.c.encrypted_value


@dataclass(frozen=True, slots=True)
class Held:
    """A linked identity and the person who has it."""

    identity_id: int
    user_id: int


async def holder_of(tx: Transaction, keys: DataKeys | None, identity: Identity) -> Held | None:
    """Who has the identity, its row locked; None: nobody. `keys` are needed for what is stored encrypted."""
    key = await lookup_key(tx, keys, identity)
    query = (
        select(federation_identities.c.id, federation_identities.c.user_id)
        .where(
            federation_identities.c.tenant_id == tx.tenant_id,
            federation_identities.c.kind == identity.kind.value,
            federation_identities.c.issuer == identity.issuer,
            federation_identities.c.lookup_key == key,
        )
        .with_for_update()
    )
    row = (await tx.connection.execute(query)).one_or_none()
    return Held(row.id, row.user_id) if row is not None else None


async def lookup_key(
    tx: Transaction, keys: DataKeys | None, identity: Identity, user_id: int | None = None
) -> str:
    """What an identity is found by. `user_id` is part of it where the value names no person: of one each has one."""
    if not identity.names_one_person:
        return str(user_id)
    if not identity.is_encrypted:
        return identity.key
    assert keys is not None, "what is stored encrypted needs the keys"
    return blind_key(await keys.of(tx), identity)


def blind_key(keys: ColumnKeys, identity: Identity) -> str:
    """What an encrypted identity is found by."""
    return keys.blind_index(place_of(ENCRYPTED), identity.key).hex()
