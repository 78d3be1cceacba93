"""How many deliveries a second one worker sends over HTTP: RSA-2048 for each, row-level security on, all of it durable.

A person's activities go to followers on a hundred servers on loopback addresses, which take everything at once. Counted is
from the first request that arrives to the last, and the CPU of worker (with the process that signs) and PostgreSQL from the
outbox's row on.

Beside it stands Fedify with its queue in PostgreSQL, sending to the same servers in the same run (`federation_peer`).
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import federation_peer
from bench.cpu import family_seconds
from bench.federation_rows import prepare_author, publish
from bench.federation_sinks import HOSTS
from bench.node import NodeMissing
from bench.rows import BenchFailed, Findings, Row
from bench.stand import Stand, Tell, opened_stand
from fediflow.local.program import Program
from fediflow.processes.machine import environment
from kernel.database.roles import DatabaseRole

_PER_SECOND = 2000  # about so many are made for each second of a round
_PEER_PER_SECOND = 200  # of the peer's
_WARM = 5  # activities
_PATIENCE = 60.0


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Rounds one after another; the queue is empty between them."""
    async with opened_stand(tell) as stand, opened_sinks() as sinks:
        rows = await _ours(stand, sinks, given, tell)
        if given.no_peers:
            return Findings(rows)
        try:
            return Findings([*rows, *await _peers(stand, sinks, given, tell)])
        except NodeMissing as reason:
            return Findings(rows, [f"no row of {federation_peer.NAME}: {reason}"])


async def _ours(stand: Stand, sinks: "Sinks", given: argparse.Namespace, tell: Tell) -> list[Row]:
    async with worker(stand) as program:
        assert program.pid is not None
        author = await prepare_author(stand, sinks.port)

        async def published(count: int) -> None:
            await publish(stand, author, count)

        rounds = _Rounds(stand, sinks, program.pid, published)
        return await rounds.rows("fediflow", _activities(given, _PER_SECOND), given.rounds, tell)


async def _peers(stand: Stand, sinks: "Sinks", given: argparse.Namespace, tell: Tell) -> list[Row]:
    tell(f"starting {federation_peer.NAME}")
    async with federation_peer.opened_fedify(stand, sinks.port) as peer:
        rounds = _Rounds(stand, sinks, peer.pid, peer.publish)
        activities = _activities(given, _PEER_PER_SECOND)
        return await rounds.rows(federation_peer.NAME, activities, given.rounds, tell)


def _activities(given: argparse.Namespace, per_second: int) -> int:
    return max(int(given.seconds) * per_second // HOSTS, 1)


@asynccontextmanager
async def worker(stand: Stand) -> AsyncIterator[Program]:
    """A worker of the installation, allowed to speak http with this machine."""
    program = Program(
        "worker",
        [sys.executable, "-m", "fediflow.processes.worker"],
        log_dir=stand.machine.log_dir,
        env={
            **environment(stand.settings, DatabaseRole.WORKER),
            "FEDIFLOW_ALLOW_LOOPBACK_HTTP": "true",
        },
    )
    await program.start()
    try:
        yield program
    finally:
        await program.stop()


class Sinks:
    """The servers that take deliveries; `port` is theirs."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.port = port

    async def expect(self, count: int, *, hanging: int = 0) -> None:
        """Returns when they count; so many of the servers do not answer any more."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count} {hanging}\n".encode())
        await self._process.stdin.drain()
        await self._line()

    async def counted(self) -> dict[str, Any]:
        """Returns when all came."""
        async with asyncio.timeout(_PATIENCE):
            told: dict[str, Any] = json.loads(await self._line())
        return told

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise BenchFailed("the servers that take deliveries ended")
        return line


@asynccontextmanager
async def opened_sinks() -> AsyncIterator[Sinks]:
    """Starts them, and ends them after the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.federation_sinks"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield Sinks(process, int(await process.stdout.readline()))
    finally:
        process.kill()
        await process.wait()


@dataclass(frozen=True, slots=True)
class _Rounds:
    """Rounds of whoever delivers: its process, and how it is made to publish so many activities."""

    stand: Stand
    sinks: Sinks
    pid: int
    publish: Callable[[int], Awaitable[None]]

    async def rows(self, subject: str, activities: int, rounds: int, tell: Tell) -> list[Row]:
        """The medians, after a round that warms up."""
        await self._round(_WARM)
        tell(f"{subject}: {activities} activities to {HOSTS} servers, {rounds} times")
        found = [await self._round(activities) for _ in range(rounds)]
        count = activities * HOSTS
        metrics = {
            "deliveries/s": ("1/s", [count / one["seconds"] for one in found]),
            "worker CPU us": ("us", [one["worker"] / count * 1e6 for one in found]),
            "PostgreSQL CPU us": ("us", [one["postgres"] / count * 1e6 for one in found]),
            "requests per delivery": ("", [one["requests"] / count for one in found]),
        }
        return [
            Row("federation", subject, "deliveries", name, unit, median(values))
            for name, (unit, values) in metrics.items()
        ]

    async def _round(self, activities: int) -> dict[str, Any]:
        await self.sinks.expect(activities * HOSTS)
        before = family_seconds(self.pid), family_seconds(self.stand.postgres_pid)
        await self.publish(activities)
        try:
            told = await self.sinks.counted()
        except TimeoutError:
            raise BenchFailed(
                f"not all {activities * HOSTS} deliveries arrived within {_PATIENCE:g} s"
            ) from None
        after = family_seconds(self.pid), family_seconds(self.stand.postgres_pid)
        return told | {"worker": after[0] - before[0], "postgres": after[1] - before[1]}
