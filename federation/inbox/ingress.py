"""Taking an activity in: cheap questions first, then whose it is, then one durable row."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

from federation.inbox.platform_rules import PlatformRules
from federation.inbox.rates import MinuteRates
from federation.inbox.received import received_of
from federation.inbox.receiving import Intake
from federation.inbox.refusals import InboxRefused, NotTaken
from federation.inbox.verifying import Claimed, Verifier
from federation.protocol.addresses import Addresses
from federation.protocol.origins import host_of
from federation.protocol.reading import ReceivedActivity, Unreadable, read_activity
from federation.protocol.vocabulary import ActivityKind
from federation.remote.failures import FetchFailure
from federation.remote.fetcher import Fetcher
from federation.remote.signing import SignerSource
from federation.signatures import SignedRequest
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from kernel.http.flights import Slots
from tenants.model import Tenant
from tenants.signin.limits import subscriber

MOST_FAILURES = 600
"""Requests a minute from one address that turn out to be nobody's; beyond that it is not listened to."""

MOST_UNKNOWN = 1024
"""Requests that wait until it is known whose they are."""

MOST_UNKNOWN_OF_PEER = 32
"""Of these, from one address: whoever names keys of servers that hang holds back itself."""

PATIENCE_SECONDS = 5.0  # for one's turn among these
STRANGERS_SECONDS = 300.0
STRANGERS_REMEMBERED = 20_000
FULL_SECONDS = 300  # when a server of which too much waits is asked to come again
_RETRY_SECONDS = 30

SignerFor = Callable[[Tenant, Addresses], SignerSource]


class Taken(StrEnum):
    """What became of an activity that was not sent away; all are answered alike."""

    STORED = "stored"
    KNOWN = "known"  # it came before
    STRANGER = "stranger"  # a Delete by an actor that nobody here ever heard of


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request for an institution's inbox, its body within the limits."""

    tenant: Tenant
    here: Addresses
    request: SignedRequest
    peer: str  # the address it came from


class Inbox:
    """Takes deliveries; one per gateway process. `outcomes` counts `Taken` and `NotTaken`."""

    def __init__(
        self,
        fetcher: Fetcher,
        verifier: Verifier,
        intake: Intake,
        rules: PlatformRules,
        signer_for: SignerFor,
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._fetcher = fetcher
        self._verifier = verifier
        self._intake = intake
        self._rules = rules
        self._signer_for = signer_for
        self._now = now
        self._received = MinuteRates(now=now)
        self._failures = MinuteRates(now=now)
        self._unknown = Slots(total=MOST_UNKNOWN, per_host=MOST_UNKNOWN_OF_PEER)
        self._strangers: OrderedDict[str, float] = OrderedDict()
        self.outcomes: Counter[str] = Counter()

    def is_blocked(self, host: str) -> bool:
        """Whether the platform has nothing to do with a host."""
        return self._rules.is_blocked(host)

    async def take(self, delivery: Delivery) -> Taken:
        """Returns once the activity is durable, or known, or of no use to anybody here; raises `InboxRefused`."""
        try:
            taken = await self._take(delivery)
        except InboxRefused as refused:
            self.outcomes[refused.why.value] += 1
            if _is_theirs(refused):
                self._failures.count(subscriber(delivery.peer))
            raise
        self.outcomes[taken.value] += 1
        return taken

    async def _take(self, delivery: Delivery) -> Taken:
        _check_rate(self._failures.seconds_to_wait(subscriber(delivery.peer), MOST_FAILURES))
        activity = self._read(delivery.request.body)
        host = host_of(activity.actor)
        if self._rules.is_blocked(host):
            raise InboxRefused(NotTaken.BLOCKED, "this platform has nothing to do with the actor's server")
        _check_rate(self._received.seconds_to_wait(host, self._rules.limit(host)))
        _check_rate(FULL_SECONDS if self._rules.is_full(host) else 0)
        claimed = self._verifier.claimed(delivery.request, activity)
        try:
            if activity.kind is ActivityKind.DELETE and await self._is_strangers(activity, claimed):
                return Taken.STRANGER
            signature = await self._verify(delivery, activity, claimed)
            is_new = await self._intake.keep(received_of(delivery.tenant.id, activity, delivery.request.body))
        except (Unavailable, *DATABASE_TROUBLE) as error:
            raise InboxRefused(
                NotTaken.NOT_NOW, "the inbox cannot be written just now", retry_after=_RETRY_SECONDS
            ) from error
        if signature is not None:
            self._verifier.remember(signature)
        self._received.count(host)
        return Taken.STORED if is_new else Taken.KNOWN

    async def _verify(self, delivery: Delivery, activity: ReceivedActivity, claimed: Claimed) -> bytes | None:
        """Asks for the key where it is not known; so many for one address at one time."""
        signer = self._signer_for(delivery.tenant, delivery.here)
        async with AsyncExitStack() as turn:
            if claimed.own is None or self._fetcher.keys.known(claimed.own.key_id) is None:
                try:
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await turn.enter_async_context(self._unknown.hold(subscriber(delivery.peer)))
                except TimeoutError as error:
                    raise InboxRefused(
                        NotTaken.NOT_NOW,
                        "other servers are asked much for you already: try again later",
                        retry_after=_RETRY_SECONDS,
                    ) from error
            return await self._verifier.verify(claimed, delivery.request, activity, signer)

    def _read(self, body: bytes) -> ReceivedActivity:
        try:
            return read_activity(body, allow_http=self._fetcher.allow_http)
        except Unreadable as error:
            raise InboxRefused(NotTaken.UNREADABLE, error.message, detail=error.where) from error

    async def _is_strangers(self, activity: ReceivedActivity, claimed: Claimed) -> bool:
        """Whether nobody here ever heard of who deletes: neither they nor what they wrote can be stored anywhere.

        Servers send a Delete to all servers they know, at once and for each institution: a copy costs nothing after the
        first. It is remembered by actor and activity, so what the same actor does later is not taken for it.
        """
        name = f"{activity.actor} {activity.id}"
        until = self._strangers.get(name)
        if until is not None and self._now() < until:
            return True
        key_address = claimed.own.key_id if claimed.own is not None else ""
        if await self._fetcher.keys.knows_actor(key_address, activity.actor):
            return False
        self._strangers[name] = self._now() + STRANGERS_SECONDS
        if len(self._strangers) > STRANGERS_REMEMBERED:
            self._strangers.popitem(last=False)
        return True


def _is_theirs(refused: InboxRefused) -> bool:
    """Whether it counts against who sent it: also a key whose server does not answer, which is waited for each time."""
    if refused.why is NotTaken.NOT_NOW:
        return refused.detail == FetchFailure.AWAY.value
    return refused.why not in (NotTaken.RATE_LIMITED, NotTaken.REPLAYED)


def _check_rate(seconds: int) -> None:
    if seconds:
        raise InboxRefused(
            NotTaken.RATE_LIMITED, "too much comes from there: try again later", retry_after=seconds
        )
