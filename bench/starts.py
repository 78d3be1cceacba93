"""How long `./dev demo` takes until it is ready: the first time, later, and after a crash."""

import argparse
import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.rows import BenchFailed, Findings, Row
from bench.stand import HOST, Tell, about_machine, bench_folder
from fediflow.local.program import answers_http
from fediflow.local.sockets import free_port

NAME = "starts"
SUMMARY = "seconds of ./dev demo until it is ready: first start, later start, after kill -9; and to its end"
_DEV = Path(__file__).resolve().parents[1] / "dev"
_WITHIN = 120.0
_READY = b"FediFlow is ready"


class DidNotStart(BenchFailed):
    """The demo ended or took too long; the message is the last that it said."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.add_argument("--later", type=int, default=3, help="how many later starts, the slowest counts (3)")


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Starts and stops the demo in a new folder. The binaries of PostgreSQL may be unpacked already."""
    notes = [
        about_machine(),
        "the packages were installed and PostgreSQL was perhaps unpacked before the first start",
    ]
    with bench_folder() as data:
        tell("first start")
        first, ended = await _start_and_stop(data)
        tell("later starts")
        later = [await _start_and_stop(data) for _ in range(given.later)]
        tell("start after kill -9")
        async with _started(data) as (process, _):
            process.kill()
        crashed, _ = await _start_and_stop(data)
    rows = [
        _row("first start", "ready", first),
        _row("first start", "ended", ended),
        _row("later start", "ready", max(ready for ready, _ in later)),
        _row("later start", "ended", max(gone for _, gone in later)),
        _row("after kill -9", "ready", crashed),
    ]
    return Findings(rows, notes)


async def _start_and_stop(data: Path) -> tuple[float, float]:
    """Seconds to be ready, and from SIGTERM to the end."""
    async with _started(data) as (process, ready):
        begun = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        if (code := await process.wait()) != 0:
            raise DidNotStart(f"the demo ended with code {code}")
        return ready, time.perf_counter() - begun


@asynccontextmanager
async def _started(data: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, float]]:
    """A running demo and the seconds until it said that it is ready, which is asked of its gateway, too."""
    port, begun = free_port(HOST), time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(str(_DEV), "demo", "--data", str(data), "--port", str(port)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_WITHIN):
            await _until_said(process)
        seconds = time.perf_counter() - begun
        if not await answers_http(HOST, port, "/readyz"):
            raise DidNotStart("the demo says that it is ready but /readyz does not")
        yield process, seconds
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_said(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    last = b""
    while line := await process.stdout.readline():
        if line.startswith(_READY):
            return
        last = line
    raise DidNotStart(last.decode(errors="replace").strip() or "the demo ended without a word")


def _row(case: str, metric: str, seconds: float) -> Row:
    return Row(NAME, "fediflow", case, metric, "s", seconds)
