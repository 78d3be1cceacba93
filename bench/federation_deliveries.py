"""How many deliveries a second one worker sends over HTTP: RSA-2048 for each, row-level security on, all of it durable.

A person's activities go to followers on a hundred servers on loopback addresses, which take everything at once. Counted is
from the first request that arrives to the last, and the CPU of worker and PostgreSQL from the outbox's row on.

A peer's figures (Fedify with its queue in PostgreSQL, the same servers, in the same run) stand beside them as rows of
another subject; `bench/peers` has the manner.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

from bench.cpu import family_seconds, process_seconds
from bench.federation_rows import prepare_author, publish
from bench.federation_sinks import HOSTS
from bench.rows import BenchFailed, Findings, Row
from bench.stand import Stand, Tell, opened_stand
from fediflow.local.program import Program
from fediflow.processes.machine import environment
from kernel.database.roles import DatabaseRole

_PER_SECOND = 2000  # about so many are made for each second of a round
_WARM = 5  # activities
_PATIENCE = 60.0


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Rounds one after another; the queue is empty between them."""
    async with opened_stand(tell) as stand, _sinks() as sinks, worker(stand) as program:
        assert program.pid is not None
        author = await prepare_author(stand, sinks.port)
        await _round(stand, sinks, author, _WARM, program.pid)
        activities = max(given.seconds * _PER_SECOND // HOSTS, 1)
        tell(f"{activities} activities to {HOSTS} servers, {given.rounds} times")
        found = [await _round(stand, sinks, author, activities, program.pid) for _ in range(given.rounds)]
    count = activities * HOSTS
    metrics = {
        "deliveries/s": ("1/s", [count / one["seconds"] for one in found]),
        "worker CPU us": ("us", [one["worker"] / count * 1e6 for one in found]),
        "PostgreSQL CPU us": ("us", [one["postgres"] / count * 1e6 for one in found]),
        "requests per delivery": ("", [one["requests"] / count for one in found]),
    }
    return Findings(
        [
            Row("federation", "fediflow", "deliveries", name, unit, median(values))
            for name, (unit, values) in metrics.items()
        ]
    )


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


class _Sinks:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.port = port

    async def expect(self, count: int) -> None:
        """Returns when they count."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count}\n".encode())
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
async def _sinks() -> AsyncIterator[_Sinks]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.federation_sinks"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield _Sinks(process, int(await process.stdout.readline()))
    finally:
        process.kill()
        await process.wait()


async def _round(
    stand: Stand, sinks: _Sinks, author: Any, activities: int, worker_pid: int
) -> dict[str, Any]:
    await sinks.expect(activities * HOSTS)
    before = process_seconds(worker_pid), family_seconds(stand.postgres_pid)
    await publish(stand, author, activities)
    try:
        told = await sinks.counted()
    except TimeoutError:
        raise BenchFailed(f"not all {activities * HOSTS} deliveries arrived within {_PATIENCE:g} s") from None
    after = process_seconds(worker_pid), family_seconds(stand.postgres_pid)
    return told | {"worker": after[0] - before[0], "postgres": after[1] - before[1]}
