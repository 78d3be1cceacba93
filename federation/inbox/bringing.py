"""A post of another server that somebody here wants to answer: fetched and stored, with what is above it in its thread.

Each post is a transaction of its own, and nothing is fetched inside one. What is stored so is not taken back where the
answer fails: it is as good as what an announce would have brought.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from federation.hosts.policies import require_dealt_with
from federation.inbox.handlers.storing import store_fetched
from federation.inbox.handling import Found, Handling, Needed, Postponed, Want, Wanted
from federation.inbox.policies import standing_of
from federation.inbox.refusals import Refused
from federation.protocol.addresses import Addresses
from federation.protocol.origins import host_of
from federation.protocol.reading import Addressees, ReceivedActivity, RemotePost
from federation.protocol.vocabulary import ActivityKind
from federation.remote.failures import NotFetched
from federation.remote.fetcher import MOST_THREAD_DEPTH, Fetcher
from federation.remote.signing import SignerSource
from kernel.errors import FediflowError
from tenants.authority import system_principal
from tenants.door import Door
from tenants.model import NotFound, Tenant

PATIENCE = timedelta(seconds=5)
"""So long who answers waits for what is above the post that they answer."""

_MOST_FETCHED = 4  # the post, who wrote it, and some whom it names


@dataclass(frozen=True, slots=True)
class Brought:
    """A post that is stored here; `above` is what it answers, where nobody asked for that before."""

    id: int
    above: str | None = None


@dataclass(frozen=True, slots=True)
class Bringing:
    """Brings posts to an institution; `signer` signs for servers that answer nobody they do not know."""

    door: Door
    tenant: Tenant
    here: Addresses
    fetcher: Fetcher
    signer: SignerSource

    async def post(self, address: str) -> int:
        """The id of the post, stored here from now on, with as much above it as can be had soon.

        `NotFound` for what is no public post, `Forbidden` where the institution has nothing to do with its server,
        `NotFetched` where it may be had later.
        """
        brought = await self._one(address)
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                await self._above(brought)
        except (TimeoutError, FediflowError):
            pass  # a thread with a gap is still a thread
        return brought.id

    async def _above(self, brought: Brought) -> None:
        for _ in range(MOST_THREAD_DEPTH):
            if brought.above is None or self.here.of(brought.above) is not None:
                return
            brought = await self._one(brought.above)

    async def _one(self, address: str) -> Brought:
        fetched: dict[Wanted, Found] = {}
        await require_dealt_with(self.door, self.tenant, [host_of(address)])
        while len(fetched) < _MOST_FETCHED:
            try:
                return await self._store(address, fetched)
            except Needed as needed:
                fetched[needed.wanted] = await self._fetch(needed.wanted)
            except Refused as refused:
                raise NotFound(f"there is no such post: {refused}") from refused
            except Postponed as postponed:
                found = next((one for one in fetched.values() if isinstance(one, NotFetched)), None)
                raise found or NotFound(f"there is no such post: {postponed}") from postponed
        raise NotFound("there is no such post: its server does not say who wrote it")

    async def _store(self, address: str, fetched: dict[Wanted, Found]) -> Brought:
        async with self.door.write(system_principal(self.tenant)) as tx:
            standing = await standing_of(tx, host_of(address))
            handling = Handling(
                tx=tx,
                here=self.here,
                activity=_asked_for(address),
                text="",
                standing=standing,
                fetched=fetched,
                allow_http=self.fetcher.allow_http,
            )
            known = await handling.post(address)
            if known is not None:
                return Brought(int(known["id"]))
            found = handling.object(address)
            if not isinstance(found, RemotePost):
                raise NotFound("there is no such post: it is something else, or was deleted")
            return Brought(await store_fetched(handling, found), found.in_reply_to)

    async def _fetch(self, wanted: Wanted) -> Found:
        try:
            if wanted.kind is Want.ACTOR:
                return await self.fetcher.actor(wanted.address, self.signer)
            return await self.fetcher.object(wanted.address, self.signer)
        except NotFetched as error:
            return error


def _asked_for(address: str) -> ReceivedActivity:
    """What stands where an activity would have brought the post: nobody's word but its own server's."""
    return ReceivedActivity(
        kind=ActivityKind.OTHER,
        original_type="",
        id=address,
        actor=address,
        objects=(),
        target=None,
        origin=None,
        result=None,
        instrument=None,
        content=None,
        addressees=Addressees(),
        published=None,
        language=None,
        document={},
    )
