"""Whose saved searches are looked at next: of institutions in which something was written since, those longest ago first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.named_sql import named_statements
from search.indexing.queue import CONSUMER
from tenants.door import driver_of

SQL = named_statements(Path(__file__).with_name("looking.sql"))
LEASE = timedelta(minutes=10)
_EACH, _MOST = 100, 100  # people, of one institution and of all, who are claimed together
# Events about these make documents that were not there, or that others did not find.
_TYPES = ["course", "offering", "org_unit", "academic_session", "user", "post", "actor"]


@dataclass(frozen=True, slots=True)
class Indexed:
    """How far the index of a shard is: in the outbox, and in time."""

    position: int
    to: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """People of an institution who are ours to look at until a moment; that moment says so."""

    tenant_id: int
    user_ids: tuple[int, ...]
    until: datetime


@dataclass(slots=True)
class _Seen:
    """What is known of a shard's outbox: of institutions without a position nothing was written since `first`."""

    first: int
    upto: int
    newest: dict[int, int] = field(default_factory=dict)


class DueSearches:
    """Claims people of shards whose searches are due. One per process; several processes may do so at once."""

    def __init__(self) -> None:
        self._seen: WeakKeyDictionary[AsyncEngine, _Seen] = WeakKeyDictionary()

    async def claim(self, shard: AsyncEngine, indexed: Indexed, now: datetime) -> Sequence[Claim]:
        """Claims some people of the shard, by institution."""
        until = now + LEASE
        async with shard.begin() as connection:
            driver = driver_of(connection)
            seen = self._seen.setdefault(shard, _Seen(indexed.position, indexed.position))
            if indexed.position > seen.upto:
                for row in await driver.fetch(SQL["news"], seen.upto, indexed.position, _TYPES):
                    seen.newest[row["tenant_id"]] = row["position"]
                seen.upto = indexed.position
            tenants, positions = map(str, seen.newest), map(str, seen.newest.values())
            rows = await driver.fetch(
                SQL["claim"], now, until, _EACH, _MOST, list(tenants), list(positions), seen.first
            )
        people: dict[int, list[int]] = {}
        for row in rows:
            people.setdefault(row["tenant_id"], []).append(row["user_id"])
        return [Claim(tenant_id, tuple(sorted(ids)), until) for tenant_id, ids in people.items()]


async def indexed_to(shard: AsyncEngine, engine: str, now: datetime) -> Indexed | None:
    """How far the index of a shard is that this engine has; None while there is none, or it is filled."""
    async with shard.begin() as connection:
        row = await driver_of(connection).fetchrow(SQL["indexed"], CONSUMER, engine)
    if row is None:
        return None
    if row["position"] >= row["clock"]:
        return Indexed(row["position"], now)
    return Indexed(row["position"], row["at"]) if row["at"] is not None else None
