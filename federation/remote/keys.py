"""Keys that verify: remembered in the process, kept in the directory, fetched from their owner when neither has them."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.protocol.origins import same_origin
from federation.protocol.reading import (
    Document,
    RemoteActor,
    RemoteKey,
    Unreadable,
    is_actor,
    read_actor,
    read_key,
)
from federation.remote.documents import Documents
from federation.remote.failures import FetchFailure, NotFetched
from federation.remote.key_rows import KeyRows, KnownKey, read_public_key
from federation.remote.signing import SignerSource
from federation.signatures import SignatureRefused
from kernel.clock import Clock, system_clock
from kernel.http.flights import SingleFlight

MOST_ACTOR_BYTES = 256 * 1024
REMEMBERED = 20_000
REMEMBERED_SECONDS = 600.0
FAILURES_REMEMBERED = 20_000
FAILURE_SECONDS = 30.0
ROTATION_SECONDS = 60.0
CONFIRMED_FOR = timedelta(days=7)
"""So long a key counts without its owner being asked: one that was replaced under another address ends then."""

_Value = TypeVar("_Value")


class RemoteKeys:
    """Finds keys by their address. One per process; many who wait for one key wait for one fetch."""

    def __init__(
        self,
        documents: Documents,
        directory: AsyncEngine,
        *,
        clock: Clock = system_clock,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._documents = documents
        self._rows = KeyRows(directory)
        self._clock = clock
        self._now = now
        self._known: OrderedDict[str, tuple[float, KnownKey]] = OrderedDict()
        self._failed: OrderedDict[str, tuple[float, NotFetched]] = OrderedDict()
        self._renewed: OrderedDict[str, float] = OrderedDict()
        self._flights: SingleFlight[KnownKey] = SingleFlight()

    def known(self, address: str) -> KnownKey | None:
        """The key, where this process knows it: nobody is asked."""
        entry = self._known.get(address)
        return entry[1] if entry is not None and self._now() < entry[0] else None

    async def get(self, address: str, signer: SignerSource | None = None) -> KnownKey:
        """The key; `NotFetched` where there is none, and for a while after there was none."""
        known = self.known(address)
        if known is not None:
            return known
        failed = self._failed.get(address)
        if failed is not None and self._now() < failed[0]:
            raise failed[1]
        return await self._flights.run(address, lambda: self._find(address, signer))

    async def renewed(self, old: KnownKey, signer: SignerSource | None = None) -> KnownKey | None:
        """The key anew, for a signature that `old` does not verify: it may have been replaced.

        None where it was asked for only lately: whoever sends bad signatures makes us ask once a minute.
        """
        address, now = old.address, self._now()
        if now < self._renewed.get(address, 0.0):
            return None
        _put(self._renewed, address, now + ROTATION_SECONDS, REMEMBERED)
        stored = await self._rows.find(address)
        if isinstance(stored, KnownKey) and stored.fetched_at > old.fetched_at:
            return self._remember(stored)
        try:
            return await self._flights.run(("again", address), lambda: self._fetch(address, signer))
        except NotFetched:
            return None

    async def knows_actor(self, key_address: str, actor: str) -> bool:
        """Whether the actor was ever seen here, on the whole platform; nobody outside is asked."""
        return self.known(key_address) is not None or await self._rows.knows_actor(key_address, actor)

    async def learn(self, actor: RemoteActor) -> None:
        """Keeps the keys of an actor that was just read from its own address."""
        keys, algorithms = [], []
        for key in actor.keys:
            try:
                algorithms.append(read_public_key(key.value).algorithm.value)
                keys.append(key)
            except SignatureRefused:
                continue  # a kind of key that we do not verify with is of no use to us
        now = self._clock()
        await self._rows.keep(keys, algorithms, now)
        for key in keys:
            self._remember(KnownKey(key.id, key.owner, read_public_key(key.value), now))

    async def aclose(self) -> None:
        """Ends the fetches under way."""
        await self._flights.aclose()

    async def _find(self, address: str, signer: SignerSource | None) -> KnownKey:
        stored = await self._rows.find(address)
        if isinstance(stored, KnownKey):
            return self._remember(await self._confirmed(stored, signer))
        if stored is not None and self._clock() < stored.until:
            raise self._remember_failure(
                address, NotFetched(FetchFailure.NO_KEY, f"the key could not be had lately ({stored.why})")
            )
        try:
            return await self._fetch(address, signer)
        except NotFetched as error:
            if error.why is FetchFailure.BUSY:
                raise
            if not error.is_temporary:  # a server that is away may be back at any time
                await self._rows.keep_failure(address, error.why.value, stored, self._clock())
            raise self._remember_failure(address, error) from error

    async def _confirmed(self, stored: KnownKey, signer: SignerSource | None) -> KnownKey:
        """A key that was fetched long ago, if its owner still names it; an owner that is away or gone denies nothing."""
        if self._clock() - stored.fetched_at < CONFIRMED_FOR:
            return stored
        try:
            return await self._fetch(stored.address, signer)
        except NotFetched as error:
            if error.why is FetchFailure.NO_KEY:
                raise self._remember_failure(stored.address, error) from error
            return stored

    async def _fetch(self, address: str, signer: SignerSource | None) -> KnownKey:
        document = await self._documents.get(address, signer, most_bytes=MOST_ACTOR_BYTES)
        try:
            actor = await self._owner(document, address, signer)
        except Unreadable as error:
            raise NotFetched(FetchFailure.UNREADABLE, f"the key's document: {error.message}") from error
        key = _named(actor, address, self._clock())
        try:
            read_public_key(key.value)
        except SignatureRefused as error:
            raise NotFetched(FetchFailure.NO_KEY, f"the key cannot be used: {error.message}") from error
        await self.learn(actor)
        return self._known[address][1]

    async def _owner(self, document: Document, address: str, signer: SignerSource | None) -> RemoteActor:
        """The actor that the document is, or that it says is the owner: only the actor itself can say that it is."""
        allow_http = self._documents.allow_http
        if is_actor(document) and "inbox" in document:
            return read_actor(document, allow_http=allow_http)
        owner = read_key(document, allow_http=allow_http).owner
        if not same_origin(owner, address):
            raise NotFetched(FetchFailure.NO_KEY, "the key's owner is of another server")
        found = await self._documents.get(owner, signer, most_bytes=MOST_ACTOR_BYTES)
        return read_actor(found, allow_http=allow_http)

    def _remember(self, key: KnownKey) -> KnownKey:
        _put(self._known, key.address, (self._now() + REMEMBERED_SECONDS, key), REMEMBERED)
        self._failed.pop(key.address, None)
        return key

    def _remember_failure(self, address: str, error: NotFetched) -> NotFetched:
        _put(self._failed, address, (self._now() + FAILURE_SECONDS, error), FAILURES_REMEMBERED)
        return error


def _named(actor: RemoteActor, address: str, now: datetime) -> RemoteKey:
    for key in actor.keys:
        if key.id == address:
            if key.expires is not None and key.expires <= now:
                raise NotFetched(FetchFailure.NO_KEY, "the key is no longer in use, its owner says")
            return key
    raise NotFetched(FetchFailure.NO_KEY, "the actor does not name that key as its own")


def _put(memory: "OrderedDict[str, _Value]", key: str, value: _Value, most: int) -> None:
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > most:
        memory.popitem(last=False)
