"""The keys of our actors: made when first needed, kept encrypted, loaded once.

Making an RSA key takes a hundred milliseconds, so it is done in a thread and never inside a transaction. What is remembered
of an actor holds the keys that will sign later too: all processes change over when the document does, and none is told.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from math import inf
from time import monotonic
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from federation.actors.key_storing import SWITCH_AFTER, new_keys, store_keys
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

REMEMBERED = timedelta(minutes=5)  # so long a process may not know of a key that another has made
assert REMEMBERED < SWITCH_AFTER  # who does not know of it yet need not
_MOST_REMEMBERED = 4096
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


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of an actor's keys, with times by this process's clock."""

    read_at: float
    pairs: tuple[tuple[float, SigningKeys], ...]  # in turn, and until when each signs

    def at(self, now: float) -> SigningKeys:
        """Those that sign then."""
        return next((keys for until, keys in self.pairs if now < until), self.pairs[-1][1])


class ActorKeys:
    """The keys of actors of ours, for who signs with them and who shows them; one per process."""

    def __init__(self, door: Door, data_keys: DataKeys, *, clock: Callable[[], float] = monotonic) -> None:
        self._door = door
        self._data_keys = data_keys
        self._clock = clock
        self._known: OrderedDict[tuple[int, int], _Known] = OrderedDict()
        self._making = (
            asyncio.Lock()
        )  # one at a time: whoever asks for many new actors does not get all our threads

    async def signing(
        self, tenant: Tenant, actor_id: int, *, remembered: timedelta = REMEMBERED
    ) -> SigningKeys:
        """What the actor signs with now; made where it has none yet. `NotFound` for what is no actor of ours.

        What was read longer than `remembered` ago is read anew.
        """
        known = self._known.get((tenant.id, actor_id))
        if known is not None and self._clock() - known.read_at < remembered.total_seconds():
            return known.at(self._clock())
        found = await self._read(tenant, actor_id)
        if found is None:
            await self.ensure(tenant, actor_id)
            found = await self._read(tenant, actor_id)
            if found is None:
                raise NotFound("there is no such actor of ours")
        self._remember(tenant, actor_id, found)
        return found.at(self._clock())

    async def ensure(self, tenant: Tenant, actor_id: int) -> None:
        """Gives the actor keys if it has none: two who do so at once end with one pair."""
        async with self._making:
            if await self._read(tenant, actor_id) is not None:
                return
            made = await new_keys()
            async with self._door.write(system_principal(tenant)) as tx:
                await store_keys(tx, self._data_keys, actor_id, made)

    async def _read(self, tenant: Tenant, actor_id: int) -> _Known | None:
        async with self._door.read(tenant) as connection:
            rows = await _SIGNING.rows(connection, tenant=tenant.id, actor=actor_id)
            if len(rows) < 2:
                return None
            # Not before they were asked for: rather does an old key sign a moment too long, which others know yet.
            read_at = self._clock()
            keys = await self._column_keys(connection, tenant, [row["private_key"] for row in rows])
        pairs = []
        for signs_for, those in groupby(rows, key=lambda row: row["signs_for"]):
            pair = {row["algorithm"]: _loaded(keys, row) for row in those}
            until = inf if signs_for is None else read_at + float(signs_for)
            pairs.append((until, SigningKeys(pair["rsa"], pair["ed25519"])))
        return _Known(read_at, tuple(pairs))

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

    def _remember(self, tenant: Tenant, actor_id: int, known: _Known) -> None:
        self._known[tenant.id, actor_id] = known
        self._known.move_to_end((tenant.id, actor_id))
        while len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)


def _loaded(keys: ColumnKeys, row: Mapping[str, Any]) -> SigningKey:
    pem = keys.decrypt(place_of(_k.private_key), row["private_key"])
    return SigningKey(f"{row['address']}#{row['fragment']}", private_key_from_pem(pem))


_QUERY: Select[Any] = (
    select(
        _k.algorithm,
        _k.fragment,
        _k.private_key,
        func.extract("epoch", _k.signs_until - func.statement_timestamp()).label("signs_for"),
        actors.c.address,
    )
    .join(actors, (actors.c.tenant_id == _k.tenant_id) & (actors.c.id == _k.actor_id))
    .where(
        _k.tenant_id == bindparam("tenant"),
        _k.actor_id == bindparam("actor"),
        or_(_k.signs_until.is_(None), _k.signs_until > func.now()),
        actors.c.is_local,
    )
    .order_by(_k.signs_until, _k.id)
)
_SIGNING = Compiled(_QUERY)
