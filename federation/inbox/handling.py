"""What a handler has of one activity: the transaction, who acts, and the way to what is not stored here yet.

Nothing is fetched inside a transaction. A handler that needs something raises `Needed`: the transaction is taken back,
what is needed is fetched, and the handler runs again from the beginning with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, select

from federation.activities import record
from federation.actors.queries import actor_by_address, actor_by_id
from federation.actors.rows import ActorRow
from federation.inbox.policies import Standing, standing_of
from federation.inbox.refusals import NotStored, Refused
from federation.protocol.addresses import Addresses
from federation.protocol.origins import host_of
from federation.protocol.reading import ReceivedActivity, RemoteActor, RemotePost, RemoteTombstone
from federation.remote.failures import FetchFailure, NotFetched
from federation.remote.storing import store_actor
from federation.tables.actors import actors, follows
from federation.tables.posts import posts
from tenants.door import Transaction

Found = RemoteActor | RemotePost | RemoteTombstone | NotFetched


class Want(StrEnum):
    """What may be fetched."""

    ACTOR = "actor"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something of another server."""

    kind: Want
    address: str


class Needed(Exception):
    """The handler cannot go on without this."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted.address)
        self.wanted = wanted


class Postponed(Exception):
    """What is needed cannot be had just now: the activity is worked on again later."""


class PostponedABit(Postponed):
    """We ask that server much already: soon, and that does not count as an attempt."""


@dataclass(slots=True)
class Handling:
    """One activity in one transaction of its institution."""

    tx: Transaction
    here: Addresses
    activity: ReceivedActivity
    text: str  # the activity as it was received
    standing: Standing
    fetched: Mapping[Wanted, Found]
    allow_http: bool
    # What the activity names and who acts deleted before: it is not stored.
    deleted: frozenset[str] = frozenset()
    # What a Delete names that is not stored here: should it come later, it is not stored.
    to_forget: list[str] = field(default_factory=list)
    # More is to be done than one transaction should: the same activity is handled again.
    again: bool = False
    recorded_id: int | None = None

    async def acting(self) -> ActorRow:
        """Who acts, stored here now; refused where their moderators say so."""
        actor = await self.actor(self.activity.actor)
        if actor.restriction == "suspended":
            raise Refused(NotStored.SUSPENDED, "the actor is suspended here")
        return actor

    async def known_acting(self) -> ActorRow | None:
        """Who acts, if they are stored here already."""
        actor = await actor_by_address(self.tx, self.activity.actor)
        if actor is not None and actor.restriction == "suspended":
            raise Refused(NotStored.SUSPENDED, "the actor is suspended here")
        return actor

    async def actor(self, address: str, *, anew: bool = False) -> ActorRow:
        """An actor by its address, fetched and stored where it is not known (or is wanted `anew`)."""
        known = await actor_by_address(self.tx, address)
        if known is not None and (known.is_local or not anew):
            return known
        if self.here.of(address) is not None:
            raise Refused(NotStored.UNKNOWN_OBJECT, "there is no such actor here")
        host = host_of(address) or ""
        if known is None and host != host_of(self.activity.actor):  # whose sender was asked about already
            await standing_of(self.tx, host)
        found = self._fetched(Wanted(Want.ACTOR, address))
        if not isinstance(found, RemoteActor) or found.id != address:
            raise Refused(NotStored.NOT_FETCHED, "the actor is not what its address says")
        stored = await actor_by_id(self.tx, await store_actor(self.tx, found, self.tx.now))
        assert stored is not None
        return stored

    async def actor_if_had(self, address: str) -> ActorRow | None:
        """As `actor`; None where it cannot be had."""
        try:
            return await self.actor(address)
        except (Refused, Postponed):
            return None

    def object(self, address: str) -> RemotePost | RemoteTombstone | RemoteActor:
        """A post of another server as it is there now."""
        found = self._fetched(Wanted(Want.OBJECT, address))
        assert not isinstance(found, NotFetched)
        return found

    def _fetched(self, wanted: Wanted) -> RemoteActor | RemotePost | RemoteTombstone:
        found = self.fetched.get(wanted)
        if found is None:
            raise Needed(wanted)
        if isinstance(found, NotFetched):
            if found.why is FetchFailure.BUSY:
                raise PostponedABit(found.message)
            if found.is_temporary:
                raise Postponed(found.message)
            raise Refused(NotStored.NOT_FETCHED, found.message)
        return found

    async def local_actor(self, address: str | None) -> ActorRow | None:
        """An actor of ours that an address names."""
        ours = self.here.of(address) if address else None
        if ours is None or ours.kind != "actors" or ours.part is not None:
            return None
        if ours.number:
            return await self._local(actors.c.id == ours.number)
        return await self._local(actors.c.address == self.here.instance_actor)

    async def _local(self, where: Any) -> ActorRow | None:
        query = select(actors.c.id).where(actors.c.tenant_id == self.tx.tenant_id, actors.c.is_local, where)
        found = (await self.tx.connection.execute(query)).scalar_one_or_none()
        return None if found is None else await actor_by_id(self.tx, found)

    async def post(self, address: str | None) -> RowMapping | None:
        """The stored post of an address, ours under any of our domains."""
        if address is None:
            return None
        ours = self.here.of(address)
        where = posts.c.address == address
        if ours is not None and ours.kind == "posts" and ours.part is None:
            where = posts.c.id == ours.number
        query = select(posts).where(posts.c.tenant_id == self.tx.tenant_id, where)
        return (await self.tx.connection.execute(query)).mappings().one_or_none()

    async def is_followed(self, actor_id: int) -> bool:
        """Whether somebody here follows the actor."""
        follower = (actors.c.tenant_id == follows.c.tenant_id) & (actors.c.id == follows.c.follower_id)
        query = (
            select(follows.c.id)
            .join(actors, follower)
            .where(
                follows.c.tenant_id == self.tx.tenant_id,
                follows.c.followed_id == actor_id,
                follows.c.state == "accepted",
                actors.c.is_local,
            )
            .limit(1)
        )
        return (await self.tx.connection.execute(query)).first() is not None

    async def record(
        self,
        type: str,
        actor: ActorRow,
        *,
        visibility: str = "direct",
        object_address: str | None = None,
        object_type: str | None = None,
        post_id: int | None = None,
        object_actor_id: int | None = None,
    ) -> bool:
        """Stores the activity; False where it was stored before: then nothing is to be done."""
        self.recorded_id = await record(
            self.tx,
            type=type,
            actor_id=actor.id,
            document=self.text,
            visibility=visibility,
            is_local=False,
            address=self.activity.id,
            object_address=object_address,
            object_type=object_type,
            post_id=post_id,
            object_actor_id=object_actor_id,
            published_at=self._published(),
        )
        return self.recorded_id is not None

    def _published(self) -> datetime:
        """When the actor says it was, but for what is to come."""
        told = self.activity.published
        return self.tx.now if told is None or told > self.tx.now else told
