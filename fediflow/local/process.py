"""Waits for a child process to be ready, and ends one: politely, then surely."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

from fediflow.local.errors import UnableToStart

_LOOK_EVERY = 0.01


async def until_ready(
    process: asyncio.subprocess.Process,
    ready: Callable[[], Awaitable[bool]],
    *,
    within: float,
    failure: Callable[[str], UnableToStart],
) -> None:
    """Returns once `ready` says so; raises `failure(what happened)` where the process ends first or takes too long.

    A question that is not answered is waited for no longer: whoever listens for the process may be here while it is gone.
    """
    ended = asyncio.ensure_future(process.wait())
    deadline = asyncio.get_running_loop().time() + within
    asked = asyncio.ensure_future(ready())
    try:
        while True:
            left = max(deadline - asyncio.get_running_loop().time(), 0.0)
            await asyncio.wait({ended, asked}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if asked.done() and asked.result():
                return
            if ended.done():
                raise failure(f"ended with code {ended.result()} while starting")
            if asyncio.get_running_loop().time() >= deadline:
                raise failure(f"was not ready after {within:.0f} s")
            await asyncio.wait({ended}, timeout=_LOOK_EVERY)
            asked = asyncio.ensure_future(ready())
    finally:
        asked.cancel()
        ended.cancel()


async def end(process: asyncio.subprocess.Process | None, *steps: tuple[signal.Signals, float]) -> None:
    """Sends each signal and gives it its seconds; at last SIGKILL. Returns when the process is gone."""
    for number, patience in steps:
        if process is None or process.returncode is not None:
            return
        _send(process, number)
        try:
            await asyncio.wait_for(process.wait(), patience)
        except TimeoutError:
            continue
    if process is not None and process.returncode is None:
        _send(process, signal.SIGKILL)
        await process.wait()


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except ProcessLookupError:  # it ended on its own and is not yet collected
        return
