"""An OpenSearch server of our own: one node on 127.0.0.1 behind a password, gone when we are gone.

server = OpenSearchServer(Path("demo/opensearch"), cache_dir=default_cache_dir(Path("demo/cache")))
await server.start()
... server.url ...
"""

import asyncio
import base64
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path

from fediflow.local.errors import UnableToStart
from fediflow.local.folder import ClaimedFolder, disk_full, nearly_full, said_plainly
from fediflow.local.leftovers import end_leftovers
from fediflow.local.opensearch.jars import OpenSearchJars, are_prepared, prepared_jars
from fediflow.local.server import LocalServer
from fediflow.local.sockets import require_free_port
from fediflow.local.spawn import account_for, reachable, spawn

USER = "fediflow"
_RECOVER_WITHIN = 30.0


class OpenSearchServer(LocalServer):
    """One node on `data_dir` with that much heap; it keeps its indices there. `settings` overrule ours.

    `optimise` compiles what runs often to the utmost: for what is measured, or runs for long.
    """

    name = "opensearch"
    _title = "OpenSearch"
    _start_within = 120.0
    _ends_on = ((signal.SIGTERM, 20.0),)

    def __init__(
        self,
        data_dir: Path,
        *,
        cache_dir: Path,
        port: int | None = None,
        heap: str = "512m",
        optimise: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        root = data_dir.absolute()
        # It runs as whoever we are where another user could not walk to its folder: unlike PostgreSQL, it can.
        account = account_for(root)
        self._folder = ClaimedFolder(root, "opensearch", account if reachable(root, account) else None)
        self._cache_dir = cache_dir
        self._heap = heap
        self._optimise = optimise
        self._settings = dict(settings or {})
        self._port = port
        self._started_at = 0.0

    @property
    def password(self) -> str:
        """What the user `fediflow` must say."""
        return (self._folder.root / "password").read_text()

    @property
    def url(self) -> str:
        """The address with user and password; the same after each start of this object."""
        return f"http://{USER}:{self.password}@127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Where it listens; chosen by the system at the first start where none was given."""
        if self._port is None:
            raise UnableToStart("OpenSearch was not started.")
        return self._port

    @property
    def is_prepared(self) -> bool:
        """Whether nothing must be brought before it starts."""
        return are_prepared(self._cache_dir)

    def log_tail(self, lines: int = 20) -> list[str]:
        """The last lines the server wrote."""
        log = self._folder.root / "opensearch.log"
        return log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []

    async def _launch(self) -> asyncio.subprocess.Process:
        jars = await asyncio.to_thread(prepared_jars, self._cache_dir)
        await asyncio.to_thread(self._prepare)
        self._started_at = asyncio.get_running_loop().time()
        return await self._spawn(jars)

    async def _release(self) -> None:
        self._folder.release()

    def _prepare(self) -> None:
        folder = self._folder
        folder.claim()
        end_leftovers(folder.root, {"java"})
        if self._port is not None:
            require_free_port("127.0.0.1", self._port, "OpenSearch")
        with said_plainly(folder.root):
            folder.secret("password", secrets.token_urlsafe(32))
            for name in ("config", "data", "logs", "tmp"):
                folder.folder(name)
            (folder.root / "http.port").unlink(missing_ok=True)

    async def _spawn(self, jars: OpenSearchJars) -> asyncio.subprocess.Process:
        root = self._folder.root
        settings = {"http.port": str(self._port or 0)} | self._settings
        command = jars.command(
            heap=self._heap,
            optimise=self._optimise,
            home=root,
            settings=[f"{name}={value}" for name, value in settings.items()],
        )
        with said_plainly(root), (root / "opensearch.log").open("w") as output:
            return await spawn(
                command,
                env={"LC_ALL": "C.UTF-8", "HOME": str(root)},
                cwd=root,
                output=output.fileno(),
                account=self._folder.account,
            )

    async def _answers(self) -> bool:
        """Whether it has said its port, and knows what it keeps.

        What was not on disk yet when it was killed is taken in again, which may take minutes: that is waited for a while
        only, since to end a node for it would make it begin anew. Whoever asks for what is not there yet is told so.
        """
        try:
            self._port = int((self._folder.root / "http.port").read_text())
        except FileNotFoundError:
            return False
        health = await self._ask("/_cluster/health?wait_for_status=yellow&timeout=2s")
        is_late = asyncio.get_running_loop().time() >= self._started_at + _RECOVER_WITHIN
        return (b'"discovered_cluster_manager":true' if is_late else b'"timed_out":false') in health

    async def _ask(self, target: str) -> bytes:
        pair = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {pair}\r\nConnection: close\r\n\r\n"
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return b""
        try:
            writer.write(head.encode())
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    def _failure(self, what: str) -> UnableToStart:
        if nearly_full(self._folder.root):
            return disk_full(self._folder.root)
        lines = [line.strip() for line in self.log_tail(60) if line.strip()]
        telling = [line for line in lines if "xception" in line or "rror" in line] or lines[-1:]
        reason = telling[0] if telling else "it wrote nothing"
        return UnableToStart(
            f"OpenSearch {what}: {reason} (see {self._folder.root / 'opensearch.log'})", log="\n".join(lines)
        )
