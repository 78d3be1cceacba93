"""Linking what somebody is called elsewhere to the person here, and taking it off again."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from federation.identities.conflicts import open_conflict
from federation.identities.finding import ENCRYPTED, Held, holder_of, lookup_key
from federation.identities.history import Change, remember
from federation.identities.model import Identity, IdentityKind, Verification, instance_of
from federation.identities.rights import require_own_or_manager, require_person
from federation.identities.scopes import require_asserted
from federation.tables.identities import federation_identities
from kernel.errors import ErrorCode, InvalidInput
from tenants.changing import locked
from tenants.data_keys import DataKeys
from tenants.door import Transaction
from tenants.model import NotFound

MOST_IDENTITIES = 50


class UnableToLink(InvalidInput):
    """The identity cannot be this person's."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of it: the identity is the person's (`identity_id`), or another's, and a case was opened."""

    identity_id: int | None
    conflict_id: int | None = None

    @property
    def object_id(self) -> int:
        """The id of whichever there is."""
        found = self.identity_id if self.identity_id is not None else self.conflict_id
        assert found is not None
        return found


async def link_identity(
    tx: Transaction,
    keys: DataKeys | None,
    *,
    user_id: int,
    identity: Identity,
    verified_by: Verification,
    never_reassigned: bool = False,
    actor_public_key: str | None = None,
) -> Linked:
    """Makes the identity the person's, vouched for by `verified_by`; linking it again renews that.

    Where another person has it nothing is linked: a case for an administrator is opened. Whether the caller may link for
    this person is the caller's to ask. `keys` are needed for what is stored encrypted; `never_reassigned`: whoever gives out
    principal names says that none is ever given to a second person.

    Raises `NotAsserted` for a scope or issuer that is not this institution's, `UnableToLink` for a principal name that may be
    reassigned, a second home organization, or too many identities.
    """
    if identity.kind is IdentityKind.EDUPERSON_PRINCIPAL_NAME and not never_reassigned:
        raise UnableToLink(
            "a principal name is only taken where it is never given to a second person (neverReassigned)",
            path=["neverReassigned"],
        )
    await require_person(tx, user_id)
    await require_asserted(tx, identity)
    await _require_room(tx, user_id)
    row = await _row(tx, keys, user_id, identity, verified_by, actor_public_key)
    if await _inserted(tx, row):
        await remember(tx, Change.LINKED, identity_id=row["id"], user_id=user_id, kind=identity.kind)
        return Linked(row["id"])
    return await _of_somebody(tx, keys, user_id, identity, verified_by)


async def unlink_identity(tx: Transaction, *, identity_id: int, expected_version: int | None = None) -> int:
    """Takes an identity off its person: their own, or anybody's for who manages identities. Returns the person's id.

    Open cases about it are over with it; its history stays.
    """
    owner = select(federation_identities.c.user_id).where(
        federation_identities.c.tenant_id == tx.tenant_id, federation_identities.c.id == identity_id
    )
    user_id = (await tx.connection.execute(owner)).scalar_one_or_none()
    if user_id is None:
        raise NotFound("there is no such identity", path=["id"])
    await require_own_or_manager(tx, user_id, "remove identities of others")
    row = await locked(
        tx, federation_identities, identity_id, what="identity", expected_version=expected_version
    )
    await require_own_or_manager(tx, row["user_id"], "remove identities of others")
    await tx.connection.execute(
        delete(federation_identities).where(
            federation_identities.c.tenant_id == tx.tenant_id, federation_identities.c.id == identity_id
        )
    )
    kind = IdentityKind(row["kind"])
    await remember(tx, Change.UNLINKED, identity_id=identity_id, user_id=row["user_id"], kind=kind)
    return int(row["user_id"])


async def used_identity(tx: Transaction, *, identity_id: int) -> None:
    """Notes that somebody came in by it just now."""
    await tx.connection.execute(
        update(federation_identities)
        .where(federation_identities.c.tenant_id == tx.tenant_id, federation_identities.c.id == identity_id)
        .values(last_used_at=tx.now)
    )


async def _of_somebody(
    tx: Transaction,
    keys: DataKeys | None,
    user_id: int,
    identity: Identity,
    verified_by: Verification,
) -> Linked:
    """The identity was there before: the person's own is vouched for anew, another's becomes a case."""
    if not identity.names_one_person:
        raise UnableToLink("this person has a home organization: remove it first", path=["value"])
    held = await holder_of(tx, keys, identity)
    if held is None:  # taken off by its person meanwhile
        raise UnableToLink("the identity was just removed from another person: try again", path=["value"])
    if held.user_id == user_id:
        await _verified(tx, held, identity.kind, verified_by)
        return Linked(held.identity_id)
    case_id = await open_conflict(tx, held, identity.kind, claimant_id=user_id)
    return Linked(None, case_id)


async def _verified(tx: Transaction, held: Held, kind: IdentityKind, verified_by: Verification) -> None:
    await tx.connection.execute(
        update(federation_identities)
        .where(
            federation_identities.c.tenant_id == tx.tenant_id, federation_identities.c.id == held.identity_id
        )
        .values(
            verified_at=tx.now,
            verified_by=verified_by.value,
            version=federation_identities.c.version + 1,
            updated_at=tx.now,
        )
    )
    await remember(tx, Change.VERIFIED, identity_id=held.identity_id, user_id=held.user_id, kind=kind)


async def _require_room(tx: Transaction, user_id: int) -> None:
    count = select(func.count()).where(
        federation_identities.c.tenant_id == tx.tenant_id, federation_identities.c.user_id == user_id
    )
    if (await tx.connection.execute(count)).scalar_one() >= MOST_IDENTITIES:
        raise UnableToLink(f"a person has at most {MOST_IDENTITIES} identities", path=["userId"])


async def _row(
    tx: Transaction,
    keys: DataKeys | None,
    user_id: int,
    identity: Identity,
    verified_by: Verification,
    actor_public_key: str | None,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "tenant_id": tx.tenant_id,
        "id": tx.new_id(),
        "user_id": user_id,
        "kind": identity.kind.value,
        "issuer": identity.issuer,
        "lookup_key": await lookup_key(tx, keys, identity, user_id),
        "verified_at": tx.now,
        "verified_by": verified_by.value,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    if identity.name_identifier_type is not None:
        row["name_identifier_type"] = identity.name_identifier_type
    if identity.is_encrypted:
        assert keys is not None, "what is stored encrypted needs the keys"
        row["encrypted_value"] = await keys.encrypt(tx, ENCRYPTED, identity.value)
    else:
        row["identity_value"] = identity.value
    if identity.kind is IdentityKind.ACTIVITYPUB_ACTOR:
        row |= {"actor_address": identity.value, "actor_instance": instance_of(identity.value)}
        if actor_public_key is not None:
            row["actor_public_key"] = actor_public_key
    return row


async def _inserted(tx: Transaction, row: dict[str, Any]) -> bool:
    known = ["tenant_id", "kind", "issuer", "lookup_key"]
    statement = insert(federation_identities).values(row).on_conflict_do_nothing(index_elements=known)
    return (await tx.connection.execute(statement)).rowcount == 1
