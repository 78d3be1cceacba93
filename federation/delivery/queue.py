"""The queue of one shard as a worker sees it: leases of hosts' lanes, deliveries taken from them, outcomes written back.

Every question is asked in a short transaction of its own, many hosts at once, and again and again while the database is
away: whoever works on a lane waits. No transaction is open while anything is sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.delivery.model import Delivery, Pace
from kernel.batching import Batches
from kernel.database.named_sql import named_statements
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.ids import first_id_of
from kernel.outbox.complaints import Complaint
from kernel.outbox.waiting import retry_delay, wait
from tenants.door import driver_of

Asked = TypeVar("Asked")

CLASSES = (0, 1, 2)
NOBODY = -1  # before the first tenant
NEVER = 2**63 - 1  # behind the last delivery
_TENANTS = 16  # of which deliveries are taken at a time
_DAYS = 9  # that a delivery can be old
_SQL = named_statements(Path(__file__).with_suffix(".sql"))
# The statistics of a queue are always old: walk its indexes in order, and keep one plan.
_BEGIN = (
    "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; "
    "SET LOCAL enable_mergejoin = off; SET LOCAL plan_cache_mode = force_generic_plan"
)
# What is forgotten again when the server crashes is a delivery that goes out once more, with the same id.
_BEGIN_LIGHTLY = f"{_BEGIN}; SET LOCAL synchronous_commit = off"


@dataclass(frozen=True, slots=True)
class Lane:
    """A leased lane as it was found."""

    host: str
    failures: int
    last_tenant_id: int
    paused: frozenset[int] = frozenset()  # tenants


@dataclass(frozen=True, slots=True)
class Want:
    """More of a host, tenants after those of `after` (by class), deliveries behind those of `seen` ((class, tenant))."""

    host: str
    after: Mapping[int, int]
    seen: Mapping[tuple[int, int], int]
    each: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What was found: deliveries, and by class the tenant up to whom was looked; those without an entry are through."""

    deliveries: Sequence[Delivery]
    up_to: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a delivery. `why` buries it; `wait` tries it again; neither: it is done."""

    delivery: Delivery
    why: str | None = None
    wait: timedelta | None = None
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A lane that is given back: to wait (`wait`), or because nothing can be sent just now."""

    host: str
    last_tenant_id: int
    wait: timedelta | None = None
    failures: int = 0


@dataclass(slots=True)
class Queue:
    """One shard's queue, for a worker of that name."""

    engine: AsyncEngine
    shard: str
    worker: str
    pace: Pace
    stop: asyncio.Event
    takes: Batches[Want, Taken] = field(init=False)
    endings: Batches[Ended, None] = field(init=False)
    releases: Batches[Release, bool] = field(init=False)
    _low: int = 0
    _complaint: Complaint = field(init=False)

    def __post_init__(self) -> None:
        self._complaint = Complaint("delivery", {"shard": self.shard})
        self.takes = Batches(self._persistently(self._take), most=64)
        self.endings = Batches(self._persistently(self._end), most=500, linger=self.pace.linger)
        self.releases = Batches(self._persistently(self._release), most=64)

    async def claim(self, most: int) -> list[Lane]:
        """Leases lanes that are due."""
        async with self._transaction() as driver:
            rows = await driver.fetch(_SQL["claim"], self.worker, self.pace.lease, most)
            hosts = [row["host"] for row in rows]
            paused = _by_host(hosts, await driver.fetch(_SQL["paused"], hosts) if hosts else ())
        return [
            Lane(row["host"], row["failures"], row["last_tenant_id"], paused[row["host"]]) for row in rows
        ]

    async def paused(self, hosts: Sequence[str]) -> dict[str, frozenset[int]]:
        """Which institutions paused each of these hosts."""
        async with self._transaction() as driver:
            return _by_host(hosts, await driver.fetch(_SQL["paused"], list(hosts)))

    async def renew(self, hosts: Sequence[str]) -> set[str]:
        """Prolongs leases; gives the hosts that are still ours."""
        async with self._transaction() as driver:
            return {
                row["host"]
                for row in await driver.fetch(_SQL["renew"], self.worker, self.pace.lease, list(hosts))
            }

    async def supersede(self, host: str) -> set[tuple[int, int]]:
        """Forgets what something newer makes pointless; gives tenants and ids of what is forgotten."""
        async with self._transaction(_BEGIN_LIGHTLY) as driver:
            rows = await driver.fetch(_SQL["supersede"], host, *self._range())
        return {(row["tenant_id"], row["id"]) for row in rows}

    async def block(self, host: str) -> None:
        """Buries all that waits for a host."""
        while True:
            async with self._transaction() as driver:
                if await driver.execute(_SQL["block"], host, *self._range()) == "INSERT 0 0":
                    return

    async def look_back(self) -> None:
        """Finds out how old the oldest delivery may be: days that are empty are looked at no more."""
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        days = [str(first_id_of(today - timedelta(days=back))) for back in range(_DAYS + 1)]
        async with self._transaction("BEGIN") as driver:
            self._low = await driver.fetchval(
                _SQL["oldest"], days, first_id_of(today - timedelta(minutes=10))
            )

    async def tell(self, columns: Sequence[Sequence[Any]]) -> None:
        """Adds figures to `tenant_hosts`; the columns of the statement, one list each."""
        async with self._transaction(_BEGIN_LIGHTLY) as driver:
            await driver.execute(_SQL["figures"], *columns)

    async def known_hosts(self) -> list[str]:
        """Hosts that something was sent to lately or waits for, or that are in trouble."""
        async with self._transaction("BEGIN") as driver:
            return [row["host"] for row in await driver.fetch(_SQL["known"])]

    async def note_states(self, states: Sequence[Sequence[Any]]) -> None:
        """Copies (host, state, software, version) to where institutions read them."""
        async with self._transaction("BEGIN; SET LOCAL synchronous_commit = off") as driver:
            await driver.execute(_SQL["states"], *(list(column) for column in zip(*states, strict=True)))

    async def wake(self, hosts: Iterable[str]) -> None:
        """Makes lanes due at once."""
        async with self._transaction() as driver:
            await driver.execute(_SQL["wake"], list(hosts))

    async def aclose(self) -> None:
        """Ends what is still asked."""
        for batches in (self.takes, self.endings, self.releases):
            await batches.aclose()

    async def _take(self, wants: Sequence[Want]) -> list[Taken]:
        asked = [(want, delivery_class) for want in wants for delivery_class in want.after]
        seen = [
            orjson.dumps(
                {str(tenant): last for (its, tenant), last in want.seen.items() if its == one}
            ).decode()
            for want, one in asked
        ]
        async with self._transaction() as driver:
            rows = await driver.fetch(
                _SQL["take"],
                [want.host for want, _ in asked],
                [str(delivery_class) for _, delivery_class in asked],
                [str(want.after[delivery_class]) for want, delivery_class in asked],
                seen,
                *self._range(),
                _TENANTS,
                max((want.each for want in wants), default=1),
            )
        return _taken(wants, asked, rows)

    async def _end(self, endings: Sequence[Ended]) -> list[None]:
        done = [one for one in endings if one.why is None and one.wait is None]
        buried = [one for one in endings if one.why is not None]
        again = [one for one in endings if one.why is None and one.wait is not None]
        async with self._transaction(_BEGIN if buried else _BEGIN_LIGHTLY) as driver:
            if done:
                await driver.execute(_SQL["done"], *_keys(done))
            if buried:
                await driver.execute(
                    _SQL["bury"], *_keys(buried), [one.why for one in buried], *_told(buried)
                )
            if again:
                waits = [str(one.wait.total_seconds()) for one in again if one.wait is not None]
                await driver.execute(_SQL["retry"], *_keys(again), waits, *_told(again))
                if ordered := [one for one in again if one.delivery.object_key is not None]:
                    await driver.execute(_SQL["drop"], *_keys(ordered))
        return [None] * len(endings)

    async def _release(self, releases: Sequence[Release]) -> list[bool]:
        """Whether each lane was given back (or is no longer ours); False: there is more to send."""
        waiting = [one for one in releases if one.wait is not None]
        empty = [one for one in releases if one.wait is None]
        async with self._transaction() as driver:
            locked = {
                row["host"]
                for row in await driver.fetch(_SQL["lock"], self.worker, [one.host for one in releases])
            }
            given = {one.host for one in releases} - locked
            if waiting:
                waits = [str(one.wait.total_seconds()) for one in waiting if one.wait is not None]
                failures = [str(one.failures) for one in waiting]
                await driver.execute(_SQL["postpone"], *_lanes(self.worker, waiting, waits, failures))
                given |= {one.host for one in waiting}
            if empty:
                # A statement of its own: it sees what was committed by whoever had the lanes before we locked them.
                rows = await driver.fetch(_SQL["release"], *_lanes(self.worker, empty), *self._range())
                given |= {row["host"] for row in rows}
        return [one.host in given for one in releases]

    def _range(self) -> tuple[int, int]:
        """Ids between which all deliveries lie: other days' partitions are not looked at."""
        return self._low, first_id_of(datetime.now(UTC) + timedelta(hours=1))

    def _persistently(
        self, handle: Callable[[Sequence[Any]], Awaitable[Asked]]
    ) -> Callable[[Sequence[Any]], Awaitable[Asked]]:
        async def ask(items: Sequence[Any]) -> Asked:
            while True:
                try:
                    answer = await handle(items)
                except DATABASE_TROUBLE as error:
                    self._complaint.failed(error)
                    await wait(asyncio.Event(), retry_delay(self._complaint.failures))
                else:
                    self._complaint.settled()
                    return answer

        return ask

    @asynccontextmanager
    async def _transaction(self, begin: str = _BEGIN) -> Any:
        async with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            try:
                driver = driver_of(connection)
                await driver.execute(begin)
                yield driver
                await driver.execute("COMMIT")
            except BaseException:
                # SQLAlchemy does not see what the driver meets: a broken connection must not come back to the pool.
                await connection.invalidate()
                raise


def _taken(
    wants: Sequence[Want], asked: Sequence[tuple[Want, int]], rows: Sequence[Mapping[str, Any]]
) -> list[Taken]:
    deliveries: dict[str, list[Delivery]] = {want.host: [] for want in wants}
    tenants: dict[tuple[str, int], list[int]] = {}
    for row in rows:
        want, delivery_class = asked[row["nth"] - 1]
        known = tenants.setdefault((want.host, delivery_class), [])
        if row["tenant_id"] not in known:
            known.append(row["tenant_id"])
        if row["id"] is not None:
            deliveries[want.host].append(_delivery(row))
    return [
        Taken(
            deliveries[want.host],
            {
                delivery_class: max(found)
                for delivery_class in want.after
                if len(found := tenants.get((want.host, delivery_class), [])) >= _TENANTS
            },
        )
        for want in wants
    ]


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(
        row["tenant_id"],
        row["id"],
        row["host"],
        row["inbox"],
        row["activity_id"],
        row["signer_id"],
        row["class"],
        row["object_key"],
        row["attempts"],
        row["created_at"],
    )


def _by_host(hosts: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {host: set() for host in hosts}
    for row in rows:
        found[row["host"]].add(row["tenant_id"])
    return {host: frozenset(tenants) for host, tenants in found.items()}


def _keys(endings: Sequence[Ended]) -> tuple[list[str], list[str]]:
    """Texts: for arrays of other types the driver would ask PostgreSQL what they are, in ways we are not allowed."""
    return [str(one.delivery.tenant_id) for one in endings], [str(one.delivery.id) for one in endings]


def _told(endings: Sequence[Ended]) -> tuple[list[str | None], list[str | None]]:
    statuses = [None if one.status is None else str(one.status) for one in endings]
    return statuses, [one.error for one in endings]


def _lanes(worker: str, releases: Sequence[Release], *more: list[str]) -> tuple[Any, ...]:
    hosts, tenants = [one.host for one in releases], [str(one.last_tenant_id) for one in releases]
    return worker, hosts, *more, tenants
