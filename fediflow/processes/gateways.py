"""Several gateway processes on one port: `python -m fediflow.processes.gateways [--fd N] [--workers N]`.

One is served by this process itself. Of several this is the parent: it checks once that they can start, restarts what
dies, and lets them share the listening socket, the signing key and the figures. When each of them ended with an error and
none serves again, it ends as one alone would: behind an open socket nobody would answer.

SIGHUP replaces them one after the other, each by a process that reads program and settings anew: the next one serves
before the last one goes, and that one answers whoever is connected. In a terminal that closes it ends all, as ever.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvloop
from prometheus_client.multiprocess import mark_process_dead

from fediflow.exits import end_with
from fediflow.local.errors import UnableToStart
from fediflow.local.process import end, until_ready
from fediflow.local.spawn import spawn
from fediflow.local.supervisor import Supervisor
from fediflow.processes import gateway
from fediflow.processes.gate import wait_at
from fediflow.processes.observing import observe_process
from fediflow.processes.services import with_signing_key
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.errors import ErrorCode, FediflowError
from kernel.settings import Settings, load_settings
from kernel.telemetry.metrics import SHARED_BY_PROCESSES

_STOP_WITHIN = 12.0
_SERVES_WITHIN = 180.0

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
        loaded = load_settings(os.environ)
        settings = with_signing_key(loaded)
        metrics = observe_process(settings)
        with gateway.listener(settings, given.fd) as found:
            if (count := given.workers or settings.workers) == 1:
                uvloop.run(gateway.serve(settings, metrics, found))
            else:
                uvloop.run(_supervise(settings, found, count, _handed_down(loaded, settings)))
    except NoneServes as none:
        sys.stderr.write(f"{none.message}\n")
        raise SystemExit(none.exit_code) from None
    except Exception as error:
        end_with(error)


class NoneServes(FediflowError):
    """All gateways ended with an error, the last one with `exit_code`; each said its reason itself."""

    code = ErrorCode.UNAVAILABLE

    def __init__(self, exit_code: int) -> None:
        super().__init__("no gateway serves any more: each ended with an error", exit_code=exit_code)
        self.exit_code = exit_code


def _handed_down(loaded: Settings, settings: Settings) -> dict[str, str]:
    """The signing key, where nobody set one: all processes need the same. One that was set each reads for itself."""
    if loaded.signing_key:
        return {}
    return {"FEDIFLOW_SIGNING_KEY": " ".join(key.reveal() for key in settings.signing_key)}


async def _supervise(
    settings: Settings, listener: socket.socket, count: int, handed_down: Mapping[str, str]
) -> None:
    async with open_stack(settings, DatabaseRole.APP, pool_size=1, application="fediflow-gateway"):
        pass  # what prevents a start is said here, once
    with tempfile.TemporaryDirectory(prefix="fediflow-figures-") as figures:
        env = os.environ | {SHARED_BY_PROCESSES: figures} | dict(handed_down)
        refusals, again = _Refusals(count), asyncio.Event()
        common = _Common(listener.fileno(), env, refusals, Path(figures))
        serving = [_Gateway(number, common) for number in range(1, count + 1)]
        hangup = None if sys.stdin.isatty() else again.set
        async with Supervisor(report=_log.warning, hangup=hangup) as supervisor:
            await supervisor.start(*serving)
            await asyncio.gather(supervisor.until_stopped(), _roll(supervisor, serving, again))


async def _roll(supervisor: Supervisor, serving: list["_Gateway"], again: asyncio.Event) -> None:
    """Replaces every process whenever it is told to. One that does not come to serve ends it: the others stay."""
    while True:
        await again.wait()
        again.clear()
        _log.info("gateways are replaced", count=len(serving))
        try:
            for index, old in enumerate(serving):
                new = old.successor()
                await supervisor.replace(old, new)
                serving[index] = new
        except UnableToStart as failure:
            _log.error("gateways are not replaced", why=failure.message)
        else:
            _log.info("gateways were replaced", count=len(serving))


class _Refusals:
    """Which gateways ended with an error and have not served since. One that was killed is only started again."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._names: set[str] = set()

    def ended(self, name: str, code: int) -> None:
        """Raises `NoneServes` when it was the last one."""
        if code > 0:
            self._names.add(name)
            if len(self._names) == self._count:
                raise NoneServes(code)

    def serves(self, name: str) -> None:
        """Forgets what was before."""
        self._names.discard(name)


@dataclass(frozen=True, slots=True)
class _Common:
    """What all processes share: the listening socket, the environment, account of refusals, the folder of figures."""

    descriptor: int
    env: Mapping[str, str]
    refusals: _Refusals
    figures: Path


class _Gateway:
    """One of the processes; it writes its log where we write ours. A successor has started when it serves."""

    def __init__(self, number: int, common: _Common, *, serves_first: bool = False) -> None:
        self.name = f"gateway {number}"
        self._number = number
        self._common = common
        self._serves_first = serves_first
        self._process: asyncio.subprocess.Process | None = None
        self._serves = asyncio.Event()

    def successor(self) -> "_Gateway":
        """What takes its place."""
        return _Gateway(self._number, self._common, serves_first=True)

    async def start(self) -> None:
        descriptor = self._common.descriptor
        listening, telling = os.pipe()
        words = ["--fd", str(descriptor), "--ready-fd", str(telling)]
        try:
            self._process = await spawn(
                [sys.executable, "-m", "fediflow.processes.gateway", *words],
                env=self._common.env,
                cwd=Path.cwd(),
                output=sys.stderr.fileno(),
                death_signal=signal.SIGTERM,
                pass_fds=[descriptor, telling],
            )
        finally:
            os.close(telling)
        asyncio.get_running_loop().add_reader(listening, self._heard, listening)
        if self._serves_first:
            await self._until_it_serves()

    async def stop(self) -> None:
        await end(self._process, (signal.SIGTERM, _STOP_WITHIN))
        self._forget_figures()

    async def wait(self) -> int:
        assert self._process is not None
        code = await self._process.wait()
        self._forget_figures()
        self._common.refusals.ended(self.name, code)
        return code

    async def _until_it_serves(self) -> None:
        process = self._process
        assert process is not None

        async def serves() -> bool:
            return self._serves.is_set()

        try:
            await until_ready(
                process,
                serves,
                within=_SERVES_WITHIN,
                failure=lambda what: UnableToStart(f"the next {self.name} {what}"),
            )
        except BaseException:
            await end(process, (signal.SIGTERM, _STOP_WITHIN))
            raise
        self._serves_first = False  # if it dies it is started again like any other

    def _heard(self, listening: int) -> None:
        """It serves, or it ended before it did."""
        asyncio.get_running_loop().remove_reader(listening)
        if os.read(listening, 1):
            self._serves.set()
            self._common.refusals.serves(self.name)
        os.close(listening)

    def _forget_figures(self) -> None:
        """What a process had open is open no more."""
        if self._process is not None:
            mark_process_dead(self._process.pid, str(self._common.figures))  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
