"""One activity, from the row to what it means: in its institution's own transaction, with everything fetched outside of it.

The activity's address is stored in the transaction of its effects, so whatever dies in between, the effects are there once.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError

from federation.inbox.handlers import HANDLERS
from federation.inbox.handling import Found, Handling, Needed, Postponed, PostponedABit, Want, Wanted
from federation.inbox.ingress import SignerFor
from federation.inbox.platform_rules import PlatformRules
from federation.inbox.policies import standing_of
from federation.inbox.queue import InboxQueue, Waiting
from federation.inbox.refusals import NotStored, Refused
from federation.local import addresses_of
from federation.protocol.reading import ReceivedActivity, Unreadable, read_activity
from federation.protocol.vocabulary import ActivityKind
from federation.remote.failures import NotFetched
from federation.remote.fetcher import Fetcher
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import FediflowError, Unavailable
from tenants.authority import system_principal
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Tenant

MOST_FETCHED = 64
"""A thread of 20 posts by 20 people takes 40."""

MOST_DEFECTS = 3
_COLLISIONS = 5
# A statement was ended for its length: because of the database's load, or of what the activity asks of it.
_TOO_LONG = "57014"
# What may store a post that was not known.
_BRING = frozenset({ActivityKind.CREATE, ActivityKind.UPDATE, ActivityKind.ANNOUNCE, ActivityKind.ADD})
_COLLIDED = frozenset({"40001", "40P01", "23505"})

# How long something that cannot be had is waited for, from attempt to attempt: some eighteen hours in all.
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 4 * 3600, 12 * 3600))
SOON = timedelta(seconds=5)
WHILE_SUSPENDED = timedelta(hours=1)

_log = structlog.get_logger(__name__)


class End(StrEnum):
    """What became of an activity, this time."""

    DONE = "done"
    REFUSED = "refused"
    POSTPONED = "postponed"
    SET_ASIDE = "set_aside"  # we stumble over it: for operators to look at


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. `delay` and `attempts` are of what is postponed, `why` of what is not done."""

    end: End
    why: str = ""
    delay: timedelta = SOON
    attempts: int = 0
    forget: Sequence[str] = ()


class Processor:
    """Works on activities one by one; many may be under way."""

    def __init__(
        self,
        *,
        tenants: Directory,
        door: Door,
        queue: InboxQueue,
        fetcher: Fetcher,
        rules: PlatformRules,
        signer_for: SignerFor,
        public_url: str,
        at_once: int = 4,
        before_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._tenants = tenants
        self._door = door
        self._queue = queue
        self._fetcher = fetcher
        self._rules = rules
        self._signer_for = signer_for
        self._public_url = public_url
        self._slots = asyncio.Semaphore(at_once)  # transactions; who fetches holds none
        self._before_commit = before_commit

    async def process(self, row: Waiting) -> Outcome:
        """Does what the activity means. Never raises: what went wrong is an outcome."""
        try:
            return await self._process(row)
        except Refused as refused:
            return Outcome(End.REFUSED, refused.why.value)
        except Unreadable as error:
            _log.debug("activity not readable", why=error.message)
            return Outcome(End.REFUSED, NotStored.UNREADABLE.value)
        except PostponedABit as postponed:
            return Outcome(End.POSTPONED, str(postponed), SOON, row.attempts)
        except Postponed as postponed:
            return _postponed(row, str(postponed))
        except (Unavailable, *DATABASE_TROUBLE) as error:
            if _state(error) == _TOO_LONG:
                return _defect(row, error, most=len(DELAYS))
            if not _is_lasting(error):
                return Outcome(End.POSTPONED, _kind(error), SOON, row.attempts)
            return _defect(row, error)
        except Exception as error:  # one activity that we stumble over must not hold back its lane for ever
            return _defect(row, error)

    async def _process(self, row: Waiting) -> Outcome:
        tenant = await self._tenants.by_id(row.tenant_id)
        if tenant is None:
            raise Refused(NotStored.CLOSED, "there is no such institution any more")
        if tenant.is_suspended:
            return Outcome(End.POSTPONED, "the institution is suspended", WHILE_SUSPENDED, row.attempts)
        if self._rules.is_blocked(row.sender_host):
            raise Refused(NotStored.BLOCKED, "the platform blocks this server")
        activity = read_activity(row.body, allow_http=self._fetcher.allow_http)
        if activity.kind not in HANDLERS:
            raise Refused(NotStored.UNSUPPORTED, f"a {activity.original_type} means nothing here")
        return await self._handle(row, tenant, activity)

    async def _handle(self, row: Waiting, tenant: Tenant, activity: ReceivedActivity) -> Outcome:
        deleted = await self._deleted(tenant, activity)
        fetched: dict[Wanted, Found] = {}
        collisions = 0
        while len(fetched) < MOST_FETCHED:
            forget: list[str] = []
            try:
                while await self._round(row, tenant, activity, fetched, deleted, forget):
                    pass  # each did a part that stays done
                return Outcome(End.DONE)
            except Needed as needed:
                fetched[needed.wanted] = await self._fetch(tenant, needed.wanted)
            except Refused as refused:
                return Outcome(End.REFUSED, refused.why.value, forget=tuple(forget))
            except (DBAPIError, asyncpg.PostgresError) as error:
                collisions += 1
                if _state(error) not in _COLLIDED or collisions > _COLLISIONS:
                    raise
        raise Postponed("more is needed for it than is fetched at once")

    async def _round(
        self,
        row: Waiting,
        tenant: Tenant,
        activity: ReceivedActivity,
        fetched: dict[Wanted, Found],
        deleted: frozenset[str],
        forget: list[str],
    ) -> bool:
        """One transaction; whether the activity needs another one."""
        async with self._slots, self._door.write(system_principal(tenant)) as tx:
            standing = await standing_of(
                tx, row.sender_host, is_limited_by_platform=self._rules.is_limited(row.sender_host)
            )
            handling = Handling(
                tx=tx,
                here=addresses_of(tenant, self._public_url),
                activity=activity,
                text=row.body.decode(),
                standing=standing,
                fetched=fetched,
                allow_http=self._fetcher.allow_http,
                deleted=deleted,
                to_forget=forget,
            )
            await HANDLERS[activity.kind](handling)
            self._before_commit()
        return handling.again

    async def _deleted(self, tenant: Tenant, activity: ReceivedActivity) -> frozenset[str]:
        """What the activity is about, where who acts deleted it before it came: nobody else's Delete counts."""
        named = [one.uri for one in activity.objects if one.uri is not None]
        if not named or activity.kind not in _BRING:
            return frozenset()
        return await self._queue.were_deleted(tenant.id, activity.actor, named)

    async def _fetch(self, tenant: Tenant, wanted: Wanted) -> Found:
        """What is wanted, or why it cannot be had."""
        signer = self._signer_for(tenant, addresses_of(tenant, self._public_url))
        try:
            if wanted.kind is Want.ACTOR:
                return await self._fetcher.actor(wanted.address, signer)
            return await self._fetcher.object(wanted.address, signer)
        except NotFetched as error:
            return error


def _postponed(row: Waiting, why: str) -> Outcome:
    if row.attempts >= len(DELAYS):
        return Outcome(End.REFUSED, NotStored.NOT_FETCHED.value)
    return Outcome(End.POSTPONED, why, DELAYS[row.attempts], row.attempts + 1)


def _defect(row: Waiting, error: Exception, *, most: int = MOST_DEFECTS) -> Outcome:
    _log.error(
        "activity not processed", exc_info=error, tenant_id=row.tenant_id, arrival=row.arrival, type=row.type
    )
    if row.attempts + 1 >= most:
        return Outcome(End.SET_ASIDE, _kind(error), attempts=row.attempts + 1)
    return Outcome(End.POSTPONED, _kind(error), DELAYS[min(row.attempts, most // 2)], row.attempts + 1)


def _state(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def _is_lasting(error: Exception) -> bool:
    """Whether the database would say the same again: it refuses what it is given (classes 22, 23, 42 and 54)."""
    return (_state(error) or "")[:2] in ("22", "23", "42", "54")


def _kind(error: Exception) -> str:
    return error.message if isinstance(error, FediflowError) else type(error).__name__
