"""A long-running program of ours (a gateway, a worker) as a child process with a log file."""

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from fediflow.local.errors import UnableToStart
from fediflow.local.folder import said_plainly
from fediflow.local.process import end, until_ready
from fediflow.local.spawn import spawn

_LONGEST_LOG = 20 * 1024 * 1024
_LOOK_AT_LOG_EVERY = 60.0
_START_WITHIN = 180.0  # servers and databases that it waits for are prepared meanwhile

Ready = Callable[[], Awaitable[bool]]


class Program:
    """`argv` with `env` added to our own environment; output goes to `log_dir`/NAME.log.

    It is ready when `ready` says so, or at once where there is no such question. `pass_fds` (listening sockets) are
    open in it under the same numbers, so that a restart loses no connection attempt.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log_dir: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        ready: Ready | None = None,
        pass_fds: Sequence[int] = (),
        stop_within: float = 10.0,
    ) -> None:
        self.name = name
        self._argv = argv
        self._log = log_dir / f"{name}.log"
        self._env = os.environ | dict(env or {})
        self._cwd = cwd
        self._ready = ready
        self._pass_fds = pass_fds
        self._stop_within = stop_within
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process while it runs."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    def log_tail(self, lines: int = 20) -> list[str]:
        """The last lines it wrote."""
        return self._log.read_text(errors="replace").splitlines()[-lines:] if self._log.exists() else []

    async def start(self) -> None:
        """Returns when the program is ready; raises `UnableToStart` with its last words otherwise."""
        try:
            self._process = await self._spawn()
            if self._ready is not None:
                await until_ready(self._process, self._ready, within=_START_WITHIN, failure=self._failure)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Lets it finish what it began; ends it and all its descendants after the deadline."""
        await end(self._process, (signal.SIGTERM, self._stop_within))
        self._end_descendants()

    async def kill(self) -> None:
        """SIGKILL, as a crash would."""
        await end(self._process)
        self._end_descendants()

    async def wait(self) -> int:
        """Returns the exit code once it ended; keeps its log short until then."""
        if self._process is None:
            raise UnableToStart(f"{self.name} was not started.")
        ended = asyncio.ensure_future(self._process.wait())
        try:
            while not ended.done():
                await asyncio.wait({ended}, timeout=_LOOK_AT_LOG_EVERY)
                _shorten(self._log)
            return ended.result()
        finally:
            ended.cancel()

    async def _spawn(self) -> asyncio.subprocess.Process:
        with said_plainly(self._log.parent):
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("a") as output:
                return await spawn(
                    self._argv,
                    env=self._env,
                    cwd=self._cwd,
                    output=output.fileno(),
                    death_signal=signal.SIGKILL,  # without its supervisor it must not hold the port
                    pass_fds=self._pass_fds,
                )

    def _end_descendants(self) -> None:
        """It leads a process group: whoever is left in it has lost its parent."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def _failure(self, what: str) -> UnableToStart:
        lines = [line for line in self.log_tail() if line.strip()]
        last = lines[-1].strip() if lines else "it wrote nothing"
        return UnableToStart(f"{self.name} {what}: {last} (see {self._log})", log="\n".join(lines))


async def answers_http(host: str, port: int, path: str) -> bool:
    """Whether a server answers a GET of `path` with 200: the `ready` of a gateway."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        return b" 200 " in await reader.readline()
    except ConnectionError:
        return False
    finally:
        writer.close()


def _shorten(log: Path) -> None:
    """Copies and empties a long log: its writer appends, so it goes on at the beginning."""
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)
