"""All that is open in one process: the feeds of institutions, the connections that hear them, and their end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import structlog

from api.http.caller import Callers
from api.live.caps import Caps, Counts
from api.live.event_ids import EventId, EventsForgotten, parse_event_id
from api.live.feed import Feed
from api.live.outlet import Member
from api.live.sessions import Ending, Session
from api.live.specs import Spec
from kernel.cache import Cache
from kernel.clock import Clock, system_clock
from kernel.errors import ErrorCode, FediflowError, Unavailable
from kernel.outbox.announcements import Announcements
from kernel.outbox.waiting import wait
from kernel.outbox.worker import KEEP
from tenants.model import Tenant
from tenants.readers import Readers
from tenants.signin.authenticator import Authenticator

TICK_SECONDS = 1.0
PULSE_SECONDS = 15.0
STUCK_SECONDS = 30.0
LOOK_SECONDS = 5.0  # for one session: whoever cannot be looked at is sent away
_LOOKS_AT_ONCE = 64
# Between two looks at the outbox: where nobody announces, and where announcements may have been lost.
UNANNOUNCED_SECONDS = 1.0
ANNOUNCED_SECONDS = 5.0
_DRAIN_SECONDS = 3.0
# A row may be older than one that was numbered before it, by as long as transactions last.
_KEPT_FOR_SURE = KEEP.total_seconds() - 3600

_log = structlog.get_logger(__name__)


class GoingAway(FediflowError):
    """This process ends; another one will answer."""

    code = ErrorCode.UNAVAILABLE


class Connection:
    """What the hub needs to know of an open connection."""

    __slots__ = ("pulsed_at", "session")

    session: Session
    pulsed_at: float

    def pulse(self) -> None:
        """Sends a sign of life."""
        raise NotImplementedError

    @property
    def writing_since(self) -> float | None:
        """Since when the client has not taken what is being written (monotonic seconds)."""
        raise NotImplementedError


class Hub:
    """One per process; `follow` is run beside its work, `drain` before it ends."""

    def __init__(
        self,
        readers: Readers,
        authenticator: Authenticator,
        cache: Cache,
        *,
        caps: Caps | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.counts = Counts(caps or Caps())
        self.authenticator = authenticator
        self.is_draining = False
        self.tick_seconds = TICK_SECONDS
        self._readers = readers
        self._clock = clock
        self._announcements = Announcements(cache, self._announced)
        self._events: Sequence[str] = ()
        self._callers: Callers | None = None
        self._feeds: dict[int, Feed] = {}
        self._running: dict[Feed, asyncio.Task[None]] = {}
        self._connections: dict[Connection, None] = {}
        self._emptied = asyncio.Event()

    def serve(self, callers: Callers, events: Sequence[str]) -> None:
        """Says who finds out who is asking, and which events anybody can subscribe to."""
        self._callers, self._events = callers, events

    @contextmanager
    def connected(self, connection: Connection) -> Iterator[None]:
        """Counts and watches a connection as long as it lasts; `TooManyOpen`, `GoingAway`."""
        self.enter(connection)
        try:
            yield
        finally:
            self.leave(connection)

    def enter(self, connection: Connection) -> None:
        """Counts and watches it until it is left; `TooManyOpen`, `GoingAway`."""
        if self.is_draining:
            raise GoingAway(Ending.GOING_AWAY.sentence)
        self.counts.connect(connection.session.caller)
        connection.pulsed_at = monotonic()
        self._connections[connection] = None

    def leave(self, connection: Connection) -> None:
        """It is closed."""
        del self._connections[connection]
        self.counts.disconnect(connection.session.caller)
        if self.is_draining and not self._connections:
            self._emptied.set()

    async def subscribe(self, session: Session, spec: Spec, member: Member, after: str | None) -> None:
        """Lets a member hear what its spec means; first what came after an event, if it names one.

        When this returns, nothing that is committed from now on is missed, unless the member is over. Raises what is
        wrong; the member has left then. It leaves by `member.leave`.
        """
        principal = session.principal
        assert principal is not None
        if member.is_over:
            return
        tenant, caller = principal.tenant, session.caller
        since = self._since(tenant, after) if after is not None else None
        self.counts.subscribe(caller, tenant.id)
        feed, group, is_in = self._enter(tenant), None, True

        def leave() -> None:
            nonlocal is_in
            if is_in:
                is_in = False
                self.counts.unsubscribe(caller, tenant.id)
                if group is not None:
                    feed.leave(member, group)
                self._exit(feed)

        member.leave = leave
        try:
            await feed.start()
            if since is not None and is_in:
                self._run(feed)
                member.resuming = True
                await feed.resume(member, spec, since)
                member.resuming = False
            if is_in:  # nothing was awaited since `resume`: what comes from now on is heard from the feed
                if feed.is_over:
                    raise Unavailable("the events were interrupted here: subscribe again")
                self._run(feed)
                group = feed.join(member, spec)
        except BaseException:
            leave()
            raise

    def last_event_id(self, session: Session, members: Sequence[Member]) -> str | None:
        """Up to where all of these have heard everything; None where that is not known."""
        principal = session.principal
        feed = self._feeds.get(principal.tenant.id) if principal is not None else None
        if feed is None or principal is None or feed.tenant.shard != principal.tenant.shard:
            return None
        if any(member.resuming for member in members):
            return None
        return feed.last_event_id

    async def follow(self) -> None:
        """Hears announcements and looks after connections until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._announcements.run())
            tasks.create_task(self._at_each_tick(self.check))
            tasks.create_task(self._at_each_tick(self._look_at_due))
            tasks.create_task(self._at_each_tick(self._keep_up))

    async def drain(self) -> None:
        """Asks all clients to connect elsewhere, and waits some seconds for them to go."""
        self.is_draining = True
        for connection in tuple(self._connections):
            connection.session.end(Ending.GOING_AWAY)
        if self._connections:
            await wait(self._emptied, _DRAIN_SECONDS)

    async def check(self, tenant_id: int | None = None) -> None:
        """Ends the connections whose tokens were revoked; of one institution, or of all.

        First those that need no asking; the others are asked about together, none longer than `LOOK_SECONDS`.
        """
        doubtful = []
        for connection in tuple(self._connections):
            session = connection.session
            if tenant_id is not None and (
                session.principal is None or session.principal.tenant.id != tenant_id
            ):
                continue
            if self._is_doubtful(session):
                doubtful.append(session)
        try:
            async with asyncio.timeout(2 * LOOK_SECONDS):
                await self._look_at(doubtful)
        except TimeoutError:
            for session in doubtful:
                if self._is_doubtful(session):
                    self._end(session, Ending.AWAY)

    async def admit(self, session: Session) -> None:
        """Before something is begun for a session: `SessionOver` where it is, or by a revocation is to be, ended."""
        if not session.is_over and self._is_doubtful(session):
            await self._look(session)
        session.require()

    def _is_doubtful(self, session: Session) -> bool:
        """Whether it has to be asked who this is. What is certain is done here."""
        if session.is_over:
            return False
        try:
            doubtful = session.is_doubtful(self.authenticator)
        except Unavailable:
            return True
        if doubtful and session.is_fixed:
            self._end(session, Ending.TOKEN_ENDED)
            return False
        return doubtful

    def _since(self, tenant: Tenant, after: str) -> EventId:
        found = parse_event_id(after, tenant.shard)
        if self._clock().timestamp() - found.second > _KEPT_FOR_SURE:
            raise EventsForgotten(
                f"what came after that event is no longer kept, it is more than {KEEP.days} days ago: "
                "read anew what you show",
                reason="refetch",
            )
        return found

    def _enter(self, tenant: Tenant) -> Feed:
        feed = self._feeds.get(tenant.id)
        if feed is None or feed.tenant.shard != tenant.shard:  # of an old one its users are sent away
            feed = self._feeds[tenant.id] = Feed(
                tenant,
                self._readers,
                self._events,
                pause=lambda: self._pause(tenant.id),
                check=lambda: self.check(tenant.id),
                clock=self._clock,
            )
            self._announcements.follow(tenant.id)
        feed.users += 1
        return feed

    def _exit(self, feed: Feed) -> None:
        feed.users -= 1
        if feed.users == 0:
            self._remove(feed)

    def _remove(self, feed: Feed) -> None:
        if self._feeds.get(feed.tenant.id) is feed:
            del self._feeds[feed.tenant.id]
            self._announcements.forget(feed.tenant.id)
        running = self._running.pop(feed, None)
        if running is not None:
            running.cancel()

    def _run(self, feed: Feed) -> None:
        running = self._running.get(feed)
        if not feed.is_over and (running is None or running.done()):
            running = self._running[feed] = asyncio.create_task(feed.follow())
            running.add_done_callback(lambda done: self._stopped(feed, done))

    def _stopped(self, feed: Feed, done: "asyncio.Task[None]") -> None:
        """A feed ends when nobody hears it any more. One that failed tells those who do, and the next one begins anew."""
        error = None if done.cancelled() else done.exception()
        if error is not None:
            _log.error("live events stopped", tenant=feed.tenant.slug, exc_info=error)
            self._remove(feed)
            feed.fail(error)

    def _announced(self, tenant_id: int) -> None:
        feed = self._feeds.get(tenant_id)
        if feed is not None:
            feed.look()

    def _pause(self, tenant_id: int) -> float:
        listened = self._announcements.is_listened(tenant_id)
        return ANNOUNCED_SECONDS if listened else UNANNOUNCED_SECONDS

    async def _at_each_tick(self, work: Callable[[], Awaitable[None]]) -> None:
        """Several of these are run, for what takes one of them long must not hold back another."""
        while True:
            await asyncio.sleep(self.tick_seconds)
            await work()

    async def _look_at_due(self) -> None:
        await self._look_at([one.session for one in self._connections if one.session.is_due()])

    async def _keep_up(self) -> None:
        now = monotonic()
        for connection in tuple(self._connections):
            since = connection.writing_since
            if since is not None and now - since > STUCK_SECONDS:
                self._end(connection.session, Ending.STUCK)
            elif now - connection.pulsed_at >= PULSE_SECONDS:
                connection.pulsed_at = now
                connection.pulse()

    async def _look_at(self, sessions: Iterable[Session]) -> None:
        limit = asyncio.Semaphore(_LOOKS_AT_ONCE)

        async def look(session: Session) -> None:
            async with limit:
                await self._look(session)

        await asyncio.gather(*(look(session) for session in sessions))

    async def _look(self, session: Session) -> None:
        """Asks who it is now. Whatever goes wrong concerns this one alone: it is sent away."""
        assert self._callers is not None
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await session.look(self._callers, self.authenticator)
        except TimeoutError:
            self._end(session, Ending.AWAY)
        except Exception as error:
            _log.error("a connection's caller could not be looked at", exc_info=error)
            self._end(session, Ending.AWAY)

    def _end(self, session: Session, ending: Ending) -> None:
        try:
            session.end(ending)
        except Exception as error:
            _log.error("a connection could not be ended", exc_info=error)
