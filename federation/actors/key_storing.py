"""Writing actors' keys, and what of them stands in documents.

A key that was replaced signs nothing any more, and stays published for a week, for what was signed with it and is still on
its way.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from federation.actors.rows import ActorRow
from federation.protocol.addresses import ED25519_KEY, MAIN_KEY
from federation.protocol.model import Multikey, PemKey
from federation.signatures import PrivateKey, generate_ed25519, generate_rsa, public_key_from_pem
from federation.tables.actors import actor_keys
from tenants.data_keys import DataKeys
from tenants.door import Transaction

PUBLISHED_AFTER_ROTATION = timedelta(days=7)
_k = actor_keys.c


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """What stands in an actor's document: the RSA key that signs, all Ed25519 keys, and RSA keys of the last week."""

    pem: PemKey | None = None
    multikeys: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True)
class NewKeys:
    """A pair that is stored nowhere yet."""

    rsa: PrivateKey
    ed25519: PrivateKey


async def new_keys() -> NewKeys:
    """A new pair, made in a thread."""
    return NewKeys(await asyncio.to_thread(generate_rsa), generate_ed25519())


async def store_keys(tx: Transaction, data_keys: DataKeys, actor_id: int, made: NewKeys) -> None:
    """The first keys of an actor; nothing happens where it has some already."""
    await _insert(tx, data_keys, actor_id, made, {"rsa": MAIN_KEY, "ed25519": ED25519_KEY})


async def rotate_keys(tx: Transaction, data_keys: DataKeys, actor_id: int, made: NewKeys) -> None:
    """Ends the present keys and writes new ones under fragments of their own; drops what was ended over a week ago."""
    mine = (_k.tenant_id == tx.tenant_id, _k.actor_id == actor_id)
    await tx.connection.execute(delete(actor_keys).where(*mine, _k.published_until <= tx.now))
    ended = await tx.connection.execute(
        update(actor_keys)
        .where(*mine, _k.signs_until.is_(None))
        .values(signs_until=tx.now, published_until=tx.now + PUBLISHED_AFTER_ROTATION)
    )
    suffix = f"-{tx.new_id():x}" if ended.rowcount else ""
    names = {"rsa": f"{MAIN_KEY}{suffix}", "ed25519": f"{ED25519_KEY}{suffix}"}
    await _insert(tx, data_keys, actor_id, made, names)


async def published_keys(tx: Transaction, actor: ActorRow) -> PublishedKeys:
    """What stands in the actor's document."""
    query = select(_k.algorithm, _k.fragment, _k.public_key, _k.signs_until).where(
        _k.tenant_id == tx.tenant_id,
        _k.actor_id == actor.id,
        or_(_k.published_until.is_(None), _k.published_until > tx.now),
    )
    rows = (await tx.connection.execute(query.order_by(_k.id))).mappings()
    return published([dict(row) for row in rows], actor.address)


def published(rows: Sequence[Mapping[str, Any]], address: str) -> PublishedKeys:
    """The keys of an actor's document out of rows of `actor_keys` that are still published, older ones first.

    Many servers read one `publicKey`, so there stands the one that signs; its predecessor is among the multikeys.
    """
    pem: PemKey | None = None
    multikeys = []
    for row in rows:
        key_id, text = f"{address}#{row['fragment']}", row["public_key"]
        if row["algorithm"] == "ed25519":
            multikeys.append(Multikey(key_id, text))
        elif row["signs_until"] is None:
            pem = PemKey(key_id, text)
        else:
            multikeys.append(Multikey(key_id, public_key_from_pem(text).to_multibase()))
    return PublishedKeys(pem, tuple(reversed(multikeys)))


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
        await tx.connection.execute(insert(actor_keys).values(row).on_conflict_do_nothing())
