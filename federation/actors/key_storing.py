"""Writing actors' keys, and what of them stands in documents.

Many servers know the one key that `publicKey` names and no other, so all processes have to sign with that very one. Keys
are therefore replaced by time: a new one is listed as one more from the beginning, and signs `SWITCH_AFTER` later, which is
longer than any process remembers what there was before. The one before stays published for a month, for what was signed
with it and is still on its way, or is passed on by others with its proof.

Times of keys are those of the shard's clock, for whoever reads them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from federation.protocol.addresses import ED25519_KEY, MAIN_KEY
from federation.protocol.model import Multikey, PemKey
from federation.signatures import PrivateKey, generate_ed25519, generate_rsa, public_key_from_pem
from federation.tables.actors import actor_keys, actors, key_switches
from tenants.changing import locked
from tenants.data_keys import DataKeys
from tenants.door import Transaction

SWITCH_AFTER = timedelta(minutes=10)
PUBLISHED_AFTER_ROTATION = timedelta(days=30)
_k = actor_keys.c


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """What stands in an actor's document: the RSA key that signs now, and all others that are, were or will be in use."""

    pem: PemKey | None = None
    multikeys: tuple[Multikey, ...] = ()
    seconds: float | None = None  # until another one signs, if that is planned


@dataclass(frozen=True, slots=True)
class NewKeys:
    """A pair that is stored nowhere yet."""

    rsa: PrivateKey
    ed25519: PrivateKey


async def new_keys() -> NewKeys:
    """A new pair, made in a thread."""
    return NewKeys(await asyncio.to_thread(generate_rsa), generate_ed25519())


async def store_keys(tx: Transaction, data_keys: DataKeys, actor_id: int, made: NewKeys) -> None:
    """The first keys of an actor; nothing happens where it has some already. `NotFound` where there is no such actor."""
    await locked(tx, actors, actor_id, what="actor")
    mine = (_k.tenant_id == tx.tenant_id, _k.actor_id == actor_id)
    if (await tx.connection.execute(select(_k.id).where(*mine).limit(1))).first() is not None:
        return
    await _insert(tx, data_keys, actor_id, made, {"rsa": MAIN_KEY, "ed25519": ED25519_KEY})


async def rotate_keys(
    tx: Transaction,
    data_keys: DataKeys,
    actor_id: int,
    made: NewKeys,
    *,
    switch_after: timedelta = SWITCH_AFTER,
) -> datetime:
    """Has new keys sign in a while; when that is. They are under addresses of their own; what ended a month ago goes.

    Keys that were to sign later than now will do so before these: whoever remembers that is right.
    """
    await locked(tx, actors, actor_id, what="actor")
    mine = (_k.tenant_id == tx.tenant_id, _k.actor_id == actor_id)
    await tx.connection.execute(delete(actor_keys).where(*mine, _k.published_until <= func.now()))
    switch_at = (await tx.connection.execute(select(func.now() + switch_after))).scalar_one()
    await tx.connection.execute(
        update(actor_keys)
        .where(*mine, _k.signs_until.is_(None))
        .values(signs_until=switch_at, published_until=switch_at + PUBLISHED_AFTER_ROTATION)
    )
    await _insert(tx, data_keys, actor_id, made, _new_fragments(tx))
    row = {"tenant_id": tx.tenant_id, "id": tx.new_id(), "actor_id": actor_id, "due_at": switch_at}
    await tx.connection.execute(insert(key_switches).values(row))
    return switch_at


async def replace_keys(tx: Transaction, data_keys: DataKeys, actor_id: int, made: NewKeys) -> None:
    """Has new keys sign at once and takes all others away, also those that were to sign later: they were stolen."""
    await locked(tx, actors, actor_id, what="actor")
    mine = (_k.tenant_id == tx.tenant_id, _k.actor_id == actor_id)
    await tx.connection.execute(delete(actor_keys).where(*mine))
    await _insert(tx, data_keys, actor_id, made, _new_fragments(tx))


def published(rows: Sequence[Mapping[str, Any]], address: str) -> PublishedKeys:
    """The keys of an actor's document out of rows of `actor_keys` that are published, in the order in which they sign.

    `signs_for`: seconds until the next one signs, none or less where it does already; None where there is no next one.
    """
    pem: PemKey | None = None
    seconds: float | None = None
    multikeys = []
    for row in rows:
        key_id, text, signs_for = f"{address}#{row['fragment']}", row["public_key"], row["signs_for"]
        if row["algorithm"] == "ed25519":
            multikeys.append(Multikey(key_id, text))
        elif pem is None and (signs_for is None or signs_for > 0):
            pem, seconds = PemKey(key_id, text), signs_for
        else:
            multikeys.append(Multikey(key_id, public_key_from_pem(text).to_multibase()))
    return PublishedKeys(pem, tuple(reversed(multikeys)), seconds)


def _new_fragments(tx: Transaction) -> dict[str, str]:
    suffix = f"{tx.new_id():x}"
    return {"rsa": f"{MAIN_KEY}-{suffix}", "ed25519": f"{ED25519_KEY}-{suffix}"}


async def _insert(
    tx: Transaction, data_keys: DataKeys, actor_id: int, made: NewKeys, fragments: Mapping[str, str]
) -> None:
    for algorithm, key in (("rsa", made.rsa), ("ed25519", made.ed25519)):
        public = key.public.to_pem() if algorithm == "rsa" else key.public.to_multibase()
        row = {
            "tenant_id": tx.tenant_id,
            "id": tx.new_id(),
            "actor_id": actor_id,
            "algorithm": algorithm,
            "fragment": fragments[algorithm],
            "public_key": public,
            "private_key": await data_keys.encrypt(tx, _k.private_key, key.to_pem()),
            "created_at": tx.now,
        }
        await tx.connection.execute(insert(actor_keys).values(row))
