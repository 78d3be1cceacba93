"""One institution's events, followed by one process: read by position, hydrated, handed to those who want them.

Announcements only say when to look. How far we have seen is a position of the shard's order, so nothing is missed while
Redis is away, and nothing is told twice.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from time import time

import structlog

from api.errors import as_answers
from api.live.event_ids import EventId, EventsForgotten
from api.live.groups import Group
from api.live.hydrating import Shown, hydrate, is_away
from api.live.outlet import Member
from api.live.routing import Router
from api.live.specs import Spec
from kernel.clock import Clock
from kernel.errors import Unavailable
from kernel.outbox.reading import CLOCK, NEWS, News, Told, news_parameters, read_news
from kernel.outbox.waiting import Bell, retry_delay, wait
from tenants.model import Tenant
from tenants.readers import Readers

AT_ONCE = 200  # events of one look
_RESUMED_AT_ONCE = 50
_MOST_AHEAD = 100  # messages that a resuming client has not taken yet before we read on

_log = structlog.get_logger(__name__)


class Feed:
    """The events of one institution. `pause` says how long to wait between two looks without an announcement."""

    def __init__(
        self,
        tenant: Tenant,
        readers: Readers,
        events: Sequence[str],
        *,
        pause: Callable[[], float],
        check: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self.tenant = tenant
        self.position = -1
        self.users = 0  # subscriptions that hear it or are about to
        self.is_over = False  # it failed, and nobody may join it any more
        self.router = Router()
        self._readers = readers
        self._events = events
        self._pause = pause
        self._check = check
        self._clock = clock
        self._bell = Bell()
        self._starting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Finds out where now is, once for all who ask; `Unavailable` when nobody says."""
        if self.position >= 0:
            return
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._find_position())
        await asyncio.shield(self._starting)

    def look(self) -> None:
        """There may be something new."""
        self._bell.ring()

    @property
    def last_event_id(self) -> str | None:
        """What everybody who is not behind has heard; None as long as the feed is finding out where it begins."""
        if self.position < 0:
            return None
        return str(EventId(self.tenant.shard, self.position, int(time())))

    def join(self, member: Member, spec: Spec) -> Group:
        """From now on the member hears what comes; before it heard what `resume` gave it."""
        member.position = max(member.position, self.position)
        group = self.router.group(spec)
        group.members[member] = None
        return group

    def leave(self, member: Member, group: Group) -> None:
        """It hears no more."""
        group.members.pop(member, None)
        if not group.members:
            self.router.forget(group)

    def fail(self, error: BaseException) -> None:
        """Tells everybody that it goes on no more."""
        self.is_over = True
        for group in self.router.groups():
            _fail(group, error)

    async def resume(self, member: Member, spec: Spec, after: EventId) -> None:
        """Tells a member what came after that event, until there is no more or it is over; then it may `join` at once."""
        news = await self._read(after.position, _RESUMED_AT_ONCE)
        if news.clock < after.position:
            raise EventsForgotten(
                "nothing is known of that event here: read anew what you show", reason="refetch"
            )
        member.position = after.position
        while not member.is_over:
            await self._check()
            told = [one for one in news.told if one.event in spec.plan.watched.events and spec.is_meant(one)]
            for one, shown in zip(told, await self._shown([(spec, one) for one in told]), strict=True):
                if shown.failure is not None:
                    raise shown.failure
                if shown.payload is not None:
                    member.tell(one.position, shown.event_id, shown.payload)
            member.position = max(member.position, news.upto)
            if member.position >= self.position:
                return
            await member.outlet.taken(member, _MOST_AHEAD)
            news = await self._read(member.position, _RESUMED_AT_ONCE)

    async def follow(self) -> None:
        """Tells everybody what comes, until cancelled; raises only where an event cannot be told."""
        failures = 0
        while True:
            rung = self._bell.listen()
            try:
                is_all = await self._look()
            except _Delayed as delayed:
                failures += 1
                if failures == 1:
                    _log_delay(self.tenant, delayed.error)
                await asyncio.sleep(retry_delay(min(failures, 5)))
                continue
            if failures:
                _log.info("live events go on", tenant=self.tenant.slug)
                failures = 0
            if is_all:
                await wait(rung, self._pause())

    async def _look(self) -> bool:
        try:
            news = await self._read(self.position, AT_ONCE)
            if news.told:
                await self._check()
        except Exception as error:
            raise _Delayed(error) from error
        try:
            await self._hand_out(news.told)
        except Unavailable as error:
            raise _Delayed(error) from error
        if news.clock < self.position:
            self._put_back(news.clock)
        self.position = news.upto
        return news.is_all

    def _put_back(self, position: int) -> None:
        """The database was put back from a copy: what comes is numbered anew from there."""
        for group in self.router.groups():
            for member in group.members:
                member.position = min(member.position, position)

    async def _find_position(self) -> None:
        (text,) = await self._fetch(CLOCK, [])
        assert text is not None
        self.position = int(text)

    async def _hand_out(self, told: Sequence[Told]) -> None:
        jobs = _latest([(group, one) for one in told for group in self.router.wanting(one)])
        shown = await self._shown([(group.spec, one) for group, one in jobs])
        for (group, one), found in zip(jobs, shown, strict=True):
            if found.payload is not None:
                group.tell(one.position, found.event_id, found.payload)
            elif found.failure is not None:
                _fail(group, found.failure)

    async def _shown(self, jobs: Sequence[tuple[Spec, Told]]) -> list[Shown]:
        return await hydrate(self._readers, self.tenant, jobs, self._clock()) if jobs else []

    async def _read(self, after: int, limit: int) -> News:
        parameters = news_parameters(self.tenant.id, after, self._events, limit)
        (text,) = await self._fetch(NEWS, parameters)
        assert text is not None
        return read_news(text, limit)

    async def _fetch(self, sql: str, parameters: Sequence[object]) -> list[bytes | None]:
        try:
            return await self._readers.fetch(self.tenant, [(sql, parameters)])
        except Exception as error:
            if is_away(error):
                raise Unavailable("the database does not answer", shard=self.tenant.shard) from error
            raise


class _Delayed(Exception):
    """Nothing was told yet of what came: the next look may do it."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def _log_delay(tenant: Tenant, error: Exception) -> None:
    if isinstance(error, Unavailable):
        _log.warning("live events wait for the database", tenant=tenant.slug, why=error.message)
    else:
        _log.error("live events wait after an error", tenant=tenant.slug, exc_info=error)


def _fail(group: Group, error: BaseException) -> None:
    errors = as_answers(error, uuid.uuid4().hex)
    for member in tuple(group.members):
        member.outlet.fail(member, errors)


def _latest(jobs: list[tuple[Group, Told]]) -> list[tuple[Group, Told]]:
    """Without what a later event of the same object makes old, for those to whom only what is matters."""
    last = {
        (group, told.object_id): told.position for group, told in jobs if group.spec.plan.watched.latest_only
    }
    return [
        (group, told)
        for group, told in jobs
        if last.get((group, told.object_id), told.position) == told.position
    ]
