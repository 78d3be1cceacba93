"""The CPU time that processes used, as the kernel counts it (in hundredths of a second)."""

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# Positions behind the name in /proc/PID/stat, see proc(5).
_PARENT, _OWN, _REAPED = 1, slice(11, 13), slice(13, 15)


def process_seconds(pid: int) -> float:
    """User and system time of a process with all its threads."""
    return _seconds(_stat(pid), _OWN)


def family_seconds(pid: int) -> float:
    """The same of a process, of its living children, and of those it has seen off: a database server's connections."""
    while True:
        before = _stat(pid)
        living = sum(_seconds(child, _OWN) for child in _children(pid))
        after = _stat(pid)
        # One that was seen off in between would be counted twice or not at all.
        if before[_REAPED] == after[_REAPED]:
            return _seconds(after, _OWN) + _seconds(after, _REAPED) + living


def family(pid: int) -> list[int]:
    """The process and its living children."""
    return [pid, *(child for child, _ in _with_parent(pid))]


def _children(pid: int) -> Iterator[list[str]]:
    return (fields for _, fields in _with_parent(pid))


def _with_parent(pid: int) -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = _stat(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
                continue
            if int(fields[_PARENT]) == pid:
                yield int(entry.name), fields


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _seconds(fields: list[str], which: slice) -> float:
    return sum(int(field) for field in fields[which]) / _TICKS
