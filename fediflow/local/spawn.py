"""Starts a program as a child that ends with us, and as an ordinary user where we are root.

The kernel ties the death signal to the thread that forks: spawn from a thread that lives as long as the process.
"""

import asyncio
import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fediflow.local.errors import UnableToStart

_CHILD = Path(__file__).with_name("child.py")
_FIRST_HELD = 90  # above what a program opens by itself before it looks at its arguments


@dataclass(frozen=True, slots=True)
class Account:
    """The ordinary user that a server runs as when we are root."""

    uid: int
    gid: int

    @property
    def name(self) -> str:
        """The user's name, or the number where the system has no name for it."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)


async def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    output: int = subprocess.DEVNULL,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    held: Sequence[Path] = (),
    pass_fds: Sequence[int] = (),
) -> asyncio.subprocess.Process:
    """Starts `argv` in a session of its own (a Ctrl-C reaches us alone); both its outputs go to `output`.

    `held` are directories the program finds as `held_path(0)`, `held_path(1)`, ... although its user may be unable
    to walk there. `pass_fds` stay open in it under the same numbers. Raises `UnableToStart`.
    """
    spec = {
        "parent": os.getpid(),
        "death_signal": int(death_signal),
        "account": None if account is None else [account.uid, account.gid],
        "held": [[_FIRST_HELD + index, str(path)] for index, path in enumerate(held)],
    }
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(_CHILD),
            json.dumps(spec),
            *argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output if output == subprocess.DEVNULL else subprocess.STDOUT,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
    except OSError as error:  # no memory, no process, no descriptor left
        raise UnableToStart(
            f"no process can be started on this machine: {error.strerror or error}"
        ) from error


def held_path(index: int) -> str:
    """Where a program finds a directory that `spawn` held for it, whoever it runs as."""
    return f"/proc/self/fd/{_FIRST_HELD + index}"


def account_for(directory: Path) -> Account | None:
    """The user a server on `directory` runs as: none when we are an ordinary user, else its owner or `nobody`."""
    if os.geteuid() != 0:
        return None
    if directory.exists() and (owner := directory.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise UnableToStart(
            "PostgreSQL refuses to run as root and this system has no user 'nobody'."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def reachable(directory: Path, account: Account | None) -> bool:
    """Whether `account` may walk to `directory` (permission bits only)."""
    if account is None:
        return True
    return all(_may_enter(parent, account) for parent in directory.resolve().parents)


def _may_enter(directory: Path, account: Account) -> bool:
    status = directory.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)
