"""What waits in the directory, as a worker sees it: leased lanes, the activities in them, and what became of each.

Every question is one statement. What raises is out of `DATABASE_TROUBLE`: whoever asks tries again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.inbox.received import address_hash
from federation.tables.inbox import CHAIRS, LANES
from kernel.batching import Batches
from kernel.database.compiled import Row
from kernel.database.named_sql import named_statements
from tenants.door import driver_of

LEASE = timedelta(seconds=30)
SERVERS_PER_LANE = 4
"""Looked at in one turn; the next turn goes on with the next ones."""

ROWS_PER_SERVER = 8  # of a lane, in one turn
ROWS_PER_OBJECT = 32
BYTES_PER_OBJECT = 256 * 1024
WOKEN_PER_LANE = 8
MOST_AT_ONCE = 500

MOST_OF_SERVER = 20_000
"""So much of one server may wait; then nothing more of it is taken until some of it was worked on."""

FULL = timedelta(seconds=60)
# Who waits for an earlier one is let go by its end; that is forgotten only where a worker loses its lanes in that moment.
HELD_BACK = timedelta(hours=1)

_SQL = named_statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """An activity that was taken in and not worked on yet."""

    arrival: int
    tenant_id: int
    lane: int
    object_hash: int
    address: str
    actor_address: str
    type: str
    sender_host: str
    body: bytes
    attempts: int
    not_before: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Ready:
    """A server that sent what is ready in a lane; of one that may begin something also an activity, and what is first of
    all about the same object: that one begins, and the others after it."""

    lane: int
    sender_host: str
    arrival: int | None
    object_hash: int | None
    first_arrival: int | None
    first_host: str | None
    waits: bool | None  # the first does, so the others wait for it


class InboxQueue:
    """Asks the directory, as one worker of the name `worker`."""

    def __init__(self, directory: AsyncEngine, worker: str) -> None:
        self._directory = directory.execution_options(isolation_level="AUTOCOMMIT")
        self._worker = worker
        self._done: Batches[tuple[int, int], None] = Batches(self._finish, most=MOST_AT_ONCE)
        self._refused: Batches[tuple[int, int, str], None] = Batches(self._refuse, most=MOST_AT_ONCE)
        self._gone: Batches[_Names, None] = Batches(self._remember_deleted, most=MOST_AT_ONCE)
        self._perhaps_gone: Batches[_Names, frozenset[str]] = Batches(self._were_deleted, most=MOST_AT_ONCE)

    async def renew(self) -> frozenset[int]:
        """The lanes and the chair that are still ours, for another while."""
        return frozenset(row["lane"] for row in await self._ask("renew", self._worker, _interval(LEASE)))

    async def others(self) -> int:
        """How many other workers there are."""
        (row,) = await self._ask("others", self._worker)
        return int(row["workers"])

    async def take(self, most: int) -> frozenset[int]:
        """Up to so many lanes that were nobody's."""
        return await self._take(most, 0, LANES - 1)

    async def sit_down(self) -> frozenset[int]:
        """A chair, from which others see that we are here; none where there are more workers than chairs."""
        return await self._take(1, LANES, LANES + CHAIRS - 1)

    async def give_back(self, lanes: Collection[int]) -> None:
        """These lanes are anybody's again."""
        await self._ask("give_back", self._worker, [str(lane) for lane in lanes])

    async def wake(self, lanes: Collection[int]) -> int:
        """Makes ready again what waited for long enough, some of each lane; how many."""
        return len(await self._ask("wake", [str(lane) for lane in lanes], str(WOKEN_PER_LANE)))

    async def ready(self, after: Mapping[int, str], *, full: Collection[str]) -> list[Ready]:
        """What is ready, of up to `SERVERS_PER_LANE` servers in each lane: those whose names come after the given one.

        Of the servers in `full` there is the name alone. How much there is more, and how much waits, costs nothing.
        """
        rows = await self._ask(
            "ready",
            [str(lane) for lane in after],
            list(after.values()),
            list(full),
            str(SERVERS_PER_LANE),
            str(ROWS_PER_SERVER),
        )
        return [Ready(**dict(row)) for row in rows]

    async def hold_back(self, arrivals: Collection[int]) -> None:
        """Has these wait for what comes before them about the same object; what is first itself does not wait."""
        await self._ask("hold_back", [str(one) for one in arrivals], _interval(HELD_BACK))

    async def read(self, objects: Collection[int]) -> list[Waiting]:
        """The first activities about each of these objects (their hashes), in order."""
        most = str(ROWS_PER_OBJECT), str(BYTES_PER_OBJECT)
        rows = await self._ask("read", [str(one) for one in objects], *most)
        return [Waiting(**dict(row)) for row in rows]

    async def finish(self, row: Waiting) -> None:
        """It was worked on."""
        await self._done.ask((row.arrival, row.object_hash))

    async def refuse(self, row: Waiting, why: str) -> None:
        """It was not stored; why is kept for operators."""
        await self._refused.ask((row.arrival, row.object_hash, why))

    async def postpone(self, arrival: int, *, attempts: int, delay: timedelta, error: str) -> None:
        """It is worked on again after a while."""
        await self._ask("postpone", str(arrival), str(attempts), _interval(delay), error[:500])

    async def set_aside(self, row: Waiting, *, attempts: int, error: str) -> None:
        """It is kept for operators, and nothing waits for it (`federation.inbox.operating`)."""
        await self._end("set_aside", [row.object_hash], str(row.arrival), str(attempts), error[:500])

    async def remember_deleted(self, tenant_id: int, actor: str, addresses: Sequence[str]) -> None:
        """What an actor deleted before it came: should it come from that actor, it is not stored."""
        await self._gone.ask(_names(tenant_id, actor, addresses))

    async def were_deleted(self, tenant_id: int, actor: str, addresses: Sequence[str]) -> frozenset[str]:
        """Which of these were."""
        return await self._perhaps_gone.ask(_names(tenant_id, actor, addresses))

    async def count_hosts(self, received: Mapping[str, int], refused: Mapping[str, int]) -> None:
        """Adds to what is counted of servers."""
        hosts = sorted(received)
        counts = [[str(counted.get(host, 0)) for host in hosts] for counted in (received, refused)]
        await self._ask("count_hosts", hosts, *counts)

    async def mark_full(self) -> None:
        """Has the gateways take nothing for a while of servers of which `MOST_OF_SERVER` activities wait."""
        await self._ask("mark_full", str(MOST_OF_SERVER), _interval(FULL))

    async def oldest_seconds(self) -> float:
        """For how long what came first has been waiting; 0 where nothing waits."""
        rows = await self._ask("oldest")
        return float(rows[0]["seconds"]) if rows else 0.0

    async def sweep(self) -> None:
        """Forgets what is old enough, of receipts and refusals some thousand at a time."""
        for statement in ("sweep_receipts", "sweep_refusals", "sweep_set_aside"):
            await self._ask(statement)

    async def _take(self, most: int, first: int, last: int) -> frozenset[int]:
        rows = await self._ask("take", self._worker, _interval(LEASE), str(most), str(first), str(last))
        return frozenset(row["lane"] for row in rows)

    async def _finish(self, done: Sequence[tuple[int, int]]) -> Sequence[None]:
        await self._end("finish", [one for _, one in done], [str(arrival) for arrival, _ in done])
        return [None] * len(done)

    async def _refuse(self, refused: Sequence[tuple[int, int, str]]) -> Sequence[None]:
        arrivals, reasons = [str(arrival) for arrival, _, _ in refused], [why for _, _, why in refused]
        await self._end("refuse", [one for _, one, _ in refused], arrivals, reasons)
        return [None] * len(refused)

    async def _end(self, name: str, objects: Collection[int], *values: Any) -> None:
        """What ends, and then what waited for it: in one transaction, so that nothing waits for what is no more."""
        async with self._directory.connect() as connection:
            driver = driver_of(connection)
            async with driver.transaction():
                await driver.fetch(_SQL[name], *values)
                await driver.fetch(_SQL["release"], [str(one) for one in set(objects)])

    async def _remember_deleted(self, given: Sequence["_Names"]) -> Sequence[None]:
        await self._ask("remember_deleted", *_columns(given))
        return [None] * len(given)

    async def _were_deleted(self, given: Sequence["_Names"]) -> Sequence[frozenset[str]]:
        known = {(row["tenant_id"], row["hash"]) for row in await self._ask("were_deleted", *_columns(given))}
        return [
            frozenset(address for hash, address in one.addresses.items() if (one.tenant_id, hash) in known)
            for one in given
        ]

    async def _ask(self, name: str, *values: Any) -> list[Row]:
        async with self._directory.connect() as connection:
            found: list[Row] = await driver_of(connection).fetch(_SQL[name], *values)
            return found


@dataclass(frozen=True, slots=True)
class _Names:
    """What an actor perhaps deleted, by the hashes of the receipts that say so."""

    tenant_id: int
    addresses: Mapping[str, str]


def _names(tenant_id: int, actor: str, addresses: Sequence[str]) -> _Names:
    """As receipts that no activity has: activities' addresses begin otherwise."""
    return _Names(
        tenant_id, {address_hash(f"deleted {actor} {address}").hex(): address for address in addresses}
    )


def _columns(given: Sequence[_Names]) -> tuple[list[str], list[str]]:
    pairs = {(str(one.tenant_id), hash) for one in given for hash in one.addresses}
    return [tenant for tenant, _ in pairs], [hash for _, hash in pairs]


def _interval(span: timedelta) -> str:
    return f"{span.total_seconds():f} seconds"
