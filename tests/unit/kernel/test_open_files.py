"""A process may have as many files open as the system lets it."""

import subprocess
import sys

_PROGRAM = """
import resource
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, min(hard, {hard})))
from fediflow.processes.open_files import most_open_files
print(most_open_files(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_a_process_gets_what_it_may_ask_for() -> None:
    program = _PROGRAM.format(hard=1024)
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert told.stdout.split() == ["1024", "1024"]


def test_what_it_has_is_enough() -> None:
    program = _PROGRAM.format(hard=256)
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert told.stdout.split() == ["256", "256"]
