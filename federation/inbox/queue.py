"""What waits in the directory, as a worker sees it: leased lanes, the activities in them, and what became of each.

Every question is one statement. What raises is out of `DATABASE_TROUBLE`: whoever asks tries again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.delivery.batching import Batches
from federation.inbox.received import address_hash
from federation.tables.inbox import CHAIRS, LANES
from kernel.database.compiled import Row
from kernel.database.named_sql import named_statements
from tenants.door import driver_of

LEASE = timedelta(seconds=30)
ROWS_PER_LANE = 32
MOST_AT_ONCE = 500

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


class InboxQueue:
    """Asks the directory, as one worker of the name `worker`."""

    def __init__(self, directory: AsyncEngine, worker: str) -> None:
        self._directory = directory.execution_options(isolation_level="AUTOCOMMIT")
        self._worker = worker
        self._done: Batches[int, None] = Batches(self._finish, most=MOST_AT_ONCE)

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

    async def read(self, lanes: Collection[int], without: Collection[int]) -> list[Waiting]:
        """The first activities of these lanes in order, without those about certain objects (their hashes)."""
        rows = await self._ask(
            "read", [str(lane) for lane in lanes], [str(one) for one in without], str(ROWS_PER_LANE)
        )
        return [Waiting(**dict(row)) for row in rows]

    async def finish(self, arrival: int) -> None:
        """It was worked on."""
        await self._done.ask(arrival)

    async def refuse(self, arrival: int, why: str) -> None:
        """It was not stored; why is kept for operators."""
        await self._ask("refuse", str(arrival), why)

    async def postpone(self, arrival: int, *, attempts: int, delay: timedelta, error: str) -> None:
        """It is worked on again after a while."""
        await self._ask("postpone", str(arrival), str(attempts), _interval(delay), error[:500])

    async def remember_deleted(self, tenant_id: int, actor: str, addresses: Sequence[str]) -> None:
        """What an actor deleted before it came: should it come from that actor, it is not stored."""
        names = sorted(_deleted(actor, one) for one in addresses)
        await self._ask("remember_deleted", str(tenant_id), names)

    async def were_deleted(self, tenant_id: int, actor: str, addresses: Sequence[str]) -> frozenset[str]:
        """Which of these were."""
        names = {_deleted(actor, one): one for one in addresses}
        rows = await self._ask("were_deleted", str(tenant_id), list(names))
        return frozenset(names[row["hash"]] for row in rows)

    async def count_hosts(self, received: Mapping[str, int], refused: Mapping[str, int]) -> None:
        """Adds to what is counted of servers."""
        hosts = sorted(received)
        counts = [[str(counted.get(host, 0)) for host in hosts] for counted in (received, refused)]
        await self._ask("count_hosts", hosts, *counts)

    async def oldest_seconds(self) -> float:
        """For how long what came first has been waiting; 0 where nothing waits."""
        rows = await self._ask("oldest")
        return float(rows[0]["seconds"]) if rows else 0.0

    async def sweep(self) -> None:
        """Forgets receipts and refusals that are old enough, some thousand at a time."""
        await self._ask("sweep_receipts")
        await self._ask("sweep_refusals")

    async def _take(self, most: int, first: int, last: int) -> frozenset[int]:
        rows = await self._ask("take", self._worker, _interval(LEASE), str(most), str(first), str(last))
        return frozenset(row["lane"] for row in rows)

    async def _finish(self, arrivals: Sequence[int]) -> Sequence[None]:
        await self._ask("finish", [str(arrival) for arrival in arrivals])
        return [None] * len(arrivals)

    async def _ask(self, name: str, *values: Any) -> list[Row]:
        async with self._directory.connect() as connection:
            found: list[Row] = await driver_of(connection).fetch(_SQL[name], *values)
            return found


def _deleted(actor: str, address: str) -> str:
    """As a receipt that no activity has: activities' addresses begin otherwise."""
    return address_hash(f"deleted {actor} {address}").hex()


def _interval(span: timedelta) -> str:
    return f"{span.total_seconds():f} seconds"
