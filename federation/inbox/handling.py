"""What a handler has of one activity: the transaction, who acts, and the way to what is not stored here yet.

Nothing is fetched inside a transaction. A handler that needs something raises `Needed`: the transaction is taken back,
what is needed is fetched, and the handler runs again from the beginning with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Text, bindparam, literal_column, select

from federation.activities import record
from federation.actors.queries import actor_by_address, actor_by_id, actors_by_id
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
from kernel.database.compiled import Compiled, Row
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
        host = host_of(address)
        if known is None and host != host_of(self.activity.actor):  # whose sender was asked about already
            await standing_of(self.tx, host)
        found = self._fetched(Wanted(Want.ACTOR, address))
        if not isinstance(found, RemoteActor) or found.id != address:
            raise Refused(NotStored.NOT_FETCHED, "the actor is not what its address says")
        stored = await actor_by_id(self.tx, await store_actor(self.tx, found, self.tx.now))
        assert stored is not None
        return stored

    def object(self, address: str) -> RemotePost | RemoteTombstone | RemoteActor:
        """A post of another server as it is there now."""
        found = self._fetched(Wanted(Want.OBJECT, address))
        assert not isinstance(found, NotFetched)
        return found

    def is_gone(self, address: str) -> bool:
        """Whether a post's own server says that it has it no longer: nothing else that goes wrong says so."""
        found = self.fetched.get(Wanted(Want.OBJECT, address))
        if isinstance(found, NotFetched) and found.why is FetchFailure.GONE:
            return True
        return isinstance(self.object(address), RemoteTombstone)

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
            found = await actor_by_id(self.tx, ours.number)
        else:
            found = await actor_by_address(self.tx, self.here.instance_actor)
        return found if found is not None and found.is_local else None

    async def local_actors(self, addresses: Iterable[str]) -> list[ActorRow]:
        """Those of ours that are among these addresses, each once, in their order; few statements, however many there are."""
        named = [ours for ours in map(self.here.of, addresses) if ours is not None]
        ids = dict.fromkeys(ours.number for ours in named if ours.kind == "actors" and ours.part is None)
        found = await actors_by_id(self.tx, [one for one in ids if one])
        if 0 in ids:
            institution = await actor_by_address(self.tx, self.here.instance_actor)
            found |= {0: institution} if institution is not None else {}
        actors = [found[one] for one in ids if one in found]
        return list({actor.id: actor for actor in actors if actor.is_local}.values())

    async def post(self, address: str | None) -> "Row | None":
        """The stored post of an address, ours under any of our domains."""
        if address is None:
            return None
        ours = self.here.of(address)
        if ours is not None and ours.kind == "posts" and ours.part is None:
            return await _POST_BY_ID.row(self.tx.driver, in_tenant=self.tx.tenant_id, post=ours.number)
        return await _POST_BY_ADDRESS.row(self.tx.driver, in_tenant=self.tx.tenant_id, named=address)

    async def is_followed(self, actor_id: int) -> bool:
        """Whether somebody here follows the actor."""
        found = await _FOLLOWED_HERE.row(self.tx.driver, in_tenant=self.tx.tenant_id, followed=actor_id)
        return found is not None

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


_TENANT = bindparam("in_tenant", type_=BigInteger)
_POST_BY_ID = Compiled(
    select(posts).where(posts.c.tenant_id == _TENANT, posts.c.id == bindparam("post", type_=BigInteger))
)
_POST_BY_ADDRESS = Compiled(
    select(posts).where(posts.c.tenant_id == _TENANT, posts.c.address == bindparam("named", type_=Text))
)
_FOLLOWED_HERE = Compiled(
    select(follows.c.id)
    .join(actors, (actors.c.tenant_id == follows.c.tenant_id) & (actors.c.id == follows.c.follower_id))
    .where(
        follows.c.tenant_id == _TENANT,
        follows.c.followed_id == bindparam("followed", type_=BigInteger),
        follows.c.state == literal_column("'accepted'"),
        actors.c.is_local,
    )
    .limit(literal_column("1"))
)
