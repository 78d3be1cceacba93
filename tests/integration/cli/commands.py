"""The command line as a person or script uses it: a process, its output and its code."""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fediflow.cli.app import MODULES, main
from kernel.database.addresses import Address
from kernel.database.roles import DatabaseRole
from tests.databases import KEY_ENCRYPTION_KEY

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 300.0
_WRITE = os.O_WRONLY | os.O_CREAT


# Forked from a process that has everything imported: starting Python anew costs seconds of a busy machine each time.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [f"fediflow.cli.{module}" for module in ("app", *sorted(set(MODULES.values())))]
)


def _command(words: tuple[str, ...], environment: dict[str, str], folder: Path) -> None:
    """Becomes the command: what `python -m fediflow` would be."""
    for number, name, flags in ((0, "stdin", os.O_RDONLY), (1, "stdout", _WRITE), (2, "stderr", _WRITE)):
        os.dup2(os.open(folder / name, flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode) for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["fediflow", *words]
    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    def failed(self, code: int, *sentences: str) -> None:
        """Asserts the code, and one plain sentence without a traceback."""
        assert self.code == code, self.stderr
        for sentence in sentences:
            assert sentence in self.stderr
        assert "Traceback" not in self.stderr
        assert "defect" not in self.stderr


@dataclass(frozen=True, slots=True)
class Commands:
    """`fediflow` with the settings of some installation, and options that stand before each command."""

    settings: Mapping[str, str]
    options: tuple[str, ...] = ()

    def __call__(self, *words: str, text: str = "", **settings: str) -> Outcome:
        """Runs a command to its end, in a process of its own."""
        with tempfile.TemporaryDirectory(prefix="fediflow-cli-") as name:
            folder = Path(name)
            (folder / "stdin").write_text(text)
            process = _PROCESSES.Process(
                target=_command, args=((*self.options, *words), self._environment(settings), folder)
            )
            process.start()
            process.join(DEADLINE)
            if process.exitcode is None:
                process.kill()
                process.join()
                raise AssertionError(
                    f"fediflow {' '.join(words)} did not end: {(folder / 'stderr').read_text()}"
                )
            code = process.exitcode
            process.close()
            return Outcome(code, (folder / "stdout").read_text(), (folder / "stderr").read_text())

    def ok(self, *words: str, text: str = "", **settings: str) -> Any:
        """The JSON of a command that succeeds."""
        outcome = self(*words, "--json", text=text, **settings)
        assert outcome.code == 0, outcome.stderr
        return outcome.json

    @contextmanager
    def running(self, *words: str, log: Path, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A command that runs until told to stop; killed at the end where it still does."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "fediflow", *self.options, *words],
                env=self._environment(settings),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("FEDIFLOW_")}
        return inherited | dict(self.settings) | {f"FEDIFLOW_{key}": value for key, value in settings.items()}


def settings_for(directory: Address, passwords: Mapping[DatabaseRole, str]) -> dict[str, str]:
    """The environment of an installation."""
    return {
        "FEDIFLOW_DIRECTORY_URL": f"postgresql:///{directory.database}?host={directory.host}&port={directory.port}",
        "FEDIFLOW_DATABASE_POOL_SIZE": "2",
        "FEDIFLOW_KEY_ENCRYPTION_KEYS": KEY_ENCRYPTION_KEY,
        **{f"FEDIFLOW_{role.name}_PASSWORD": password for role, password in passwords.items()},
    }


def get(url: str, headers: Mapping[str, str] | None = None, body: Any = None) -> tuple[int, bytes]:
    """Status and body of a request to ourselves."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def until(answer: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Returns when `answer` says yes; fails with the log when the process ends or it takes too long."""
    deadline = time.monotonic() + DEADLINE
    while not _asked(answer):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)  # the pace of polling, not a guess of how long it takes


def _asked(answer: Callable[[], bool]) -> bool:
    try:
        return answer()
    except OSError:
        return False
