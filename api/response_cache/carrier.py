"""The carrier of a gateway with a cache: what answers everybody alike comes from there, the rest as ever."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence

from api.plan.carrier import Started, WireCarrier
from api.plan.plan import Inputs, Statement
from api.response_cache.entries import LocalEntries, SharedEntries
from api.response_cache.fills import Answered, Counts, Fills, Question
from api.response_cache.identity import Identities
from api.response_cache.versions import Stamp, Versions
from kernel.cache import Cache
from kernel.database.wire.promise import Outcome
from tenants.model import Tenant
from tenants.readers import Readers


class CachingCarrier(WireCarrier):
    """As `WireCarrier`. A plan is answered from the cache when all of its statements are shared, so it is one snapshot."""

    def __init__(self, readers: Readers, cache: Cache, identities: Identities, counts: Counts) -> None:
        super().__init__(readers)
        self._counts = counts
        self._versions = Versions(cache, identities)
        self._local = LocalEntries()
        self._fills = Fills(readers, self._local, SharedEntries(cache), counts)

    async def fetch(
        self, tenant: Tenant, statements: Sequence[Statement], inputs: Inputs
    ) -> list[bytes | None]:
        """The statements' texts in order."""
        if not _is_shared(statements):
            return await super().fetch(tenant, statements, inputs)
        answer: asyncio.Future[list[bytes | None]] = asyncio.get_running_loop().create_future()
        look = self.start(tenant, statements, inputs, lambda outcome: _settle(answer, outcome))
        try:
            return await answer
        except asyncio.CancelledError:
            look.withdraw()
            raise

    def start(
        self,
        tenant: Tenant,
        statements: Sequence[Statement],
        inputs: Inputs,
        done: Callable[[Outcome], None],
    ) -> Started:
        """As `fetch`, for who does not await: `done` gets the texts, or what `fetch` would raise."""
        if not _is_shared(statements):
            return super().start(tenant, statements, inputs, done)
        bound = [(statement.sql, statement.bind(inputs)) for statement in statements]
        look = _Look(self, Question(tenant, _key(tenant, statements, bound), bound), done)
        self._versions.ask(tenant, look.stamped)
        return look

    async def aclose(self) -> None:
        """Ends what is under way; who still waits is not told."""
        await self._versions.aclose()
        await self._fills.aclose()

    def answer(self, look: "_Look", question: Question, stamp: Stamp) -> None:
        """Goes on once Redis has said under which stamp the answer may have been kept."""
        if stamp is None:
            self._counts.add(Answered.BYPASS)
            look.flight = self._readers.start(question.tenant, question.bound, look.done)
            return
        kept = self._local.get(question.key, stamp)
        if kept is None:
            self._fills.join(question, stamp, look.done)
            return
        self._counts.add(Answered.HIT)
        look.done(list(kept))


class _Look:
    """A request on its way to its answer."""

    __slots__ = ("_carrier", "_done", "_question", "flight")

    def __init__(self, carrier: CachingCarrier, question: Question, done: Callable[[Outcome], None]) -> None:
        self._carrier = carrier
        self._question = question
        self._done: Callable[[Outcome], None] | None = done
        self.flight: Started | None = None

    def withdraw(self) -> None:
        """Nobody wants the answer any more."""
        self._done = None
        if self.flight is not None:
            self.flight.withdraw()

    def stamped(self, stamp: Stamp) -> None:
        """Redis has answered."""
        if self._done is None:
            return
        try:
            self._carrier.answer(self, self._question, stamp)
        except Exception as error:  # raised in nobody's name here: the request says it
            self.done(error)

    def done(self, outcome: Outcome) -> None:
        """Here is the answer."""
        # What the caller makes of it is not a matter of who else waits for the same.
        asyncio.get_running_loop().call_soon(self._deliver, outcome)

    def _deliver(self, outcome: Outcome) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(outcome)


def _is_shared(statements: Sequence[Statement]) -> bool:
    for statement in statements:
        if not statement.shared_key:
            return False
    return bool(statements)


def _key(
    tenant: Tenant, statements: Sequence[Statement], bound: Sequence[tuple[str, Sequence[object]]]
) -> bytes:
    """Stands for everything that PostgreSQL would be told: the tenant, the statements, and all that is bound to them."""
    said = [(statement.shared_key, values) for statement, (_, values) in zip(statements, bound, strict=True)]
    return hashlib.blake2b(repr((tenant.id, said)).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _settle(answer: "asyncio.Future[list[bytes | None]]", outcome: Outcome) -> None:
    if answer.done():
        return
    if isinstance(outcome, BaseException):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
