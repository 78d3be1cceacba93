"""Ends what a killed predecessor left running.

A server killed with SIGKILL can leave backends that hold its memory; a supervisor killed with SIGKILL leaves servers
that are still shutting down. Both are recognised by the private folder they work in, never by a stored number alone.
"""

import os
import signal
import time
from collections.abc import Collection
from pathlib import Path

_LEADER_MAY_TAKE = 20.0
_OTHERS_MAY_TAKE = 1.0
_ORDERED_MAY_TAKE = 5.0


def end_leftovers(folder: Path, programs: Collection[str], leader: int | None = None) -> None:
    """Ends every process of these programs that works in `folder`; the caller holds its lock.

    A `leader` that still lives is asked to shut down and ends its children itself. Without one, the others end on
    their own as soon as they notice; those that do not are made to.
    """
    pids = _working_in(folder, programs)
    if leader is not None and leader in pids:
        _send(leader, signal.SIGINT)
    _wait_for_end(pids, _LEADER_MAY_TAKE if leader in pids else _OTHERS_MAY_TAKE)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        pids = _working_in(folder, programs) if pids else pids
        for pid in pids:
            _send(pid, number)
        _wait_for_end(pids, _ORDERED_MAY_TAKE)


def _working_in(folder: Path, programs: Collection[str]) -> set[int]:
    wanted = os.path.realpath(folder)
    return {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and _link(entry / "cwd") == wanted and _names(entry) & set(programs)
    }


def _names(process: Path) -> set[str]:
    """The name it was called by, and the file's (Debian's redis-server is a link to another name)."""
    try:
        called = (process / "comm").read_text().strip()
    except OSError:
        return set()
    return {called, Path(_link(process / "exe") or "").name}


def _link(path: Path) -> str | None:
    try:
        return os.readlink(path)
    except OSError:  # gone meanwhile, or another user's
        return None


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _wait_for_end(pids: Collection[int], patience: float) -> None:
    deadline = time.monotonic() + patience
    while any(_link(Path(f"/proc/{pid}/cwd")) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
