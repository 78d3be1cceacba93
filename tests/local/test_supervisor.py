"""The supervisor: starts in order, restarts what dies, leaves nothing behind."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from fediflow.local.errors import UnableToStart
from fediflow.local.folder import ClaimedFolder
from fediflow.local.program import Program, Ready, answers_http
from fediflow.local.sockets import listen
from fediflow.local.supervisor import Backoff, Supervisor
from tests.local.conftest import eventually, gone, line_of, script

QUICK = Backoff(first=0.01, longest=0.05)

# prints a line when it starts and one when it is asked to end
OBEDIENT = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print(sys.argv[1], "ends", flush=True)))
with open(sys.argv[2], "a") as journal:
    sys.stdout = journal
    print(sys.argv[1], "starts", flush=True)
    while True:
        signal.pause()
"""

STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
while True:
    signal.pause()
"""

SERVES = """
import http.server, socket, sys
server = http.server.HTTPServer(("", 0), http.server.SimpleHTTPRequestHandler, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=int(sys.argv[1]))
server.serve_forever()
"""

# the first time it ends as soon as somebody waits for its answer
DIES_ONCE_THEN_SERVES = (
    """
import os, select, sys
if not os.path.exists(sys.argv[2]):
    open(sys.argv[2], "w").close()
    select.select([int(sys.argv[1])], [], [])
    sys.exit(3)
"""
    + SERVES
)

SUPERVISES = """
import asyncio, sys
from pathlib import Path
from fediflow.local.program import Program
from fediflow.local.supervisor import Supervisor

async def main():
    folder = Path(sys.argv[1])
    program = Program("worker", [sys.executable, "-c", "import signal; signal.pause()"], log_dir=folder)
    async with Supervisor(report=print) as supervisor:
        await supervisor.start(program)
        print(program.pid, flush=True)
        await supervisor.until_stopped()
    print("stopped by", supervisor.stopped_by.name, flush=True)

asyncio.run(main())
"""


class Journal:
    """What obedient programs wrote, in order."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal"
        self.path.touch()
        self._folder = folder

    def program(self, name: str) -> Program:
        argv = [sys.executable, "-c", OBEDIENT, name, str(self.path)]
        return Program(name, argv, log_dir=self._folder / "logs", ready=self.saying(f"{name} starts"))

    def saying(self, line: str) -> Ready:
        async def said() -> bool:
            return line in self.lines()

        return said

    def lines(self) -> list[str]:
        return self.path.read_text().splitlines()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


@asynccontextmanager
async def supervised(*stages: Program, report: Callable[[str], None] = print) -> AsyncIterator[None]:
    async with Supervisor(report=report, backoff=QUICK) as supervisor:
        for stage in stages:
            await supervisor.start(stage)
        yield


async def test_services_start_in_order_and_end_in_reverse(journal: Journal):
    async with supervised(journal.program("database"), journal.program("gateway")):
        pass
    assert journal.lines() == ["database starts", "gateway starts", "gateway ends", "database ends"]


async def test_a_service_that_dies_is_started_again(journal: Journal):
    events: list[str] = []
    worker = journal.program("worker")
    async with supervised(worker, report=events.append):
        for times in (2, 3):
            _kill(worker)
            assert await eventually(lambda times=times: len(journal.lines()) == times)
            assert await eventually(
                lambda: worker.pid is not None
            )  # it may say so before we hear that it runs
    assert journal.lines() == ["worker starts"] * 3 + ["worker ends"]
    assert events[0] == "worker was ended by SIGKILL; it is started again in 0.0 s"


def test_a_service_that_keeps_dying_is_left_alone_for_longer_and_longer():
    assert [Backoff().delay(failures) for failures in (1, 2, 3, 20)] == [0.2, 0.4, 0.8, 15.0]


async def test_a_failing_start_is_told_with_its_last_words_and_ends_what_runs(
    journal: Journal, tmp_path: Path
):
    argv = [sys.executable, "-c", "import sys; sys.exit('no such university')"]
    gateway = Program("gateway", argv, log_dir=tmp_path / "logs", ready=journal.saying("never"))
    with pytest.raises(UnableToStart) as failure:
        await supervised(journal.program("database"), gateway).__aenter__()
    assert failure.value.message == (
        f"gateway ended with code 1 while starting: no such university (see {tmp_path}/logs/gateway.log)"
    )
    assert journal.lines() == ["database starts", "database ends"]


async def test_a_program_that_ignores_the_signal_is_killed_with_its_descendants(tmp_path: Path):
    program = Program("stubborn", [sys.executable, "-c", STUBBORN], log_dir=tmp_path, stop_within=0.1)

    async with supervised(program):
        assert await eventually(lambda: bool(program.log_tail()))
        child = int(program.log_tail()[0])
    assert await gone(child)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_everything_it_started(tmp_path: Path, number: signal.Signals):
    async with script(SUPERVISES, tmp_path) as supervisor:
        child = int(await line_of(supervisor))
        supervisor.send_signal(number)
        assert await line_of(supervisor) == f"stopped by {number.name}"
        assert await supervisor.wait() == 0
        assert await gone(child)


async def test_a_killed_supervisor_leaves_nothing(tmp_path: Path):
    async with script(SUPERVISES, tmp_path) as supervisor:
        child = int(await line_of(supervisor))
        supervisor.kill()
        assert await gone(child)


async def test_a_restarted_gateway_keeps_the_port(tmp_path: Path):
    with listen("127.0.0.1", 0, "the test") as listener:
        host, port = listener.getsockname()

        async def ready() -> bool:
            return await answers_http(host, port, "/")

        argv = [sys.executable, "-c", SERVES, str(listener.fileno())]
        gateway = Program(
            "gateway", argv, log_dir=tmp_path, cwd=tmp_path, ready=ready, pass_fds=[listener.fileno()]
        )
        async with supervised(gateway):
            _kill(gateway)
            assert await ready()  # the connection waited for the next process


async def test_gateway_that_dies_while_it_is_asked_is_started_again(tmp_path: Path):
    """Whoever asks it is connected to the port that the supervisor keeps, and would wait for ever."""
    with listen("127.0.0.1", 0, "the test") as listener:
        host, port = listener.getsockname()
        argv = [sys.executable, "-c", DIES_ONCE_THEN_SERVES, str(listener.fileno()), str(tmp_path / "died")]
        gateway = Program(
            "gateway",
            argv,
            log_dir=tmp_path,
            cwd=tmp_path,
            ready=partial(answers_http, host, port, "/"),
            pass_fds=[listener.fileno()],
        )
        async with asyncio.timeout(60):
            with pytest.raises(UnableToStart, match="ended with code 3 while starting"):
                await gateway.start()
            await gateway.start()
        await gateway.stop()


def _kill(program: Program) -> None:
    assert program.pid is not None  # 0 would be all of us
    os.kill(program.pid, signal.SIGKILL)


def test_a_second_claim_of_one_folder_is_refused(tmp_path: Path):
    first, second = (ClaimedFolder(tmp_path / "demo", "demo") for _ in range(2))
    first.claim()
    with pytest.raises(UnableToStart, match=f"Another FediFlow already runs on {tmp_path}/demo"):
        second.claim()
    first.release()
    second.claim()
    second.release()


def test_a_folder_of_another_kind_is_refused(tmp_path: Path):
    folder = ClaimedFolder(tmp_path / "demo", "postgres")
    folder.claim()
    folder.release()
    with pytest.raises(UnableToStart, match="holds files that FediFlow did not put there"):
        ClaimedFolder(tmp_path / "demo", "demo").claim()
