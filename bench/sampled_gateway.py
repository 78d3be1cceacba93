"""A gateway that can say where its CPU time goes: `python -m bench.sampled_gateway FILE [--fd N]`.

SIGUSR2 starts and stops looking at the stack at every tick of its CPU clock; at its end it writes FILE: how many looks
there were, and for each function how many saw it running and how many saw it anywhere on the stack. Time spent inside a
library of C is counted for the Python function that called it.
"""

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

from fediflow.processes import gateway

_EVERY_SECONDS = 0.001  # the kernel's clock tick is the real limit
_ROOT = Path(__file__).resolve().parents[1]


class Sampler:
    """Counts functions of the main thread."""

    def __init__(self) -> None:
        self.looks = 0
        self.running: Counter[CodeType] = Counter()
        self.on_stack: Counter[CodeType] = Counter()
        self._is_on = False

    def install(self) -> None:
        """Waits for SIGUSR2."""
        signal.signal(signal.SIGPROF, self._look)
        signal.signal(signal.SIGUSR2, self._toggle)

    def write(self, path: Path) -> None:
        """What was seen, the most frequent first."""
        functions = [
            {"function": _name(code), "running": self.running[code], "on_stack": count}
            for code, count in self.on_stack.most_common()
        ]
        path.write_text(json.dumps({"looks": self.looks, "functions": functions}))

    def _toggle(self, _number: int, _frame: FrameType | None) -> None:
        self._is_on = not self._is_on
        every = _EVERY_SECONDS if self._is_on else 0.0
        signal.setitimer(signal.ITIMER_PROF, every, every)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        self.looks += 1
        self.running[frame.f_code] += 1
        seen = set()
        while frame is not None:
            seen.add(frame.f_code)
            frame = frame.f_back
        self.on_stack.update(seen)


def _name(code: CodeType) -> str:
    path = Path(code.co_filename)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        where = str(path.relative_to(_ROOT))
    else:
        where = "/".join(path.parts[-2:])
    return f"{where}:{code.co_firstlineno} {code.co_qualname}"


def main() -> None:
    """Serves until told to stop, then writes."""
    sampler, path = Sampler(), Path(sys.argv.pop(1))
    sampler.install()
    try:
        gateway.main()
    finally:
        sampler.write(path)


if __name__ == "__main__":
    main()
