"""A folder that one FediFlow owns: marked as ours, locked while in use, with secrets only its owner reads."""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fediflow.local.errors import UnableToStart
from fediflow.local.spawn import Account

_MARK = "fediflow.json"
_NEEDED_TO_WORK = 20 * 1024 * 1024


class ClaimedFolder:
    """A folder of which `kind` says what it holds; nobody else can claim it until `release` or our end."""

    def __init__(self, root: Path, kind: str, account: Account | None = None) -> None:
        self.root = root.absolute()
        self.account = account
        self._kind = kind
        self._lock: int | None = None

    def claim(self) -> None:
        """Makes or recognises the folder and locks it; raises where it is another's or busy. Harmless when claimed."""
        if self._lock is not None:
            return
        with said_plainly(self.root):
            self.root.mkdir(mode=self._mode(), parents=True, exist_ok=True)
            self._refuse_foreign()
            self._take_lock()
            self.hand_over(self.root)

    def release(self) -> None:
        """Lets the next one have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def claimed(self) -> bool:
        """Whether it is ours now."""
        return self._lock is not None

    def fact(self, name: str, value: object) -> object:
        """What was noted under this name when the folder was made; notes `value` where there is nothing yet."""
        facts = self._facts()
        if name not in facts:
            facts[name] = value
            self._note(facts)
        return facts[name]

    def folder(self, name: str) -> Path:
        """A folder inside, of the same owner."""
        path = self.root / name
        path.mkdir(mode=0o700, exist_ok=True)
        self.hand_over(path)
        return path

    def secret(self, name: str, make: str) -> str:
        """The secret kept in file `name`; the first call keeps `make` there."""
        path = self.root / name
        if not path.exists():
            self.write(path, make)
        return path.read_text()

    def write(self, path: Path, text: str) -> None:
        """A file that nobody but its owner ever could read, there as a whole or not at all."""
        unfinished = path.with_name(path.name + ".unfinished")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
        self.hand_over(unfinished)
        unfinished.rename(path)

    def hand_over(self, path: Path) -> None:
        """Where we are root, makes the server's user the owner, or else whoever owns the folder."""
        if os.geteuid() == 0:
            owner = self.root.stat()
            account = self.account or Account(owner.st_uid, owner.st_gid)
            os.chown(path, account.uid, account.gid)

    def _mode(self) -> int:
        """Private; the servers of root run as somebody else, who must be able to walk through root's own folder."""
        return 0o711 if self.account is None and os.geteuid() == 0 else 0o700

    def _refuse_foreign(self) -> None:
        if (self.root / _MARK).exists():
            if self._facts().get("kind") == self._kind:
                return
        elif not any(self.root.iterdir()):
            self._note({"kind": self._kind})
            return
        raise UnableToStart(
            f"{self.root} holds files that FediFlow did not put there: choose an empty data directory.",
            path=str(self.root),
        )

    def _take_lock(self) -> None:
        lock = os.open(self.root / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise UnableToStart(
                f"Another FediFlow already runs on {self.root}.", path=str(self.root)
            ) from None
        self._lock = lock
        self.hand_over(self.root / "lock")

    def _facts(self) -> dict[str, object]:
        try:
            facts = json.loads((self.root / _MARK).read_text())
        except json.JSONDecodeError:
            return {}
        return facts if isinstance(facts, dict) else {}

    def _note(self, facts: dict[str, object]) -> None:
        self.write(self.root / _MARK, json.dumps(facts) + "\n")


def nearly_full(where: Path) -> bool:
    """Whether a failure there is most likely for want of room: on a full disk not even the reason can be written."""
    return shutil.disk_usage(where).free < _NEEDED_TO_WORK


def disk_full(where: Path) -> UnableToStart:
    """The one sentence about a full disk."""
    return UnableToStart(
        f"The disk is full: {where} has no room left. Free some or choose another data directory."
    )


@contextmanager
def said_plainly(where: Path) -> Iterator[None]:
    """Turns the operating system's refusals into one sentence that names the folder."""
    try:
        yield
    except PermissionError as error:
        raise UnableToStart(
            f"No permission for {error.filename or where}: it belongs to another user."
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise UnableToStart(f"{error.filename or where} is not a directory.") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(where) from error
        raise UnableToStart(f"{where} cannot be used: {error.strerror}.") from error
