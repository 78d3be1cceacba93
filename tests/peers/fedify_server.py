"""A server made with Fedify (npm), as a process that a test tells what to do. See `fedify/server.mjs` for what it can."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from tests.e2e.judges import node_packages
from tests.integration.cli.commands import get
from tests.ports import own_port

CAVAGE = "draft-cavage-http-signatures-12"
RFC9421 = "rfc9421"
_FOLDER = Path(__file__).with_name("fedify")
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Fedify:
    """The server: one actor, who follows and is followed, writes, likes and announces."""

    host: str
    port: int
    control: int
    log_file: Path

    @property
    def actor(self) -> str:
        """The actor's address."""
        return f"http://{self.host}:{self.port}/users/ana"

    @property
    def handle(self) -> str:
        """The actor's handle."""
        return f"@ana@{self.host}:{self.port}"

    async def does(self, what: str, **given: Any) -> Any:
        """Does it, and gives what came of it once the receiving server has answered."""
        url = f"http://{self.host}:{self.control}/{what}"
        status, body = await asyncio.to_thread(get, url, None, given)
        assert status == 200, f"{what}: {body.decode()}\n{self.log_file.read_text()}"
        return json.loads(body)

    async def until(self, found: Callable[[dict[str, Any]], Any]) -> Any:
        """What `found` finds in its log (`sent`, `received`, `handled`, `followers`, `following`), once there is some."""
        limit = monotonic() + _PATIENCE
        while not (result := found(log := await self.does("log"))):
            assert monotonic() < limit, f"{json.dumps(log, indent=1)}\n{self.log_file.read_text()}"
            await asyncio.sleep(0.05)
        return result

    async def heard(self, kind: str, /, **values: Any) -> dict[str, Any]:
        """The first activity of that type with these values that it verified and took."""

        def first(log: dict[str, Any]) -> Any:
            wanted = {"type": kind, **values}.items()
            return next((one for one in log["handled"] if wanted <= one.items()), None)

        handled: dict[str, Any] = await self.until(first)
        return handled


@asynccontextmanager
async def fedify(
    log_file: Path, *, host: str = "127.0.0.150", first_knock: str = RFC9421, refuses: str | None = None
) -> AsyncIterator[Fedify]:
    """Runs one; `first_knock` is the signature it tries first, `refuses` one that it does not take."""
    packages = node_packages(_FOLDER)  # skips, or fails where Node is required
    program = packages.parent / "server.mjs"
    shutil.copyfile(_FOLDER / program.name, program)
    server = Fedify(host, own_port(host), own_port(host), log_file)
    given = {"host": host, "port": server.port, "control": server.control}
    given |= {"firstKnock": first_knock, "refuses": refuses}
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            _node(packages),
            str(program),
            json.dumps(given),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        said = await asyncio.wait_for(process.stdout.readline(), _PATIENCE)
        assert said == b"ready\n", f"it is not ready: see {log_file}"
        yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def _node(packages: Path) -> str:
    """Fedify needs a newer Node than many have, so one comes with the packages where there is one to fit."""
    found = sorted(packages.glob("node-linux-*/bin/node"))
    return str(found[0]) if found else shutil.which("node") or "node"
