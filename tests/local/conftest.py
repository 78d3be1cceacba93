"""What the tests of local servers share."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests import servers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that also an unprivileged server of root can walk."""
    with servers.server_folder() as made:
        yield made


@asynccontextmanager
async def script(source: str, *arguments: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process of its own running `source`; killed at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        source,
        *map(str, arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_of(process: asyncio.subprocess.Process) -> str:
    """The next line it prints."""
    assert process.stdout is not None
    async with asyncio.timeout(180):  # a server may have to start before
        return (await process.stdout.readline()).decode().strip()


async def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true in a reasonable time."""
    return await asyncio.to_thread(_poll, condition)


async def gone(pid: int) -> bool:
    """Whether the process ends in a reasonable time."""
    return await eventually(lambda: not _runs(pid))


def owner(pid: int) -> int:
    """The user a process runs as."""
    return Path(f"/proc/{pid}").stat().st_uid


def _poll(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
