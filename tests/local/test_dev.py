"""`./dev`: makes its environment once, whatever interrupts it, and hands over. The copy here locks no packages."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND_LINE = "import sys, tests\nprint('fediflow', *sys.argv[1:])\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with an empty lock and a command line that prints what it was asked."""
    checkout = tmp_path / "a checkout"
    for package in ("fediflow", "tests", "bin"):
        (checkout / package).mkdir(parents=True)
    shutil.copy(ROOT / "dev", checkout)
    (checkout / "requirements.lock").write_text("# nothing\n")
    (checkout / "requirements-redis.lock").write_text("# nothing\n")
    (checkout / "fediflow" / "__main__.py").write_text(COMMAND_LINE)
    (checkout / "bin" / "redis-server").touch(mode=0o755)  # or ./dev would look for one in a package index
    return checkout


def start(copy: Path, *arguments: str) -> subprocess.Popen[str]:
    path = f"{copy / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        [copy / "dev", *arguments],
        cwd="/",
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def dev(copy: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(copy, *arguments)
    output, errors = process.communicate(timeout=600)
    return process.returncode, output, errors


def test_alone_it_lists_its_words(copy: Path):
    code, output, _ = dev(copy)
    assert code == 0
    assert [line.split()[1] for line in output.splitlines()] == ["demo", "test", "check", "bench", "fediflow"]
    assert not (copy / ".venv").exists()


def test_an_unknown_word_is_refused(copy: Path):
    code, _, errors = dev(copy, "dmeo")
    assert code == 2
    assert "there is no word 'dmeo'" in errors


def test_it_makes_its_environment_once_and_again_when_the_lock_changes(copy: Path):
    assert dev(copy, "demo", "--port", "8080")[:2] == (0, "fediflow up --demo --port 8080\n")
    assert dev(copy, "fediflow", "doctor") == (0, "fediflow doctor\n", "")
    (copy / "requirements.lock").write_text("# something else\n")
    code, output, errors = dev(copy, "fediflow", "doctor")
    assert (code, output) == (0, "fediflow doctor\n")
    assert "preparing .venv" in errors


def test_a_half_made_environment_is_made_anew_by_one_of_two_parallel_starts(copy: Path):
    (copy / ".venv" / "bin").mkdir(parents=True)
    (copy / ".venv" / "bin" / "python").touch(mode=0o755)
    both = [start(copy, "fediflow", "doctor") for _ in range(2)]
    answers = [process.communicate(timeout=600) for process in both]
    assert [output for output, _ in answers] == ["fediflow doctor\n"] * 2
    assert sum("preparing .venv" in errors for _, errors in answers) == 1


def test_a_system_without_a_suitable_python_is_told_so(copy: Path):
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (copy / "bin" / name).write_text("#!/bin/sh\nexit 1\n")
        (copy / "bin" / name).chmod(0o755)
    code, _, errors = dev(copy, "demo")
    assert code == 1
    assert errors == "./dev: Python 3.11 or newer is needed and none is on PATH.\n"


def test_a_package_that_is_not_the_locked_one_stops_it(copy: Path):
    (copy / "requirements.lock").write_text("./wheel-0-py3-none-any.whl --hash=sha256:" + "0" * 64 + "\n")
    (copy / "wheel-0-py3-none-any.whl").write_bytes(b"something else")
    code, output, errors = dev(copy, "fediflow", "doctor")
    assert (code, output) == (1, "")
    assert errors.endswith("could not be installed (the reason is above).\n")
    assert not (copy / ".venv" / "fediflow.stamp").exists()
