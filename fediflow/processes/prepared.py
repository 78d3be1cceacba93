"""The supervisor's side of `fediflow.processes.preparation`: runs it and passes on what it tells."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fediflow.local.errors import UnableToStart
from fediflow.local.folder import disk_full
from fediflow.local.process import end
from fediflow.local.spawn import spawn
from fediflow.processes.gate import Gate
from fediflow.processes.machine import Machine, environment
from kernel.database.roles import DatabaseRole
from kernel.settings import Settings

_LONGEST_LINE = 1024 * 1024


async def prepared(
    machine: Machine, settings: Settings, *, with_demo: bool, servers: Gate, tell: Callable[[str], None]
) -> dict[str, Any]:
    """What is told when everything is prepared; raises with the sentence that the preparation ended with."""
    words = [str(machine.root), *(["--demo"] if with_demo else []), "--wait-fd", str(servers.descriptor)]
    said = "it said nothing"
    async with _output() as (lines, descriptor):
        process = await spawn(
            [sys.executable, "-m", "fediflow.processes.preparation", *words],
            env=os.environ | environment(settings, DatabaseRole.OWNER, DatabaseRole.WORKER),
            output=descriptor,
            death_signal=signal.SIGKILL,
            pass_fds=[servers.descriptor],
        )
        os.close(descriptor)
        try:
            told: dict[str, Any] | None = None
            async for line in lines:
                match _read(line):
                    case {"tell": str(what)}:
                        tell(what)
                    case {"told": dict(found)}:
                        told = found
                    case _:
                        said = line.decode(errors="replace").strip() or said
            if await process.wait() != 0 or told is None:
                raise _failure(machine, said)
            return told
        finally:
            await end(process, (signal.SIGTERM, 5.0))


def _failure(machine: Machine, said: str) -> UnableToStart:
    """A database that lost its disk says anything: that a connection broke, for one."""
    if machine.postgres.lacks_room or "No space left on device" in said:
        return disk_full(machine.root)
    return UnableToStart(f"{said} (the database's log is in {machine.postgres.log_dir})")


@asynccontextmanager
async def _output() -> AsyncIterator[tuple[asyncio.StreamReader, int]]:
    """What is written to the descriptor, line by line; whoever spawned the writer closes the descriptor."""
    reading, writing = os.pipe()
    lines = asyncio.StreamReader(limit=_LONGEST_LINE)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(reading, "rb")
    )
    try:
        yield lines, writing
    finally:
        transport.close()


def _read(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None
