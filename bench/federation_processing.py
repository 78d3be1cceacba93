"""What the worker needs for an activity that was taken in: until it is stored, and all that follows of it is done.

Kind by kind: posts of authors whom ten people here follow, likes and announces of them, follows of people here, and deletes
of what nobody here knows. The worker is held while they are put into the inbox; then its CPU and PostgreSQL's are counted
until the inbox is empty and timelines, notifications and the rest have caught up, less what both use with nothing to do.
"""

import argparse
import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bench.cpu import family_seconds, process_seconds
from bench.federation_deliveries import worker
from bench.rows import BenchFailed, Findings, Row
from bench.stand import Stand, Tell, opened_stand
from federation.inbox.received import received_of
from federation.inbox.receiving import receive
from federation.local import addresses_of
from federation.protocol.addresses import Addresses
from federation.protocol.reading import read_activity
from fediflow.processes.machine import DIRECTORY
from fediflow.processes.stack import open_stack
from kernel.database.named_sql import named_statements
from kernel.database.roles import DatabaseRole
from tenants.model import Tenant

SERVERS = 100  # with an actor each
PEOPLE = 50  # of an institution
FOLLOWERS = 10  # of each of those actors
_PER_SECOND = 200  # activities of a kind for each second of a round
_PATIENCE = 120.0
_IDLE_SECONDS = 3.0
_FIRST_PERSON, _FIRST_OTHER, _FIRST_FOLLOW = 9_100_000_000, 9_200_000_000, 9_300_000_000
_FIRST_POST = 9_400_000_000
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_SQL = named_statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class _Place:
    """An institution that is written to, and its addresses."""

    tenant: Tenant
    here: Addresses


_Sizes = tuple[int, int]  # institutions that are written to, posts stored before
_WORLDS: Mapping[str, _Sizes] = {
    "3 institutions": (3, 0),
    "200 institutions": (200, 0),
    "3 institutions, 1,000,000 posts": (3, 1_000_000),
}


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Each world in turn, in one installation; the posts come last, because they stay."""
    rows: list[Row] = []
    async with (
        opened_stand(tell) as stand,
        worker(stand) as program,
        open_stack(stand.settings, DatabaseRole.WORKER, pool_size=2) as stack,
    ):
        assert program.pid is not None
        bench = _Bench(stand, stack.directory, program.pid)
        for world, (institutions, stored) in _WORLDS.items():
            tell(f"processing: {world}")
            slugs = await _fill(stand, institutions, stored)
            tenants = [await stack.tenant(slug) for slug in slugs]
            places = [_Place(one, addresses_of(one, stand.settings.public_url)) for one in tenants]
            count = int(given.seconds) * _PER_SECOND
            await bench.look_at_idle()
            for kind in _KINDS:
                await bench.round(kind, places, 2 * len(places))  # what was never done before is slower
                found = [await bench.round(kind, places, count) for _ in range(given.rounds)]
                rows += _rows(f"{kind}, {world}", found)
    return Findings(rows)


def _rows(case: str, rounds: Sequence["_Round"]) -> list[Row]:
    count = sum(one.count for one in rounds)
    figures = {
        "activities/s": ("1/s", count / sum(one.seconds for one in rounds)),
        "worker CPU us": ("us", sum(one.worker for one in rounds) / count * 1e6),
        "PostgreSQL CPU us": ("us", sum(one.postgres for one in rounds) / count * 1e6),
    }
    return [Row("federation", "fediflow", case, name, unit, value) for name, (unit, value) in figures.items()]


@dataclass(frozen=True, slots=True)
class _Round:
    """Seconds until the inbox was empty, and of CPU until all was done."""

    count: int
    seconds: float
    worker: float
    postgres: float


@dataclass(frozen=True, slots=True)
class _Bench:
    """A worker, and what it is given to do."""

    stand: Stand
    directory: AsyncEngine
    pid: int
    idle: list[float] = field(
        default_factory=lambda: [0.0, 0.0]
    )  # seconds of CPU in a second: worker, PostgreSQL
    sent: Counter[str] = field(default_factory=Counter)  # of each kind to an institution, so none comes twice

    async def look_at_idle(self) -> None:
        """What worker and PostgreSQL use in a second of waiting: looking for work, leases, figures."""
        before = self._spent()
        await asyncio.sleep(_IDLE_SECONDS)
        self.idle[:] = [(now - then) / _IDLE_SECONDS for now, then in zip(self._spent(), before, strict=True)]

    def _spent(self) -> tuple[float, float]:
        return process_seconds(self.pid), family_seconds(self.stand.postgres_pid)

    async def round(self, kind: str, places: Sequence[_Place], count: int) -> _Round:
        """So many activities of a kind, to the institutions in turn."""
        async with self.stand.administrator(DIRECTORY) as directory, self.stand.administrator() as shard:
            refused = await directory.fetchval("select count(*) from fediflow.inbox_refusals")
            os.kill(self.pid, signal.SIGSTOP)
            try:
                await self._put(kind, places, count)
                before = self._spent()
                started = time.perf_counter()
            finally:
                os.kill(self.pid, signal.SIGCONT)
            await _until(directory, "select not exists (select from fediflow.inbox_activities)")
            seconds = time.perf_counter() - started
            await _until(shard, _SQL["idle"])
            took = time.perf_counter() - started
            spent = [
                now - then - idle * took
                for now, then, idle in zip(self._spent(), before, self.idle, strict=True)
            ]
            refused = await directory.fetchval("select count(*) from fediflow.inbox_refusals") - refused
        if refused != (count if kind == "Delete" else 0):
            raise BenchFailed(f"{refused} of {count} activities of the kind {kind} were refused")
        return _Round(count, seconds, *spent)

    async def _put(self, kind: str, places: Sequence[_Place], count: int) -> None:
        rows = []
        for number in range(count):
            place, nth = places[number % len(places)], self.sent[kind] + number // len(places)
            body = json.dumps(_KINDS[kind](nth, place.here)).encode()
            rows.append(received_of(place.tenant.id, read_activity(body, allow_http=True), body))
        self.sent[kind] += -(-count // len(places))
        for start in range(0, count, 250):
            await receive(self.directory, rows[start : start + 250])


async def _until(connection: Any, query: str) -> None:
    until = time.perf_counter() + _PATIENCE
    while not await connection.fetchval(query):
        if time.perf_counter() > until:
            raise BenchFailed(f"the worker was not done within {_PATIENCE:g} s")
        await asyncio.sleep(0.05)


async def _fill(stand: Stand, institutions: int, posts: int) -> list[str]:
    """Institutions on the stand's shard with people who follow actors elsewhere; the institutions' slugs."""
    async with stand.administrator(DIRECTORY) as directory:
        await directory.execute(_SQL["institutions"], await stand.tenant_id(), institutions)
        await directory.execute(_SQL["paused"], SERVERS)
        found = await directory.fetch(_SQL["made"], institutions)
    tenants = [row["id"] for row in found]
    async with stand.administrator() as shard:
        async with shard.transaction():
            await shard.execute("set local session_replication_role = replica")
            await shard.execute(_SQL["people"], tenants, _FIRST_PERSON, PEOPLE)
            await shard.execute(_SQL["others"], tenants, _FIRST_OTHER, SERVERS)
            follows = (tenants, _FIRST_FOLLOW, _FIRST_PERSON, PEOPLE, _FIRST_OTHER, SERVERS, FOLLOWERS)
            await shard.execute(_SQL["follows"], *follows)
            given = (tenants, _FIRST_POST, _FIRST_OTHER, SERVERS, posts)
            await shard.execute(_SQL["posts"], *given, timeout=600)
        for table in ("users", "actors", "follows", "posts"):
            await shard.execute(f"vacuum (analyze) fediflow.{table}", timeout=600)
    return [row["slug"] for row in found]


def _actor(number: int) -> str:
    return f"https://server{number % SERVERS}.example/users/ann"


def _post(number: int) -> str:
    return f"{_actor(number)}/notes/{number}"


def _create(number: int, _here: Addresses) -> dict[str, Any]:
    """A note as servers send them."""
    actor = _actor(number)
    note = {
        "id": _post(number),
        "type": "Note",
        "attributedTo": actor,
        "content": f"<p>{'What we found in the archive. ' * 8}</p>",
        "published": "2026-11-01T12:00:00Z",
        "to": [_PUBLIC],
        "cc": [f"{actor}/followers"],
        "tag": [],
        "attachment": [],
    }
    return _activity("Create", number, actor, note) | {"to": note["to"], "cc": note["cc"]}


def _like(number: int, _here: Addresses) -> dict[str, Any]:
    return _activity("Like", number, _actor(number + 1), _post(number))


def _announce(number: int, _here: Addresses) -> dict[str, Any]:
    actor = _actor(number + 2)
    return _activity("Announce", number, actor, _post(number)) | {
        "to": [_PUBLIC],
        "cc": [f"{actor}/followers"],
    }


def _follow(number: int, here: Addresses) -> dict[str, Any]:
    followed = here.actor(_FIRST_PERSON + number // SERVERS % PEOPLE)
    return _activity("Follow", number, _actor(number), followed)


def _delete(number: int, _here: Addresses) -> dict[str, Any]:
    actor = _actor(number)
    return _activity("Delete", number, actor, {"id": f"{actor}/gone/{number}", "type": "Tombstone"})


def _activity(kind: str, number: int, actor: str, about: Any) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": f"{actor}/{kind.lower()}/{number}",
        "type": kind,
        "actor": actor,
        "object": about,
    }


_KINDS: Mapping[str, Callable[[int, Addresses], dict[str, Any]]] = {
    "Create": _create,
    "Like": _like,
    "Announce": _announce,
    "Follow": _follow,
    "Delete": _delete,
}
