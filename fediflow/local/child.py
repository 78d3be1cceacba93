"""Becomes another program that ends with its parent: `python -I -S child.py SPEC PROGRAM ARGUMENT...`.

SPEC is JSON, made by `spawn`. A program of its own, because what it does between fork and exec (giving up root, asking
the kernel for a signal) is not safe in a process that has threads. Imports nothing of FediFlow: it has no import path.
"""

import ctypes
import json
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Does what SPEC says and never returns."""
    spec = json.loads(sys.argv[1])
    program = sys.argv[2:]
    file = os.open(program[0], os.O_RDONLY | os.O_CLOEXEC)
    for number, path in spec["held"]:
        _hold_directory(number, path)
    if spec["account"] is not None:
        _become(*spec["account"])
    _die_with_parent(spec["death_signal"], spec["parent"])
    try:
        os.execv(program[0], program)
    except PermissionError:  # it lies where only root can walk
        os.execve(file, program, os.environ)


def _hold_directory(number: int, path: str) -> None:
    """Opens a directory while we are root, for a program that can only reach it as /proc/self/fd/NUMBER."""
    os.dup2(os.open(path, os.O_RDONLY | os.O_DIRECTORY), number, inheritable=True)


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _die_with_parent(death_signal: int, parent: int) -> None:
    """Comes after the change of user, which would clear the request."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
