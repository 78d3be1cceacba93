"""Addresses of local servers: short folders for Unix sockets, and TCP ports that are free."""

import errno
import hashlib
import os
import random
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

from fediflow.local.errors import UnableToStart
from fediflow.local.spawn import Account

_LONGEST_PATH = 107  # sun_path has 108 bytes, the last one is zero
# Below those that Linux gives to every connection and to whoever asks for any: what is free stays so until it is used.
_SELDOM_USED = range(20_000, 32_000)
_TRIES = 100


def socket_folder(wanted: Path, file_name: str, account: Account | None) -> Path:
    """A private folder (0700, of `account`) whose socket `file_name` has a path short enough for the kernel.

    It is `wanted`, or else a folder below the temporary directory that the same `wanted` finds again.
    """
    folder = wanted if _fits(wanted / file_name) else _substitute(wanted)
    if not _fits(folder / file_name):
        raise UnableToStart(
            f"The path {wanted} is too long for a Unix socket: choose a shorter data directory."
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None and not folder.is_symlink() and folder.stat().st_uid == 0:
        os.chown(folder, account.uid, account.gid)
    _refuse_strangers(folder, os.geteuid() if account is None else account.uid)
    return folder


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody used a moment ago, and that nobody is given by chance before it is listened on."""
    chance = random.SystemRandom()
    for port in (*chance.sample(_SELDOM_USED, _TRIES), 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((host, port))
            found: int = probe.getsockname()[1]
            return found
    raise UnableToStart(f"No port of {host} is free.")


def listen(host: str, port: int, purpose: str) -> socket.socket:
    """A listening socket to hand down to the processes that serve it; raises where somebody else listens."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise _refused(error, host, port, purpose) from error
    return listener


def require_free_port(host: str, port: int, purpose: str) -> None:
    """Raises where somebody else listens on the port."""
    listen(host, port, purpose).close()


def _refused(error: OSError, host: str, port: int, purpose: str) -> UnableToStart:
    if isinstance(error, PermissionError):
        return UnableToStart(f"Port {port} for {purpose} needs root: choose one above 1023.", port=port)
    if error.errno == errno.EADDRINUSE:
        return UnableToStart(
            f"Port {port} on {host} is already in use: {purpose} needs another one.", port=port
        )
    return UnableToStart(f"{purpose} cannot listen on {host}, port {port}: {error.strerror}.", port=port)


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= _LONGEST_PATH


def _substitute(wanted: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"fediflow-{digest}"


def _refuse_strangers(folder: Path, owner: int) -> None:
    """The temporary directory is everybody's: a folder prepared by somebody else is a trap."""
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != owner:
        raise UnableToStart(f"The folder {folder} belongs to somebody else: remove it and start again.")
    folder.chmod(0o700)
