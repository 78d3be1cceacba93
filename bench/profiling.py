"""Where the CPU time of one request goes: what `bench.sampled_gateway` saw, as lines to read."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SHOWN = 30


def sampled_gateway(path: Path) -> tuple[str, ...]:
    """The arguments of a Python that serves as a gateway and writes its profile to the file when it ends."""
    return ("-m", "bench.sampled_gateway", str(path))


@contextmanager
def sampling(pid: int) -> Iterator[None]:
    """Such a gateway looks at its stack as long as the block lasts."""
    os.kill(pid, signal.SIGUSR2)
    yield
    os.kill(pid, signal.SIGUSR2)


def profile_lines(path: Path, *, case: str, spent: float) -> list[str]:
    """The dearest functions; `spent` are the microseconds of one request, shared out by what was seen."""
    told = json.loads(path.read_text())
    return [
        f"\nCPU of the gateway for one {case}, {spent:.0f} us with the sampler on ({told['looks']} looks):",
        *_list(told, spent, "on_stack", "in it and what it calls"),
        *_list(told, spent, "running", "in it alone (and in C that it calls)"),
    ]


def _list(told: Mapping[str, Any], spent: float, key: str, title: str) -> list[str]:
    functions = sorted(told["functions"], key=lambda one: -one[key])[:_SHOWN]
    lines = [f"{one[key] / told['looks'] * spent:5.1f}  {one['function']}" for one in functions]
    return [f"\n   us  {title}", *lines]
