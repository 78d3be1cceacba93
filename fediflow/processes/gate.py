"""Processes that are started early and wait: what they import costs seconds, in which databases are prepared.

The parent holds the writing end of a pipe and closes it when they may go on; it is also closed when the parent dies.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """The parent's side. `descriptor` is what the processes inherit; an open gate lets a restarted one through at once."""

    def __init__(self) -> None:
        self.descriptor, self._held = os.pipe()
        self._is_open = False

    def open(self) -> None:
        """Lets everybody go on; harmless when it is open."""
        if not self._is_open:
            os.close(self._held)
            self._is_open = True


@contextmanager
def gate() -> Iterator[Gate]:
    """A gate that is opened and removed at the end at the latest."""
    made = Gate()
    try:
        yield made
    finally:
        made.open()
        os.close(made.descriptor)


def wait_at(descriptor: int | None) -> None:
    """The process's side: returns when the gate is open."""
    if descriptor is not None:
        os.read(descriptor, 1)
        os.close(descriptor)
