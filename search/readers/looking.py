"""Looks at saved searches in a worker and tells their people what is new, once.

People are claimed for some minutes, with all that they saved. They are asked for with the audience that they have now; what
was found, up to when was looked, and what they are told commit together, and only while the claim holds. So a worker that
dies, or was thought dead, tells nothing twice, and what was not committed is looked at again.

Nobody is told of what they may not see any more. What waits to be indexed is left out, when the engine is asked and once more
when people are told: what changed meanwhile may have been hidden, or its reader may have lost a right. It is found by the
next look, should it still be there for them.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.due import TenantOf
from federation.notifications.telling import tell_person
from kernel.clock import Clock, system_clock
from search.audiences import read_audience
from search.engine import Engine
from search.indexing.waiting import waiting
from search.model import Audience, Kind, Reference
from search.readers.asking import Asking, Person, PlaceOf
from search.readers.due import SQL, Claim, DueSearches, Indexed, indexed_to
from search.readers.looks import Look, notice_of, saved_of, without
from tenants.authority import held_roles, system_principal
from tenants.door import Door, Transaction
from tenants.model import Tenant

AGAIN = timedelta(minutes=15)
_JITTER = timedelta(minutes=3)
_SUSPENDED_PERSON, _SUSPENDED_INSTITUTION = timedelta(days=1), timedelta(hours=1)
_IDLE = timedelta(seconds=15)  # after nothing was due


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an engine was asked for: whose searches, how far its index was, and what of the institution was left out."""

    tenant: Tenant
    claim: Claim
    indexed: Indexed
    without: frozenset[Reference]

    @property
    def position(self) -> int | None:
        """After which there may be something new; None: what was left out may be, though nothing else is written."""
        return None if self.without else self.indexed.position


class Looker:
    """Looks at what is due on a shard. One per process; several processes may do so at once."""

    def __init__(
        self,
        door: Door,
        tenant_of: TenantOf,
        place_of: PlaceOf,
        engine: Engine,
        name: str,
        *,
        sends_mail: bool,
        clock: Clock = system_clock,
    ) -> None:
        """`name` is the engine's, by which it is noted whose index holds what there is."""
        self._door = door
        self._name = name
        self._tenant_of = tenant_of
        self._asking = Asking(door, place_of, engine, clock=clock)
        self._sends_mail = sends_mail
        self._clock = clock
        self._due = DueSearches()
        self._idle_until: dict[AsyncEngine, datetime] = {}

    async def look_due(self, shard: AsyncEngine) -> int:
        """Looks at some of what is due; how many people that were. Raises `SearchUnavailable`: all of it comes again."""
        now = self._clock()
        if now < self._idle_until.get(shard, now):
            return 0
        indexed = await indexed_to(shard, self._name, now)
        claims = await self._due.claim(shard, indexed, now) if indexed is not None else ()
        if indexed is None or not claims:
            self._idle_until = {shard: now + _IDLE, **{k: v for k, v in self._idle_until.items() if v > now}}
            return 0
        for claim in claims:
            await self._deal_with(claim, indexed)
        return sum(len(claim.user_ids) for claim in claims)

    async def _deal_with(self, claim: Claim, indexed: Indexed) -> None:
        tenant = await self._tenant_of(claim.tenant_id)
        if tenant is None:
            return  # it is on its way to another shard, or gone
        if tenant.is_suspended:
            async with self._door.write(system_principal(tenant)) as tx:
                await _next(tx, claim, claim.user_ids, _SUSPENDED_INSTITUTION, None)
            return
        async with self._door.write(system_principal(tenant)) as tx:
            people = await _people(tx, claim.user_ids)
            waits = await waiting(tx.driver, tenant.id)
            if not waits.is_complete:
                await _next(tx, claim, claim.user_ids, AGAIN, None)
                return
        active = [one for one in people if one.is_active and one.searches]
        asked = _Asked(tenant, claim, indexed, waits.references)
        looks = await self._asking.look_at(tenant, active, indexed, asked.without) if active else {}
        await self._note_quiet(asked, people, looks)
        for person in active:
            if any(one.count for one in looks[person.user_id]):
                await self._tell(asked, person, looks[person.user_id])

    async def _note_quiet(
        self, asked: _Asked, people: Sequence[Person], looks: Mapping[int, Sequence[Look]]
    ) -> None:
        """All of the people for whom there is nothing new, together."""
        tenant, claim = asked.tenant, asked.claim
        known = {one.user_id for one in people}
        ended = [one for one in claim.user_ids if one not in known]
        ended += [one.user_id for one in people if not one.searches]
        suspended = [one.user_id for one in people if one.searches and not one.is_active]
        quiet = [user_id for user_id, own in looks.items() if not any(one.count for one in own)]
        async with self._door.write(system_principal(tenant)) as tx:
            for user_id in ended:
                await tx.driver.fetch(SQL["person"], tenant.id, user_id)
                await tx.driver.execute(SQL["end"], tenant.id, user_id, claim.until)
            if suspended:
                await _next(tx, claim, suspended, _SUSPENDED_PERSON, None)
            if quiet:
                ours = await _next(tx, claim, quiet, AGAIN, asked.position)
                await _looked(tx, [one for user_id in ours for one in looks[user_id]])

    async def _tell(self, asked: _Asked, person: Person, looks: Sequence[Look]) -> None:
        tenant, claim = asked.tenant, asked.claim
        async with self._door.write(system_principal(tenant)) as tx:
            # all that the engine may not have known when it answered, though it may by now
            late = await waiting(tx.driver, tenant.id, since=asked.indexed.position)
            is_as_it_was = late.is_complete and await _is_as_it_was(tx, person)
            position = asked.position if is_as_it_was and not late.references else None
            if not await _next(tx, claim, [person.user_id], AGAIN, position) or not is_as_it_was:
                return  # somebody else has looked, or what was found is looked at again
            unchanged = await _looked(tx, looks)
            for one in without(looks, late.references - asked.without):
                if one.count and one.saved.id in unchanged:
                    notice = notice_of(person.user_id, one, tx.now)
                    await tell_person(tx, notice, sends_mail=self._sends_mail)
                    kinds, ids = [ref.kind.value for ref in one.new], _texts(ref.id for ref in one.new)
                    await tx.driver.execute(SQL["tell"], tenant.id, one.saved.id, kinds, ids, tx.now)


async def _people(tx: Transaction, user_ids: Sequence[int]) -> list[Person]:
    rows = await tx.driver.fetch(SQL["people"], tx.tenant_id, _texts(user_ids))
    told = await _told(tx, [row["id"] for row in rows if row["id"] is not None])
    by_person: dict[int, list[Any]] = {}
    for row in rows:
        by_person.setdefault(row["user_id"], []).append(row)
    return [await _person(tx, user_id, own, told) for user_id, own in by_person.items()]


async def _is_as_it_was(tx: Transaction, person: Person) -> bool:
    """Whether somebody may still be told, and find all that they did when the engine was asked."""
    now = await _people(tx, [person.user_id])
    return any(one.is_active and one.audience == person.audience for one in now)


async def _person(
    tx: Transaction,
    user_id: int,
    rows: "Sequence[asyncpg.Record[Any]]",
    told: Mapping[int, Sequence[Reference]],
) -> Person:
    searches = [saved_of(row, told.get(row["id"], ())) for row in rows if row["id"] is not None]
    is_active = rows[0]["status"] == "active"
    audience = Audience(frozenset())
    if is_active and searches:
        access = (await held_roles(tx.connection, tx.tenant_id, user_id)).access()
        audience = await read_audience(tx.driver, tx.tenant_id, user_id, access)
    return Person(user_id, is_active, rows[0]["preferred_language"], tuple(searches), audience)


async def _told(tx: Transaction, search_ids: Sequence[int]) -> dict[int, list[Reference]]:
    found: dict[int, list[Reference]] = {}
    for row in await tx.driver.fetch(SQL["told"], tx.tenant_id, _texts(search_ids)):
        found.setdefault(row["search_id"], []).append(Reference(Kind(row["kind"]), row["object_id"]))
    return found


async def _next(
    tx: Transaction, claim: Claim, user_ids: Sequence[int], wait: timedelta, position: int | None
) -> list[int]:
    """When they are looked at again; gives those who are still claimed by us, locked. Nobody else comes at one time."""
    at = [(tx.now + wait + random.random() * _JITTER).isoformat() for _ in user_ids]
    positions = [None if position is None else str(position)] * len(user_ids)
    rows = await tx.driver.fetch(SQL["next"], tx.tenant_id, _texts(user_ids), at, claim.until, positions)
    return [row["user_id"] for row in rows]


async def _looked(tx: Transaction, looks: Sequence[Look]) -> set[int]:
    """Notes that these were looked at; gives those that were not changed meanwhile."""
    ids, to = _texts(one.saved.id for one in looks), [one.looked_to.isoformat() for one in looks]
    versions, problems = _texts(one.saved.version for one in looks), [one.problem for one in looks]
    rows = await tx.driver.fetch(SQL["looked"], tx.tenant_id, ids, versions, to, problems, tx.now)
    await tx.driver.execute(SQL["forget"], tx.tenant_id, ids, to)
    return {row["id"] for row in rows}


def _texts(numbers: Iterable[int]) -> list[str]:
    return [str(one) for one in numbers]
