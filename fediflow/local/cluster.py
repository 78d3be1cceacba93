"""The folder of one embedded PostgreSQL: claimed, initialised once, cleared of what a crash left behind.

DIR/data                 the database cluster; until it is whole it is called data.unfinished.X
DIR/superuser-password   0600
DIR/log                  a file per weekday, and startup.log
DIR/run                  the Unix socket
"""

import secrets
import shutil
from pathlib import Path

from fediflow.local.errors import UnableToStart
from fediflow.local.folder import ClaimedFolder, disk_full, said_plainly
from fediflow.local.leftovers import end_leftovers
from fediflow.local.spawn import Account

PASSWORD_FILE = "superuser-password"  # noqa: S105 - the name of a file
_FREE_FOR_INITDB = 120 * 1024 * 1024


class ClusterFolder:
    """The paths of one cluster and what may be done to them while no server runs."""

    def __init__(self, root: Path, account: Account | None) -> None:
        self._claimed = ClaimedFolder(root, "postgres", account)
        self.root = self._claimed.root
        self.account = account
        self.data = self.root / "data"
        # another name each time: an interrupted initdb may still be removing its files
        self.unfinished = self.root / f"data.unfinished.{secrets.token_hex(4)}"
        self.log = self.root / "log"

    def claim(self, version: int) -> None:
        """Makes or recognises the folder and locks it; raises where it is another's, busy or of another version."""
        self._claimed.claim()
        with said_plainly(self.root):
            self._require_version(version)
            self._claimed.folder("log")
            self._claimed.secret(PASSWORD_FILE, secrets.token_urlsafe(32))

    def release(self) -> None:
        """Lets the next server have the folder."""
        self._claimed.release()

    @property
    def claimed(self) -> bool:
        """Whether it is ours now."""
        return self._claimed.claimed

    @property
    def password(self) -> str:
        """The superuser's password."""
        return (self.root / PASSWORD_FILE).read_text()

    @property
    def initialised(self) -> bool:
        """Whether there is a whole cluster."""
        return self.data.exists()

    def begin_initialising(self) -> None:
        """Makes an empty `unfinished` for initdb."""
        if shutil.disk_usage(self.root).free < _FREE_FOR_INITDB:
            raise disk_full(self.root)
        with said_plainly(self.root):
            for abandoned in self.root.glob("data.unfinished.*"):
                shutil.rmtree(abandoned, ignore_errors=True)
            self._claimed.folder(self.unfinished.name)

    def finish_initialising(self) -> None:
        """From now on the cluster is whole."""
        self.unfinished.rename(self.data)

    def clear(self) -> None:
        """Ends what is left of a server, and removes its pid file, whose number may by now be somebody else's."""
        pid_file = self.data / "postmaster.pid"
        end_leftovers(self.data, {"postgres", "postmaster"}, leader=_first_number(pid_file))
        pid_file.unlink(missing_ok=True)

    def _require_version(self, version: int) -> None:
        made_by = self._claimed.fact("version", version)
        if made_by != version:
            raise UnableToStart(
                f"{self.root} was made by PostgreSQL {made_by} and cannot be read by PostgreSQL {version}: "
                f"dump and restore it, or choose an empty data directory."
            )


def _first_number(pid_file: Path) -> int | None:
    first = pid_file.read_text().partition("\n")[0] if pid_file.exists() else ""
    return int(first) if first.isdecimal() else None
