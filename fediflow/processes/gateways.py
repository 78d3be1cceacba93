"""Several gateway processes on one port: `python -m fediflow.processes.gateways [--fd N] [--workers N]`.

One is served by this process itself. Of several this is the parent: it checks once that they can start, restarts what
dies, and lets them share the listening socket, the signing key and the figures.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import structlog
import uvloop

from fediflow.exits import end_with
from fediflow.local.process import end
from fediflow.local.spawn import spawn
from fediflow.local.supervisor import Supervisor
from fediflow.processes import gateway
from fediflow.processes.gate import wait_at
from fediflow.processes.observing import observe_process
from fediflow.processes.services import with_signing_key
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.settings import Settings, load_settings
from kernel.telemetry.metrics import SHARED_BY_PROCESSES

_STOP_WITHIN = 12.0

_log = structlog.get_logger(__name__)


def main() -> None:
    """Serves until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m fediflow.processes.gateways")
    parser.add_argument("--fd", type=int, help="a listening socket that was handed down")
    parser.add_argument("--workers", type=int, help="how many processes; FEDIFLOW_WORKERS otherwise")
    parser.add_argument("--wait-fd", type=int, help="a pipe at whose end we may begin")
    given = parser.parse_args()
    wait_at(given.wait_fd)
    try:
        settings = with_signing_key(load_settings(os.environ))
        metrics = observe_process(settings)
        with gateway.listener(settings, given.fd) as found:
            if (count := given.workers or settings.workers) == 1:
                uvloop.run(gateway.serve(settings, metrics, found))
            else:
                uvloop.run(_supervise(settings, found, count))
    except Exception as error:
        end_with(error)


async def _supervise(settings: Settings, listener: socket.socket, count: int) -> None:
    async with open_stack(settings, DatabaseRole.APP, pool_size=1, application="fediflow-gateway"):
        pass  # what prevents a start is said here, once
    with tempfile.TemporaryDirectory(prefix="fediflow-figures-") as figures:
        env = os.environ | {
            SHARED_BY_PROCESSES: figures,
            "FEDIFLOW_SIGNING_KEY": " ".join(key.reveal() for key in settings.signing_key),
        }
        env.pop("FEDIFLOW_SIGNING_KEY_FILE", None)
        async with Supervisor(report=_log.warning) as supervisor:
            await supervisor.start(
                *(_Gateway(number, listener.fileno(), env) for number in range(1, count + 1))
            )
            await supervisor.until_stopped()


class _Gateway:
    """One of the processes; it writes its log where we write ours."""

    def __init__(self, number: int, descriptor: int, env: Mapping[str, str]) -> None:
        self.name = f"gateway {number}"
        self._descriptor = descriptor
        self._env = env
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await spawn(
            [sys.executable, "-m", "fediflow.processes.gateway", "--fd", str(self._descriptor)],
            env=self._env,
            cwd=Path.cwd(),
            output=sys.stderr.fileno(),
            death_signal=signal.SIGTERM,
            pass_fds=[self._descriptor],
        )

    async def stop(self) -> None:
        await end(self._process, (signal.SIGTERM, _STOP_WITHIN))

    async def wait(self) -> int:
        assert self._process is not None
        return await self._process.wait()


if __name__ == "__main__":
    main()
