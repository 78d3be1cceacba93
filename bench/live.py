"""How late subscribers hear of changes, and what an open subscription takes of a gateway's memory.

One gateway process, one worker. Every second an event of each subscribed enrollment is written to the outbox; how late it
is heard counts from its transaction's begin to the subscriber's socket, over relay, Redis and hydration.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from academic.tables import enrollments
from bench.cpu import process_seconds
from bench.rows import BenchFailed, Findings, Row
from bench.stand import Stand, Tell, about_machine, opened_stand
from fediflow.local.program import Program
from fediflow.processes.machine import environment
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from tenants.authority import system_principal
from tenants.door import Door
from tenants.model import ALL_SCOPES, Tenant
from tenants.signin.operations import create_token
from tenants.tables import role_assignments, users

NAME = "live"
SUMMARY = "how late open subscriptions hear of changes, and the memory that one takes"
_PER_PERSON = 40
_PARTS = 20  # a second's events are written in so many transactions
_ONE = """subscription($f: EnrollmentChangedFilter) { enrollmentChanged(filter: $f) {
  at toState enrollment { id state role version } } }"""
_TELL = """insert into fediflow.outbox (tenant_id, event, object_type, object_id, payload)
select $1, 'enrollment.changed', 'enrollment', id, '{"from_state": "requested", "to_state": "active"}'::jsonb
from unnest($2::bigint[]) id"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.add_argument("--subscriptions", type=int, default=2000, help="how many are open (2000)")
    parser.add_argument("--seconds", type=float, default=10, help="how long is listened (10)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the installation here for the next run"
    )


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Each subscription on a connection of its own and about an object of its own; many on a connection; one event for all."""
    notes = [about_machine()]
    async with opened_stand(tell, data=given.data) as stand, _worker(stand):
        tokens, ids = await _prepared(stand, given.subscriptions)
        single = [(_token(tokens, n), [(_ONE, _of([one]))]) for n, one in enumerate(ids)]
        rows = await _heard(stand, "own connection, own object", single, ids, given, tell)
        per = len(ids) // len(tokens)
        shared = [
            (token, [(_ONE, _of([one])) for one in ids[n * per : (n + 1) * per]])
            for n, token in enumerate(tokens)
        ]
        rows += await _heard(stand, f"{per} on a connection, own object", shared, ids, given, tell)
        same = [(_token(tokens, n), [(_ONE, _of(ids[:1]))]) for n in range(len(ids))]
        rows += await _heard(stand, "own connection, one object", same, ids[:1], given, tell)
    return Findings(rows, notes)


async def _heard(
    stand: Stand,
    case: str,
    connections: Sequence[Any],
    ids: Sequence[int],
    given: argparse.Namespace,
    tell: Tell,
) -> list[Row]:
    tell(f"listening: {case}")
    before = _resident(stand.gateway_pid)
    listener = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.live_listener"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert listener.stdin is not None
    assert listener.stdout is not None
    wanted = {"port": stand.port, "connections": connections, "seconds": given.seconds}
    listener.stdin.write(json.dumps(wanted).encode() + b"\n")
    try:
        async with asyncio.timeout(120):
            if await listener.stdout.readline() != b"ready\n":
                raise BenchFailed("the subscribers could not all be opened")
        await asyncio.sleep(1)
        memory = _resident(stand.gateway_pid) - before
        cpu, telling = process_seconds(stand.gateway_pid), asyncio.create_task(_tell(stand, ids))
        async with asyncio.timeout(given.seconds + 60):
            told = json.loads(await listener.stdout.readline())
        cpu = process_seconds(stand.gateway_pid) - cpu
        telling.cancel()
    finally:
        if listener.returncode is None:
            listener.kill()
        await listener.wait()
    expected = given.subscriptions * told["seconds"]
    return [
        Row(NAME, "fediflow", case, "events/s", "1/s", told["events"] / told["seconds"]),
        Row(NAME, "fediflow", case, "heard", "%", 100 * told["events"] / expected),
        *(Row(NAME, "fediflow", case, name, "ms", told[name]) for name in ("p50_ms", "p99_ms", "max_ms")),
        Row(NAME, "fediflow", case, "memory of one", "KiB", memory / 1024 / given.subscriptions),
        Row(NAME, "fediflow", case, "gateway CPU", "%", 100 * cpu / (told["seconds"] + 2)),
    ]


async def _tell(stand: Stand, ids: Sequence[int]) -> None:
    """An event of each object every second, evenly spread."""
    tenant_id, loop = await stand.tenant_id(), asyncio.get_running_loop()
    parts = [list(ids[start::_PARTS]) for start in range(_PARTS)]
    async with stand.administrator() as connection:
        due = loop.time()
        while True:
            for part in filter(None, parts):
                await connection.execute(_TELL, tenant_id, part)
                due += 1 / sum(1 for one in parts if one)
                await asyncio.sleep(max(0.0, due - loop.time()))


@asynccontextmanager
async def _worker(stand: Stand) -> AsyncIterator[None]:
    program = Program(
        "worker",
        [sys.executable, "-m", "fediflow.processes.worker"],
        log_dir=stand.machine.log_dir,
        env=environment(stand.settings, DatabaseRole.WORKER),
    )
    await program.start()
    try:
        yield
    finally:
        await program.stop()


async def _prepared(stand: Stand, count: int) -> tuple[list[str], list[int]]:
    """Tokens of people who may read all enrollments, and so many enrollments."""
    async with (
        open_stack(stand.settings, DatabaseRole.APP, pool_size=2) as stack,
        stack.door() as door,
    ):
        tenant = await stack.tenant(stand.tenant)
        tokens = await _tokens(door, tenant, -(-count // _PER_PERSON))
        query = select(enrollments.c.id).where(enrollments.c.tenant_id == tenant.id).limit(count)
        async with door.write(system_principal(tenant)) as tx:
            ids = list((await tx.connection.execute(query)).scalars())
    if len(ids) < count:
        raise BenchFailed(f"there are only {len(ids)} enrollments")
    return tokens, ids


async def _tokens(door: Door, tenant: Tenant, count: int) -> list[str]:
    query = select(users.c.id).where(users.c.tenant_id == tenant.id, users.c.status == "active").limit(count)
    made = []
    async with door.write(system_principal(tenant)) as tx:
        for person in list((await tx.connection.execute(query)).scalars()):
            await tx.connection.execute(
                insert(role_assignments)
                .values(
                    tenant_id=tenant.id, id=tx.new_id(), user_id=person, role="auditor", created_at=tx.now
                )
                .on_conflict_do_nothing()  # a kept installation
            )
            token = await create_token(
                tx, name="bench", scopes=ALL_SCOPES, expires_at=tx.now + timedelta(days=1), user_id=person
            )
            made.append(token.secret)
    return made


def _token(tokens: Sequence[str], number: int) -> str:
    return tokens[number % len(tokens)]


def _of(ids: Sequence[int]) -> dict[str, Any]:
    return {"f": {"ids": [f"enrollment_{one}" for one in ids]}}


def _resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise BenchFailed("the gateway has ended")
