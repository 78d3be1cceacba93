"""A PostgreSQL server of our own: durable, private, in the foreground, gone when we are gone.

server = PostgresServer(Path("demo/postgres"), embedded_binaries(default_cache_dir(Path("demo/cache"))))
await server.start()
... server.admin_url ...
await server.stop()
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from fediflow.local.binaries import PostgresBinaries
from fediflow.local.cluster import PASSWORD_FILE, ClusterFolder
from fediflow.local.errors import UnableToStart
from fediflow.local.folder import disk_full, nearly_full, said_plainly
from fediflow.local.server import LocalServer
from fediflow.local.sockets import require_free_port, socket_folder
from fediflow.local.spawn import account_for, held_path, reachable, spawn

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
"""What an acknowledged write depends on; given on the command line, where no file can overrule it."""

_SETTINGS = DURABLE | {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # compiled plans are many and short
    "password_encryption": "scram-sha-256",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",  # a week of logs, then over the oldest
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # A failed statement and its message can hold personal values. The client gets them; this file must not.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_INITDB = (
    "--username=postgres",
    f"--pwfile={{root}}/{PASSWORD_FILE}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)
_SOCKET_PORT = 5432  # without TCP the port is only a part of the socket's name
_NO_SPACE = "No space left on device"
_LOOK_BACK = 500  # lines; each begins with its time, so none is there twice


class PostgresServer(LocalServer):
    """One PostgreSQL on `data_dir`; with `port` it listens on 127.0.0.1 too. `settings` overrule ours."""

    name = "postgres"
    _title = "PostgreSQL"
    _start_within = 120.0  # replaying the log after a crash takes its time
    _ends_on = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))  # connections are cut, what was committed stays

    def __init__(
        self,
        data_dir: Path,
        binaries: PostgresBinaries,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        root = data_dir.absolute()
        self._folder = ClusterFolder(root, account_for(root))
        self._binaries = binaries
        self._port = port
        self._settings = _SETTINGS | dict(settings or {})
        self._written_before: frozenset[str] = frozenset()

    @property
    def version(self) -> int:
        """The major version."""
        return self._binaries.version

    @property
    def admin_url(self) -> str:
        """The superuser's address over the Unix socket."""
        return self.url()

    @property
    def socket_dir(self) -> Path:
        """The folder of the Unix socket."""
        return socket_folder(
            self._folder.root / "run", f".s.PGSQL.{self.socket_port}.lock", self._folder.account
        )

    @property
    def socket_port(self) -> int:
        """The number in the socket's name, and the TCP port where there is one."""
        return self._port or _SOCKET_PORT

    def url(self, *, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        """An address over the Unix socket for any user and database of this server."""
        secret = quote(self._folder.password if password is None else password, safe="")
        where = f"host={quote(str(self.socket_dir), safe='/')}&port={self.socket_port}"
        return f"postgresql://{quote(user, safe='')}:{secret}@/{quote(database, safe='')}?{where}"

    def log_tail(self, lines: int = 20) -> list[str]:
        """The last lines the server wrote, for an operator who asks why."""
        files = sorted(self._folder.log.glob("*.log"), key=lambda path: path.stat().st_mtime)
        text = [line for path in files[-2:] for line in path.read_text(errors="replace").splitlines()]
        return text[-lines:]

    @property
    def log_dir(self) -> Path:
        """Where the server writes its log."""
        return self._folder.log

    @property
    def lacks_room(self) -> bool:
        """Whether the disk is the likely cause of a failure since the start: what failed may have made room again."""
        written = (line for line in self.log_tail(_LOOK_BACK) if line not in self._written_before)
        return nearly_full(self._folder.root) or any(_NO_SPACE in line for line in written)

    async def _launch(self) -> asyncio.subprocess.Process:
        folder = self._folder
        await asyncio.to_thread(folder.claim, self.version)
        if not folder.initialised:
            await self._initialise()
        await asyncio.to_thread(folder.clear)
        self._written_before = frozenset(self.log_tail(_LOOK_BACK))
        if self._port is not None:
            require_free_port("127.0.0.1", self._port, "PostgreSQL")
        return await self._run()

    async def _release(self) -> None:
        """Also the log collector ends before somebody else may have the folder."""
        if self._folder.claimed and self._process is not None:
            await asyncio.to_thread(self._folder.clear)
        self._folder.release()

    async def _initialise(self) -> None:
        folder = self._folder
        folder.begin_initialising()
        code = await self._execute("initdb", [*_INITDB, f"--pgdata={{root}}/{folder.unfinished.name}"])
        if code != 0:
            raise self._failure("could not be initialised")
        folder.finish_initialising()

    async def _execute(self, program: str, arguments: list[str]) -> int:
        process = await self._spawn(program, arguments)
        try:
            return await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise

    async def _run(self) -> asyncio.subprocess.Process:
        places = {
            "listen_addresses": "" if self._port is None else "127.0.0.1",
            "port": str(self.socket_port),
            "unix_socket_directories": "{sockets}",
            "log_directory": "{root}/log",
        }
        arguments = ["-D", "{root}/data"]
        for key, value in (_escaped(self._settings) | places).items():
            arguments += ["-c", f"{key}={value}"]
        return await self._spawn("postgres", arguments)

    async def _spawn(self, program: str, arguments: list[str]) -> asyncio.subprocess.Process:
        """Fills `{root}` and `{sockets}` with paths that the server's user can walk."""
        folder, sockets = self._folder, self.socket_dir
        if reachable(folder.root, folder.account):
            held, places = [], {"root": str(folder.root), "sockets": str(sockets)}
        else:
            held, places = [folder.root, sockets], {"root": held_path(0), "sockets": held_path(1)}
        with said_plainly(folder.root), (folder.log / "startup.log").open("w") as output:
            return await spawn(
                [self._binaries.program(program), *(argument.format_map(places) for argument in arguments)],
                env=self._binaries.environment
                | {"HOME": places["root"], "LC_ALL": "C.UTF-8", "TZ": _time_zone()},
                cwd=Path("/"),
                output=output.fileno(),
                account=folder.account,
                death_signal=signal.SIGINT,
                held=held,
            )

    async def _answers(self) -> bool:
        """The last line of the pid file says so, also to pg_ctl."""
        try:
            lines = (self._folder.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _failure(self, what: str) -> UnableToStart:
        lines = self.log_tail()
        text = "\n".join(lines)
        if _NO_SPACE in text or nearly_full(self._folder.root):
            return disk_full(self._folder.root)
        telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "rror:" in line] or lines
        reason = telling[-1] if telling else "it wrote nothing"
        return UnableToStart(f"PostgreSQL {what}: {reason} (see {self._folder.log})", log=text)


def _escaped(settings: Mapping[str, str]) -> dict[str, str]:
    """Braces of a value are not ours to fill."""
    return {key: value.replace("{", "{{").replace("}", "}}") for key, value in settings.items()}


def _time_zone() -> str:
    """UTC, or PostgreSQL's built-in name for it where the system has no time zone database."""
    return "UTC" if os.path.exists("/usr/share/zoneinfo/UTC") else "GMT"
