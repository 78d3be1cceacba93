"""Compares an index with the database, document by document, and mends what differs; may run while everything goes on.

What differs is looked at twice, and what the index has not heard of yet is left to the consumer. What was set aside is tried
again.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from search.documents.made import Made
from search.documents.reading import read_documents
from search.engine import Engine, digest
from search.indexing.dependents import STAGES, page_of
from search.indexing.indexer import Indexer
from search.indexing.meaning import Cause
from search.indexing.refusals import SetAside, set_aside
from search.indexing.storing import PUBLISHABLE
from search.indexing.waiting import waiting
from search.model import Collection, Document, Institution, Kind, Published, Reference
from tenants.model import Tenant

_PAGE = 500
_END = 2**63  # after every id

Digests = Mapping[Reference, str]


class Finding(StrEnum):
    """What is said of a document."""

    EQUAL = "equal"
    MISSING = "missing"  # in the index
    DIFFERENT = "different"
    LEFT_OVER = "left_over"  # in the index, and not in the database or not to be found
    WAITING = "waiting"  # changed a moment ago
    REFUSED = "refused"  # set aside, and tried again


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many documents of each kind are how, in an institution's own set and in the published one."""

    own: Counter[tuple[Kind, Finding]] = field(default_factory=Counter)
    published: Counter[tuple[Kind, Finding]] = field(default_factory=Counter)

    def count(self, *findings: Finding) -> int:
        """How many of both sets."""
        both = self.own + self.published
        return sum(number for (_, finding), number in both.items() if finding in findings)

    @property
    def is_good(self) -> bool:
        """Whether the index says what the database does, or soon will."""
        return not self.count(Finding.MISSING, Finding.DIFFERENT, Finding.LEFT_OVER, Finding.REFUSED)


@dataclass(frozen=True, slots=True)
class _Look:
    """A stretch of references of one kind, up to an id, as database and index have it."""

    upto: int
    own: Mapping[Reference, Finding]
    published: Mapping[Reference, Finding]


def _nobody_asks(_count: int) -> None:
    return


class Verifying:
    """Compares, and with `repairs` has what differs read again."""

    def __init__(self, engine: Engine, indexer: Indexer, *, repairs: bool = True) -> None:
        self._engine = engine
        self._indexer = indexer
        self._repairs = repairs

    async def verify(self, tenant: Tenant, progress: Callable[[int], None] = _nobody_asks) -> Verdict:
        """One institution, page by page; `progress` hears of each how many references were compared."""
        verdict = Verdict()
        for kind in sorted(Kind):
            after = 0
            while after < _END:
                look = await self._look_twice(tenant, kind, after)
                verdict.own.update((kind, finding) for finding in look.own.values())
                verdict.published.update((kind, finding) for finding in look.published.values())
                await self._repair(tenant, look)
                progress(len(look.own))
                after = look.upto
        await self._engine.refresh()
        return verdict

    async def _repair(self, tenant: Tenant, look: _Look) -> None:
        found = (*look.own.items(), *look.published.items())
        wrong = {one for one, finding in found if finding not in (Finding.EQUAL, Finding.WAITING)}
        if wrong and self._repairs:
            await self._indexer.read_again(tenant, sorted(wrong))

    async def _look_twice(self, tenant: Tenant, kind: Kind, after: int) -> _Look:
        """Index and database are not asked in one moment: what differs both times differs."""
        first = await self._look(tenant, kind, after)
        if all(one is Finding.EQUAL for of in (first.own, first.published) for one in of.values()):
            return first
        second = await self._look(tenant, kind, after)
        return _Look(second.upto, _agreed(first.own, second.own), _agreed(first.published, second.published))

    async def _look(self, tenant: Tenant, kind: Kind, after: int) -> _Look:
        own, own_end = await self._stored(Institution(tenant), kind, after)
        shown, shown_end = await self._stored(Published(tenant), kind, after)
        async with self._indexer.door.read(tenant) as driver:
            stage = [one for _, one in STAGES[Cause.TENANT]].index(kind)
            rows = await page_of(
                driver, tenant.id, Cause.TENANT, [tenant.id], stage=stage, after=after, limit=_PAGE
            )
            upto = min(own_end, shown_end, _end(rows))
            asked = sorted({one for one in (*own, *shown, *rows) if one.id <= upto})
            reading = await read_documents(driver, tenant, asked)
            pending = (await waiting(driver, tenant.id)).references
            aside = await set_aside(driver, tenant.id, asked)

        def judge(
            stored: Digests, document: Callable[[Made], Document | None], *, published: bool
        ) -> Mapping[Reference, Finding]:
            found = {}
            for one in asked:
                made = reading.documents.get(one)
                wanted = document(made) if made is not None else None
                finding = _finding(stored.get(one), wanted)
                if finding is not None:
                    is_aside = SetAside(one, published) in aside
                    found[one] = _excused(finding, is_waiting=one in pending, is_aside=is_aside)
            return found

        return _Look(
            upto,
            judge(own, lambda made: made.document, published=False),
            judge(shown, lambda made: made.published, published=True),
        )

    async def _stored(self, collection: Collection, kind: Kind, after: int) -> tuple[Digests, int]:
        """The next documents of a kind that the index has, and up to which id those are all."""
        if isinstance(collection, Published) and kind not in PUBLISHABLE:
            return {}, _END
        listed = await self._engine.listed(collection, after=Reference(kind, after), limit=_PAGE)
        of_kind = [one for one in listed if one.reference.kind is kind]
        end = _end([one.reference for one in of_kind])
        return {one.reference: one.digest for one in of_kind}, end


def _end(references: Sequence[Reference]) -> int:
    return references[-1].id if len(references) == _PAGE else _END


def _finding(stored: str | None, wanted: Document | None) -> Finding | None:
    if wanted is None:
        return None if stored is None else Finding.LEFT_OVER
    if stored is None:
        return Finding.MISSING
    return Finding.EQUAL if stored == digest(wanted) else Finding.DIFFERENT


def _excused(finding: Finding, *, is_waiting: bool, is_aside: bool) -> Finding:
    if is_aside:
        return Finding.REFUSED
    return Finding.WAITING if is_waiting and finding is not Finding.EQUAL else finding


def _agreed(
    first: Mapping[Reference, Finding], second: Mapping[Reference, Finding]
) -> Mapping[Reference, Finding]:
    """Of the second look; what did not differ the first time, or was waited for, has just changed: the index was asked
    before the database, and the consumer may have come in between."""
    passing = (None, Finding.EQUAL, Finding.WAITING)
    return {
        one: Finding.WAITING if finding is not Finding.EQUAL and first.get(one) in passing else finding
        for one, finding in second.items()
    }
