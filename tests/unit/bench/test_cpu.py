"""CPU time is found with whoever used it, living or gone."""

import os
import subprocess
import sys
import time

from bench.cpu import family_seconds, process_seconds

_BUSY = "import time\nwhile time.process_time() < 0.2: pass"


def test_own_work_is_counted() -> None:
    before = process_seconds(os.getpid())
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    assert process_seconds(os.getpid()) - before >= 0.08


def test_work_of_a_living_child_is_counted() -> None:
    before = family_seconds(os.getpid())
    script = f"{_BUSY}\nprint('done', flush=True)\nimport sys; sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert family_seconds(os.getpid()) - before >= 0.18
        child.communicate()


def test_work_of_a_child_that_has_ended_is_counted() -> None:
    before = family_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", _BUSY], check=True)
    assert family_seconds(os.getpid()) - before >= 0.18
