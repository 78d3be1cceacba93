"""The keys of our actors: made when first needed, kept encrypted, loaded once.

Making an RSA key takes a hundred milliseconds, so it is done in a thread and never inside a transaction.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import Select, bindparam, select

from federation.actors.key_storing import new_keys, store_keys
from federation.signatures import (
    PrivateKey,
    private_key_from_pem,
)
from federation.tables.actors import actor_keys, actors
from kernel.crypto.columns import ColumnKeys, key_id_of
from kernel.crypto.sealing import KeyLost
from kernel.database.compiled import Compiled
from tenants.authority import system_principal
from tenants.data_keys import DataKeys, Driver, place_of
from tenants.door import Door
from tenants.model import NotFound, Tenant

_REMEMBERED_SECONDS = 300.0  # so long a process may go on signing with a key that another has replaced
_REMEMBERED = 4096
_k = actor_keys.c


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the address under which its public half is published."""

    address: str
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What an actor signs with now: requests with RSA, which every server verifies, documents with Ed25519."""

    rsa: SigningKey
    ed25519: SigningKey


class ActorKeys:
    """The keys of actors of ours, for who signs with them and who shows them; one per process."""

    def __init__(self, door: Door, data_keys: DataKeys) -> None:
        self._door = door
        self._data_keys = data_keys
        self._known: OrderedDict[tuple[int, int], tuple[float, SigningKeys]] = OrderedDict()
        self._making = (
            asyncio.Lock()
        )  # one at a time: whoever asks for many new actors does not get all our threads

    async def signing(self, tenant: Tenant, actor_id: int) -> SigningKeys:
        """What the actor signs with; made where it has none yet. `NotFound` for what is no actor of ours."""
        until, known = self._known.get((tenant.id, actor_id), (0.0, None))
        if known is not None and monotonic() < until:
            return known
        found = await self._read(tenant, actor_id)
        if found is None:
            await self.ensure(tenant, actor_id)
            found = await self._read(tenant, actor_id)
            if found is None:
                raise NotFound("there is no such actor of ours")
        self._remember(tenant, actor_id, found)
        return found

    async def ensure(self, tenant: Tenant, actor_id: int) -> None:
        """Gives the actor keys if it has none: two who do so at once end with one pair."""
        async with self._making:
            if await self._read(tenant, actor_id) is not None:
                return
            made = await new_keys()
            async with self._door.write(system_principal(tenant)) as tx:
                await store_keys(tx, self._data_keys, actor_id, made)

    async def _read(self, tenant: Tenant, actor_id: int) -> SigningKeys | None:
        async with self._door.read(tenant) as connection:
            rows = await _SIGNING.rows(connection, tenant=tenant.id, actor=actor_id)
            if len(rows) < 2:
                return None
            keys = await self._column_keys(connection, tenant, [row["private_key"] for row in rows])
        loaded = {}
        for row in rows:
            pem = keys.decrypt(place_of(_k.private_key), row["private_key"])
            address = f"{row['address']}#{row['fragment']}"
            loaded[row["algorithm"]] = SigningKey(address, private_key_from_pem(pem))
        return SigningKeys(loaded["rsa"], loaded["ed25519"])

    async def _column_keys(
        self, connection: Driver, tenant: Tenant, ciphertexts: Sequence[bytes]
    ) -> ColumnKeys:
        """What decrypts these; asked of the database again where one is under a key made since it was last read."""
        place = place_of(_k.private_key)
        keys = await self._data_keys.read(connection, tenant.id)
        if keys is None or any(key_id_of(one, place) not in keys.by_id for one in ciphertexts):
            keys = await self._data_keys.reread(connection, tenant.id)
        if keys is None:
            raise KeyLost(f"tenant {tenant.id} has no data key: restore data_keys from a backup")
        return keys

    def _remember(self, tenant: Tenant, actor_id: int, keys: SigningKeys) -> None:
        self._known[tenant.id, actor_id] = (monotonic() + _REMEMBERED_SECONDS, keys)
        self._known.move_to_end((tenant.id, actor_id))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


_QUERY: Select[Any] = (
    select(_k.algorithm, _k.fragment, _k.private_key, actors.c.address)
    .join(actors, (actors.c.tenant_id == _k.tenant_id) & (actors.c.id == _k.actor_id))
    .where(
        _k.tenant_id == bindparam("tenant"),
        _k.actor_id == bindparam("actor"),
        _k.signs_until.is_(None),
        actors.c.is_local,
    )
)
_SIGNING = Compiled(_QUERY)
